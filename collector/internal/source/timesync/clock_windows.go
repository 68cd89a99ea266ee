package timesync

import "golang.org/x/sys/windows/registry"

// Zone is the Windows name of the machine's time zone; empty when unknown.
func Zone() string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Control\TimeZoneInformation`, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer k.Close()
	name, _, _ := k.GetStringValue("TimeZoneKeyName")
	return name
}

// Synchronized is not known on Windows.
func Synchronized() *bool { return nil }

// Guest names a time source of the hypervisor.
func Guest(virtualization string, running func(process string) bool) string {
	switch {
	case virtualization == "azure", virtualization == "hyperv":
		return virtualization
	case running("vmtoolsd.exe"):
		return "vmware-tools"
	}
	return ""
}
