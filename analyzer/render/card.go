package render

import (
	"strings"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// card is a finding on the page.
type card struct {
	Number, Level                           int
	Severity, Class                         string
	Title, Subject, State, Detail, Measured string
	Because                                 []cardRef
	Elsewhere                               []string // causes on other machines
	Waived, Dropped                         string
	Exhibits                                []figure
	Remedy                                  []step
	Evidence                                []quote
	Check, Explain, Link, URL               string
}

// cardRef leads to another card.
type cardRef struct {
	Number int
	Title  string
}

// step is one step of a remedy: its first line, and the commands below it.
type step struct {
	Text []span
	Code string
}

// span is a run of text, or a command that stood between backticks.
type span struct {
	Text string
	Code bool
}

// spans splits a line at its backticks; one without a partner is text.
func spans(line string) []span {
	parts := strings.Split(line, "`")
	if len(parts)%2 == 0 {
		return []span{{Text: line}}
	}
	var out []span
	for i, part := range parts {
		if part != "" {
			out = append(out, span{part, i%2 == 1})
		}
	}
	return out
}

// quote is a piece of evidence and its place.
type quote struct{ Place, Text string }

// newCards are the findings in the order of display. The exhibits of a check
// stand on the first of its cards.
func newCards(r *report.Report, roots []*node, at clock) []card {
	var out []card
	drawn := make(map[*report.Check]bool)
	walk(roots, 0, func(n *node, depth int) {
		c := newCard(r, n, at)
		c.Level = min(depth, maxMarked)
		if !drawn[n.Check] {
			drawn[n.Check] = true
			c.Exhibits = figures(n.Check.Exhibits, at)
		}
		out = append(out, c)
	})
	return out
}

func newCard(r *report.Report, n *node, at clock) card {
	c := card{
		Number: n.Number, Severity: oneLine(string(n.Severity)), Class: severityClass(n.Severity),
		Title: oneLine(n.Title), Subject: oneLine(n.Subject), State: strings.Join(at.state(n), ", "),
		Detail: n.Detail, Waived: waiver(n), Dropped: dropped(n),
		Check: oneLine(n.Check.ID), Explain: oneLine(explainName(r, n.Check.ID)), Link: link(n.URL), URL: oneLine(n.URL),
	}
	if n.Measure != nil {
		c.Measured = measured(n.Measure)
	}
	for _, by := range n.causes() {
		c.Because = append(c.Because, cardRef{by.Number, oneLine(by.Title)})
	}
	for _, e := range n.BecauseElsewhere {
		c.Elsewhere = append(c.Elsewhere, onHost(e))
	}
	for _, s := range n.Remedy {
		text, code, _ := strings.Cut(strings.TrimSpace(s), "\n")
		c.Remedy = append(c.Remedy, step{spans(text), code})
	}
	for _, e := range n.Evidence {
		c.Evidence = append(c.Evidence, quote{oneLine(place(e)), shown(e)})
	}
	return c
}

func severityClass(s abi.Severity) string {
	if s.Rank() == 0 {
		return ""
	}
	return string(s)
}

func outcomeClass(o abi.Outcome) string {
	switch o {
	case abi.OutcomePass:
		return "good"
	case abi.OutcomeFindings:
		return "found"
	case abi.OutcomeInsufficient:
		return "open"
	case abi.OutcomeError:
		return "bad"
	case abi.OutcomeNotApplicable:
		return "quiet"
	}
	return "none"
}
