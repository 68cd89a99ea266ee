package network

import (
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
)

func TestDHCP(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		signs dhcpSigns
		want  *bool
	}{
		{dhcpSigns{flag: true, leased: true}, &yes},
		{dhcpSigns{flag: true}, &yes}, // no server has answered
		{dhcpSigns{}, &no},
		{dhcpSigns{leased: true}, nil},
		{dhcpSigns{setting: &yes, leased: true}, &yes},
		{dhcpSigns{setting: &yes}, &yes},
		{dhcpSigns{setting: &no, leased: true}, &no},
		{dhcpSigns{setting: &no, flag: true}, &no},
	} {
		if diff := cmp.Diff(c.want, c.signs.dhcp()); diff != "" {
			t.Errorf("%+v: %s", c.signs, diff)
		}
	}
}

func TestNameServer(t *testing.T) {
	for ip, want := range map[string]bool{"10.0.0.1": true, "fd00::1": true, "fe80::1": true, "fec0:0:0:ffff::1": false, "fec0:0:0:ffff::3": false, "fec0::1": true} {
		if got := nameServer(net.ParseIP(ip)); got != want {
			t.Errorf("%s: %v", ip, got)
		}
	}
	if nameServer(nil) {
		t.Error("no address is a name server")
	}
}

// TestTeams has a team of two ports as Windows stacks it: the team's interface
// above filters above the ports, and a third port beside.
func TestTeams(t *testing.T) {
	links := []link{
		{index: 3, name: "Port A", desc: "Intel(R) Ethernet X550", hardware: true, mac: net.HardwareAddr{0, 1, 2, 3, 4, 5}, mtu: 1500, up: true},
		{index: 4, name: "Port B", desc: "Intel(R) Ethernet X550 #2", hardware: true},
		{index: 5, name: "Management", desc: "Intel(R) Ethernet I210", hardware: true},
		{index: 9, name: "Port A-WFP-0000", desc: "WFP filter", hardware: true, filter: true},
		{index: 12, name: "Replication", desc: "Microsoft-Netzwerkadapter-Multiplexortreiber"},
	}
	stack := [][2]uint32{{0, 12}, {9, 3}, {12, 9}, {12, 4}, {3, 12}, {0, 5}, {5, 0}}
	teams := members(links, stack)
	if diff := cmp.Diff(map[uint32]string{3: "Replication", 4: "Replication"}, teams); diff != "" {
		t.Fatal(diff)
	}
	f := bundles.Network{Items: []bundles.Interface{{Name: "Replication"}, {Name: "Port B"}, {Name: "Management"}}}
	addTeams(&f, links, teams)
	want := []bundles.Interface{
		{Name: "Replication"},
		{Name: "Port B", Team: "Replication"},
		{Name: "Management"},
		{Name: "Port A", Addresses: []string{}, MAC: "00:01:02:03:04:05", MTU: 1500, Up: true, Team: "Replication"},
	}
	if diff := cmp.Diff(want, f.Items); diff != "" {
		t.Error(diff)
	}
	for desc, want := range map[string]bool{
		"Microsoft Network Adapter Multiplexor Driver": true, "Pilote du multiplexeur de carte réseau Microsoft": true, "HPE Network Team #1": true,
		"TEAM : Team #0": true, "TEAM : Team #0 - Intel(R) Ethernet": false, "BASP Virtual Adapter": true, "vmxnet3 Ethernet Adapter": false,
	} {
		if got := (link{desc: desc}).isTeam(); got != want {
			t.Errorf("%s: %v", desc, got)
		}
	}
}
