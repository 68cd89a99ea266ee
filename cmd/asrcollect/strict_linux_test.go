package main

import (
	"encoding/base64"
	bin "encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest/planted"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// What the machines of TestStrict are called. The first list is gone in strict
// mode alone, the second one always.
var (
	plantedHosts = []string{
		"fin-sql07.treasury.contoso-bank.com", "FIN-SQL07", "mgmt-gw12", "treasury.contoso-bank.com", "contoso-bank", "10.211.33.77", "172.23.45.166", "198.51.100.234",
		"fd12:3456:789a::77", "2a01:4f8:77::99",
	}
	plantedPeople = []string{"m.mustermann", "erika.gabler@contoso-bank.com", "3f2a9c1e-5b7d-4e93-8a1b-6c5d4e3f2a1b", "bankcache0815"}
)

// namedLines are lines with all names, in the forms of logs.
func namedLines() string {
	url := "https%3A%2F%2Ffin-sql07.treasury.contoso-bank.com%3A9443%2Fx"
	return strings.Join([]string{
		"2026-03-01 10:00:00 connect to fin-sql07.treasury.contoso-bank.com (10.211.33.77:9443) failed: 10060",
		`{"hostName":"FIN-SQL07","ip":"172.23.45.166","id":"3f2a9c1e-5b7d-4e93-8a1b-6c5d4e3f2a1b","UserName":"m.mustermann"}`,
		`\\FIN-SQL07\share$ by contoso-bank\m.mustermann, C:\Users\m.mustermann\AppData`,
		"from [fd12:3456:789a::77]:52110 to 2a01:4f8:77::99, mail erika.gabler@contoso-bank.com, via mgmt-gw12",
		"proxy http://mgmt-gw12:8080 bypass *.treasury.contoso-bank.com;10.211.33.0/24",
		"GET https://bankcache0815.blob.core.windows.net/disks/x at 198.51.100.234, redirect " + url,
		"body " + base64.StdEncoding.EncodeToString([]byte("the host fin-sql07.treasury.contoso-bank.com has 10.211.33.77 and more")),
		"version 9.62.7000.1 of 10.0.20348.2227, port 9443, code 0x80072ee2, 78028",
	}, "\r\n") + "\r\n"
}

// namedMachine has these names in logs of every encoding, in the names of files
// and in its configuration.
func namedMachine(t *testing.T) (profile string) {
	t.Helper()
	dir := t.TempDir()
	wide := planted.Wide("\ufeff"+namedLines(), bin.LittleEndian)
	for name, data := range map[string][]byte{
		"plain.log": []byte(namedLines()), "wide.log": wide, "packed.log.1.gz": planted.Encode("gzip", namedLines()),
		"fin-sql07.treasury.contoso-bank.com_10.211.33.77.log": []byte(namedLines()), "FIN-SQL07-20260301.log": []byte("mgmt-gw12 is up\n"),
		"agent.conf": []byte("[transport]\nHostname=fin-sql07.treasury.contoso-bank.com\nProxyServer=mgmt-gw12\nUser=m.mustermann\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	doc := fmt.Sprintf(`{"name":"x","version":"1","title":"t","time":{},
		"config":[{"name":"agent","paths":[%q],"keys":["transport:Hostname","transport:ProxyServer","transport:User"],"why":"w"}],
		"files":[{"name":"named","path":%q,"why":"w"},{"name":"none","path":"/FIN-SQL07/fin-sql07.treasury.contoso-bank.com","why":"w"}],
		"logs":[{"id":"all","globs":[%q,%q],"why":"w"}]}`, dir+"/agent.conf", dir+"/FIN-SQL07-20260301.log", dir+"/*.log", dir+"/*.gz")
	profile = filepath.Join(t.TempDir(), "p.json")
	if err := os.WriteFile(profile, []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	return profile
}

// collectNamed runs the program and returns the path of the bundle.
func collectNamed(t *testing.T, profile, privacy, key string) string {
	t.Helper()
	out := t.TempDir()
	code, stdout, stderr := runIt(t, binary(t), "-d", "200ms", "--interval", "100ms", "-o", out, "-p", profile, "--privacy", privacy, "--case-key", key, "--yes", "--min-free", "1MiB", "--log-age", "0")
	if code != exitComplete && code != exitLacking {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	return strings.TrimSpace(stdout)
}

// TestStrict collects from a machine whose names stand everywhere and searches
// the bundle for them in all encodings.
func TestStrict(t *testing.T) {
	profile, key := namedMachine(t), filepath.Join(t.TempDir(), "case.key")
	both := planted.NewSearch(nil)
	both.Whole(plantedPeople...)
	all := planted.NewSearch(nil)
	all.Whole(append(plantedHosts, plantedPeople...)...)

	strict := collectNamed(t, profile, "strict", key)
	for _, left := range searched(t, all, strict) {
		t.Errorf("strict: %s, %s, is in %s", left.Secret, left.How, left.Where)
	}
	if host, err := os.Hostname(); err != nil || len(host) > 3 && strings.Contains(filepath.Base(strict), host) {
		t.Errorf("the bundle of %s is called %s", host, filepath.Base(strict))
	}
	standard := collectNamed(t, profile, "standard", key)
	for _, left := range searched(t, both, standard) {
		t.Errorf("standard: %s, %s, is in %s", left.Secret, left.How, left.Where)
	}
	if len(searched(t, all, standard)) < len(plantedHosts) {
		t.Error("standard: host names and addresses are gone")
	}
	wantRelations(t, strict, collectNamed(t, profile, "strict", key))
}

func searched(t *testing.T, s *planted.Search, path string) []planted.Left {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return s.File(filepath.Base(path), raw)
}

// wantRelations wants equal things equal in two bundles of a case, and what is
// no name as it was.
func wantRelations(t *testing.T, first, second string) {
	t.Helper()
	texts, other := logsOf(t, first), logsOf(t, second)
	var plain string
	for name, text := range texts {
		if other[name] != text {
			t.Errorf("%s is another one in the second bundle of the case", name)
		}
		if strings.HasSuffix(name, "/plain.log") {
			plain = text
		}
	}
	lines := strings.Split(plain, "\r\n")
	if len(texts) != 5 || len(lines) != 9 {
		t.Fatalf("%d logs, plain.log has %d lines", len(texts), len(lines))
	}
	host, ip, _ := strings.Cut(strings.TrimPrefix(lines[0], "2026-03-01 10:00:00 connect to "), " (")
	ip, _, _ = strings.Cut(ip, ":")
	label, domain, _ := strings.Cut(host, ".")
	for _, want := range []string{
		`{"hostName":"` + label + `"`, `\\` + label + `\share$`, "*." + domain + ";" + ip[:strings.LastIndexByte(ip, '.')+1],
		"https%3A%2F%2F" + host + "%3A9443%2Fx", "version 9.62.7000.1 of 10.0.20348.2227, port 9443, code 0x80072ee2, 78028",
	} {
		if !strings.Contains(plain, want) {
			t.Errorf("there is no %q in\n%s", want, plain)
		}
	}
	for name, text := range texts {
		switch base := filepath.Base(name); {
		case base == "wide.log":
			if text != string(planted.Wide("\ufeff"+plain, bin.LittleEndian)) {
				t.Error("UTF-16 has other pseudonyms")
			}
		case strings.HasPrefix(base, label+"-"):
			if base != label+"-20260301.log" {
				t.Errorf("a file is called %s", base)
			}
		case base == host+"_"+ip+".log", base == "packed.log.1", base == "plain.log":
			if text != plain {
				t.Errorf("%s has other pseudonyms", base)
			}
		default:
			t.Errorf("a file is called %s", base)
		}
	}
}

func logsOf(t *testing.T, path string) map[string]string {
	t.Helper()
	r, err := bundlezip.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := bundles.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	if b.Manifest.Privacy.Mode != "strict" || b.Manifest.Privacy.Counts["host"] == 0 || b.Manifest.Privacy.Counts["address"] == 0 {
		t.Errorf("privacy is %+v", b.Manifest.Privacy)
	}
	out := map[string]string{}
	for _, f := range b.Manifest.Files {
		if !strings.HasPrefix(f.Path, "logs/") {
			continue
		}
		raw, err := fs.ReadFile(r, f.Path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(strings.TrimSuffix(f.SourcePath, ".gz"), filepath.Base(f.Path)) {
			t.Errorf("%s comes from %s", f.Path, f.SourcePath)
		}
		out[f.Path] = string(raw)
	}
	return out
}
