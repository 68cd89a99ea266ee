package analyzer

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// plan is what will be done: every check of every pack, each answered by the
// host or to be run.
type plan struct {
	bundle     *bundles.Bundle
	host       bundles.Host
	role       string
	deployment string
	raw        bool // there are only logs
	checks     []*check
	modules    []*module // those with a check to run
}

// check is one check and, in the end, its result.
type check struct {
	meta   abi.Check
	pack   string
	module *module
	result report.Check
	byHost bool // answered without running it
	lost   bool // it was not run, because something went wrong before
	names  []string
	peers  [][]string
}

// module is one module of a pack.
type module struct {
	key      string
	pack     *packfile.Pack
	row      packfile.Module
	describe abi.Describe
	run      []*check // those to run, in order
	series   map[string]scan.SeriesResult
}

// newPlan answers what can be answered without running code.
func newPlan(b *bundles.Bundle, packs []*packfile.Pack, o *Options) (*plan, error) {
	p := &plan{bundle: b, host: b.Host(), raw: o.Integrity.Raw()}
	p.role = cmp.Or(o.Role, p.host.Role, bundles.RoleUnknown)
	p.deployment = cmp.Or(o.Deployment, p.host.Deployment)
	seen := map[string]bool{}
	for _, pack := range packs {
		name := pack.Manifest.Name
		if seen[name] {
			return nil, errorf(CodePack, "name one of them", "two packs are named %q", name)
		}
		seen[name] = true
		if err := p.addPack(pack, o); err != nil {
			return nil, packError(name, err)
		}
	}
	if len(p.checks) == 0 {
		return nil, errorf(CodeNoPacks, "make build, or --pack FILE", "no check packs")
	}
	return p, nil
}

func (p *plan) addPack(pack *packfile.Pack, o *Options) error {
	for _, row := range pack.Manifest.Modules {
		d, err := pack.Describe(row.Path)
		if err != nil {
			return err
		}
		m := &module{key: moduleKey(pack, row.Path), pack: pack, row: row, describe: d}
		for _, meta := range d.Checks {
			if meta.Stage != abi.StageShadow {
				p.addCheck(m, meta, o)
			}
		}
		if len(m.run) > 0 {
			p.modules = append(p.modules, m)
		}
	}
	return nil
}

func (p *plan) addCheck(m *module, meta abi.Check, o *Options) {
	c := &check{meta: meta, module: m, pack: m.pack.Manifest.Name}
	c.result = report.Check{
		ID: c.id(), Rev: meta.Rev, Title: meta.Title, URL: meta.URL, CouldBe: worst(meta.Severities),
	}
	p.checks = append(p.checks, c)
	if v := m.pack.Manifest.Bundle.Version; v != bundles.Version {
		c.answer(abi.OutcomeNotApplicable, fmt.Sprintf("for bundles of format %d, this is format %d", v, bundles.Version))
		return
	}
	if outcome, reason := p.applies(c); outcome != "" {
		c.answer(outcome, reason)
		return
	}
	if reason := o.skipped(c); reason != "" {
		c.answer(abi.OutcomeError, reason)
		c.lost = true
		return
	}
	m.run = append(m.run, c)
}

// skipped says why a check must not be run, if so.
func (o *Options) skipped(c *check) string {
	for _, s := range o.Skip {
		if s.Check == c.id() {
			return s.Reason
		}
	}
	return o.givenUp[c.module.key]
}

// id is the check's name in reports.
func (c *check) id() string { return c.pack + "/" + c.meta.ID }

func (c *check) answer(o abi.Outcome, reason string) {
	c.result.Outcome, c.result.Reason, c.byHost = o, reason, true
}

// applies decides from the stored description whether a check is run; an empty
// outcome means that it is.
func (p *plan) applies(c *check) (abi.Outcome, string) {
	if reason, ok := c.meta.Fits(p.role, p.host.OS, p.deployment); !ok {
		return abi.OutcomeNotApplicable, reason
	}
	if need, have := c.module.pack.Manifest.Bundle.MinMinor, p.bundle.Header.Minor; need > have {
		return abi.OutcomeInsufficient, fmt.Sprintf("pack needs bundles of format %d.%d, this is %d.%d", bundles.Version, need, bundles.Version, have)
	}
	for _, in := range c.inputs() {
		if !in.Required {
			continue
		}
		reason, ok := p.bundle.Missing(in.Glob)
		switch {
		case p.role == bundles.RoleUnknown && len(c.meta.Roles) > 0 && len(p.bundle.Match(in.Glob)) == 0:
			return abi.OutcomeNotApplicable, fmt.Sprintf("the role is unknown, and input %q is not in the bundle", in.ID)
		case !ok:
			return abi.OutcomeInsufficient, reason
		}
	}
	return "", ""
}

// inputs are the inputs that a check names, and those of its scans.
func (c *check) inputs() []abi.Input {
	names := slices.Clone(c.meta.Inputs)
	for _, s := range c.module.describe.Scans {
		if slices.Contains(c.meta.Scans, s.ID) {
			names = append(names, s.Input)
		}
	}
	var list []abi.Input
	for _, in := range c.module.describe.Inputs {
		if slices.Contains(names, in.ID) {
			list = append(list, in)
		}
	}
	return list
}

func worst(list []abi.Severity) abi.Severity {
	return slices.MaxFunc(list, func(a, b abi.Severity) int { return cmp.Compare(a.Rank(), b.Rank()) })
}
