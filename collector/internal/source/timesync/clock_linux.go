package timesync

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Zone is the IANA name of the machine's time zone; empty when unknown.
func Zone() string {
	if tz := strings.TrimPrefix(os.Getenv("TZ"), ":"); tz != "" && !strings.HasPrefix(tz, "/") {
		return tz
	}
	if target, err := os.Readlink("/etc/localtime"); err == nil {
		if name := ZoneFromLink(target); name != "" {
			return name
		}
	}
	raw, _ := os.ReadFile("/etc/timezone")
	return strings.TrimSpace(string(raw))
}

// Synchronized is the kernel's word on whether something keeps its clock; nil
// when it does not say.
func Synchronized() *bool {
	var tx unix.Timex // modes 0: read only
	state, err := unix.Adjtimex(&tx)
	if err != nil {
		return nil
	}
	ok := state != unix.TIME_ERROR && tx.Status&unix.STA_UNSYNC == 0
	return &ok
}

// Guest names a time source of the hypervisor.
func Guest(virtualization string, running func(process string) bool) string {
	if _, err := os.Stat("/dev/ptp_hyperv"); err == nil || virtualization == "azure" || virtualization == "hyperv" {
		if virtualization == "azure" {
			return "azure"
		}
		return "hyperv"
	}
	if running("vmtoolsd") {
		return "vmware-tools"
	}
	return ""
}
