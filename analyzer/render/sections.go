package render

import (
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// maxColumns is the most columns a table has side by side on the page.
const maxColumns = 8

// grid is a table on the page.
type grid struct {
	Columns []string
	Rows    [][]cell
	Class   string // stacked (each row as a list of its cells), checks, logs
}

// cell of a table. Class makes it a pill; Label names it where the head is not
// shown.
type cell struct {
	Text, Label, Class string
	More               []string
}

func newGrid(columns []string, rows [][]string) grid {
	g := grid{Columns: columns}
	if len(columns) > maxColumns {
		g.Class = "stacked"
	}
	for _, row := range rows {
		cells := make([]cell, 0, len(columns))
		for i, name := range columns {
			c := cell{Label: name}
			if i < len(row) {
				c.Text = row[i]
			}
			cells = append(cells, c)
		}
		g.Rows = append(g.Rows, cells)
	}
	return g
}

// sections are the parts of the page below findings and next steps.
func sections(r *report.Report, at clock, now time.Time) []section {
	var out []section
	add := func(title string, g grid) {
		if len(g.Rows) > 0 {
			out = append(out, section{Title: title, Table: g})
		}
	}
	if figs := loose(r, at); len(figs) > 0 {
		out = append(out, section{Title: "Exhibits", Exhibits: figs})
	}
	if len(r.Checks) > 0 {
		out = append(out, checkSection(r.Checks))
	}
	logs := newGrid([]string{"File", "Size", "Lines", "Parsed", "From and to"}, logRows(r, at))
	logs.Class = "logs"
	add("Logs", logs)
	add("Packs", newGrid([]string{"Pack", "Version", "Release", "Signature", "SHA-256"}, packRows(r, now)))
	return out
}

// loose are the exhibits of checks without a finding, which have no card.
func loose(r *report.Report, at clock) []figure {
	var out []figure
	for _, c := range r.Checks {
		if len(c.Findings) == 0 {
			out = append(out, figures(c.Exhibits, at)...)
		}
	}
	return out
}

// checkSection lists the checks; those that say nothing but "passed" and "not
// applicable" are folded.
func checkSection(checks []report.Check) section {
	open, quiet := checkGrid(), checkGrid()
	for _, c := range sortedChecks(checks) {
		if c.Outcome == abi.OutcomePass || c.Outcome == abi.OutcomeNotApplicable {
			quiet.Rows = append(quiet.Rows, checkRow(c))
		} else {
			open.Rows = append(open.Rows, checkRow(c))
		}
	}
	s := section{Title: "Checks", Table: open}
	if n := len(quiet.Rows); n > 0 {
		s.Folded = &section{Title: plural(n, "check", "checks") + " passed or not applicable", Table: quiet}
	}
	return s
}

func checkGrid() grid {
	return grid{Columns: []string{"Outcome", "Check", "What and why"}, Class: "checks"}
}

func checkRow(c report.Check) []cell {
	what := cell{Text: oneLine(c.Title)}
	what.More = nonEmpty(oneLine(c.Reason))
	if c.Ask != nil {
		what.More = append(what.More, askText(c.Ask))
	}
	if c.Outcome == abi.OutcomeError && c.Stderr != "" {
		what.More = append(what.More, c.Stderr)
	}
	return []cell{{Text: outcomeWord(c.Outcome), Class: outcomeClass(c.Outcome)}, {Text: oneLine(c.ID)}, what}
}
