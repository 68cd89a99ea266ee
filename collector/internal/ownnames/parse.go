//go:build !windows

package ownnames

import (
	"net/netip"
	"strconv"
	"strings"
)

// hostsFile takes the names of this machine from /etc/hosts: those of loopback
// addresses, and the lines that have its name.
func (n *Names) hostsFile(text, name string) {
	for _, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		ip, err := netip.ParseAddr(fields[0])
		if err != nil || !ip.IsLoopback() && !hasName(fields[1:], name) || strings.HasPrefix(fields[1], "ip6-") {
			continue
		}
		for _, h := range fields[1:] {
			n.host(h)
		}
	}
}

func hasName(list []string, name string) bool {
	for _, h := range list {
		if first, _, _ := strings.Cut(h, "."); name != "" && (strings.EqualFold(h, name) || strings.EqualFold(first, name)) {
			return true
		}
	}
	return false
}

// resolvConf takes the domains that this machine looks names up in.
func (n *Names) resolvConf(text, name string) {
	for _, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "search" && fields[0] != "domain" {
			continue
		}
		for _, d := range fields[1:] {
			if d = strings.Trim(d, "."); d != "" && name != "" && !strings.Contains(name, ".") {
				n.host(name + "." + d)
			}
		}
	}
}

// firstUser is the lowest number of an account that is a person's.
const firstUser = 1000

// passwd takes the accounts of people.
func (n *Names) passwd(text string) {
	for _, line := range strings.Split(text, "\n") {
		f := strings.Split(line, ":")
		if len(f) < 7 {
			continue
		}
		if id, err := strconv.Atoi(f[2]); err == nil && id >= firstUser && id < 65534 {
			n.user(f[0])
		}
	}
}
