// Package check is the kit for authors of checks in Go.
//
// A check is a struct value: what it reads, what the host shall look for in the
// logs, and a function that draws the conclusion. A pack's main lists its
// checks:
//
//	func main() { check.Main("asr-process-server", checks...) }
//
// The same code runs as a WASM module in the host and natively, where
// "go run . run DIR" tries it on an unpacked bundle under a debugger.
//
// A check reports findings, says when it lacks data, and otherwise passes. It
// never reads the clock: Pass.Now is the time of the collection.
package check

import (
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/pattern"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Check is one check. ID, Title, Doc, Severities, Since and Run are required.
type Check struct {
	ID          string   // lower-case words with hyphens; also file, report key and doc anchor
	Rev         int      // raised when the verdict on the same data changes; 0 means 1
	Title       string   // one line, no period, at most 60 runes
	Doc         string   // Markdown: what is read, why it matters, how to fix it
	URL         string   // vendor article
	Article     []string // parts of the article that the check answers: see abi.Check
	Since       string   // pack version that introduced it
	Roles       []string
	OS          []string
	Deployments []string
	Severities  []abi.Severity // those Run can report
	Inputs      []abi.Input    // see Fact, OptionalFact, Need, May
	Formats     []scan.Format  // a format that several checks share is declared once in each, identically
	Scans       []scan.Scan    // ids are unique in the module
	Series      []scan.Series  // ids are unique in the module
	ExplainedBy []abi.Cause
	Replaces    []string
	// Worked is the step that shows whether a remedy worked. It ends the remedies of
	// findings above information; only the Deployment Planner comes behind.
	Worked string
	Run    func(*Pass) error
	// Pattern is what the check was made of, nil for one in Go.
	Pattern *pattern.Plan
}

// Fact declares that a check needs facts/<kind>.json: without it the host
// answers insufficient_data and Run is not called.
func Fact(kind string) abi.Input {
	return abi.Input{ID: kind, Glob: "facts/**/" + kind + ".json", Required: true}
}

// OptionalFact declares that a check looks at facts/<kind>.json when it is there.
func OptionalFact(kind string) abi.Input {
	return abi.Input{ID: kind + "-optional", Glob: "facts/**/" + kind + ".json"}
}

// Need declares a required input by glob.
func Need(id, glob string) abi.Input { return abi.Input{ID: id, Glob: glob, Required: true} }

// May declares an optional input by glob.
func May(id, glob string) abi.Input { return abi.Input{ID: id, Glob: glob} }

// Metrics declares that a check needs the metric samples.
func Metrics() abi.Input { return Need("metrics", "metrics/samples.ndjson") }

// OptionalMetrics declares that a check looks at the metric samples when they are
// there; without them its series have no rows.
func OptionalMetrics() abi.Input { return May("metrics-optional", "metrics/samples.ndjson") }

// Finding is what a check reports; T and Check are filled in.
type Finding = abi.Finding

// Describe gives the metadata of a module with these checks.
func Describe(module string, checks []*Check) (abi.Describe, error) {
	d := abi.Describe{ABI: abi.Version, Module: module}
	m := merger{describe: &d}
	for _, c := range checks {
		m.add(c)
	}
	return d, m.err()
}

// merger collects what the checks declare; equal declarations become one.
type merger struct {
	describe *abi.Describe
	problems []error
}

func (m *merger) add(c *Check) {
	meta := abi.Check{
		ID: c.ID, Rev: max(c.Rev, 1), Title: c.Title, Roles: c.Roles, OS: c.OS, Deployments: c.Deployments,
		Severities: c.Severities, ExplainedBy: c.ExplainedBy, Since: c.Since, Replaces: c.Replaces, URL: c.URL, Doc: c.page(), Article: c.Article,
	}
	for _, in := range c.Inputs {
		meta.Inputs = append(meta.Inputs, in.ID)
		m.describe.Inputs = declare(m, "input", m.describe.Inputs, in, func(v abi.Input) string { return v.ID })
	}
	for _, f := range c.Formats {
		m.describe.Formats = declare(m, "format", m.describe.Formats, f, func(v scan.Format) string { return v.ID })
	}
	for _, s := range c.Scans {
		meta.Scans = append(meta.Scans, s.ID)
		m.describe.Scans = declare(m, "scan", m.describe.Scans, s, func(v scan.Scan) string { return v.ID })
	}
	for _, s := range c.Series {
		meta.Series = append(meta.Series, s.ID)
		m.describe.Series = declare(m, "series", m.describe.Series, s, func(v scan.Series) string { return v.ID })
	}
	m.describe.Checks = append(m.describe.Checks, meta)
	if c.Run == nil {
		m.problem("check %q has no Run", c.ID)
	}
}

// page is the document of the check; that of a pattern without one is made of it.
func (c *Check) page() string {
	if c.Pattern != nil && c.Doc == "" {
		return c.Pattern.Page()
	}
	return c.Doc
}

// Recent reports whether t lies within d before the end of the collection.
func (p *Pass) Recent(t time.Time, d time.Duration) bool { return p.Now.Sub(t) <= d }
