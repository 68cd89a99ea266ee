// Package antivirus tells which virus scanners a machine has, and what
// Microsoft Defender leaves alone, as the registry has it. Exclusions say where
// malware could hide, so only those are kept that may concern the folders and
// processes of the profile.
package antivirus

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/registry"
)

const (
	services      = `HKLM\SYSTEM\CurrentControlSet\Services`
	scannerGroup  = "FSFilter Anti-Virus"
	local         = `HKLM\SOFTWARE\Microsoft\Windows Defender`
	policy        = `HKLM\SOFTWARE\Policies\Microsoft\Windows Defender`
	mdm           = policy + `\Policy Manager`
	threats       = `HKLM\SOFTWARE\Policies\Microsoft\Windows Advanced Threat Protection`
	service       = "WinDefend"
	maxServices   = 10_000
	maxExclusions = 10_000 // of one list that are looked at
	maxKept       = 200    // of one list
)

// Options of Read.
type Options struct {
	Open    func(path string) (registry.Key, error)
	Folders []string               // that have to be left alone
	Watched func(name string) bool // whether a process is watched
	Expand  func(name string) (string, bool)
	// State gives the states of services and drivers by name; one that is not
	// among them is not known.
	State func(ctx context.Context, names []string) (map[string]string, error)
}

// Read reads scanners and exclusions. The error joins what could not be read.
func Read(ctx context.Context, opt Options) (bundles.Antivirus, error) {
	r := reader{ctx: ctx, opt: opt, f: bundles.Antivirus{Items: []bundles.Scanner{}, Folders: opt.Folders}}
	for _, f := range opt.Folders {
		r.folders = append(r.folders, r.plain(f))
	}
	r.scanners()
	r.defender()
	for _, store := range []struct{ name, key string }{{bundles.StoreLocal, local}, {bundles.StorePolicy, policy}} {
		for _, kind := range []string{"Paths", "Processes", "Extensions"} {
			r.list(store.name, kind, store.key+`\Exclusions\`+kind, namesOf)
		}
	}
	for _, kind := range []string{"Paths", "Processes", "Extensions"} {
		r.list(bundles.StoreMDM, kind, mdm, func(k registry.Key) ([]string, error) { return joined(k, "Excluded"+kind) })
	}
	r.f.Taken = time.Now().UTC()
	return r.f, errors.Join(r.errs...)
}

type reader struct {
	ctx     context.Context
	opt     Options
	folders []string // plain
	f       bundles.Antivirus
	errs    []error
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

// scanners are the drivers of the group that watches files.
func (r *reader) scanners() {
	k, _ := r.open(services)
	if k == nil {
		return
	}
	names, err := k.Subkeys(maxServices)
	k.Close()
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s: %w", services, err))
	}
	ask := []string{service}
	for _, name := range names {
		if r.ctx.Err() != nil {
			r.errs = append(r.errs, r.ctx.Err())
			return
		}
		if s, ok := r.scanner(name); ok {
			r.f.Items = append(r.f.Items, s)
			ask = append(ask, name)
		}
	}
	states, err := r.opt.State(r.ctx, ask)
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("states of drivers: %w", err))
	}
	for i := range r.f.Items {
		r.f.Items[i].State = states[r.f.Items[i].Name]
	}
	if state := states[service]; state != bundles.StateNotInstalled {
		r.f.Defender = &bundles.Defender{State: state}
	}
	if d := r.f.Defender; d != nil && d.State == "" {
		d.State = bundles.StateUnknown
	}
}

func (r *reader) scanner(name string) (bundles.Scanner, bool) {
	k, err := r.opt.Open(services + `\` + name)
	if err != nil {
		return bundles.Scanner{}, false // drivers of scanners can be seen by everyone
	}
	defer k.Close()
	if group, _ := registry.Text(k, "Group"); !strings.EqualFold(group, scannerGroup) {
		return bundles.Scanner{}, false
	}
	s := bundles.Scanner{Name: name}
	s.DisplayName, _ = registry.Text(k, "DisplayName")
	if n, ok := registry.Number(k, "Start"); ok {
		s.StartType = startType(n)
	}
	s.Altitude = r.altitude(name)
	return s, true
}

func startType(n uint64) string {
	types := []string{bundles.StartBoot, bundles.StartSystem, bundles.StartAutomatic, bundles.StartManual, bundles.StartDisabled}
	if n < uint64(len(types)) {
		return types[n]
	}
	return bundles.StartUnknown
}

// altitude is that of the filter's instance: its place among all filters.
func (r *reader) altitude(name string) string {
	path := services + `\` + name + `\Instances`
	k, err := r.opt.Open(path)
	if err != nil {
		return ""
	}
	instance, _ := registry.Text(k, "DefaultInstance")
	k.Close()
	if k, err = r.opt.Open(path + `\` + instance); err != nil || instance == "" {
		return ""
	}
	defer k.Close()
	altitude, _ := registry.Text(k, "Altitude")
	return altitude
}

// defender reads the settings of Microsoft Defender.
func (r *reader) defender() {
	d := r.f.Defender
	if d == nil {
		return
	}
	for _, s := range []struct{ store, key, names string }{
		{bundles.StoreLocal, local, "DisableAntiSpyware DisableAntiVirus PassiveMode"},
		{bundles.StoreLocal, local + `\Real-Time Protection`, "DisableRealtimeMonitoring"},
		{bundles.StoreLocal, local + `\Features`, "TamperProtection"},
		{bundles.StorePolicy, policy, "DisableAntiSpyware DisableAntiVirus DisableLocalAdminMerge HideExclusionsFromLocalAdmins"},
		{bundles.StorePolicy, policy + `\Real-Time Protection`, "DisableRealtimeMonitoring"},
		{bundles.StorePolicy, threats, "ForceDefenderPassiveMode"},
		{bundles.StoreMDM, mdm, "AllowRealtimeMonitoring DisableLocalAdminMerge HideExclusionsFromLocalAdmins"},
	} {
		k, err := r.open(s.key)
		for _, name := range strings.Fields(s.names) {
			row := bundles.DefenderSetting{Store: s.store, Name: name}
			ok := err != nil
			if ok {
				row.Error = registry.Words(err)
			} else if k != nil {
				row.Value, ok = registry.Number(k, name)
			}
			if ok {
				d.Settings = append(d.Settings, row)
			}
		}
		if k != nil {
			k.Close()
		}
	}
	if k, _ := r.open(local + `\Signature Updates`); k != nil {
		d.Version, _ = registry.Text(k, "AVSignatureVersion")
		k.Close()
	}
}

// namesOf are exclusions that are the names of values.
func namesOf(k registry.Key) ([]string, error) { return k.Names(maxExclusions) }

// joined are exclusions in one text: `C:\a|C:\b`, each perhaps with "=0".
func joined(k registry.Key, name string) ([]string, error) {
	text, ok := registry.Text(k, name)
	if !ok {
		return nil, fs.ErrNotExist
	}
	var out []string
	for _, e := range strings.Split(text, "|") {
		if e = strings.TrimSuffix(strings.TrimSpace(e), "=0"); e != "" {
			out = append(out, e)
		}
	}
	return out, nil
}

// list reads one list of exclusions.
func (r *reader) list(store, kind, path string, read func(registry.Key) ([]string, error)) {
	row := bundles.ExclusionList{Store: store, Kind: strings.ToLower(kind)}
	k, err := r.open(path)
	var all []string
	if k != nil {
		all, err = read(k)
		k.Close()
		if row.Exists = err == nil; errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		row.Error = registry.Words(err)
	}
	for _, e := range all {
		if len(row.Values) < maxKept && r.concerns(row.Kind, e) {
			row.Values = append(row.Values, e)
		} else {
			row.Others++
		}
	}
	r.f.Exclusions = append(r.f.Exclusions, row)
}

// plain makes paths comparable: lower case, variables expanded, no separator at
// the end.
func (r *reader) plain(path string) string {
	parts := strings.Split(path, "%")
	for i := 1; i+1 < len(parts); i += 2 {
		if v, ok := r.opt.Expand(parts[i]); ok {
			parts[i] = v
		} else {
			parts[i] = "%" + parts[i] + "%"
		}
	}
	path = strings.ToLower(strings.ReplaceAll(strings.Join(parts, ""), "/", `\`))
	path, _, _ = strings.Cut(path, `\:{`) // what the exclusion is limited to
	return strings.TrimRight(strings.Trim(path, `" `), `\`)
}

// concerns reports whether an exclusion may be about the folders or processes of
// the profile. What cannot be told without more knowledge may be.
func (r *reader) concerns(kind, exclusion string) bool {
	if kind == "extensions" {
		return true
	}
	e := r.plain(exclusion)
	if strings.ContainsAny(e, "*?%~") {
		return true
	}
	for _, f := range r.folders {
		if e == f || strings.HasPrefix(f, e+`\`) || strings.HasPrefix(e, f+`\`) {
			return true
		}
	}
	return kind == "processes" && r.opt.Watched(e[strings.LastIndexByte(e, '\\')+1:])
}
