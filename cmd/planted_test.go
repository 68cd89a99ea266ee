package cmd

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles/bundletest/planted"
	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
	"github.com/asrdiag/asrdiag/cmd/simulator"
	"github.com/asrdiag/asrdiag/cmd/wine"
)

// garden is what was planted on a machine.
type garden struct {
	*planted.Drawer
	values []string
	rows   map[string]int // by carrier, kind and encoding
}

func newGarden(seed uint64) *garden {
	return &garden{Drawer: planted.NewDrawer(seed), rows: map[string]int{}}
}

// draw makes a secret that goes into a carrier.
func (g *garden) draw(carrier, kind, encoding string) planted.Secret {
	s := g.Draw(kind)
	g.values = append(g.values, s.Value)
	g.rows[carrier+" | "+kind+" | "+encoding]++
	return s
}

// logs are files with secrets of all kinds, in all the ways in which a line and
// a file may be encoded.
func (g *garden) logs() map[string][]byte {
	out := map[string][]byte{}
	for _, encoding := range planted.Encodings() {
		var text strings.Builder
		for _, kind := range planted.Kinds() {
			for _, wrap := range planted.Wraps() {
				s := g.Draw(kind)
				line, ok := g.Wrap(wrap, s)
				if !ok {
					continue
				}
				g.values = append(g.values, s.Value)
				g.rows["log | "+kind+" | "+wrap+" in "+encoding]++
				text.WriteString("2026-11-20 08:14:54 INFO nothing in this line, port 9443\n" + line + "\n")
			}
		}
		name := "planted-" + strings.ReplaceAll(encoding, " ", "-") + ".log"
		if strings.HasPrefix(encoding, "gzip") {
			name += ".gz"
		}
		out[name] = planted.Encode(encoding, text.String())
	}
	return out
}

// names are the names of files and folders that hold a secret.
func (g *garden) names() []string {
	var out []string
	for _, c := range [][2]string{
		{"token", "token=%s"},
		{"password", "password=%s"},
		{"password", "user_password=%s_x"},
		{"password", "pass=%s"},
		{"vendor token", "ghp_%s"},
		{"vendor token", "npm_%s-x"},
		{"key", "apikey=%s"},
		{"secret", "client_secret=%s"},
		{"sas", "blob_sig=%s&se=2027"},
		{"jwt", "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJyY20ifQ.%s"},
		{"passphrase", "passphrase=%s"},
		{"userinfo", "svc-x:%s@ps01.corp.example"},
		{"cookie", "JSESSIONID=%s"},
		{"password", "folder-pwd=%s"},
		{"token", "access_token=%s"},
	} {
		s := g.draw("file name", c[0], "plain")
		for strings.ContainsAny(s.Value, `/\:*?"<>| `) || len(s.Value) < 10 {
			g.values = g.values[:len(g.values)-1]
			s = g.Draw(c[0])
			g.values = append(g.values, s.Value)
		}
		out = append(out, fmt.Sprintf(c[1], s.Value))
	}
	return out
}

// value draws one that has none of the characters which would end it.
func (g *garden) value(carrier, kind, without string) string {
	for {
		if s := g.Draw(kind); !strings.ContainsAny(s.Value, without) {
			g.values = append(g.values, s.Value)
			g.rows[carrier+" | "+kind+" | plain"]++
			return s.Value
		}
	}
}

// settings are lines of a configuration file: such as no profile asks for, and
// proxies with credentials behind names that one does.
func (g *garden) settings(allowed ...string) string {
	var out strings.Builder
	for _, kind := range []string{"password", "passphrase", "secret", "token", "key", "environment", "foreign"} {
		for i := range 8 {
			fmt.Fprintf(&out, "%s_%d = %s\n", strings.ToUpper(strings.ReplaceAll(kind, " ", "_")), i, g.value("configuration", kind, " \n"))
		}
	}
	for _, key := range allowed {
		fmt.Fprintf(&out, "%s = http://svc-x:%s@ps01.corp.example:8080\n", key, g.value("configuration", "userinfo", " \n@/?#%\\\"'<>:|`"))
	}
	return out.String()
}

// TestPlantedLinux plants secrets on a simulated source machine with Linux. The
// real program collects, and what it left and said is searched. TestPlantedServer,
// which takes the build tag slow, does so on a process server.
func TestPlantedLinux(t *testing.T) {
	g := newGarden(20262)
	in := g.server(t, "source-linux", "/etc/environment")
	g.collect(t, in, nil, map[string]string{"*.log": "root/var/log/svagents_", "*.gz": "root/var/log/s2_"})
}

// server is the incident: settings, registry, and services with secrets in
// their command lines.
func (g *garden) server(t *testing.T, base, config string) *simulator.Incident {
	t.Helper()
	windows := base == "standalone"
	var b strings.Builder
	fmt.Fprintf(&b, "Secrets everywhere.\n-- base --\n%s\n", base)
	if windows {
		fmt.Fprintf(&b, "-- set --\nnot-collected = PushInstallService.log\n-- services --\n")
		for _, s := range []string{`ProcessServer | running | automatic | Process Server | "{R}\bin\ProcessServer.exe"`, `tmansvc | running | automatic | tmansvc | "{R}\bin\tmansvc.exe"`, `LogUpload | stopped | automatic | Log Upload Service | "{R}\bin\LogUploadService.exe"`} {
			fmt.Fprintf(&b, "%s --password %s --api-key=%s /token:%s\n", s, g.value("command line", "password", " \n\"'|{"), g.value("command line", "key", " \n\"'|{"), g.value("command line", "token", " \n\"'|{"))
		}
		b.WriteString(g.registry())
	} else {
		fmt.Fprintf(&b, "-- actions --\nvxagent | starts | {install}/bin/dataprotection --password %s -token=%s --proxy http://u:%s@10.0.0.9:3128 --sas sv=1&sig=%s\n",
			g.value("command line", "password", " \n\"'|{"), g.value("command line", "token", " \n\"'|{"), g.value("command line", "userinfo", " \n\"'|{@/?#%:"), g.value("command line", "sas", " \n\"'|{"))
	}
	allowed := []string{"https_proxy", "http_proxy"}
	if windows {
		allowed = []string{"PS_CS_IP", "CS_IP", "BPM_NTW_DEVICE"}
	}
	fmt.Fprintf(&b, "-- %s --\n%s", config, g.settings(allowed...))
	in, err := simulator.Parse("planted-"+base, []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// registry has values that the profile asks for with secrets in them, and some
// that it does not ask for.
func (g *garden) registry() string {
	var b strings.Builder
	b.WriteString("-- registry --\n[HKLM\\SOFTWARE\\Microsoft\\Azure Site Recovery\\ProxySettings]\n")
	plain := " \n\"'|{@/?#%\\<>:`"
	fmt.Fprintf(&b, "ProxyAddress = http://svc-x:%s@10.20.0.9\n", g.value("registry", "userinfo", plain))
	fmt.Fprintf(&b, "ProxyPassword = %s\n", g.value("registry", "password", plain))
	fmt.Fprintf(&b, "BypassUrls = https://u:%s@10.20.0.9;x?sig=%s\n", g.value("registry", "userinfo", plain), g.value("registry", "sas", plain))
	b.WriteString("[HKU\\.DEFAULT\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings]\n")
	fmt.Fprintf(&b, "ProxyServer = http=svc-x:%s@10.20.0.9:8080\n", g.value("registry", "userinfo", plain))
	fmt.Fprintf(&b, "AutoConfigURL = http://10.20.0.9/p.pac?token=%s\n", g.value("registry", "token", plain))
	b.WriteString("[HKLM\\SOFTWARE\\Wow6432Node\\InMage Systems\\Installed Products\\9]\n")
	for i := range 20 {
		fmt.Fprintf(&b, "Password%d = %s\n", i, g.value("registry", "registry", plain))
	}
	fmt.Fprintf(&b, "Proxy_Type = Custom password=%s\n", g.value("registry", "password", plain))
	b.WriteString("[HKLM\\SYSTEM\\CurrentControlSet\\Services\\W32Time\\Parameters]\n")
	fmt.Fprintf(&b, "NtpServer = ntp.corp.example,0x8 key=%s\n", g.value("registry", "key", plain+"-_"))
	fmt.Fprintf(&b, "[HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Exclusions\\Paths]\nC:\\x\\password=%s = dword 0\n", g.value("registry", "password", plain+"=+"))
	return b.String()
}

// collect arranges the machine, puts the logs into their places and searches
// what the program makes of all that.
func (g *garden) collect(t *testing.T, in *simulator.Incident, template *wine.Prefix, places map[string]string) {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if template != nil {
		build(t, root, dir, "windows", "asrcollect.exe")
	}
	build(t, root, dir, "linux", "asrcollect")
	programs, err := simulator.BuildPrograms(t.Context(), filepath.Join(dir, "asrcollect.exe"), filepath.Join(dir, "asrcollect"), dir)
	if err != nil {
		t.Fatal(err)
	}
	machine := filepath.Join(t.TempDir(), "machine")
	m, err := simulator.Arrange(t.Context(), in, nil, template, machine, programs)
	if err != nil && simulator.Lacking(err) {
		program.Missing(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	defer func() {
		if !closed {
			t.Error(m.Close())
		}
	}()
	files := g.place(t, machine, places)
	c, err := m.Collect(t.Context(), 4*time.Second, filepath.Join(dir, "bundle.zip"))
	if err != nil {
		t.Fatal(err)
	}
	closed = true
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	g.searched(t, c, files)
}

// place writes the logs.
func (g *garden) place(t *testing.T, machine string, places map[string]string) (files int) {
	t.Helper()
	for name, data := range g.logs() {
		path := filepath.Join(machine, places["*"+filepath.Ext(name)]+name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		files++
	}
	for _, name := range g.names() {
		path := filepath.Join(machine, places["*.log"]+name+".log")
		if strings.Contains(path, "drive_c") && strings.Contains(name, ":") {
			continue // Windows has no such names
		}
		if err := os.WriteFile(path, []byte("2026-11-20 08:14:54 INFO nothing in this file\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		files++
	}
	return files
}

// searched fails where one of the secrets is in the bundle, its name, or in what
// the program said; and where a file that was planted is not in the bundle.
func (g *garden) searched(t *testing.T, c simulator.Collection, files int) {
	t.Helper()
	data := readFile(t, c.Path)
	search := planted.NewSearch(g.values)
	left := slices.Concat(search.File("bundle.zip", data), search.File("stderr", []byte(c.Stderr)), search.File("name", []byte(c.Name)))
	for _, l := range left {
		t.Errorf("%s: %q, %s", l.Where, l.Secret, l.How)
	}
	b := openedBundle(t, c.Path)
	taken := 0
	for _, p := range b.Paths() {
		raw, err := b.FS.Open(p)
		if err != nil {
			t.Fatal(err)
		}
		raw.Close()
		if strings.Contains(p, "planted-") || strings.Contains(p, "REDACTED") {
			taken++
		}
	}
	if taken < files {
		t.Errorf("%d of %d files that were planted are in the bundle", taken, files)
	}
	by := map[string]int{}
	for row, n := range g.rows {
		carrier, _, _ := strings.Cut(row, " | ")
		by[carrier] += n
	}
	t.Logf("%d secrets of %d kinds: %v; %d left; redacted: %v", len(g.values), len(planted.Kinds()), by, len(left), b.Manifest.Privacy.Counts)
	for _, row := range slices.Sorted(maps.Keys(g.rows)) {
		if testing.Verbose() && os.Getenv("ASRDIAG_ROWS") != "" {
			t.Logf("%s: %d", row, g.rows[row])
		}
	}
	if len(g.values) < 600 {
		t.Errorf("%d secrets were planted, want 600", len(g.values))
	}
}
