package analyzer

import (
	"context"
	"fmt"

	"github.com/asrdiag/asrdiag/analyzer/internal/wasmhost"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// Prepare compiles the modules of a pack, in a worker, and keeps the code for
// analyses to come; it also compares what they say of themselves with what the
// pack says of them. The error is an *Error: the pack cannot be used.
func (p *Pool) Prepare(ctx context.Context, ref PackRef) error {
	request := job{Prepare: &ref, CacheDir: p.config.CacheDir}
	var lost losses
	for {
		lost.fill(&request)
		_, died, err := p.do(ctx, request, handler{})
		if died == nil {
			return err
		}
		if died.during != nil && died.during.Kept && len(lost.fresh) < maxDeaths {
			lost.add(*died.during, died.reason) // what was kept may be damaged
			continue
		}
		return errorf(CodePack, prepareHint, "compile pack %q: the worker process %s", ref.name(), died.reason)
	}
}

const prepareHint = "ask who made the pack: its modules do not compile, or are not what it says"

func (w *worker) prepare(ctx context.Context, j job) error {
	pack, err := j.Prepare.open(w.embedded)
	if err != nil {
		return err
	}
	h, err := newHost(j.CacheDir)
	if err != nil {
		return err
	}
	for _, row := range pack.Manifest.Modules {
		if err := w.prepareModule(ctx, h, pack, row, j.Fresh); err != nil {
			return errorf(CodePack, prepareHint, "compile pack %q: module %q: %v", j.Prepare.name(), row.Path, err)
		}
	}
	return nil
}

func (w *worker) prepareModule(ctx context.Context, h *wasmhost.Host, pack *packfile.Pack, row packfile.Module, fresh []string) error {
	d, err := pack.Describe(row.Path)
	if err != nil {
		return fmt.Errorf("look up its description: %w", err)
	}
	m := &module{key: moduleKey(pack, row.Path), pack: pack, row: row, describe: d}
	compiled, err := m.load(ctx, h, &Options{fresh: fresh, guard: w.begin})
	if err != nil {
		return err
	}
	compiled.Close()
	return nil
}
