package wasmhost

import (
	"context"
	"errors"
	"fmt"
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
	return h.CompileHashed(ctx, digest(wasm), func() ([]byte, error) { return wasm, nil }, limits)
}

// CompileHashed is Compile for a caller that knows the module's SHA-256 in hex.
// The module itself is read only when it has to be compiled; read vouches for
// its hash.
func (h *Host) CompileHashed(ctx context.Context, sum string, read func() ([]byte, error), limits packfile.Limits) (*Module, error) {
	limits = limits.Effective()
	var dir string
	if h.dir != "" {
		dir = h.dir.module(sum)
		m, err := loadKept(ctx, dir, limits)
		if err == nil {
			used(dir, h.now)
		}
		if err == nil || errors.As(err, new(*refusedError)) {
			return m, err
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	wasm, err := read()
	if err != nil {
		return nil, err
	}
	code, err := prepare(wasm)
	if err != nil {
		return nil, err
	}
	if dir == "" {
		return compile(ctx, code, engineOptions{}, limits)
	}
	m, err := h.dir.compileKept(ctx, code, dir, limits)
	if err == nil {
		used(dir, h.now)
	}
	return m, err
}

// refusedError is a module that compiled and is not wanted; trying again is of no use.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return e.err.Error() }
func (e *refusedError) Unwrap() error { return e.err }

// engineOptions say where native code is kept.
type engineOptions struct {
	dir      string // empty: none is kept
	onlyKept bool   // nothing may be compiled
}

// compile hands a module to an engine of its own.
func compile(ctx context.Context, code []byte, o engineOptions, limits packfile.Limits) (m *Module, err error) {
	m = &Module{limits: limits, dir: o.dir}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("compile module: panic: %v", r)
		}
		if err != nil {
			m.Close()
			m = nil
		}
	}()
	config := wazero.NewRuntimeConfig()
	if o.onlyKept {
		config = wazero.NewRuntimeConfigCompiler() // the interpreter would run what it is given
	}
	config = config.WithCoreFeatures(features).WithDebugInfoEnabled(false)
	if o.dir != "" {
		if m.cache, err = wazero.NewCompilationCacheWithDir(o.dir); err != nil {
			return m, fmt.Errorf("open cache: %w", err)
		}
		config = config.WithCompilationCache(m.cache)
	}
	m.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, m.runtime); err != nil {
		return m, fmt.Errorf("make WASI: %w", err)
	}
	m.compiled, err = m.runtime.CompileModule(compileContext(ctx, o), code)
	if err != nil {
		return m, fmt.Errorf("compile module: %w", err)
	}
	if err := vet(m.compiled, limits.MemoryBytes); err != nil {
		return m, &refusedError{err}
	}
	return m, nil
}

// compileContext is what the compiler looks at before every function: one that
// has ended leaves only what needs no compiling.
func compileContext(ctx context.Context, o engineOptions) context.Context {
	if o.onlyKept {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		ctx = ended
	}
	return experimental.WithCompilationWorkers(ctx, compileWorkers)
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
