package wasmhost

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// buildDir holds the guests of one run of the tests.
var buildDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "wasmhost-test-")
	if err != nil {
		panic(err)
	}
	buildDir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// hostileGuest compiles testdata/hostile once.
var hostileGuest = sync.OnceValues(func() ([]byte, error) { return buildGo("./testdata/hostile") })

func buildGo(pkg string) ([]byte, error) {
	out := filepath.Join(buildDir, filepath.Base(pkg)+".wasm")
	cmd := exec.Command("go", "build", "-o", out, pkg)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Run(); err != nil {
		return nil, &buildError{err, errs.String()}
	}
	return os.ReadFile(out)
}

type buildError struct {
	err    error
	output string
}

func (e *buildError) Error() string { return e.err.Error() + "\n" + e.output }

// hostileModule is compiled once for all tests; they run it one after another.
var hostileModule = sync.OnceValues(func() (*Module, error) {
	wasm, err := hostileGuest()
	if err != nil {
		return nil, err
	}
	h, err := New(filepath.Join(buildDir, "cache"), testTime)
	if err != nil {
		return nil, err
	}
	return h.Compile(context.Background(), wasm, packfile.Limits{})
})

func hostile(t *testing.T) *Module {
	t.Helper()
	m, err := hostileModule()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// testTime is the time of the collection in these tests.
var testTime = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

// request asks for checks that may report every severity.
func request(t *testing.T, ids ...string) Request {
	t.Helper()
	req := Request{Request: abi.Request{ABI: abi.Version, Now: testTime, Role: "process-server", Checks: ids}, Files: NewTree()}
	for _, id := range ids {
		req.Checks = append(req.Checks, abi.Check{ID: id, Severities: []abi.Severity{abi.Warning, abi.Critical}})
	}
	add := func(name, data string) {
		if err := req.Files.AddBytes(name, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	add("bundle/bundle.json", `{"format":"asr-bundle"}`)
	add("bundle/manifest.json", `{}`)
	add("bundle/facts/services.json", `{"items":[]}`)
	add("scans/s.jsonl", "")
	return req
}

// limitsOf are the ABI's.
func limitsOf(t *testing.T) packfile.Limits {
	t.Helper()
	return packfile.Limits{}.Effective()
}
