package cmd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/cmd/winetest"
)

// inventoryProfile names what lies in the registry and in folders that the test
// makes, some of it of the wrong type.
const inventoryProfile = `{
 "name": "inventory", "version": "1", "processes": {"watch": ["example.exe"], "why": "w"}, "connections": {}, "time": {},
 "registry": [{"key": "HKLM\\SOFTWARE\\Example\\Many\\*", "values": ["IP"], "why": "w"}],
 "paths": [{"name": "root", "path": "C:\\inventory", "resolve": "links", "why": "w"}],
 "cache": {"root": "${root}\\cache", "folders": ["{host}/{disk}/diffs"], "why": "w"},
 "events": [{"channel": "System", "provider": "disk", "ids": [7], "why": "w"}],
 "certificates": [{"name": "file", "file": "C:\\inventory\\none.crt", "why": "w"}, {"name": "store", "store": "ROOT", "subject": "*No such authority*", "why": "w"}],
 "software": {"names": ["Example*"], "updates": true, "why": "w"},
 "antivirus": {"folders": ["C:\\inventory", "C:\\not there"], "why": "w"},
 "firewall": {"ports": ["9443"], "why": "w"}
}`

// windowsInventoryRun collects what the registry says of software, scanners and
// the firewall, and what waits in a cache.
func windowsInventoryRun(t *testing.T, prefix *winetest.Prefix, dir string) {
	const policy = `HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy`
	for _, args := range [][]string{
		{`HKLM\SOFTWARE\Example\Many\one`, "/v", "IP", "/d", "10.0.0.1"},
		{`HKLM\SOFTWARE\Example\Many\two`, "/v", "IP", "/t", "REG_DWORD", "/d", "7"},
		{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\{1}`, "/v", "DisplayName", "/d", "Example agent"},
		{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\{2}`, "/v", "DisplayName", "/t", "REG_BINARY", "/d", "01"},
		{`HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Uninstall\{3}`, "/v", "DisplayName", "/d", "EXAMPLE 32"},
		{`HKLM\SYSTEM\CurrentControlSet\Services\ExampleFilter`, "/v", "Group", "/d", "FSFilter Anti-Virus"},
		{`HKLM\SOFTWARE\Microsoft\Windows Defender\Exclusions\Paths`, "/v", `C:\inventory\x`, "/t", "REG_DWORD", "/d", "0"},
		{`HKLM\SOFTWARE\Microsoft\Windows Defender\Exclusions\Paths`, "/v", `D:\other`, "/t", "REG_DWORD", "/d", "0"},
		{policy + `\PublicProfile`, "/v", "EnableFirewall", "/t", "REG_DWORD", "/d", "1"},
		{policy + `\FirewallRules`, "/v", "one", "/d", "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=9000-9500|"},
		{policy + `\FirewallRules`, "/v", "two", "/d", `v2.30|Action=Allow|Active=TRUE|Dir=In|App=C:\other.exe|`},
		{policy + `\FirewallRules`, "/v", "odd", "/t", "REG_BINARY", "/d", "0102"},
	} {
		if got := prefix.Run(t, dir, "reg", append(append([]string{"add"}, args...), "/f")...); got.Code != 0 {
			t.Fatalf("reg add %v: exit code %d\n%s%s", args, got.Code, got.Stdout, got.Stderr)
		}
	}
	prefix.Run(t, dir, "cmd", "/c", `md C:\inventory\cache\h1\d1\diffs & echo 1234567> C:\inventory\cache\h1\d1\diffs\a.dat & echo x> C:\inventory\cache\other.txt`)
	if err := os.WriteFile(filepath.Join(dir, "inventory.json"), []byte(inventoryProfile), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "inventory")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	got := prefix.Run(t, dir, "asrcollect.exe", "--profile", "inventory.json", "--duration", "1s", "--interval", "500ms", "--out", "inventory", "--no-probes", "--yes")
	if got.Code != 3 { // Wine has no event log
		t.Fatalf("exit code %d\n%s", got.Code, got.Stderr)
	}
	b := onlyBundle(t, out)
	checkInventory(t, b)
	checkCache(t, b)
}

func checkInventory(t *testing.T, b *bundles.Bundle) {
	t.Helper()
	reg, err := bundles.Fact[bundles.Registry](b, "registry")
	if err != nil || len(reg.Items) != 2 || string(reg.Items[0].Values[0].Data) != `"10.0.0.1"` || string(reg.Items[1].Values[0].Data) != "7" {
		t.Errorf("registry %+v, %v", reg, err)
	}
	soft, err := bundles.Fact[bundles.Software](b, "software")
	var products []string
	for _, p := range soft.Items {
		products = append(products, p.Name)
	}
	if err != nil || !slices.Equal(products, []string{"Example agent", "EXAMPLE 32"}) {
		t.Errorf("software %+v, %v", soft, err)
	}
	av, err := bundles.Fact[bundles.Antivirus](b, "antivirus")
	if err != nil || len(av.Items) != 1 || av.Items[0].Name != "ExampleFilter" || !slices.Equal(av.Folders, []string{`C:\inventory`}) || len(av.Exclusions) != 9 ||
		!slices.Equal(av.Exclusions[0].Values, []string{`C:\inventory\x`}) || av.Exclusions[0].Others != 1 {
		t.Errorf("antivirus %+v, %v", av, err)
	}
	fw, err := bundles.Fact[bundles.Firewall](b, "firewall")
	var rules []string
	for _, r := range fw.Items {
		rules = append(rules, r.ID+r.Error)
	}
	slices.Sort(rules)
	if err != nil || !slices.Equal(rules, []string{"oddit is no text", "one"}) || fw.Others != 1 || len(fw.Profiles) != 1 || fw.Profiles[0].Profile != "public" {
		t.Errorf("firewall %+v, %v", fw, err)
	}
	certs, err := bundles.Fact[bundles.Certificates](b, "certificates")
	if err != nil || len(certs.Items) != 2 || certs.Items[0].Exists || certs.Items[1].Exists || certs.Items[1].Place != "store:ROOT" {
		t.Errorf("certificates %+v, %v", certs, err)
	}
	if row, ok := b.Source("events"); !ok || row.Status != bundles.StatusFailed || !strings.Contains(row.Error, "does not answer") {
		t.Errorf("the row of a silent event log: %+v", row)
	}
}

func checkCache(t *testing.T, b *bundles.Bundle) {
	t.Helper()
	c, err := bundles.Fact[bundles.Cache](b, "cache")
	if err != nil || c.Root != `C:\inventory\cache` || c.Volume != `C:\` || len(c.Readings) != 2 || len(c.Items) != 1 {
		t.Fatalf("cache %+v, %v", c, err)
	}
	if r := c.Readings[1]; !r.Complete || r.PendingFiles != 1 || r.PendingBytes == 0 || r.OtherBytes == 0 || c.Items[0].Host != "h1" || c.Items[0].Disk != "d1" {
		t.Errorf("cache %+v", c)
	}
}
