package packfile

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// sampleWasm is the smallest module and, behind it, a custom section that makes
// the file larger.
func sampleWasm(payload int) []byte {
	section := append([]byte{1, 'x'}, bytes.Repeat([]byte{0xa5}, payload)...)
	size := len(section)
	b := append([]byte(wasmHeader), 0)
	for ; size >= 0x80; size >>= 7 {
		b = append(b, byte(size)|0x80)
	}
	return append(append(b, byte(size)), section...)
}

func sampleDescribe(ids ...string) abi.Describe {
	d := abi.Describe{ABI: abi.Version, Module: "sample", Inputs: []abi.Input{{ID: "services", Glob: "facts/services.json", Required: true}}}
	for _, id := range ids {
		d.Checks = append(d.Checks, abi.Check{
			ID: id, Rev: 1, Title: "Looks at " + id, Severities: []abi.Severity{abi.Warning, abi.Critical},
			Inputs: []string{"services"}, Since: "1.2.3", Doc: "Reads the services.",
		})
	}
	return d
}

func sampleSource() Source {
	built := time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
	return Source{
		Manifest: Manifest{
			Name: "sample", Release: 7, Version: "1.2.3", ABI: ABIRange{Major: 1}, EngineMin: "0.1.0",
			Bundle: BundleRange{Version: 1}, Built: &built, Source: Origin{Go: "go1.26"},
		},
		Modules: []SourceModule{
			{Name: "main", Wasm: sampleWasm(3000), Describe: sampleDescribe("first", "second"), Limits: Limits{Fuel: 1000}},
			{Name: "extra", Wasm: sampleWasm(10), Describe: sampleDescribe("third")},
		},
		Files: map[string][]byte{"patterns/one.json": []byte("{}\n")},
	}
}

func buildSample(t testing.TB, edit ...func(*Source)) []byte {
	t.Helper()
	src := sampleSource()
	for _, f := range edit {
		f(&src)
	}
	var b bytes.Buffer
	if err := Build(&b, src); err != nil {
		t.Fatalf("Build: %v", err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	raw := buildSample(t)
	p, err := Open(raw)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	if got := p.Manifest.FileName(); got != "sample-1.2.3.asrpack" {
		t.Errorf("FileName = %q", got)
	}
	if p.SHA256 != digest(raw) || p.SignedBy != "" || p.Unsigned {
		t.Errorf("pack is %q, signed by %q, unsigned %v", p.SHA256, p.SignedBy, p.Unsigned)
	}
	wasm, err := p.Module("modules/main.wasm")
	if err != nil || !bytes.Equal(wasm, sampleWasm(3000)) {
		t.Errorf("Module = %d bytes, %v", len(wasm), err)
	}
	d, err := p.Describe("modules/extra.wasm")
	if err != nil || len(d.Checks) != 1 || d.Checks[0].ID != "third" {
		t.Errorf("Describe = %+v, %v", d, err)
	}
	if n := len(p.Checks()); n != 3 {
		t.Errorf("Checks = %d, want 3", n)
	}
	doc, err := fs.ReadFile(p.Docs(), "second.md")
	if err != nil || !strings.Contains(string(doc), "`sample/second`, revision 1, since 1.2.3; reports warning, critical.") {
		t.Errorf("Docs: second.md = %q, %v", doc, err)
	}
}

func TestUnknownModule(t *testing.T) {
	p, err := Open(buildSample(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "pack.json", "modules/none.wasm", "patterns/one.json"} {
		if _, err := p.Module(path); err == nil {
			t.Errorf("Module(%q) = nil error", path)
		}
		if _, err := p.Describe(path); err == nil {
			t.Errorf("Describe(%q) = nil error", path)
		}
	}
}

func TestModuleIsHashedAgain(t *testing.T) {
	raw := buildSample(t)
	p, err := Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	raw[bytes.Index(raw, sampleWasm(3000))+20] ^= 1
	if _, err := p.Module("modules/main.wasm"); !errors.Is(err, ErrMalformed) {
		t.Errorf("Module of changed bytes = %v, want ErrMalformed", err)
	}
}

func TestReadManifest(t *testing.T) {
	raw := buildSample(t)
	p, err := Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	r := bytes.NewReader(raw)
	m, err := ReadManifest(r)
	if err != nil || m.Name != p.Manifest.Name || m.Release != p.Manifest.Release || len(m.Modules) != len(p.Manifest.Modules) {
		t.Errorf("ReadManifest = %+v, %v", m, err)
	}
	if read := int64(len(raw) - r.Len()); read > 30+int64(len(ManifestPath))+int64(len(p.entries[ManifestPath])) {
		t.Errorf("%d bytes were read, more than the first entry", read)
	}
	for _, end := range []int{0, 10, 30, 35, 60} {
		if _, err := ReadManifest(bytes.NewReader(raw[:end])); !errors.Is(err, ErrMalformed) {
			t.Errorf("of %d bytes: %v, want %v", end, err, ErrMalformed)
		}
	}
	if _, err := ReadManifest(strings.NewReader(strings.Repeat("\xff", 1<<10))); !errors.Is(err, ErrMalformed) {
		t.Errorf("of noise: %v, want %v", err, ErrMalformed)
	}
}

// TestOpenHashed: a module that is not what the manifest lists is still not used.
func TestOpenHashed(t *testing.T) {
	raw := buildSample(t)
	p, err := OpenHashed(raw, "the caller's")
	if err != nil || p.SHA256 != "the caller's" {
		t.Fatalf("OpenHashed = %v", err)
	}
	if _, err := p.Module("modules/main.wasm"); err != nil {
		t.Error(err)
	}
	p.entries["modules/main.wasm"][20] ^= 1
	if _, err := p.Module("modules/main.wasm"); !errors.Is(err, ErrMalformed) {
		t.Errorf("a changed module: %v, want %v", err, ErrMalformed)
	}
	if _, err := OpenHashed(raw[:len(raw)-1], ""); !errors.Is(err, ErrMalformed) {
		t.Errorf("a cut pack: %v, want %v", err, ErrMalformed)
	}
}

func TestBuildIsReproducible(t *testing.T) {
	first := buildSample(t)
	for range 5 {
		if second := buildSample(t); !bytes.Equal(first, second) {
			t.Fatal("two builds of one source differ")
		}
	}
	if other := buildSample(t, func(s *Source) { s.Manifest.Release = 8 }); bytes.Equal(first, other) {
		t.Error("another release gives the same bytes")
	}
}

func TestBuildRefuses(t *testing.T) {
	tests := []struct {
		want string
		is   error
		edit func(*Source)
	}{
		{"version \"1.2\"", ErrMalformed, func(s *Source) { s.Manifest.Version = "1.2" }},
		{"name \"Sample\"", ErrMalformed, func(s *Source) { s.Manifest.Name = "Sample" }},
		{"release 0", ErrMalformed, func(s *Source) { s.Manifest.Release = 0 }},
		{"bundle format 0.0", ErrMalformed, func(s *Source) { s.Manifest.Bundle.Version = 0 }},
		{"no module", ErrMalformed, func(s *Source) { s.Modules = nil }},
		{"pack needs ABI 2.0, this program speaks 1.0", ErrABI, func(s *Source) { s.Manifest.ABI.Major = 2 }},
		{"pack needs ABI 1.9, this program speaks 1.0", ErrABI, func(s *Source) { s.Manifest.ABI.MinMinor = 9 }},
		{"pack needs engine 99.0.0, this program has " + EngineVersion, ErrEngine, func(s *Source) { s.Manifest.EngineMin = "99.0.0" }},
		{"pack has format 2, this program reads format 1", ErrFormat, func(s *Source) { s.Manifest.Format = 2 }},
		{"not a WebAssembly module", ErrMalformed, func(s *Source) { s.Modules[0].Wasm = []byte("\x7fELF") }},
		{"allowed are 8388608", ErrMalformed, func(s *Source) { s.Modules[0].Wasm = sampleWasm(MaxModuleBytes) }},
		{"allowed are 1048576", ErrMalformed, func(s *Source) { s.Files["patterns/one.json"] = make([]byte, MaxFileBytes+1) }},
		{"limit fuel is", ErrMalformed, func(s *Source) { s.Modules[0].Limits.Fuel = 2*abi.MaxFuel + 1 }},
		{"limit findings is -1", ErrMalformed, func(s *Source) { s.Modules[0].Limits.Findings = -1 }},
		{`"docs/first.md" is there twice`, nil, func(s *Source) { s.Modules[1].Describe = sampleDescribe("first") }},
		{"module speaks ABI 1.1", ErrMalformed, func(s *Source) { s.Modules[0].Describe.ABI = "1.1" }},
		{`explained by "gone"`, ErrMalformed, func(s *Source) {
			s.Modules[0].Describe.Checks[0].ExplainedBy = []abi.Cause{{Check: "gone"}}
		}},
		{`explained by "sample/gone"`, ErrMalformed, func(s *Source) {
			s.Modules[0].Describe.Checks[0].ExplainedBy = []abi.Cause{{Check: "sample/gone"}}
		}},
		{"is there twice", nil, func(s *Source) { s.Files["docs/first.md"] = nil }},
		{"is there twice", nil, func(s *Source) { s.Modules[1].Name = "main" }},
		{`"pack.json" is not allowed`, nil, func(s *Source) { s.Files["pack.json"] = nil }},
		{`"../x" is not allowed`, nil, func(s *Source) { s.Files["../x"] = nil }},
		{`"other/x.wasm" is not allowed`, nil, func(s *Source) { s.Files["other/x.wasm"] = nil }},
		{"not allowed", nil, func(s *Source) { s.Modules[0].Name = "Ma in" }},
	}
	for _, tt := range tests {
		src := sampleSource()
		tt.edit(&src)
		err := Build(&bytes.Buffer{}, src)
		if err == nil || !strings.Contains(err.Error(), tt.want) || (tt.is != nil && !errors.Is(err, tt.is)) {
			t.Errorf("Build = %v, want %v with %q", err, tt.is, tt.want)
		}
	}
}

func TestBuildFillsPackToTheLimitAndNotBeyond(t *testing.T) {
	if testing.Short() {
		t.Skip("64 MiB of modules")
	}
	src := sampleSource()
	src.Modules = nil
	for i := range 9 {
		name := "m" + string(rune('0'+i))
		src.Modules = append(src.Modules, SourceModule{Name: name, Wasm: sampleWasm(MaxModuleBytes - 20), Describe: sampleDescribe("check-" + name)})
	}
	if err := Build(&bytes.Buffer{}, src); err == nil || !strings.Contains(err.Error(), "67108864") {
		t.Errorf("Build of 72 MiB = %v, want the limit", err)
	}
	src.Modules = src.Modules[:7]
	if err := Build(&bytes.Buffer{}, src); err != nil {
		t.Errorf("Build of 56 MiB = %v", err)
	}
}

func TestLimits(t *testing.T) {
	if got := (Limits{}).Effective(); got != DefaultLimits() {
		t.Errorf("Effective of none = %+v, want the ABI's", got)
	}
	asked := Limits{Fuel: 5, MemoryBytes: 2 * abi.MaxMemoryBytes}
	if err := asked.Validate(); err != nil {
		t.Errorf("Validate(%+v) = %v", asked, err)
	}
	got := asked.Effective()
	if got.Fuel != 5 || got.MemoryBytes != 2*abi.MaxMemoryBytes || got.Findings != abi.MaxFindings {
		t.Errorf("Effective = %+v", got)
	}
	greedy := Limits{WallSeconds: 1 << 62, OpenFiles: -1}
	if err := greedy.Validate(); err == nil {
		t.Error("Validate of greedy limits = nil")
	}
	if got := greedy.Effective(); got.WallSeconds != 40 || got.OpenFiles != abi.MaxOpenFiles {
		t.Errorf("Effective of greedy limits = %+v, want them clamped", got)
	}
}

func TestVersionOrder(t *testing.T) {
	ordered := []string{"0.0.1", "0.1.0-alpha", "0.1.0-alpha.1", "0.1.0-alpha.beta", "0.1.0-beta.2", "0.1.0-beta.11", "0.1.0", "0.2.0", "0.10.0", "1.0.0"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got, want := mustVersion(t, a).compare(mustVersion(t, b)), sign(i-j); got != want {
				t.Errorf("compare(%s, %s) = %d, want %d", a, b, got, want)
			}
		}
	}
	for _, s := range []string{"", "1", "1.2", "v1.2.3", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3+b", "1.2.3-a..b", "9999999999.0.0"} {
		if _, err := parseVersion(s); err == nil {
			t.Errorf("parseVersion(%q) = nil error", s)
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func mustVersion(t *testing.T, s string) version {
	t.Helper()
	v, err := parseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSplitFileName(t *testing.T) {
	tests := []struct{ file, name, version string }{
		{"asr-process-server-1.2.3.asrpack", "asr-process-server", "1.2.3"},
		{"a-1-2.0.0-rc.1.asrpack", "a-1", "2.0.0-rc.1"},
		{"a-1.0.0-1.0.0.asrpack", "a", "1.0.0-1.0.0"},
		{"a-1.0.asrpack", "", ""},
		{"1.0.0.asrpack", "", ""},
		{"-1.0.0.asrpack", "", ""},
		{"A-1.0.0.asrpack", "", ""},
		{"a-01.0.0.asrpack", "", ""},
		{"a-1.0.0.asrpack.minisig", "", ""},
		{"a-1.0.0", "", ""},
		{"../a-1.0.0.asrpack", "", ""},
		{"a/b-1.0.0.asrpack", "", ""},
		{"a-1.0.0-../x.asrpack", "", ""},
		{"a-1.0.0-x\x1b.asrpack", "", ""},
	}
	for _, tt := range tests {
		name, version, ok := SplitFileName(tt.file)
		if name != tt.name || version != tt.version || ok != (tt.name != "") {
			t.Errorf("SplitFileName(%q) = %q, %q, %v", tt.file, name, version, ok)
		}
		if m := (Manifest{Name: name, Version: version}); ok && m.FileName() != tt.file {
			t.Errorf("FileName of %q is %q", tt.file, m.FileName())
		}
	}
}

func TestCompare(t *testing.T) {
	tests := []struct {
		releaseA  int
		versionA  string
		releaseB  int
		versionB  string
		wantsSign int
	}{
		{1, "1.0.0", 1, "1.0.0", 0},
		{2, "1.0.0", 1, "9.0.0", 1}, // the release decides
		{1, "1.0.0", 1, "1.0.1", -1},
		{1, "1.0.0-rc.1", 1, "1.0.0", -1},
		{1, "1.10.0", 1, "1.9.0", 1},
		{1, "nonsense", 1, "0.0.0", -1},
		{1, "nonsense", 1, "else", 0},
	}
	for _, tt := range tests {
		a, b := Manifest{Release: tt.releaseA, Version: tt.versionA}, Manifest{Release: tt.releaseB, Version: tt.versionB}
		if got := a.Compare(b); got != tt.wantsSign || b.Compare(a) != -got {
			t.Errorf("%d %s against %d %s = %d, want %d", tt.releaseA, tt.versionA, tt.releaseB, tt.versionB, got, tt.wantsSign)
		}
	}
}
