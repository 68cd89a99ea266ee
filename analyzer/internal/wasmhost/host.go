package wasmhost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// compileWorkers is how many cores compile one module. With one the compiler
// would not look at its context.
const compileWorkers = 2

// Host compiles modules. It is safe for concurrent use.
type Host struct {
	dir cacheDir
	now time.Time
}

// New gives a host that keeps native code in a private folder, or none when
// dir is empty. Code that was not used for 60 days before now is removed. A
// folder that cannot be used is an error; callers may go on without one.
func New(dir string, now time.Time) (*Host, error) {
	if dir == "" {
		return &Host{}, nil
	}
	d, err := openCacheDir(dir)
	if err != nil {
		return nil, err
	}
	d.prune(now)
	return &Host{dir: d, now: now}, nil
}

// Module is a compiled module with a runtime of its own. One call at a time.
type Module struct {
	runtime  wazero.Runtime
	cache    wazero.CompilationCache // nil: none
	compiled wazero.CompiledModule
	limits   packfile.Limits
	dir      string // of its native code; empty: none is kept
}

// Compile checks a module and compiles it, or loads what was compiled before.
// Cached code that cannot be used is removed and made anew; when the folder is
// at fault, the module is compiled without it.
func (h *Host) Compile(ctx context.Context, wasm []byte, limits packfile.Limits) (*Module, error) {
	return h.CompileHashed(ctx, wasm, digest(wasm), limits)
}

// CompileHashed is Compile for a caller that knows the module's SHA-256 in hex.
func (h *Host) CompileHashed(ctx context.Context, wasm []byte, sum string, limits packfile.Limits) (*Module, error) {
	limits = limits.Effective()
	code, err := prepare(wasm)
	if err != nil {
		return nil, err
	}
	if h.dir == "" {
		return compile(ctx, code, "", limits)
	}
	dir := h.dir.module(sum)
	m, err := compile(ctx, code, dir, limits)
	if err == nil {
		used(dir, h.now)
	}
	if err == nil || errors.As(err, new(*refusedError)) || ctx.Err() != nil {
		return m, err
	}
	_ = os.RemoveAll(dir) // if it stays, the next line will not get far
	if m, err := compile(ctx, code, dir, limits); err == nil {
		return m, nil
	}
	return compile(ctx, code, "", limits)
}

// refusedError is a module that compiled and is not wanted; trying again is of no use.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return e.err.Error() }
func (e *refusedError) Unwrap() error { return e.err }

func compile(ctx context.Context, code []byte, dir string, limits packfile.Limits) (m *Module, err error) {
	m = &Module{limits: limits, dir: dir}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("compile module: panic: %v", r)
		}
		if err != nil {
			m.Close()
			m = nil
		}
	}()
	config := wazero.NewRuntimeConfig().WithCoreFeatures(features).WithDebugInfoEnabled(false)
	if dir != "" {
		if m.cache, err = wazero.NewCompilationCacheWithDir(dir); err != nil {
			return m, fmt.Errorf("open cache: %w", err)
		}
		config = config.WithCompilationCache(m.cache)
	}
	m.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, m.runtime); err != nil {
		return m, fmt.Errorf("make WASI: %w", err)
	}
	m.compiled, err = m.runtime.CompileModule(experimental.WithCompilationWorkers(ctx, compileWorkers), code)
	if err != nil {
		return m, fmt.Errorf("compile module: %w", err)
	}
	if err := vet(m.compiled, limits.MemoryBytes); err != nil {
		return m, &refusedError{err}
	}
	return m, nil
}

// Close frees the module's code.
func (m *Module) Close() {
	ctx := context.Background()
	if m.runtime != nil {
		_ = m.runtime.Close(ctx)
	}
	if m.cache != nil {
		_ = m.cache.Close(ctx)
	}
}
