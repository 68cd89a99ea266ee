package network

import (
	"testing"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// TestLinks reads the machine's interfaces; one of them is the loopback.
func TestLinks(t *testing.T) {
	links, err := readLinks()
	if err != nil || len(links) == 0 {
		t.Fatalf("%d links, %v", len(links), err)
	}
	for _, l := range links {
		if l.index == 0 || l.name == "" {
			t.Errorf("%+v", l)
		}
	}
}

// TestSetting: the registry's word counts, because Wine's flag is always off.
func TestSetting(t *testing.T) {
	const id = "{00000000-1111-2222-3333-444444444444}"
	const path = `SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\` + id
	k, _, err := registry.CreateKey(registry.LOCAL_MACHINE, path, registry.SET_VALUE)
	if err != nil {
		t.Skip(err)
	}
	defer registry.DeleteKey(registry.LOCAL_MACHINE, path)
	defer k.Close()
	name, err := windows.BytePtrFromString(id)
	if err != nil {
		t.Fatal(err)
	}
	a := &windows.IpAdapterAddresses{AdapterName: name}
	if got := signsOf(a).dhcp(); got == nil || *got {
		t.Errorf("without a setting: %v", got)
	}
	if err := k.SetDWordValue("EnableDHCP", 1); err != nil {
		t.Fatal(err)
	}
	if got := signsOf(a).dhcp(); got == nil || !*got {
		t.Errorf("with the setting: %v", got)
	}
}
