package render

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

func (t *table) checks() error {
	if len(t.r.Checks) == 0 {
		return nil
	}
	t.title("Checks")
	if t.o.Verbose {
		return t.allChecks()
	}
	if err := t.grid([]string{"PACK", "FOUND", "PASSED", "NO DATA", "ERROR", "N/A"}, outcomeRows(t.r.Checks)); err != nil {
		return err
	}
	if n := t.r.Summary.Insufficient; n > 0 {
		t.blank()
		t.block(0, "", normal, plural(n, "check", "checks")+" had not enough data (-v lists them)", normal)
	}
	for _, c := range t.r.Checks {
		if c.Outcome == abi.OutcomeError {
			t.block(0, "error  ", boldRed, oneLine(c.ID+": "+c.Reason), normal)
		}
	}
	return nil
}

// outcomeRows counts the outcomes of each pack's checks.
func outcomeRows(checks []report.Check) [][]string {
	order := []abi.Outcome{abi.OutcomeFindings, abi.OutcomePass, abi.OutcomeInsufficient, abi.OutcomeError, abi.OutcomeNotApplicable}
	counts := make(map[string]map[abi.Outcome]int)
	var packs []string
	for _, c := range checks {
		p := packOf(c.ID)
		if counts[p] == nil {
			counts[p] = make(map[abi.Outcome]int)
			packs = append(packs, p)
		}
		counts[p][c.Outcome]++
	}
	slices.Sort(packs)
	var rows [][]string
	for _, p := range packs {
		row := []string{p}
		for _, o := range order {
			row = append(row, strconv.Itoa(counts[p][o]))
		}
		rows = append(rows, row)
	}
	return rows
}

// sortedChecks puts what needs eyes first: error, findings, no data, passed,
// not applicable; then by ID.
func sortedChecks(checks []report.Check) []report.Check {
	rank := map[abi.Outcome]int{
		abi.OutcomeError: 0, abi.OutcomeFindings: 1, abi.OutcomeInsufficient: 2,
		abi.OutcomePass: 3, abi.OutcomeNotApplicable: 4,
	}
	out := slices.Clone(checks)
	slices.SortStableFunc(out, func(a, b report.Check) int {
		return cmp.Or(cmp.Compare(rank[a.Outcome], rank[b.Outcome]), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func (t *table) allChecks() error {
	var rows [][]string
	for _, c := range sortedChecks(t.r.Checks) {
		what := oneLine(c.Title)
		if c.Reason != "" {
			what += "\n" + oneLine(c.Reason)
		}
		if c.Ask != nil {
			what += "\nask: " + askText(c.Ask)
		}
		if c.Outcome == abi.OutcomeError && c.Stderr != "" {
			what += "\n" + c.Stderr
		}
		rows = append(rows, []string{outcomeWord(c.Outcome), c.ID, what})
	}
	return t.grid([]string{"OUTCOME", "CHECK", "WHAT AND WHY"}, rows)
}

// askText is the command that would answer a check, where and why.
func askText(a *abi.Ask) string {
	s := "asrcollect " + strings.Join(a.Args, " ")
	if a.Role != "" {
		s += " (on the " + a.Role + ")"
	}
	if a.Why != "" {
		s += ": " + a.Why
	}
	return oneLine(s)
}

// appendix is what only Verbose shows: where the answers come from.
func (t *table) appendix() error {
	for _, draw := range []func() error{t.packList, t.sourceList, t.logList, t.exhibits} {
		if err := draw(); err != nil {
			return err
		}
	}
	return nil
}

// list draws a titled grid, or nothing without rows.
func (t *table) list(title string, columns []string, rows [][]string) error {
	if len(rows) == 0 {
		return nil
	}
	t.title(title)
	return t.grid(columns, rows)
}

func (t *table) packList() error {
	return t.list("Packs", []string{"PACK", "VERSION", "RELEASE", "SIGNATURE", "SHA-256"}, packRows(t.r, t.o.Now))
}

func packRows(r *report.Report, now time.Time) [][]string {
	var rows [][]string
	for _, p := range r.Packs {
		rows = append(rows, []string{
			oneLine(p.Name), p.Version, strconv.Itoa(p.Release),
			packTrust(p, r.GeneratedBy.Build, now), p.SHA256,
		})
	}
	return rows
}

func (t *table) sourceList() error {
	return t.list("Sources that are not complete", []string{"SOURCE", "STATUS", "TOOK", "REASON"}, sourceRows(t.r))
}

func sourceRows(r *report.Report) [][]string {
	var rows [][]string
	for _, s := range r.Bundle.Sources {
		rows = append(rows, []string{s.Name, s.Status, duration(float64(s.DurationMS) / 1000), oneLine(s.Error)})
	}
	return rows
}

func (t *table) logList() error {
	return t.list("Logs", []string{"FILE", "SIZE", "LINES", "PARSED", "FROM AND TO"}, logRows(t.r, t.at))
}

func logRows(r *report.Report, at clock) [][]string {
	var rows [][]string
	for _, l := range r.Logs {
		rows = append(rows, []string{
			l.File, size(float64(l.Bytes)), strconv.FormatInt(l.Lines, 10),
			parsedText(l), strings.Join(logSpan(l, at), "\n"),
		})
	}
	return rows
}

// parsedText is the share of the sampled lines whose format was understood.
func parsedText(l report.Log) string {
	switch {
	case l.Sampled == 0:
		return "-"
	case l.Unreadable:
		return "unreadable"
	}
	return quantity(float64(l.Parsed)/float64(l.Sampled), "1")
}

// logSpan is the time that a log covers, and the gaps in it.
func logSpan(l report.Log, at clock) []string {
	var out []string
	if l.First != nil && l.Last != nil {
		out = append(out, at.at(*l.First), at.at(*l.Last))
	}
	for _, g := range l.Gaps {
		out = append(out, fmt.Sprintf("gap of %s from %s", duration(g.To.Sub(g.From).Seconds()), at.at(g.From)))
	}
	return out
}

func (t *table) exhibits() error {
	for _, c := range t.r.Checks {
		for _, e := range c.Exhibits {
			t.title("Exhibit")
			t.block(0, "", normal, oneLine(e.Title), bold)
			t.block(0, "", dim, oneLine(c.ID), dim)
			if err := t.exhibit(e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *table) exhibit(e abi.Exhibit) error {
	switch e.Kind {
	case "table":
		return t.grid(e.Columns, e.Rows)
	case "path":
		for i, s := range e.Steps {
			t.block(0, fmt.Sprintf("%d. %s  ", i+1, oneLine(s.Name)), normal, strings.Join(nonEmpty(oneLine(s.Status), oneLine(s.Detail)), ": "), normal)
		}
	case "series":
		t.block(0, "", normal, seriesText(e), normal)
	}
	return nil
}

// seriesText is a series in words.
func seriesText(e abi.Exhibit) string {
	if len(e.Points) == 0 {
		return oneLine(e.Metric) + ": no points"
	}
	lo, hi := e.Points[0].Value, e.Points[0].Value
	for _, p := range e.Points {
		lo, hi = min(lo, p.Value), max(hi, p.Value)
	}
	last := e.Points[len(e.Points)-1].Value
	s := fmt.Sprintf("%s: %d points, min %s, max %s, last %s", oneLine(e.Metric), len(e.Points),
		quantity(lo, e.Unit), quantity(hi, e.Unit), quantity(last, e.Unit))
	for _, l := range e.Limits {
		s += fmt.Sprintf("; %s at %s %s", l.Severity, l.Op, quantity(l.Value, e.Unit))
	}
	return s
}
