package network

import (
	"context"
	"fmt"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/asrdiag/asrdiag/bundles"
)

// routing takes gateways and name servers from GetAdaptersAddresses.
func routing(_ context.Context, f *bundles.Network) error {
	size := uint32(16 << 10)
	var buf []byte
	for {
		buf = make([]byte, size)
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, windows.GAA_FLAG_INCLUDE_GATEWAYS, 0, (*windows.IpAdapterAddresses)(unsafe.Pointer(&buf[0])), &size)
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
	return nil
}

func adapter(a *windows.IpAdapterAddresses, f *bundles.Network) {
	if a.OperStatus != windows.IfOperStatusUp {
		return
	}
	name := windows.UTF16PtrToString(a.FriendlyName)
	for g := a.FirstGatewayAddress; g != nil; g = g.Next {
		f.DefaultRoutes = append(f.DefaultRoutes, bundles.Route{Gateway: g.Address.IP().String(), Interface: name})
	}
	for d := a.FirstDnsServerAddress; d != nil; d = d.Next {
		if ip := d.Address.IP().String(); !slices.Contains(f.DNSServers, ip) {
			f.DNSServers = append(f.DNSServers, ip)
		}
	}
	dhcp := a.Flags&0x4 != 0 // IP_ADAPTER_DHCP_ENABLED
	for i := range f.Items {
		if f.Items[i].Name == name {
			f.Items[i].DHCP = &dhcp
		}
	}
}

func team(string) string { return "" }
