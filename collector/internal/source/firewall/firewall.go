// Package firewall reads the settings of the Windows firewall and the inbound
// rules that may concern some ports, as the registry has them: what was set on
// the machine, by Group Policy and by device management.
package firewall

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/registry"
)

const (
	localKey    = `HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy`
	policyKey   = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall`
	mdmKey      = localKey + `\Mdm`
	networksKey = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\NetworkList\Profiles`
	maxRules    = 50_000 // of one store that are looked at
	maxKept     = 500
	maxNetworks = 20
)

// Options of Read.
type Options struct {
	Open    func(path string) (registry.Key, error)
	Ports   []int
	Watched func(name string) bool // whether a process is watched
}

// Read reads settings and rules. The error joins what could not be read.
func Read(ctx context.Context, opt Options) (bundles.Firewall, error) {
	r := reader{ctx: ctx, opt: opt, f: bundles.Firewall{Ports: opt.Ports, Items: []bundles.FirewallRule{}}}
	if r.f.Ports == nil {
		r.f.Ports = []int{}
	}
	for _, s := range []struct{ name, key string }{{bundles.StoreLocal, localKey}, {bundles.StorePolicy, policyKey}, {bundles.StoreMDM, mdmKey}} {
		for _, p := range []struct{ name, key string }{{"domain", "DomainProfile"}, {"private", "StandardProfile"}, {"private", "PrivateProfile"}, {"public", "PublicProfile"}} {
			r.profile(s.name, p.name, s.key+`\`+p.key)
		}
		r.rules(s.name, s.key+`\FirewallRules`)
	}
	r.networks()
	r.f.Taken = time.Now().UTC()
	return r.f, errors.Join(r.errs...)
}

type reader struct {
	ctx  context.Context
	opt  Options
	f    bundles.Firewall
	errs []error
}

// open gives nil for a key that is not there.
func (r *reader) open(path string) (registry.Key, error) {
	k, err := r.opt.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s: %w", path, err))
		return nil, err
	}
	return k, nil
}

func (r *reader) profile(store, name, path string) {
	row := bundles.FirewallProfile{Store: store, Profile: name}
	k, err := r.open(path)
	switch {
	case err != nil:
		row.Error = registry.Words(err)
	case k == nil:
		return
	default:
		defer k.Close()
		row.Enabled, row.MergeLocal = flag(k, "EnableFirewall"), flag(k, "AllowLocalPolicyMerge")
		if n, ok := registry.Number(k, "DefaultInboundAction"); ok {
			row.DefaultInbound = "allow"
			if n != 0 {
				row.DefaultInbound = "block"
			}
		}
	}
	r.f.Profiles = append(r.f.Profiles, row)
}

// flag is nil when the value is not there.
func flag(k registry.Key, name string) *bool {
	n, ok := registry.Number(k, name)
	if !ok {
		return nil
	}
	on := n != 0
	return &on
}

func (r *reader) rules(store, path string) {
	k, _ := r.open(path)
	if k == nil {
		return
	}
	defer k.Close()
	names, err := k.Names(maxRules)
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s: %w", path, err))
	}
	for _, name := range names {
		if err := r.ctx.Err(); err != nil {
			r.errs = append(r.errs, err)
			return
		}
		text, ok := registry.Text(k, name)
		if !ok {
			r.keep(bundles.FirewallRule{Store: store, ID: name, Error: "it is no text"})
			continue
		}
		rule, inbound := Parse(text)
		switch rule.Store, rule.ID = store, name; {
		case !inbound:
		case r.concerns(rule):
			r.keep(rule)
		default:
			r.f.Others++
		}
	}
}

func (r *reader) keep(rule bundles.FirewallRule) {
	if len(r.f.Items) < maxKept {
		r.f.Items = append(r.f.Items, rule)
	} else {
		r.f.Others++
	}
}

// concerns reports whether a rule is for one of the ports, or for any port of
// any program or of a watched one.
func (r *reader) concerns(rule bundles.FirewallRule) bool {
	const tcp = 6
	if rule.Protocol != 0 && rule.Protocol != tcp {
		return false
	}
	if len(rule.Ports) == 0 {
		program := rule.Program[strings.LastIndexByte(rule.Program, '\\')+1:]
		return rule.Service == "" && (program == "" || r.opt.Watched(program))
	}
	for _, list := range rule.Ports {
		for _, p := range r.opt.Ports {
			if covers(list, p) {
				return true
			}
		}
	}
	return false
}

// covers reports whether "9443" or "9000-9500" has a port.
func covers(list string, port int) bool {
	from, to, ok := strings.Cut(list, "-")
	if !ok {
		to = from
	}
	low, ok := decimal(from)
	high, ok2 := decimal(to)
	return ok && ok2 && low <= port && port <= high
}

// decimal reads a port.
func decimal(s string) (int, bool) {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || n > 65535 {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, s != ""
}

// Parse reads a rule as the registry has it: "v2.30|Action=Allow|Active=TRUE|
// Dir=In|Protocol=6|LPort=9443|Name=x|". inbound is false for rules that are
// off or for the other direction.
func Parse(text string) (rule bundles.FirewallRule, inbound bool) {
	in, active := false, false
	for _, part := range strings.Split(text, "|") {
		key, val, ok := strings.Cut(part, "=")
		if !ok || val == "" {
			continue
		}
		switch key {
		case "Dir":
			in = strings.EqualFold(val, "In")
		case "Active":
			active = strings.EqualFold(val, "TRUE")
		case "Action":
			rule.Action = action(val)
		case "Protocol":
			rule.Protocol = protocol(val)
		case "Profile":
			rule.Profiles = append(rule.Profiles, strings.ToLower(val))
		case "Name":
			rule.Name = val
		case "App":
			rule.Program = val
		case "Svc":
			rule.Service = val
		default:
			list(&rule, key, val)
		}
	}
	rule.Profiles = known(rule.Profiles)
	return rule, in && active
}

// list adds to the lists of a rule: their keys end in numbers of versions.
func list(rule *bundles.FirewallRule, key, val string) {
	switch {
	case strings.HasPrefix(key, "LPort"):
		rule.Ports = append(rule.Ports, val)
	case strings.HasPrefix(key, "RA4"), strings.HasPrefix(key, "RA6"):
		rule.Remote = append(rule.Remote, val)
	case strings.HasPrefix(key, "LA4"), strings.HasPrefix(key, "LA6"):
		rule.Local = append(rule.Local, val)
	}
}

func action(val string) string {
	if strings.EqualFold(val, "Allow") {
		return "allow"
	}
	return "block" // Block, and whatever else is not let in
}

// protocol gives 0 for any, which is 256 in the registry.
func protocol(val string) int {
	n, ok := decimal(val)
	if !ok || n > 255 {
		return 0
	}
	return n
}

// known leaves out words that are no profiles.
func known(list []string) []string {
	var out []string
	for _, p := range list {
		if p == "domain" || p == "private" || p == "public" {
			out = append(out, p)
		}
	}
	return out
}

// networks are the categories of the networks that were seen, newest first.
func (r *reader) networks() {
	k, _ := r.open(networksKey)
	if k == nil {
		return
	}
	names, err := k.Subkeys(10 * maxNetworks)
	k.Close()
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s: %w", networksKey, err))
	}
	for _, name := range names {
		if k, _ := r.open(networksKey + `\` + name); k != nil {
			r.network(k)
			k.Close()
		}
	}
	sort.SliceStable(r.f.Networks, func(i, j int) bool {
		a, b := r.f.Networks[i].Connected, r.f.Networks[j].Connected
		return a != nil && (b == nil || a.After(*b))
	})
	r.f.Networks = r.f.Networks[:min(len(r.f.Networks), maxNetworks)]
}

func (r *reader) network(k registry.Key) {
	categories := []string{"public", "private", "domain"}
	n, ok := registry.Number(k, "Category")
	if !ok || n >= uint64(len(categories)) {
		return
	}
	row := bundles.FirewallNetwork{Profile: categories[n]}
	if _, raw, err := k.Value("DateLastConnected", 16); err == nil {
		row.Connected = systemTime(raw)
	}
	r.f.Networks = append(r.f.Networks, row)
}

// systemTime reads Windows' SYSTEMTIME in local time: year, month, weekday, day,
// hour, minute, second, millisecond. Nil: none.
func systemTime(raw []byte) *time.Time {
	if len(raw) != 16 {
		return nil
	}
	at := func(i int) int { return int(binary.LittleEndian.Uint16(raw[2*i:])) }
	if at(0) < 1980 || at(0) > 2200 || at(1) < 1 || at(1) > 12 || at(3) < 1 || at(3) > 31 || at(4) > 23 || at(5) > 59 || at(6) > 59 {
		return nil
	}
	t := time.Date(at(0), time.Month(at(1)), at(3), at(4), at(5), at(6), 0, time.Local).UTC()
	return &t
}
