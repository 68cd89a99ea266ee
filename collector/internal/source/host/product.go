package host

import (
	"fmt"
	"strconv"
	"strings"
)

// product is what Windows says of itself.
type product struct {
	name           string // ProductName of the registry
	kernel         string // 10.0.20348
	build, release uint32 // release: UBR of the registry, the monthly update; 0: not known
}

// serverYear is the year in the name of the server with that build; empty: not
// known. Servers that were upgraded in place can keep the name of before.
func serverYear(build uint32) string {
	switch build {
	case 9600:
		return "2012 R2"
	case 14393:
		return "2016"
	case 17763:
		return "2019"
	case 20348:
		return "2022"
	case 26100:
		return "2025"
	}
	return ""
}

// version is the name for people: "Windows Server 2022 Datacenter (10.0.20348.2340)".
func (p product) version() string {
	name := p.name
	switch {
	case name == "":
		name = "Windows"
	case strings.HasPrefix(name, "Windows 10") && p.build >= 22000: // the registry never learned of Windows 11
		name = "Windows 11" + strings.TrimPrefix(name, "Windows 10")
	}
	if year := serverYear(p.build); year != "" {
		name = withYear(name, year)
	}
	version := p.kernel
	if p.release != 0 {
		version += "." + strconv.FormatUint(uint64(p.release), 10)
	}
	return fmt.Sprintf("%s (%s)", name, version)
}

// withYear replaces the year of a server's name.
func withYear(name, year string) string {
	before, rest, ok := strings.Cut(name, "Server ")
	old, edition, _ := strings.Cut(rest, " ")
	if _, err := strconv.Atoi(old); !ok || err != nil || len(old) != 4 {
		return name
	}
	edition = strings.TrimPrefix(edition, "R2 ")
	return strings.TrimSpace(before + "Server " + year + " " + edition)
}

// pagesManaged reports whether the system chooses the sizes of its page files;
// entries are those of the value PagingFiles: a path, and the smallest and the
// largest size in MB.
func pagesManaged(entries []string) bool {
	managed := false
	for _, e := range entries {
		if strings.TrimSpace(e) == "" {
			continue
		}
		f := strings.Fields(e)
		sizes := f[max(1, len(f)-2):]
		auto := strings.HasPrefix(e, "?:") || len(f) > 2 && sizes[0] == "0" && sizes[1] == "0"
		if !auto {
			return false
		}
		managed = true
	}
	return managed
}
