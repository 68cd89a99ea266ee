package render

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
)

//go:embed page.tmpl
var pageText string

//go:embed page.css
var pageStyle string

// maxMarked is how deep cards are indented under their cause.
const maxMarked = 3

// HTML writes a report as one page that needs nothing else: no script, no
// remote asset, and a content security policy that would refuse them. Now is
// the desk's time, for the age of the bundle; zero leaves it out.
func HTML(w io.Writer, r *report.Report, now time.Time) error {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return fmt.Errorf("parse page: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, newPage(cleanReport(r), now)); err != nil {
		return fmt.Errorf("draw page: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// policy allows the page's own style sheet, by its hash, and nothing else.
func policy(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'"
}

// page is what the template draws.
type page struct {
	Title, Policy, Generator, Build string
	Style                           template.CSS
	Host, Role                      string
	Simulated                       bool
	Verdict                         pageVerdict
	Counts                          []pill
	Classic                         *classicHint
	Fields                          []pageField
	Cards                           []card
	Next                            []nextStep
	Lists                           []section
}

type pageVerdict struct {
	State, Class, Headline string
	Also, Reasons          []string
}

// pill is a short text with a colour: Class is the name of one in the style
// sheet, always ours and never the report's.
type pill struct{ Text, Class string }

type classicHint struct{ Note, Way, URL string }

type pageField struct {
	field
	More []string
}

type nextStep struct {
	Text, Command, Answers string
	Why                    []string
}

// section is a titled part below the findings.
type section struct {
	Title    string
	Table    grid
	Folded   *section
	Exhibits []figure
}

func newPage(r *report.Report, now time.Time) page {
	at := clock{r.Bundle.Host.UTCOffsets}
	g, roots := r.GeneratedBy, arrange(r)
	p := page{
		Title:     strings.ToUpper(oneLine(r.Verdict.State)) + ": " + oneLine(r.Verdict.Headline) + " (" + hostName(&r.Bundle) + ")",
		Policy:    policy(pageStyle),
		Style:     template.CSS(pageStyle),
		Generator: oneLine(strings.Join(nonEmpty(g.Name, g.Version, g.Build), " ")),
		Build:     oneLine(g.Build),
		Host:      hostName(&r.Bundle),
		Role:      roleText(&r.Bundle),
		Simulated: len(r.Bundle.Simulated) > 0,
		Verdict: pageVerdict{
			State: strings.ToUpper(oneLine(r.Verdict.State)), Class: verdictClass(r.Verdict.State),
			Headline: oneLine(r.Verdict.Headline), Also: also(r, roots), Reasons: r.Verdict.Reasons,
		},
		Counts: countPills(r.Summary),
		Fields: pageFields(r, now),
		Cards:  newCards(r, roots, at),
		Lists:  sections(r, at, now),
	}
	if classic(&r.Bundle) {
		p.Classic = &classicHint{classicNote, classicWay, classicURL}
	}
	for _, n := range r.Next {
		p.Next = append(p.Next, nextStep{
			Text: nextText(n), Command: oneLine(n.Command),
			Answers: strings.Join(n.Answers, ", "), Why: n.Why,
		})
	}
	return p
}

func verdictClass(state string) string {
	switch state {
	case report.StateFault, report.StateHealthy, report.StateInconclusive:
		return state
	}
	return ""
}

func countPills(s report.Summary) []pill {
	var out []pill
	for _, c := range []struct {
		n           int
		word, class string
	}{
		{s.Critical, "critical", "critical"},
		{s.Warning, "warning", "warning"},
		{s.Info, "info", "info"},
		{s.Waived, "waived", ""},
		{s.Pass, "passed", "good"},
		{s.Insufficient, "without enough data", "open"},
		{s.Error, "ended in error", "bad"},
		{s.NotApplicable, "not applicable", ""},
	} {
		if c.n > 0 {
			out = append(out, pill{fmt.Sprintf("%d %s", c.n, c.word), c.class})
		}
	}
	return out
}

// pageFields are the header's fields without those that the page shows
// elsewhere, with their details.
func pageFields(r *report.Report, now time.Time) []pageField {
	var out []pageField
	for _, f := range header(r, now) {
		pf := pageField{field: f}
		switch f.Label {
		case "integrity":
			for _, p := range r.Bundle.Integrity.Problems {
				pf.More = append(pf.More, problemText(p))
			}
		case "sources":
			for _, s := range r.Bundle.Sources {
				if s.Error != "" {
					pf.More = append(pf.More, oneLine(s.Name+": "+s.Error))
				}
			}
		}
		out = append(out, pf)
	}
	return out
}

// link is an address that is safe to follow, or empty: http and https with a
// host and without a name or password.
func link(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	return u.String()
}
