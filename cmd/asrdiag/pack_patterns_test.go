package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// emptyModule builds the module for patterns once.
var emptyModule = sync.OnceValues(func() ([]byte, error) {
	out := filepath.Join(shared, "patterns.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", out, "../../checks-wasm/patternmodule")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, text)
	}
	return os.ReadFile(out)
})

// patternModuleAt OUT.wasm: writes the module that make build embeds.
func patternModuleAt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: patternmodule OUT.wasm")
	}
	wasm, err := emptyModule()
	ts.Check(err)
	out := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(out), 0o700))
	ts.Check(os.WriteFile(out, wasm, 0o600))
}
