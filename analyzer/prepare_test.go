package analyzer

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// TestPrepare compiles a pack ahead: the code is there for analyses.
func TestPrepare(t *testing.T) {
	pool := testPool(t, "serve", PoolConfig{})
	pool.config.CacheDir = filepath.Join(t.TempDir(), "cache")
	ref := demoRef(t)
	if err := pool.Prepare(context.Background(), ref); err != nil {
		t.Fatal(err)
	}
	h, err := newHost(pool.config.CacheDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range demo(t).Manifest.Modules {
		if !h.Keeps(m.SHA256) {
			t.Errorf("no code is kept of %q", m.Path)
		}
	}
	if err := pool.Prepare(context.Background(), ref); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

// TestPrepareRefuses: what does not compile, or is not what the pack says, or
// has changed on the way.
func TestPrepareRefuses(t *testing.T) {
	wasm, err := demoWasm()
	if err != nil {
		t.Fatal(err)
	}
	d, err := describe(context.Background(), wasm, cacheFolder())
	if err != nil {
		t.Fatal(err)
	}
	lie := d
	lie.Checks = append([]abi.Check{}, d.Checks...)
	lie.Checks[0].Title = "Says something else"
	broken := append([]byte("\x00asm\x01\x00\x00\x00"), bytes.Repeat([]byte{0xff}, 100)...)
	build := func(m packfile.SourceModule) PackRef {
		raw, err := buildPack("demo", m)
		if err != nil {
			t.Fatal(err)
		}
		return packRef(t, raw)
	}
	changed := demoRef(t)
	if err := os.WriteFile(changed.File, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, want string
		ref        PackRef
	}{
		{"another description", errDescribe.Error(), build(packfile.SourceModule{Name: "demo", Wasm: wasm, Describe: lie})},
		{"not a module", `module "modules/demo.wasm"`, build(packfile.SourceModule{Name: "demo", Wasm: broken, Describe: d})},
		{"changed on the way", "has changed since it was verified", changed},
	}
	pool := testPool(t, "serve", PoolConfig{})
	for _, tt := range tests {
		err := pool.Prepare(context.Background(), tt.ref)
		var e *Error
		if !errors.As(err, &e) || e.Code != CodePack || e.Hint == "" || !strings.Contains(e.Msg, tt.want) {
			t.Errorf("%s: Prepare = %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestPrepareWithDyingWorkers(t *testing.T) {
	for _, mode := range []string{"exit", "garbage"} {
		err := testPool(t, mode, PoolConfig{}).Prepare(context.Background(), demoRef(t))
		var e *Error
		if !errors.As(err, &e) || e.Code != CodePack || !strings.Contains(e.Msg, "the worker process") {
			t.Errorf("%s: Prepare = %v", mode, err)
		}
	}
}

// TestBundleOlderThanPack: a pack that needs a later minor of the bundle format
// does not guess from what is not there.
func TestBundleOlderThanPack(t *testing.T) {
	p := demo(t)
	p.Manifest.Bundle.MinMinor = 3
	r, err := analyzePacks(t, zipOf(t, sick), Options{}, p)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, c := range r.Checks {
		if c.Outcome == abi.OutcomeNotApplicable {
			continue
		}
		if told++; c.Outcome != abi.OutcomeInsufficient || c.Reason != "pack needs bundles of format 1.3, this is 1.0" {
			t.Errorf("%s: %s, %q", c.ID, c.Outcome, c.Reason)
		}
	}
	if told == 0 || r.Verdict.State == "healthy" {
		t.Errorf("%d checks told, verdict %+v", told, r.Verdict)
	}
	p = demo(t)
	p.Manifest.Bundle.Version = 2
	if r, err = analyzePacks(t, zipOf(t, sick), Options{}, p); err != nil || r.Summary.NotApplicable != len(r.Checks) {
		t.Errorf("a pack for format 2: %+v, %v; want every check not applicable", r.Summary, err)
	}
}
