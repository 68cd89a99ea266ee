package main

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
)

// protoTCP is TCP's number; anyProtocol is how some rules write any.
const (
	protoTCP    = 6
	anyProtocol = 256
)

// profilesOfFirewall are the profiles of Windows Firewall.
func profilesOfFirewall() []string { return []string{"domain", "private", "public"} }

// firewallView is the firewall as it works for one profile.
type firewallView struct {
	fact    *bundles.Firewall
	profile string
	port    string
	server  []netip.Addr // the process server's addresses
}

// setting finds what counts for the profile: what a policy says beats what the
// machine says. The index is -1 when nobody sets it.
func (v firewallView) setting(has func(bundles.FirewallProfile) bool, stores ...string) int {
	for _, store := range stores {
		for i, f := range v.fact.Profiles {
			if f.Store == store && strings.EqualFold(f.Profile, v.profile) && f.Error == "" && has(f) {
				return i
			}
		}
	}
	return -1
}

// enabled reports whether the firewall works; that is so unless it is switched
// off.
func (v firewallView) enabled() (on bool, at int) {
	at = v.setting(func(f bundles.FirewallProfile) bool { return f.Enabled != nil }, bundles.StorePolicy, bundles.StoreMDM, bundles.StoreLocal)
	return at < 0 || *v.fact.Profiles[at].Enabled, at
}

// openByDefault reports whether what no rule blocks comes in.
func (v firewallView) openByDefault() bool {
	at := v.setting(func(f bundles.FirewallProfile) bool { return f.DefaultInbound != "" }, bundles.StorePolicy, bundles.StoreMDM, bundles.StoreLocal)
	return at >= 0 && v.fact.Profiles[at].DefaultInbound == "allow"
}

// merges reports whether local rules count beside those of the policy.
func (v firewallView) merges() (yes bool, at int) {
	at = v.setting(func(f bundles.FirewallProfile) bool { return f.MergeLocal != nil }, bundles.StorePolicy, bundles.StoreMDM)
	return at < 0 || *v.fact.Profiles[at].MergeLocal, at
}

// admission is what the rules say of the data port.
type admission struct {
	allow, allowSome int // index of a rule; -1: none
	block, blockSome int
}

// admits applies the rules: those of the policy and of device management, and the
// local ones unless merging is off.
func (v firewallView) admits() admission {
	a := admission{-1, -1, -1, -1}
	merges, _ := v.merges()
	for i, r := range v.fact.Items {
		if r.Error != "" || r.Store == bundles.StoreLocal && !merges || !v.matches(r) {
			continue
		}
		scoped := len(r.Remote) > 0 && !slices.ContainsFunc(r.Remote, isAny)
		switch {
		case r.Action == "block" && scoped:
			a.blockSome = i
		case r.Action == "block":
			a.block = i
		case r.Action == "allow" && scoped:
			a.allowSome = i
		case r.Action == "allow":
			a.allow = i
		}
	}
	return a
}

// matches reports whether a rule is about connections to the data port.
func (v firewallView) matches(r bundles.FirewallRule) bool {
	switch {
	case len(r.Profiles) > 0 && !slices.ContainsFunc(r.Profiles, func(s string) bool { return strings.EqualFold(s, v.profile) }):
		return false
	case r.Protocol != 0 && r.Protocol != protoTCP && r.Protocol != anyProtocol:
		return false
	case len(r.Ports) > 0 && !slices.ContainsFunc(r.Ports, v.hasPort):
		return false
	case r.Service != "" && r.Service != "*" && !strings.EqualFold(r.Service, svcData):
		return false
	case r.Program != "" && !strings.EqualFold(r.Program[strings.LastIndexAny(r.Program, `\/`)+1:], "cxps.exe"):
		return false
	}
	return v.localMatches(r.Local)
}

// hasPort reports whether "9443" or "9000-9500" has the data port.
func (v firewallView) hasPort(ports string) bool {
	low, high, isRange := strings.Cut(ports, "-")
	if !isRange {
		return ports == v.port || ports == "*"
	}
	port, err := strconv.Atoi(v.port)
	from, errFrom := strconv.Atoi(strings.TrimSpace(low))
	to, errTo := strconv.Atoi(strings.TrimSpace(high))
	return err == nil && errFrom == nil && errTo == nil && from <= port && port <= to
}

// isAny reports whether a scope of a rule is all addresses.
func isAny(scope string) bool {
	return slices.Contains([]string{"*", "any", "0.0.0.0/0", "0.0.0.0-255.255.255.255"}, strings.ToLower(scope))
}

// localMatches reports whether a rule for some of the machine's own addresses is
// about the process server's. Where that one is not known, it may be.
func (v firewallView) localMatches(local []string) bool {
	if len(local) == 0 || slices.ContainsFunc(local, isAny) || len(v.server) == 0 {
		return true
	}
	return slices.ContainsFunc(local, func(text string) bool {
		return slices.ContainsFunc(v.server, func(a netip.Addr) bool { return scopeHas(text, a) })
	})
}

// scopeHas reports whether an address is in a scope: an address, "10.1.0.0/24",
// "10.1.0.0/255.255.255.0" or "10.1.0.1-10.1.0.9". Words such as LocalSubnet are
// taken to have it.
func scopeHas(scope string, a netip.Addr) bool {
	if from, to, ok := strings.Cut(scope, "-"); ok {
		low, errLow := netip.ParseAddr(from)
		high, errHigh := netip.ParseAddr(to)
		return errLow == nil && errHigh == nil && low.Compare(a) <= 0 && a.Compare(high) <= 0
	}
	base, mask, masked := strings.Cut(scope, "/")
	addr, err := netip.ParseAddr(base)
	if err != nil {
		return true
	}
	if !masked {
		return addr.Unmap() == a
	}
	bits, err := strconv.Atoi(mask)
	if m, errMask := netip.ParseAddr(mask); err != nil && errMask == nil && m.Is4() {
		bits, err = maskBits(m), nil
	}
	prefix, errPrefix := addr.Prefix(bits)
	return err == nil && errPrefix == nil && prefix.Contains(a)
}

func maskBits(mask netip.Addr) int {
	bits := 0
	for _, b := range mask.As4() {
		for ; b != 0; b <<= 1 {
			bits++
		}
	}
	return bits
}
