package timesync

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/asrdiag/asrdiag/collector/internal/procfs"
)

// Zone is the IANA name of the machine's time zone, empty when unknown, and its
// offsets. The variable TZ of whoever runs the collector says nothing about the
// services whose logs are read, so it does not count.
func Zone() (string, *time.Location) { return zoneOf("/etc/localtime", "/etc/timezone") }

func zoneOf(localtime, timezone string) (string, *time.Location) {
	raw, err := os.ReadFile(localtime)
	if errors.Is(err, fs.ErrNotExist) {
		return "UTC", time.UTC // as the C library has it
	}
	loc, lerr := time.LoadLocationFromTZData("", raw)
	if err != nil || lerr != nil {
		return "", time.UTC
	}
	if target, err := os.Readlink(localtime); err == nil {
		if name := procfs.ZoneFromLink(target); name != "" {
			return name, loc
		}
	}
	text, _ := os.ReadFile(timezone)
	return strings.TrimSpace(string(text)), loc
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
