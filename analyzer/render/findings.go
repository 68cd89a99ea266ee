package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Findings under their cause are indented, to a depth that leaves room to read.
const (
	levelIndent = 3
	maxDepth    = 3
	bodyLabel   = 10
)

func (t *table) findings() {
	if len(t.roots) == 0 {
		return
	}
	t.title("Findings")
	total := 0
	walk(t.roots, 0, func(n *node, depth int) {
		total++
		if t.o.Verbose || total <= maxFindings {
			t.finding(n, depth)
		}
	})
	t.blank()
	if left := total - maxFindings; left > 0 && !t.o.Verbose {
		t.block(0, "", dim, plural(left, "more finding", "more findings")+" (-v lists them)", dim)
	}
	hint := "What a check reads and how to mend it: asrdiag explain " + explainName(t.r, t.roots[0].Check.ID)
	if !t.o.Verbose && t.r.Summary.Info > 0 {
		hint += "; evidence and remedy of what is only info: -v"
	}
	t.block(0, "", dim, hint, dim)
}

func (t *table) finding(n *node, depth int) {
	t.blank()
	in := min(depth, maxDepth) * levelIndent
	head := fmt.Sprintf("%d  %s  ", n.Number, strings.ToUpper(string(n.Severity)))
	st := severityStyle(n.Severity)
	if n.Waived != nil {
		head, st = fmt.Sprintf("%d  %s, WAIVED  ", n.Number, strings.ToUpper(string(n.Severity))), dim
	}
	t.block(in, head, st, oneLine(n.Title), bold)
	b := body{t, in + levelIndent}
	if n.Severity == abi.Info && !t.o.Verbose {
		b.brief(n)
		return
	}
	b.row("subject", oneLine(n.Subject))
	b.row("state", strings.Join(t.at.state(n), ", "))
	b.row("caused by", causeNumbers(n))
	b.elsewhere(n)
	b.row("waived", waiver(n))
	if n.Detail != "" {
		t.blank()
		t.block(b.indent, "", normal, n.Detail, normal)
		t.blank()
	}
	if n.Measure != nil {
		b.row("measured", measured(n.Measure))
	}
	b.evidence(n)
	for i, step := range n.Remedy {
		b.item("do", i, fmt.Sprintf("%d. ", i+1), step)
	}
	if t.o.Verbose {
		b.row("more", n.URL)
	}
	b.row("check", n.Check.ID)
}

// brief draws what is only worth knowing: the first paragraph of its detail.
func (b body) brief(n *node) {
	first, _, _ := strings.Cut(n.Detail, "\n\n")
	b.row("caused by", causeNumbers(n))
	b.elsewhere(n)
	b.row("waived", waiver(n))
	b.row("dropped", dropped(n))
	if first == "" && n.Measure != nil {
		first = measured(n.Measure)
	}
	if n.Confidence != "" {
		first = strings.TrimSuffix(first, ".")
	}
	b.t.block(b.indent, "", normal, strings.Join(nonEmpty(first, confidence(n.Confidence)), "; "), normal)
	b.row("check", n.Check.ID)
}

// body draws the lines under a finding's title.
type body struct {
	t      *table
	indent int
}

// row writes a labelled text, or nothing when there is no text.
func (b body) row(name, text string) {
	if text != "" {
		b.t.block(b.indent, fmt.Sprintf("%-*s", bodyLabel, name), dim, text, normal)
	}
}

// item writes the i-th of several texts under one label.
func (b body) item(name string, i int, lead, text string) {
	if i > 0 {
		name = ""
	}
	b.t.block(b.indent, fmt.Sprintf("%-*s%s", bodyLabel, name, lead), dim, text, normal)
}

func (b body) evidence(n *node) {
	list := n.Evidence
	if !b.t.o.Verbose && len(list) > maxEvidence {
		list = list[:maxEvidence]
	}
	for i, e := range list {
		b.piece(i, e)
	}
	if left := len(n.Evidence) - len(list); left > 0 {
		b.row("", fmt.Sprintf("and %d more (-v shows them)", left))
	}
	b.row("dropped", dropped(n))
}

// piece writes one piece of evidence: a value behind its pointer, a line of
// text below its place.
func (b body) piece(i int, e abi.Evidence) {
	text := shown(e)
	if e.Excerpt == "" && text != "" {
		b.item("evidence", i, "", place(e)+" = "+text)
		return
	}
	b.item("evidence", i, "", place(e))
	if text == "" {
		return
	}
	in := b.indent + bodyLabel + 2
	lines := wrap(text, b.t.width-in)
	for j, l := range lines {
		if j == maxExcerpt && !b.t.o.Verbose {
			b.t.block(in, "", dim, "... (-v shows it in full)", dim)
			break
		}
		b.t.block(in, "", normal, l, normal)
	}
}

// causes are the findings that explain n, the one it stands under first.
func (n *node) causes() []*node {
	if n.parent == nil {
		return n.AlsoBecause
	}
	return append([]*node{n.parent}, n.AlsoBecause...)
}

// causeNumbers names the causes of n by their numbers.
func causeNumbers(n *node) string {
	var out []string
	for i, c := range n.causes() {
		if i == maxRefs {
			out = append(out, fmt.Sprintf("%d more", len(n.causes())-i))
			break
		}
		out = append(out, strconv.Itoa(c.Number))
	}
	return strings.Join(out, ", ")
}

// elsewhere names the causes on other machines of the case.
func (b body) elsewhere(n *node) {
	for i, e := range n.BecauseElsewhere {
		if i == maxRefs {
			b.item("caused by", i, "", fmt.Sprintf("%d more", len(n.BecauseElsewhere)-i))
			return
		}
		b.item("caused by", i, "", onHost(e))
	}
}

func onHost(e report.Elsewhere) string {
	return "on " + oneLine(e.Host) + ": " + oneLine(e.Title)
}

// dropped says how much evidence was not in the bundle.
func dropped(n *node) string {
	if n.DroppedEvidence == 0 {
		return ""
	}
	return plural(n.DroppedEvidence, "piece", "pieces") + " of evidence not found in the bundle"
}

func waiver(n *node) string {
	if n.Waived == nil {
		return ""
	}
	s := oneLine(n.Waived.Reason)
	if n.Waived.Until != nil {
		s += ", until " + n.Waived.Until.UTC().Format("2006-01-02")
	}
	return s
}

// explainName is the shortest name of a check that is unique in the report.
func explainName(r *report.Report, id string) string {
	for _, c := range r.Checks {
		if c.ID != id && bare(c.ID) == bare(id) {
			return id
		}
	}
	return bare(id)
}
