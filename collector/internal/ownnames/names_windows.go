package ownnames

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

func (n *Names) readPlatform(string) {
	for _, kind := range []uint32{windows.ComputerNamePhysicalNetBIOS, windows.ComputerNamePhysicalDnsHostname, windows.ComputerNamePhysicalDnsFullyQualified, windows.ComputerNameDnsFullyQualified} {
		var buf [256]uint16
		size := uint32(len(buf))
		if windows.GetComputerNameEx(kind, &buf[0], &size) == nil {
			n.host(windows.UTF16ToString(buf[:]))
		}
	}
	n.user(os.Getenv("USERNAME"))
	if public := os.Getenv("PUBLIC"); public != "" { // C:\Users\Public
		n.folders(filepath.Dir(public))
	}
}
