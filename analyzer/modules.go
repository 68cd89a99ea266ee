package analyzer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/internal/wasmhost"
	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// compileWall is how long the compiler may work on one module. A module of the
// usual size takes three seconds of one core.
const compileWall = 60 * time.Second

// errDescribe means that a module does not describe itself as its pack does.
var errDescribe = errors.New("the module's description is not the one in its pack")

// newHost gives a host that caches compiled code, or one that does not when the
// folder cannot be used: the cache saves time and nothing else.
func newHost(dir string) (*wasmhost.Host, error) {
	if h, err := wasmhost.New(dir, wallTime()); err == nil {
		return h, nil
	}
	return wasmhost.New("", wallTime())
}

// runModules runs every module; a module that cannot be used costs its checks.
func (p *plan) runModules(ctx context.Context, f found, o *Options) error {
	h, err := newHost(o.CacheDir)
	if err != nil {
		return err
	}
	for i, m := range p.modules {
		o.progress(StageModules, int64(i), int64(len(p.modules)))
		if err := p.runModule(ctx, h, m, f, o); err != nil {
			return err
		}
	}
	o.progress(StageModules, int64(len(p.modules)), int64(len(p.modules)))
	return nil
}

// runModule fails only when the analysis cannot go on.
func (p *plan) runModule(ctx context.Context, h *wasmhost.Host, m *module, f found, o *Options) error {
	tree, err := p.mount(m, f[m.key])
	if errors.Is(err, errSamples) {
		if m.withoutSamples(err.Error()); len(m.run) == 0 {
			return nil
		}
		tree, err = p.mount(m, f[m.key])
	}
	if err != nil {
		return fmt.Errorf("mount files for %s: %w", m.row.Path, err)
	}
	compiled, err := m.load(ctx, h, o)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		for _, c := range m.run {
			c.result.Outcome, c.result.Reason = abi.OutcomeError, err.Error()
		}
		return nil
	}
	defer o.kept.give(m.key, compiled)
	answers, err := compiled.Run(ctx, p.request(m, tree, o))
	if err != nil {
		return err
	}
	for _, c := range m.run {
		c.take(answers[c.meta.ID])
	}
	return nil
}

// load compiles a module and compares its description with the stored one, unless
// it is still there from the bundle before.
func (m *module) load(ctx context.Context, h *wasmhost.Host, o *Options) (*wasmhost.Module, error) {
	if slices.Contains(o.fresh, m.key) {
		h.Forget(m.row.SHA256)
	} else if compiled := o.kept.take(m.key); compiled != nil {
		return compiled, nil
	}
	ended := o.begin(activity{
		Module: m.key, Checks: m.ids(), Compile: true, Kept: h.Keeps(m.row.SHA256), Wall: compileWall,
	})
	compiled, err := h.CompileHashed(ctx, m.row.SHA256, func() ([]byte, error) { return m.pack.Module(m.row.Path) }, m.row.Limits)
	ended()
	if err != nil {
		return nil, err
	}
	if err := m.compare(ctx, compiled, o); err != nil {
		compiled.Close()
		return nil, err
	}
	return compiled, nil
}

// compare asks a module for its description, unless it has given the stored one
// before: the same code gives the same words.
func (m *module) compare(ctx context.Context, compiled *wasmhost.Module, o *Options) error {
	stored, err := json.Marshal(m.describe)
	if err != nil {
		return err
	}
	if compiled.Described(stored) {
		return nil
	}
	ended := o.begin(activity{Module: m.key, Checks: m.ids(), Wall: wall(m.row.Limits)})
	d, err := compiled.Describe(ctx)
	ended()
	if err != nil {
		return err
	}
	have, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if string(have) != string(stored) {
		return errDescribe
	}
	compiled.NoteDescribed(stored)
	return nil
}

func wall(l packfile.Limits) time.Duration {
	return wasmhost.Wall(l)
}

// ids are the qualified names of the checks to run.
func (m *module) ids() []string {
	ids := make([]string, len(m.run))
	for i, c := range m.run {
		ids[i] = c.id()
	}
	return ids
}

func (p *plan) request(m *module, tree *wasmhost.Tree, o *Options) wasmhost.Request {
	req := wasmhost.Request{
		Request:  abi.Request{ABI: abi.Version, Now: p.bundle.Now(), Role: p.role, Deployment: p.deployment},
		Files:    tree,
		OneByOne: slices.Contains(o.oneByOne, m.key),
		Instance: func(checks []string, wall time.Duration) func() {
			a := activity{Module: m.key, Wall: wall}
			for _, id := range checks {
				a.Checks = append(a.Checks, qualify(m.pack.Manifest.Name, id))
			}
			return o.begin(a)
		},
	}
	for _, c := range m.run {
		req.Checks = append(req.Checks, c.meta)
		req.Request.Checks = append(req.Request.Checks, c.meta.ID)
	}
	return req
}

// take takes over a check's answer, under its qualified name.
func (c *check) take(a wasmhost.Answer) {
	r := &c.result
	r.Outcome, r.Reason, r.Ask, r.Inputs, r.Stderr = a.Outcome, a.Reason, a.Ask, a.Inputs, a.Stderr
	c.names, c.peers = a.Names, a.Peers
	for _, f := range a.Findings {
		f.Check = c.id()
		r.Findings = append(r.Findings, report.Finding{Finding: f, URL: c.meta.URL})
	}
	for _, e := range a.Exhibits {
		e.Check = c.id()
		c.draw(&e)
		r.Exhibits = append(r.Exhibits, e)
	}
}

// draw puts the points into an exhibit that leaves them to the host. The samples
// count among the files that the check saw.
func (c *check) draw(e *abi.Exhibit) {
	if e.Series == "" {
		return
	}
	for _, row := range c.module.series[e.Series].Rows {
		if !maps.Equal(row.Attributes, e.Attributes) {
			continue
		}
		for _, p := range row.Curve(abi.MaxPoints) {
			e.Points = append(e.Points, abi.Point{T: p.T, Value: p.Value})
		}
	}
	e.Series = ""
	if at, found := slices.BinarySearch(c.result.Inputs, bundles.SamplesPath); !found {
		c.result.Inputs = slices.Insert(c.result.Inputs, at, bundles.SamplesPath)
	}
}
