// Package render draws a report: as a table for a terminal, as JSON, and as one
// self-contained HTML page. All three are pure functions of the report, the
// clock that they are given and their options. But for the note on the classic
// architecture in the header they know nothing of what is diagnosed.
package render

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Widths of the table in columns.
const (
	DefaultWidth = 80
	MinWidth     = 40
	MaxWidth     = 120 // longer lines are hard to read
)

// Limits of what is shown without Verbose; the rest is counted.
const (
	maxFindings = 50
	maxEvidence = 3
	maxExcerpt  = 3 // lines
	maxRefs     = 5
)

// TableOptions says how Table draws.
type TableOptions struct {
	// Width of the terminal in columns: 0 means 80; at least 40, and lines are
	// never longer than 120.
	Width   int
	Color   bool
	Verbose bool
	// Now is the desk's time, for the age of the bundle; zero leaves it out.
	Now time.Time
}

// Table writes a report for a terminal: the verdict, then the findings by
// cause, then what was checked and what to do next. No line is wider than
// Width. Whatever the report holds, the only control characters in the output
// are line feeds and, with Color, the escapes that Table itself makes.
func Table(w io.Writer, r *report.Report, o TableOptions) error {
	if o.Width == 0 {
		o.Width = DefaultWidth
	}
	r = cleanReport(r)
	t := &table{
		printer: printer{width: min(max(o.Width, MinWidth), MaxWidth), color: o.Color},
		r:       r, roots: arrange(r), o: o, at: clock{r.Bundle.Host.UTCOffsets},
	}
	t.header()
	t.verdict()
	t.findings()
	if err := t.checks(); err != nil {
		return fmt.Errorf("draw table of checks: %w", err)
	}
	t.next()
	t.foot()
	if o.Verbose {
		if err := t.appendix(); err != nil {
			return fmt.Errorf("draw appendix: %w", err)
		}
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

// table draws one report that went through cleanReport.
type table struct {
	printer
	r     *report.Report
	roots []*node
	o     TableOptions
	at    clock
}

const labelWidth = 11

func label(s string) string { return fmt.Sprintf("%-*s", labelWidth, s) }

func (t *table) header() {
	g := t.r.GeneratedBy
	t.block(0, "", dim, oneLine(strings.Join(nonEmpty(g.Name, g.Version, g.Build), " ")), dim)
	for _, f := range header(t.r, t.o.Now) {
		if f.Foot && !f.Alert {
			continue
		}
		st := normal
		if f.Alert {
			st = yellow
		}
		t.block(0, label(f.Label), dim, f.Text, st)
		if f.Label == "host" && classic(&t.r.Bundle) {
			t.block(0, label(""), dim, classicNote+"; "+classicWay+":", yellow)
			t.block(0, label(""), dim, classicURL, normal)
		}
		if f.Label == "integrity" {
			t.problems()
		}
	}
}

// foot says what was analyzed and with what.
func (t *table) foot() {
	t.title("Bundle")
	for _, f := range header(t.r, t.o.Now) {
		if f.Foot && !f.Alert {
			t.block(0, label(f.Label), dim, f.Text, normal)
		}
	}
}

func (t *table) problems() {
	probs := t.r.Bundle.Integrity.Problems
	for i, p := range probs {
		if i == maxRefs && !t.o.Verbose {
			t.block(labelWidth, "", dim, fmt.Sprintf("and %d more (-v lists them)", len(probs)-i), dim)
			break
		}
		t.block(labelWidth, "", dim, problemText(p), normal)
	}
}

// verdictStyle is the colour of a state; an unknown one has none.
func verdictStyle(state string) style {
	switch state {
	case report.StateFault:
		return boldRed
	case report.StateHealthy:
		return boldGreen
	case report.StateInconclusive:
		return boldYellow
	}
	return bold
}

func (t *table) verdict() {
	v := t.r.Verdict
	t.blank()
	t.block(0, strings.ToUpper(oneLine(v.State))+"  ", verdictStyle(v.State), oneLine(v.Headline), bold)
	t.also()
	t.block(0, "", normal, counts(t.r.Summary), normal)
	if len(v.Reasons) == 0 {
		return
	}
	t.blank()
	t.block(0, "", bold, "This analysis is incomplete:", bold)
	for _, s := range v.Reasons {
		t.block(0, "  - ", dim, oneLine(s), normal)
	}
}

// also names the other roots, below the headline.
func (t *table) also() {
	titles := also(t.r, t.roots)
	if len(titles) > maxRefs {
		titles = append(titles[:maxRefs], fmt.Sprintf("%d more", len(titles)-maxRefs))
	}
	lead := fmt.Sprintf("%*s", min(columns(t.r.Verdict.State), t.width/3)+2, "also  ")
	for _, title := range titles {
		t.block(0, lead, dim, title, normal)
	}
}

// counts is the summary in words.
func counts(s report.Summary) string {
	var found []string
	for _, c := range []struct {
		n    int
		word string
	}{{s.Critical, "critical"}, {s.Warning, "warning"}, {s.Info, "info"}, {s.Waived, "waived"}} {
		if c.n > 0 {
			found = append(found, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	if found == nil {
		found = []string{"no findings"}
	}
	checks := []string{fmt.Sprintf("%d passed", s.Pass)}
	for _, c := range []struct {
		n    int
		word string
	}{{s.Insufficient, "without enough data"}, {s.Error, "ended in error"}, {s.NotApplicable, "not applicable"}} {
		if c.n > 0 {
			checks = append(checks, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	return strings.Join(found, ", ") + "; checks: " + strings.Join(checks, ", ")
}

func (t *table) next() {
	if len(t.r.Next) == 0 {
		return
	}
	t.title("Next")
	for _, n := range t.r.Next {
		t.block(0, "", normal, nextText(n), normal)
		t.block(0, "  ", normal, oneLine(n.Command), bold)
		for _, why := range n.Why {
			t.block(0, "  - ", dim, oneLine(why), normal)
		}
		if t.o.Verbose {
			t.block(2, "answers ", dim, oneLine(strings.Join(n.Answers, ", ")), normal)
		}
	}
}

func nextText(n report.Next) string {
	where := oneLine(n.Host)
	if n.Role != "" && n.Role != n.Host {
		where += " (" + oneLine(n.Role) + ")"
	}
	return fmt.Sprintf("To answer %s, run on %s:", plural(len(n.Answers), "more check", "more checks"), where)
}

// severityStyle is the colour of a severity.
func severityStyle(s abi.Severity) style {
	switch s {
	case abi.Critical:
		return boldRed
	case abi.Warning:
		return boldYellow
	case abi.Info:
		return boldBlue
	}
	return bold
}
