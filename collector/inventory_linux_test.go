package collector

import (
	"context"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
)

// inventoryProfile names all that a profile can; on Linux only the cache and the
// certificate's file apply.
func inventoryProfile(t *testing.T, m *machine) {
	t.Helper()
	put(t, m.dir+"/cache/h1/d1/diffs/a.dat", make([]byte, 1000))
	put(t, m.dir+"/cache/h1/d1/diffs/b.dat", make([]byte, 24))
	put(t, m.dir+"/cache/etc/x", make([]byte, 7))
	put(t, m.dir+"/ps.crt", []byte("no certificate, token="+secret))
	writeProfile(t, m, obj{
		"paths": []obj{{"name": "root", "path": m.dir + "/cache", "resolve": "links", "why": "w"}},
		"cache": obj{"root": "${root}", "folders": []string{"{host}/{disk}/diffs"}, "why": "w"},
		"certificates": []obj{
			{"name": "ps", "file": m.dir + "/ps.crt", "why": "w"}, {"name": "windows", "file": `C:\x\ps.crt`, "why": "w"}, {"name": "store", "store": "MY", "subject": "CN=x", "why": "w"},
		},
		"events":    []obj{{"channel": "System", "provider": "disk", "ids": []int{7}, "why": "w"}},
		"software":  obj{"names": []string{"x"}, "why": "w"},
		"antivirus": obj{"folders": []string{m.dir}, "why": "w"},
		"firewall":  obj{"ports": []string{"9443"}, "why": "w"},
	})
}

func TestInventory(t *testing.T) {
	m := newMachine(t)
	inventoryProfile(t, &m)
	sum, err := Run(context.Background(), m.options())
	if err != nil {
		t.Fatal(err)
	}
	b := openBundle(t, sum.Path)
	c := fact[bundles.Cache](t, b, "cache")
	if c.Root != m.dir+"/cache" || c.Volume == "" || len(c.Readings) != 2 || len(c.Items) != 1 || c.Items[0].Bytes != 1024 || c.Items[0].Host != "h1" {
		t.Errorf("cache %+v", c)
	}
	for _, r := range c.Readings {
		if !r.Complete || r.PendingBytes != 1024 || r.PendingFiles != 2 || r.OtherBytes != 7 {
			t.Errorf("reading %+v", r)
		}
	}
	if !b.Has("facts/start/cache.json") || rowOf(t, b, "cache").Status != bundles.StatusOK {
		t.Errorf("row %+v", rowOf(t, b, "cache"))
	}
	certs := fact[bundles.Certificates](t, b, "certificates")
	if len(certs.Items) != 1 || certs.Items[0].Error == "" || rowOf(t, b, "certificates").Status != bundles.StatusPartial {
		t.Errorf("certificates %+v", certs)
	}
	for _, name := range []string{"events", "software", "antivirus", "firewall"} {
		if row, ok := b.Source(name); ok {
			t.Errorf("a row for what does not apply: %+v", row)
		}
	}
}

// TestNoCache has a profile with a cache that is not on this machine.
func TestNoCache(t *testing.T) {
	m := newMachine(t)
	writeProfile(t, &m, obj{"cache": obj{"root": m.dir + "/none", "folders": []string{"{host}/{disk}"}, "why": "w"}})
	sum, err := Run(context.Background(), m.options())
	if err != nil {
		t.Fatal(err)
	}
	b := openBundle(t, sum.Path)
	if row := rowOf(t, b, "cache"); row.Status != bundles.StatusSkipped || !strings.Contains(row.Error, "is not there") || b.Has("facts/cache.json") {
		t.Errorf("row %+v", row)
	}
}

func TestInventoryPreview(t *testing.T) {
	m := newMachine(t)
	inventoryProfile(t, &m)
	p, err := ShowRun(context.Background(), m.options())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, item := range p.Items {
		if item.Kind == PreviewInventory {
			names = append(names, item.Name+": "+strings.Join(item.What, " "))
		}
	}
	if got, want := strings.Join(names, "\n"), "cache: "+m.dir+"/cache waiting: {host}/{disk}/diffs\nps: "+m.dir+"/ps.crt"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestPorts(t *testing.T) {
	vars := config.Vars{"cxps": {"cxps:ssl_port": " 9443 "}}
	if got := portsOf([]string{"${cxps:cxps:ssl_port}", "9443", "443", "${cxps:none}", "70000"}, vars); len(got) != 2 || got[0] != 9443 || got[1] != 443 {
		t.Errorf("portsOf = %v", got)
	}
}
