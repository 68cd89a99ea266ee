// Package ownnames tells the names that a machine itself goes by, and those of
// the people who have an account on it, so that they are found in texts.
package ownnames

import (
	"net/netip"
	"os"
	"slices"
	"strings"
)

// Names are those of a machine. There are no empty ones, and none twice.
type Names struct {
	Hosts []string // with and without domain
	Users []string // that have a folder or an account of their own
}

// most is how many users are told.
const most = 1000

// Read reads the names of this machine. What cannot be read is left out.
func Read() Names {
	var n Names
	name, _ := os.Hostname()
	n.host(name)
	n.readPlatform(name)
	return n
}

func (n *Names) host(name string) {
	name = strings.Trim(strings.TrimSpace(name), ".")
	if _, err := netip.ParseAddr(name); name == "" || err == nil || strings.HasPrefix(strings.ToLower(name), "localhost") || slices.Contains(n.Hosts, name) {
		return
	}
	n.Hosts = append(n.Hosts, name)
}

func (n *Names) user(name string) {
	if name = strings.TrimSpace(name); name != "" && len(n.Users) < most && !slices.Contains(n.Users, name) {
		n.Users = append(n.Users, name)
	}
}

// folders takes the users that have a folder in dir.
func (n *Names) folders(dir string) {
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	defer d.Close()
	list, _ := d.ReadDir(most)
	for _, e := range list {
		if e.IsDir() {
			n.user(e.Name())
		}
	}
}
