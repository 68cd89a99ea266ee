package cmd

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/cmd/winetest"
)

const windowsProfile = `{
 "name": "wine", "version": "1.0.0", "os": ["windows"],
 "roles": [
  {"role": "process-server", "deployment": "standalone", "all": [{"registry": "HKLM\\SOFTWARE\\Wow6432Node\\Example\\9", "value": "CX_TYPE", "equals": "2"}, {"registry": "HKLM\\SOFTWARE\\Nonesuch", "not": true}], "why": "w"}
 ],
 "registry": [
  {"key": "HKLM\\SOFTWARE\\Wow6432Node\\Example\\9", "values": ["CX_TYPE", "Folder", "List", "Wide", "Missing", "DB_PASSWORD", ""], "presence": ["Blob"], "why": "w"},
  {"key": "HKLM\\SOFTWARE\\Nonesuch", "values": ["X"], "why": "w"},
  {"key": "HKU\\.DEFAULT\\Software\\Example", "values": ["ProxyServer"], "why": "w"}
 ],
 "paths": [{"name": "root", "path": "${HKLM\\SOFTWARE\\Wow6432Node\\Example\\9:Folder}", "resolve": "volume", "why": "w"}, {"name": "links", "path": "${HKLM\\SOFTWARE\\Wow6432Node\\Example\\9:Folder}", "resolve": "links", "why": "w"}],
 "logs": [{"id": "example", "globs": ["${links}\\*.log", "${root}\\*.log"], "why": "w"}],
 "commands": [{"name": "netsh-winhttp-proxy", "why": "w"}, {"name": "w32tm-status", "why": "w"}],
 "processes": {}, "connections": {}, "time": {}
}`

// windowsProfileRun fills the registry and collects with a profile that names it.
func windowsProfileRun(t *testing.T, prefix *winetest.Prefix, dir string) {
	for _, args := range [][]string{
		{`HKLM\SOFTWARE\Wow6432Node\Example\9`, "/v", "CX_TYPE", "/t", "REG_DWORD", "/d", "2"},
		{`HKLM\SOFTWARE\Wow6432Node\Example\9`, "/v", "Folder", "/t", "REG_EXPAND_SZ", "/d", `%SystemDrive%\example`},
		{`HKLM\SOFTWARE\Wow6432Node\Example\9`, "/v", "List", "/t", "REG_MULTI_SZ", "/d", `a\0b c`},
		{`HKLM\SOFTWARE\Wow6432Node\Example\9`, "/v", "Wide", "/t", "REG_SZ", "/d", "http://user:hunter2@proxy.example:8080"},
		{`HKLM\SOFTWARE\Wow6432Node\Example\9`, "/v", "DB_PASSWORD", "/t", "REG_SZ", "/d", "hunter2"},
		{`HKLM\SOFTWARE\Wow6432Node\Example\9`, "/v", "Blob", "/t", "REG_BINARY", "/d", "0102030405"},
		{`HKU\.DEFAULT\Software\Example`, "/v", "ProxyServer", "/t", "REG_SZ", "/d", "proxy.example:3128"},
	} {
		if got := prefix.Run(t, dir, "reg", append(append([]string{"add"}, args...), "/f")...); got.Code != 0 {
			t.Fatalf("reg add %v: exit code %d\n%s%s", args, got.Code, got.Stdout, got.Stderr)
		}
	}
	prefix.Run(t, dir, "cmd", "/c", `md C:\example & echo line> C:\example\a.log`)
	if err := os.WriteFile(filepath.Join(dir, "p.json"), []byte(windowsProfile), 0o600); err != nil {
		t.Fatal(err)
	}
	show := prefix.Run(t, dir, "asrcollect.exe", "preview", "--profile", "p.json", "--log-age", "0")
	for _, want := range []string{"role process-server,", `CX_TYPE=2`, `HKLM\SOFTWARE\Wow6432Node\Example\9`, "presence only: Blob", `C:\example\*.log`, `\netsh.exe winhttp show proxy`} {
		if !strings.Contains(string(show.Stdout), want) {
			t.Errorf("preview does not say %q, exit code %d\n%s%s", want, show.Code, show.Stdout, show.Stderr)
		}
	}
	out := filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	got := prefix.Run(t, dir, "asrcollect.exe", "--profile", "p.json", "--duration", "1s", "--interval", "500ms", "--out", "out", "--no-probes", "--yes", "--commands", "--log-age", "0")
	if got.Code != 3 { // the programs of Wine print nothing or are not there
		t.Fatalf("exit code %d\n%s", got.Code, got.Stderr)
	}
	b := onlyBundle(t, out)
	checkRegistry(t, b)
	checkPaths(t, b)
	for _, s := range b.Manifest.Sources {
		if s.Name == "logs/commands" && (s.Status != bundles.StatusFailed || !strings.Contains(s.Error, "netsh-winhttp-proxy: it printed nothing")) {
			t.Errorf("row of the commands: %+v", s)
		}
	}
}

// windowsChoiceRun makes an appliance of the machine, by its registry, and asks
// what would be collected: the profile is chosen by itself, what speaks for a
// classic server is told, and what holds credentials is nowhere to be read.
func windowsChoiceRun(t *testing.T, prefix *winetest.Prefix, dir string) {
	for _, args := range [][]string{
		{`HKLM\SOFTWARE\Microsoft\Azure Appliance`, "/v", "Type", "/d", "InMageRcm"},
		{`HKLM\SOFTWARE\Microsoft\Azure Site Recovery Process Server`, "/v", "CS Mode", "/d", "Rcm"},
		{`HKLM\SOFTWARE\Wow6432Node\InMage Systems\Installed Products\9`, "/v", "CX_TYPE", "/d", "2"},
	} {
		if got := prefix.Run(t, dir, "reg", append(append([]string{"add"}, args...), "/f")...); got.Code != 0 {
			t.Fatalf("reg add %v: exit code %d\n%s%s", args, got.Code, got.Stdout, got.Stderr)
		}
		defer prefix.Run(t, dir, "reg", "delete", args[0], "/f") // for what runs here next
	}
	const folder = `C:\ProgramData\Microsoft Azure`
	for _, name := range []string{"CredStore/Credentials.json", "Logs/CredStore/a.log", "Logs/b.log"} {
		path := filepath.Join(prefix.DriveC(), "ProgramData", "Microsoft Azure", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("a\n"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	got := prefix.Run(t, dir, "asrcollect.exe", "preview", "--json")
	var show struct {
		Profile, Role, Deployment string
		Evidence                  []string `json:"role_evidence"`
		Items                     []struct {
			Kind, Name string
			Notes      []string
			List       []struct{ Path string }
		}
	}
	if err := json.Unmarshal(got.Stdout, &show); err != nil {
		t.Fatalf("%v, exit code %d\n%s", err, got.Code, got.Stderr)
	}
	if seen := strings.Join(show.Evidence, "\n"); show.Profile != "asr-appliance" || show.Deployment != bundles.DeployAppliance || !strings.Contains(seen, "Type=InMageRcm") || !strings.Contains(seen, "disagrees, process-server standalone by profile asr-process-server") {
		t.Errorf("profile %s, %s %s by\n%s", show.Profile, show.Role, show.Deployment, seen)
	}
	taken, told := 0, false
	for _, item := range show.Items {
		for _, f := range item.List {
			taken++
			if strings.Contains(f.Path, "CredStore") {
				t.Errorf("%s %s would take %s", item.Kind, item.Name, f.Path)
			}
		}
		told = told || strings.Contains(strings.Join(item.Notes, "\n"), `never read: `+folder+`\Logs\CredStore\a.log`)
	}
	if taken == 0 || !told {
		t.Errorf("%d log files; that one is passed over: %v", taken, told)
	}
}

func checkRegistry(t *testing.T, b *bundles.Bundle) {
	t.Helper()
	f, err := bundles.Fact[bundles.Registry](b, "registry")
	if err != nil || len(f.Items) != 3 {
		t.Fatalf("registry = %+v, %v", f, err)
	}
	nine := f.Items[0]
	if !nine.Exists || nine.LastWrite == nil || f.Items[1].Exists || f.Items[1].Error != "" || !f.Items[2].Exists {
		t.Errorf("keys = %+v", f.Items)
	}
	text := map[string]string{}
	for _, v := range nine.Values {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		text[v.Name] = string(raw)
	}
	for name, want := range map[string]string{
		"CX_TYPE": `{"name":"CX_TYPE","type":"REG_DWORD","data":2}`, "Folder": `{"name":"Folder","type":"REG_EXPAND_SZ","data":"%SystemDrive%\\example"}`,
		"List": `{"name":"List","type":"REG_MULTI_SZ","data":["a","b c"]}`, "Blob": `{"name":"Blob","type":"REG_BINARY","present":true,"length":5}`,
		"DB_PASSWORD": `{"name":"DB_PASSWORD","type":"REG_SZ","present":true,"length":16}`, "Missing": "", "": "",
	} {
		if text[name] != want {
			t.Errorf("value %q is %s, want %s", name, text[name], want)
		}
	}
	if w := text["Wide"]; strings.Contains(w, "hunter2") || !strings.Contains(w, "proxy.example:8080") {
		t.Errorf("value Wide is %s", w)
	}
}

func checkPaths(t *testing.T, b *bundles.Bundle) {
	t.Helper()
	f, err := bundles.Fact[bundles.Files](b, "files")
	if err != nil || len(f.Items) != 2 || f.Items[0].Volume != `C:\` || !f.Items[0].Exists || !strings.EqualFold(f.Items[1].Path, `C:\example`) {
		t.Errorf("files = %+v, %v", f, err)
	}
	if h := b.Manifest.Host; h.Deployment != "standalone" || len(h.RoleEvidence) != 2 {
		t.Errorf("host = %+v", h)
	}
	found := false
	for _, row := range b.Manifest.Files {
		found = found || row.Source == "logs/example" && strings.HasSuffix(row.Path, "C/example/a.log")
	}
	if !found {
		t.Error("the log below the named path is not in the bundle")
	}
}
