package analyzer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// workerMain is a worker process: a good one, or one that is bad in a way.
func workerMain(mode string) int {
	switch mode {
	case "limits":
		return printLimits()
	case "exit":
		_, _, _ = readFrame(os.Stdin)
		return 3
	case "garbage":
		_, _, _ = readFrame(os.Stdin)
		fmt.Print("HTTP/1.1 200 OK\r\n\r\n")
		return 0
	case "cores":
		return tellCores()
	case "count-cores":
		return countCores()
	case "hang":
		_, _ = io.Copy(io.Discard, os.Stdin)
		return 0
	}
	dir := os.Getenv("ANALYZER_TEST_PACKS")
	if err := Serve(context.Background(), os.Stdin, os.Stdout, os.DirFS(dir)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// printLimits sends the limits of a confined process as output.
func printLimits() int {
	if _, _, err := readFrame(os.Stdin); err != nil {
		return 1
	}
	if err := confine(workerAddressSpace); err != nil {
		return 1
	}
	limits, err := os.ReadFile("/proc/self/limits")
	if err != nil {
		return 1
	}
	out := &frameWriter{w: os.Stdout}
	if _, err := out.Write(limits); err != nil {
		return 1
	}
	if out.writeJSON(frameResult, nil) != nil {
		return 1
	}
	return 0
}

// testPool gives a pool whose workers are this test binary.
func testPool(t *testing.T, mode string, c PoolConfig) *Pool {
	t.Helper()
	t.Setenv(workerMode, mode)
	t.Setenv("ANALYZER_TEST_PACKS", shared)
	c.Command = []string{os.Args[0]}
	c.CacheDir = cacheFolder()
	p := NewPool(c)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// packRef writes a pack and refers to it.
func packRef(t *testing.T, raw []byte) PackRef {
	t.Helper()
	name := filepath.Join(t.TempDir(), "test.asrpack")
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	return PackRef{File: name, SHA256: hex.EncodeToString(sum[:]), SignedBy: "embedded"}
}

func demoRef(t *testing.T) PackRef {
	t.Helper()
	raw, err := demoPack()
	if err != nil {
		t.Fatal(err)
	}
	return packRef(t, raw)
}

func encode(t *testing.T, r *report.Report) string {
	t.Helper()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(r); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func codeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprintf("no *Error: %v", err)
}

func TestPoolGivesTheSameReport(t *testing.T) {
	name := zipOf(t, sick)
	want := encode(t, analyzeFile(t, name, Options{}))
	p := testPool(t, "serve", PoolConfig{})
	var stages []string
	for range 2 {
		r, err := p.Analyze(context.Background(), AnalyzeJob{
			Path: name, Packs: []PackRef{demoRef(t)},
			Progress: func(p Progress) { stages = append(stages, p.Stage) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := encode(t, r); got != want {
			t.Errorf("the worker's report differs:\n%s\nwant:\n%s", got, want)
		}
	}
	if len(p.idle) != 1 || p.idle[0].jobs != 2 {
		t.Error("the second job did not get the first one's worker")
	}
	if got := strings.Join(stages, " "); !strings.Contains(got, "open scan verify modules") {
		t.Errorf("stages = %q, want open, scan, verify, modules", got)
	}
}

// bad are the files that make the misbehaving checks run.
const badSpin = "-- logs/spin/x --\nx\n"

func TestPoolStopsSpinningCheck(t *testing.T) {
	name := zipOf(t, sick+badSpin)
	p := testPool(t, "serve", PoolConfig{InstanceTime: 2 * time.Second})
	r, err := p.Analyze(context.Background(), AnalyzeJob{Path: name, Packs: []PackRef{demoRef(t)}})
	if err != nil {
		t.Fatal(err)
	}
	if c := checkOf(t, r, "spin"); c.Outcome != abi.OutcomeError || c.Reason != "stopped after 2 s" {
		t.Errorf("spin: %s %q, want an error: stopped after 2 s", c.Outcome, c.Reason)
	}
	if got := strings.Join(r.Verdict.Reasons, "\n"); !strings.Contains(got, "demo/spin: stopped after 2 s") {
		t.Errorf("reasons = %q, want the check that was stopped", got)
	}
	if c := checkOf(t, r, "services"); c.Outcome != abi.OutcomeFindings {
		t.Errorf("services: %s %q, want findings", c.Outcome, c.Reason)
	}
}

func TestPoolStopsHog(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("resident memory is only watched on linux")
	}
	wasm, err := demoWasm()
	if err != nil {
		t.Fatal(err)
	}
	d, err := describe(context.Background(), wasm, cacheFolder())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := buildPack("demo", packfile.SourceModule{
		Name: "demo", Wasm: wasm, Describe: d, Limits: packfile.Limits{MemoryBytes: 256 << 20},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := testPool(t, "serve", PoolConfig{Resident: 220 << 20})
	r, err := p.Analyze(context.Background(), AnalyzeJob{Path: zipOf(t, sick+"-- logs/hog/x --\nx\n"), Packs: []PackRef{packRef(t, raw)}})
	if err != nil {
		t.Fatal(err)
	}
	if c := checkOf(t, r, "hog"); c.Outcome != abi.OutcomeError || c.Reason != "used more than 220 MiB" {
		t.Errorf("hog: %s %q, want an error: used more than 220 MiB", c.Outcome, c.Reason)
	}
	if c := checkOf(t, r, "services"); c.Outcome != abi.OutcomeFindings {
		t.Errorf("services: %s %q, want findings", c.Outcome, c.Reason)
	}
}

// localsBomb is a module of 56 bytes with a function of 4,294,967,295 locals,
// for which the compiler would take 32 GiB.
var localsBomb = []byte("\x00asm\x01\x00\x00\x00" +
	"\x01\x04\x01\x60\x00\x00" + // type: func()
	"\x03\x02\x01\x00" + // one function
	"\x05\x03\x01\x00\x01" + // one page of memory
	"\x07\x13\x02\x06_start\x00\x00\x06memory\x02\x00" + // exports
	"\x0a\x0a\x01\x08\x01\xff\xff\xff\xff\x0f\x7f\x0b") // the body

func TestPoolSurvivesCompileBomb(t *testing.T) {
	raw, err := buildPack("bomb", packfile.SourceModule{Name: "bomb", Wasm: localsBomb, Describe: abi.Describe{
		ABI: abi.Version, Module: "bomb",
		Checks: []abi.Check{
			{ID: "one", Rev: 1, Title: "One", Doc: "One.", Since: "1.0.0", Severities: []abi.Severity{abi.Info}},
			{ID: "two", Rev: 1, Title: "Two", Doc: "Two.", Since: "1.0.0", Severities: []abi.Severity{abi.Info}},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := testPool(t, "serve", PoolConfig{})
	r, err := p.Analyze(context.Background(), AnalyzeJob{Path: zipOf(t, sick), Packs: []PackRef{packRef(t, raw), demoRef(t)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Checks {
		if strings.HasPrefix(c.ID, "bomb/") && c.Outcome != abi.OutcomeError {
			t.Errorf("%s: %s %q, want an error", c.ID, c.Outcome, c.Reason)
		}
	}
	if c := checkOf(t, r, "services"); c.Outcome != abi.OutcomeFindings {
		t.Errorf("services: %s %q, want findings", c.Outcome, c.Reason)
	}
}

func TestPoolWorkerDies(t *testing.T) {
	tests := map[string]string{
		"exit":    "died: exit status 3",
		"garbage": "sent what makes no sense",
		"hang":    "stopped after 0.3 s",
	}
	for mode, want := range tests {
		t.Run(mode, func(t *testing.T) {
			p := testPool(t, mode, PoolConfig{BundleTime: 300 * time.Millisecond})
			_, err := p.Analyze(context.Background(), AnalyzeJob{Path: "x.zip"})
			if codeOf(err) != CodeWorkerDied || !strings.Contains(err.Error(), want) {
				t.Errorf("error %s: %v, want %s: %s", codeOf(err), err, CodeWorkerDied, want)
			}
			if len(p.idle) != 0 {
				t.Error("a dead worker is kept")
			}
		})
	}
}

func TestPoolReplacesWorkerThatDiedIdle(t *testing.T) {
	name := zipOf(t, sick)
	p := testPool(t, "serve", PoolConfig{})
	var out bytes.Buffer
	if err := p.Bundle(context.Background(), BundleJob{Verb: "ls", Path: name}, &out); err != nil {
		t.Fatal(err)
	}
	p.idle[0].kill()
	if err := p.Bundle(context.Background(), BundleJob{Verb: "ls", Path: name}, &out); err != nil {
		t.Errorf("the job after a worker's death: %v", err)
	}
}

func TestPoolCanceled(t *testing.T) {
	p := testPool(t, "hang", PoolConfig{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Analyze(ctx, AnalyzeJob{Path: "x.zip"}); codeOf(err) != CodeCanceled {
		t.Errorf("error %v, want %s", err, CodeCanceled)
	}
	ctx, cancel = context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := p.Analyze(ctx, AnalyzeJob{Path: "x.zip"}); codeOf(err) != CodeCanceled {
		t.Errorf("error %v, want %s", err, CodeCanceled)
	}
}

func TestPoolPacks(t *testing.T) {
	name := zipOf(t, sick)
	p := testPool(t, "serve", PoolConfig{})
	changed := demoRef(t)
	changed.SHA256 = strings.Repeat("0", 64)
	none := PackRef{File: filepath.Join(t.TempDir(), "none"), SHA256: changed.SHA256}
	for ref, want := range map[PackRef]string{
		changed: "has changed since it was verified",
		none:    "no such file",
	} {
		_, err := p.Analyze(context.Background(), AnalyzeJob{Path: name, Packs: []PackRef{ref}})
		if codeOf(err) != CodePack || !strings.Contains(err.Error(), want) {
			t.Errorf("error %s: %v, want %s: %s", codeOf(err), err, CodePack, want)
		}
	}
	if _, err := p.Analyze(context.Background(), AnalyzeJob{Path: name}); codeOf(err) != CodeNoPacks {
		t.Errorf("without packs: %v, want %s", err, CodeNoPacks)
	}
	raw, err := demoPack()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(shared, "embedded.asrpack"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	ref := demoRef(t)
	ref.Embedded, ref.File = "embedded.asrpack", ""
	if _, err := p.Analyze(context.Background(), AnalyzeJob{Path: name, Packs: []PackRef{ref}}); err != nil {
		t.Errorf("with an embedded pack: %v", err)
	}
}

func TestPoolDescribe(t *testing.T) {
	wasm, err := demoWasm()
	if err != nil {
		t.Fatal(err)
	}
	p := testPool(t, "serve", PoolConfig{})
	d, err := p.Describe(context.Background(), wasm)
	if err != nil || d.Module != "demo" || len(d.Checks) == 0 {
		t.Errorf("Describe gives module %q, %v", d.Module, err)
	}
	if _, err := p.Describe(context.Background(), []byte("\x7fELF....")); err == nil || !strings.Contains(err.Error(), "not a WebAssembly module") {
		t.Errorf("Describe of an ELF: %v", err)
	}
	if _, err := p.Describe(context.Background(), localsBomb); codeOf(err) != CodePack {
		t.Errorf("Describe of a bomb: %v, want %s", err, CodePack)
	}
}

func TestWorkerIsConfined(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("limits are set on linux")
	}
	p := testPool(t, "limits", PoolConfig{})
	var out bytes.Buffer
	if err := p.Bundle(context.Background(), BundleJob{Verb: "ls"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Max address space 4294967296 4294967296", "Max core file size 0 0"} {
		if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
			t.Errorf("limits are %s, want %q", out.String(), want)
		}
	}
}

func TestResidentBytes(t *testing.T) {
	self := residentOf(os.Getpid())
	defer self.close()
	if n, ok := self.bytes(); runtime.GOOS == "linux" && (!ok || n < 1<<20) {
		t.Errorf("resident bytes = %d, %v, want more than 1 MiB", n, ok)
	}
	for text, want := range map[string]int64{"100 25 3 1 0 5 0\n": 25, "100 25": 25, "100": -1, "": -1, "a b c": -1, "1 -5": -1} {
		n, ok := parseStatm([]byte(text))
		if !ok {
			n = -1
		}
		if n != want {
			t.Errorf("parseStatm(%q) = %d, want %d", text, n, want)
		}
	}
}

func TestLosses(t *testing.T) {
	var l losses
	batch := activity{Module: "m", Checks: []string{"p/a", "p/b"}}
	l.add(batch, "r1")
	if len(l.oneByOne) != 1 || len(l.skip) != 0 {
		t.Fatalf("after a batch: %+v, want one by one", l)
	}
	for i := range 3 {
		l.add(activity{Module: "m", Checks: []string{fmt.Sprint("p/", i)}}, "r2")
	}
	if len(l.skip) != 3 || l.skip[2] != (Skip{Check: "p/2", Reason: "r2"}) || len(l.givenUp) != 0 {
		t.Fatalf("after three checks: %+v", l)
	}
	l.add(activity{Module: "m", Checks: []string{"p/9"}}, "r3")
	if !strings.Contains(l.givenUp["m"], "given up after 5 deaths") {
		t.Errorf("after five deaths: %+v, want the module given up", l)
	}
	l.add(activity{Module: "n", Compile: true, Checks: []string{"p/x"}}, "r4")
	if l.givenUp["n"] == "" {
		t.Error("a module that cannot be compiled is tried again")
	}
}

func FuzzReadFrame(f *testing.F) {
	var good bytes.Buffer
	w := &frameWriter{w: &good}
	if err := w.writeJSON(frameProgress, Progress{Stage: "scan"}); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add([]byte{0, 0, 0, 0, 'r'})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 'r', 1, 2})
	f.Add([]byte{0, 0, 0, 1, 'e'})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		for {
			kind, content, err := readFrame(r)
			if err != nil {
				return
			}
			g := newGuard(&process{config: PoolConfig{BundleTime: time.Second}}, 0)
			if err := g.frame(kind, content, handler{output: io.Discard}); err == nil && kind == frameBegin && g.doing() == nil {
				t.Error("an activity began and is not kept")
			}
			var back bytes.Buffer
			if err := (&frameWriter{w: &back}).write(kind, content); err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(data, back.Bytes()) {
				t.Errorf("frame %q is not written as it was read", content)
			}
		}
	})
}
