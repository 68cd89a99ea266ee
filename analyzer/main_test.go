package analyzer

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/asrdiag/asrdiag/bundles/bundletest"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// shared is a folder of one run of the tests: modules, their native code.
var shared string

// workerMode makes the test binary a worker process.
const workerMode = "ANALYZER_TEST_WORKER"

func TestMain(m *testing.M) {
	if mode := os.Getenv(workerMode); mode != "" {
		os.Exit(workerMain(mode))
	}
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "analyzer-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	shared = dir
	return m.Run()
}

func cacheFolder() string { return filepath.Join(shared, "cache") }

// demoWasm compiles testdata/demo once.
var demoWasm = sync.OnceValues(func() ([]byte, error) {
	out := filepath.Join(shared, "demo.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-o", out, "./testdata/demo")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
})

// demoPack is the pack "demo", built once.
var demoPack = sync.OnceValues(func() ([]byte, error) {
	wasm, err := demoWasm()
	if err != nil {
		return nil, err
	}
	d, err := describe(context.Background(), wasm, cacheFolder())
	if err != nil {
		return nil, err
	}
	return buildPack("demo", packfile.SourceModule{Name: "demo", Wasm: wasm, Describe: d})
})

func buildPack(name string, modules ...packfile.SourceModule) ([]byte, error) {
	var buf bytes.Buffer
	err := packfile.Build(&buf, packfile.Source{
		Manifest: packfile.Manifest{
			Name: name, Release: 1, Version: "1.0.0", ABI: packfile.ABIRange{Major: 1},
			EngineMin: packfile.EngineVersion, Bundle: packfile.BundleRange{Version: 1},
		},
		Modules: modules,
	})
	return buf.Bytes(), err
}

// demo opens the demo pack.
func demo(t *testing.T) *packfile.Pack {
	t.Helper()
	raw, err := demoPack()
	if err != nil {
		t.Fatal(err)
	}
	p, err := packfile.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	p.SignedBy = "embedded"
	return p
}

// zipOf writes a bundle's zip from its txtar text and gives its path.
func zipOf(t *testing.T, text string) string {
	t.Helper()
	tree, err := bundletest.Parse(txtar.Parse([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := tree.WriteZip(&buf); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "asr-bundle-test.zip")
	if err := os.WriteFile(name, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// sick is a bundle with something for every good check of the demo pack.
const sick = `
-- services.gen --
cxprocessserver | stopped | automatic
tmansvc | running | automatic
-- metrics.gen --
system.cpu.utilization 0.95
-- logs/app/C/app.log --
2026-03-05 09:00:00 INFO starting
2026-03-05 09:00:01 ERROR cxprocessserver is gone
2026-03-05 09:00:02 ERROR other is gone
2026-03-05 09:00:03 ERROR cxprocessserver is gone
`
