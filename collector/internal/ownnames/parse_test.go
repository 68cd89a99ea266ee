//go:build !windows

package ownnames

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestHosts(t *testing.T) {
	for _, c := range []struct {
		name, hosts, resolv string
		want                []string
	}{
		{"ps01", "127.0.0.1 localhost\n127.0.1.1\tps01.corp.contoso.com ps01 # own\n::1 ip6-localhost ip6-loopback\n10.1.2.3 other\n", "", []string{"ps01.corp.contoso.com", "ps01"}},
		{"ps01", "10.1.2.3 PS01.contoso.local alias1\nff02::1 ip6-allnodes\nbroken\n300.1.1.1 x\n", "", []string{"PS01.contoso.local", "alias1"}},
		{"ps01", "", "# made by dhcp\nsearch corp.contoso.com. contoso.com\nnameserver 10.0.0.1\n", []string{"ps01.corp.contoso.com", "ps01.contoso.com"}},
		{"ps01.contoso.com", "", "domain other.com\n", nil},
		{"", "10.1.2.3 x\n", "search a.b\n", nil},
	} {
		var n Names
		n.hostsFile(c.hosts, c.name)
		n.resolvConf(c.resolv, c.name)
		if !slices.Equal(n.Hosts, c.want) {
			t.Errorf("%q: got %q, want %q", c.name, n.Hosts, c.want)
		}
	}
}

func TestUsers(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"anna", "Bob Smith"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var n Names
	n.passwd("root:x:0:0:root:/root:/bin/bash\njdoe:x:1001:1001::/home/jdoe:/bin/sh\nnobody:x:65534:65534::/:/bin/false\nbad:x:y\nanna:x:1002:1002::/home/anna:/bin/sh\n")
	n.folders(dir)
	n.folders(filepath.Join(dir, "none"))
	slices.Sort(n.Users)
	if want := []string{"Bob Smith", "anna", "jdoe"}; !slices.Equal(n.Users, want) {
		t.Errorf("got %q, want %q", n.Users, want)
	}
}

func TestRead(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Skip(err)
	}
	if n := Read(); !slices.Contains(n.Hosts, name) {
		t.Errorf("%q is not one of %q", name, n.Hosts)
	}
}
