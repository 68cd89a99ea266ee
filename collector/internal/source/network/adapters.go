package network

import (
	"net"
	"net/netip"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
)

// dhcpSigns are what Windows tells about where an adapter's IPv4 address comes
// from.
type dhcpSigns struct {
	setting *bool // EnableDHCP in the registry; nil: not there
	flag    bool  // of the adapter
	leased  bool  // an address came from a DHCP server
}

// dhcp decides: the setting, where there is one. An adapter that has a lease but
// no flag contradicts itself, and nothing is known.
func (s dhcpSigns) dhcp() *bool {
	if s.setting != nil {
		return s.setting
	}
	if !s.flag && s.leased {
		return nil
	}
	return &s.flag
}

// nameServer reports whether an address is that of a name server. Windows lists
// three site-local addresses for every IPv6 interface that was told none.
func nameServer(ip net.IP) bool {
	a, ok := netip.AddrFromSlice(ip)
	return ok && !netip.MustParsePrefix("fec0:0:0:ffff::/64").Contains(a.Unmap())
}

// link is one interface of the machine, also of those without addresses.
type link struct {
	index            uint32
	name, desc       string
	mac              net.HardwareAddr
	mtu              int
	up               bool
	hardware, filter bool
}

// isTeam reports whether the driver is one that joins adapters: that of Windows,
// whatever its language, or those of Intel, HPE and Broadcom.
func (l link) isTeam() bool {
	d := strings.ToLower(l.desc)
	return strings.Contains(d, "multiplex") || strings.Contains(d, "network team") || strings.HasPrefix(d, "team :") && !strings.Contains(d, " - ") ||
		strings.Contains(d, "basp virtual")
}

// members finds the adapters that are part of a team: those somewhere below it in
// the stack, whose rows are the indices of an upper and a lower interface.
func members(links []link, stack [][2]uint32) map[uint32]string {
	out := map[uint32]string{}
	for _, team := range links {
		if !team.isTeam() || team.hardware {
			continue
		}
		below := map[uint32]bool{team.index: true}
		for grown := true; grown; {
			grown = false
			for _, row := range stack {
				if below[row[0]] && !below[row[1]] && row[1] != 0 {
					below[row[1]], grown = true, true
				}
			}
		}
		for _, l := range links {
			if l.hardware && !l.filter && below[l.index] {
				out[l.index] = team.name
			}
		}
	}
	return out
}

// addTeams names the team of every adapter that is part of one. Such adapters
// have no addresses and may be missing in the list.
func addTeams(f *bundles.Network, links []link, teams map[uint32]string) {
	for _, l := range links {
		team := teams[l.index]
		if team == "" {
			continue
		}
		found := false
		for i := range f.Items {
			if f.Items[i].Name == l.name {
				f.Items[i].Team, found = team, true
			}
		}
		if !found {
			f.Items = append(f.Items, bundles.Interface{Name: l.name, Addresses: []string{}, MAC: l.mac.String(), MTU: l.mtu, Up: l.up, Team: team})
		}
	}
}
