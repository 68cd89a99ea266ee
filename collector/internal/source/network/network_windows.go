package network

import (
	"context"
	"fmt"
	"net"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/asrdiag/asrdiag/bundles"
)

// routing takes gateways, name servers and DHCP from GetAdaptersAddresses, and
// teams from the stack of interfaces.
func routing(_ context.Context, f *bundles.Network) error {
	const flags = windows.GAA_FLAG_INCLUDE_GATEWAYS | windows.GAA_FLAG_SKIP_ANYCAST | windows.GAA_FLAG_SKIP_MULTICAST
	size := uint32(16 << 10)
	var buf []byte
	for {
		buf = make([]byte, size)
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, flags, 0, (*windows.IpAdapterAddresses)(unsafe.Pointer(&buf[0])), &size)
		if err == windows.ERROR_BUFFER_OVERFLOW {
			continue
		}
		if err != nil {
			return fmt.Errorf("default routes and name servers: %w", err)
		}
		break
	}
	for a := (*windows.IpAdapterAddresses)(unsafe.Pointer(&buf[0])); a != nil; a = a.Next {
		adapter(a, f)
	}
	if err := teaming(f); err != nil {
		return fmt.Errorf("teams: %w", err)
	}
	return nil
}

func adapter(a *windows.IpAdapterAddresses, f *bundles.Network) {
	name := windows.UTF16PtrToString(a.FriendlyName)
	for i := range f.Items {
		if f.Items[i].Name == name && !f.Items[i].Loopback {
			f.Items[i].DHCP = signsOf(a).dhcp()
		}
	}
	if a.OperStatus != windows.IfOperStatusUp {
		return
	}
	for g := a.FirstGatewayAddress; g != nil; g = g.Next {
		f.DefaultRoutes = append(f.DefaultRoutes, bundles.Route{Gateway: g.Address.IP().String(), Interface: name})
	}
	for d := a.FirstDnsServerAddress; d != nil; d = d.Next {
		if ip := d.Address.IP(); nameServer(ip) && !slices.Contains(f.DNSServers, ip.String()) {
			f.DNSServers = append(f.DNSServers, ip.String())
		}
	}
}

func signsOf(a *windows.IpAdapterAddresses) dhcpSigns {
	s := dhcpSigns{flag: a.Flags&0x4 != 0} // IP_ADAPTER_DHCP_ENABLED
	for u := a.FirstUnicastAddress; u != nil; u = u.Next {
		s.leased = s.leased || u.PrefixOrigin == windows.IpPrefixOriginDhcp && u.Address.IP().To4() != nil
	}
	id := windows.BytePtrToString(a.AdapterName)
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\`+id, registry.QUERY_VALUE)
	if err != nil {
		return s
	}
	defer k.Close()
	if n, _, err := k.GetIntegerValue("EnableDHCP"); err == nil {
		on := n != 0
		s.setting = &on
	}
	return s
}

// teaming reads the stack of interfaces when there is a team.
func teaming(f *bundles.Network) error {
	links, err := readLinks()
	if err != nil || !slices.ContainsFunc(links, link.isTeam) {
		return err
	}
	stack, err := readStack()
	if err != nil {
		return err
	}
	addTeams(f, links, members(links, stack))
	return nil
}

func readLinks() ([]link, error) {
	var t *windows.MibIfTable2
	if err := windows.GetIfTable2Ex(windows.MibIfEntryNormalWithoutStatistics, &t); err != nil {
		return nil, err
	}
	defer windows.FreeMibTable(unsafe.Pointer(t))
	out := make([]link, 0, t.NumEntries)
	for i := range t.NumEntries {
		r := (*windows.MibIfRow2)(unsafe.Add(unsafe.Pointer(&t.Table[0]), uintptr(i)*unsafe.Sizeof(t.Table[0])))
		out = append(out, link{
			index: r.InterfaceIndex, name: windows.UTF16ToString(r.Alias[:]), desc: windows.UTF16ToString(r.Description[:]),
			mac: net.HardwareAddr(slices.Clone(r.PhysicalAddress[:min(int(r.PhysicalAddressLength), len(r.PhysicalAddress))])),
			mtu: int(r.Mtu), up: r.OperStatus == windows.IfOperStatusUp,
			hardware: r.InterfaceAndOperStatusFlags&1 != 0, filter: r.InterfaceAndOperStatusFlags&2 != 0,
		})
	}
	return out, nil
}

// readStack reads which interface stands on which.
func readStack() ([][2]uint32, error) {
	proc := windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetIfStackTable")
	if err := proc.Find(); err != nil {
		return nil, err
	}
	var t *struct {
		count uint32
		rows  [1 << 20][2]uint32
	}
	if code, _, _ := proc.Call(uintptr(unsafe.Pointer(&t))); code != 0 {
		return nil, windows.Errno(code)
	}
	defer windows.FreeMibTable(unsafe.Pointer(t))
	return slices.Clone(t.rows[:min(int(t.count), len(t.rows))]), nil
}

func team(string) string { return "" }
