package analyzer

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// damaged flips a bit in the middle of an entry's stored bytes.
func damaged(t *testing.T, name, entry string) {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		at, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == entry {
			raw[at+int64(f.CompressedSize64/2)] ^= 1
		}
	}
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedFile: a file that cannot be read costs the checks that need it.
func TestDamagedFile(t *testing.T) {
	tests := map[string]struct {
		check   string
		outcome abi.Outcome
	}{
		bundles.SamplesPath:   {"cpu", abi.OutcomeInsufficient},
		"facts/services.json": {"services", abi.OutcomeError},
	}
	for file, want := range tests {
		name := zipOf(t, sick)
		damaged(t, name, file)
		r := analyzeFile(t, name, Options{})
		if c := checkOf(t, r, want.check); c.Outcome != want.outcome || c.Reason == "" || len(c.Findings) > 0 {
			t.Errorf("%s damaged: %s is %s %q with %d findings, want %s", file, want.check, c.Outcome, c.Reason, len(c.Findings), want.outcome)
		}
		if c := checkOf(t, r, "log-errors"); c.Outcome != abi.OutcomeFindings {
			t.Errorf("%s damaged: another check is %s %q", file, c.Outcome, c.Reason)
		}
		if got := strings.Join(r.Verdict.Reasons, "\n"); !strings.Contains(got, "the bundle is damaged") || r.ExitCode("") != 4 {
			t.Errorf("%s damaged: reasons %q, exit code %d", file, got, r.ExitCode(""))
		}
	}
}

// TestPoolTakesAnyName: a file name need not be text.
func TestPoolTakesAnyName(t *testing.T) {
	name := filepath.Join(t.TempDir(), "b\xff\n\x1b.zip")
	if err := os.Rename(zipOf(t, sick), name); err != nil {
		t.Skipf("no such names here: %v", err)
	}
	p := testPool(t, "serve", PoolConfig{})
	r, err := p.Analyze(context.Background(), AnalyzeJob{Path: name, Packs: []PackRef{demoRef(t)}})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(r.Bundle.File, "\x1b") {
		t.Errorf("file = %q", r.Bundle.File)
	}
}

// TestPoolNeedsNoTempFolder: a zip is read where it is.
func TestPoolNeedsNoTempFolder(t *testing.T) {
	name, ref := zipOf(t, sick), demoRef(t)
	p := testPool(t, "serve", PoolConfig{})
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	if _, err := p.Analyze(context.Background(), AnalyzeJob{Path: name, Packs: []PackRef{ref}}); err != nil {
		t.Errorf("a zip without a temporary folder: %v", err)
	}
	tar := filepath.Join(filepath.Dir(name), "bundle.tar")
	if err := os.WriteFile(tar, append(make([]byte, 257), "ustar\x00"...), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := p.Analyze(context.Background(), AnalyzeJob{Path: tar, Packs: []PackRef{ref}})
	if codeOf(err) != CodeInternal || !strings.Contains(err.Error(), "cannot unpack") || strings.Contains(err.(*Error).Hint, "fault") {
		t.Errorf("a tar without a temporary folder: %v", err)
	}
}

func TestSizeOfLink(t *testing.T) {
	name := zipOf(t, sick)
	link := filepath.Join(filepath.Dir(name), "link.zip")
	if err := os.Symlink(name, link); err != nil {
		t.Skipf("no links here: %v", err)
	}
	if n := sizeOf(link); n == 0 || n != sizeOf(name) {
		t.Errorf("size of a link = %d, of the file %d", n, sizeOf(name))
	}
}

// TestDamagedCacheKillsWorker: a flipped bit in the number of functions makes
// the compiler ask for gigabytes, which kills the worker, but only once.
func TestDamagedCacheKillsWorker(t *testing.T) {
	name, ref := zipOf(t, sick), demoRef(t)
	p := testPool(t, "serve", PoolConfig{})
	p.config.CacheDir = filepath.Join(t.TempDir(), "cache")
	want := ""
	for range 2 {
		r, err := p.Analyze(context.Background(), AnalyzeJob{Path: name, Packs: []PackRef{ref}})
		if err != nil {
			t.Fatal(err)
		}
		got := encode(t, r)
		if want == "" {
			want = got
			damageCode(t, p.config.CacheDir)
		} else if got != want {
			t.Errorf("with damaged code the report differs:\n%s\nwant:\n%s", got, want)
		}
	}
}

// damageCode sets the number of functions of all cached code to four billion.
func damageCode(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cached code: %v", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		at := len("WAZEVO") + 1 + int(raw[len("WAZEVO")]) // behind the version
		copy(raw[at:], "\xff\xff\xff\x7f")
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWorkerOfNobody: when the parent is gone in the middle of a job, the worker
// ends, whatever its module does.
func TestWorkerOfNobody(t *testing.T) {
	var request bytes.Buffer
	job := job{Path: []byte(zipOf(t, sick+badSpin)), Analyze: &AnalyzeJob{Packs: []PackRef{demoRef(t)}}, CacheDir: cacheFolder()}
	if err := (&frameWriter{w: &request}).writeJSON(frameRequest, job); err != nil {
		t.Fatal(err)
	}
	t.Setenv(workerMode, "serve")
	cmd := exec.Command(os.Args[0])
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdin.Write(request.Bytes()); err != nil {
		t.Fatal(err)
	}
	for begun := 0; begun < 2; { // the compiler and the instance
		kind, _, err := readFrame(stdout)
		if err != nil {
			t.Fatalf("the worker ended before the module ran: %v", err)
		}
		if kind == frameBegin {
			begun++
		}
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	killed := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	err = cmd.Wait()
	if !killed.Stop() {
		t.Error("the worker went on for 20 s")
	}
	if cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("the worker ended with %v, want exit code 1", err)
	}
}
