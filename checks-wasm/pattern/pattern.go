// Package pattern has the type of pattern checks: checks without code, a JSON file
// each, that look for a line in logs. docs/pack-format.md is the normative text.
//
// Package check runs them; pack build tries their fixtures. The package uses no
// more than the wire types, because it is part of every module that has patterns.
package pattern

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
	"github.com/asrdiag/asrdiag/checks-wasm/wire"
)

// Defaults of a pattern.
const (
	DefaultWithin = 24 * time.Hour
	DefaultRetry  = 5 * time.Minute
	// MaxBy is how many values of By give a finding of their own.
	MaxBy = 20
	// MaxHits of a search are kept; more are counted.
	MaxHits = 1000
)

// Pattern is one file patterns/<id>.json. Members that a check in Go has too mean
// the same.
type Pattern struct {
	ID          string       `json:"id"`
	Rev         int          `json:"rev,omitempty"`
	Title       string       `json:"title"` // of the check: what should be
	Severity    abi.Severity `json:"severity"`
	Roles       []string     `json:"roles,omitempty"`
	OS          []string     `json:"os,omitempty"`
	Deployments []string     `json:"deployments,omitempty"`
	Since       string       `json:"since,omitempty"`
	Article     []string     `json:"article,omitempty"`
	// Formats are log formats besides those that the module knows by name.
	Formats []scan.Format `json:"formats,omitempty"`
	Scan    Search        `json:"scan"`
	// By is a field of the hits: each of its values is a subject of its own.
	By string `json:"by,omitempty"`
	// MinCount hits within Within make a finding. 0: one; 24h.
	MinCount int      `json:"min_count,omitempty"`
	Within   Duration `json:"within,omitempty"`
	// Retry is how often the writer tries again while it fails. 0: 5m.
	Retry Duration `json:"retry,omitempty"`
	// NeedsNoSuccess proves that it works again: a hit newer than the last error.
	NeedsNoSuccess *Search `json:"needs_no_success,omitempty"`
	// Finding is what happened, without number and time: "Uploads failed". {field}
	// stands for a field of the newest hit, here, in Detail and in Remedy.
	Finding     string      `json:"finding"`
	Detail      string      `json:"detail"` // why it matters
	Remedy      []string    `json:"remedy,omitempty"`
	URL         string      `json:"url,omitempty"`
	ExplainedBy []abi.Cause `json:"explained_by,omitempty"`
	Doc         string      `json:"doc,omitempty"` // Markdown, before what is made of the rest
	Fixtures    Fixtures    `json:"fixtures"`
}

// Search is what is looked for, and where.
type Search struct {
	Logs       string              `json:"logs"`             // glob over bundle paths
	Format     string              `json:"format,omitempty"` // a known one, or one of Formats; empty: plain lines
	Any        []scan.Pattern      `json:"any"`
	IgnoreCase bool                `json:"ignore_case,omitempty"`
	Where      map[string][]string `json:"where,omitempty"`
}

// Fixtures are logs: one that must give a finding of the pattern's severity, one
// that must not, and, if there is one, one in which the fault is over.
type Fixtures struct {
	// Now is the end of the collection; local times in the lines are UTC. Zero:
	// 2026-03-05T09:15:00Z.
	Now       time.Time `json:"now,omitzero"`
	Fire      []string  `json:"fire"`
	Pass      []string  `json:"pass"`
	Recovered []string  `json:"recovered,omitempty"`
}

// DefaultNow is the end of the collection in fixtures that do not say.
func DefaultNow() time.Time { return time.Date(2026, 3, 5, 9, 15, 0, 0, time.UTC) }

// Duration is written as Go does: "90s", "15m", "24h".
type Duration time.Duration

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v <= 0 {
		return fmt.Errorf("%q is not a duration like 15m", text)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Or gives the duration, or another one when it is not set.
func (d Duration) Or(other time.Duration) time.Duration {
	if d == 0 {
		return other
	}
	return time.Duration(d)
}

// Parse reads one pattern. A member that it does not know is an error: it is more
// likely mistyped than from the future.
func Parse(raw []byte) (Pattern, error) { return ParseWith(&wire.Codec{}, raw) }

// ParseWith is Parse for who reads several: the codec remembers the type.
func ParseWith(codec *wire.Codec, raw []byte) (Pattern, error) {
	var p Pattern
	if codec.UnmarshalStrict(raw, &p) {
		return p, nil
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return p, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return p, fmt.Errorf("there is more behind the document")
	}
	return p, nil
}

// Ids that a pattern's declarations have.
func (p Pattern) inputID() string { return "pattern-" + p.ID }

// ScanID is the id of the scan, and SuccessID that of NeedsNoSuccess.
func (p Pattern) ScanID() string { return "pattern-" + p.ID }

// SuccessID is the id of the scan for success.
func (p Pattern) SuccessID() string { return "pattern-" + p.ID + "-success" }

// Inputs are what the pattern reads. The host answers when its log was not
// collected; proof of success may lack.
func (p Pattern) Inputs() []abi.Input {
	list := []abi.Input{
		{ID: p.inputID(), Glob: p.Scan.Logs, Required: true},
		{ID: "probes-optional", Glob: "facts/**/probes.json"},
	}
	if s := p.NeedsNoSuccess; s != nil {
		list = append(list, abi.Input{ID: p.SuccessID(), Glob: s.Logs})
	}
	return list
}

// Scans are what the host looks for.
func (p Pattern) Scans() []scan.Scan {
	list := []scan.Scan{p.Scan.scan(p.ScanID(), p.inputID(), MaxHits)}
	if p.By != "" {
		list[0].Tally = &scan.Tally{By: []string{p.By}}
	}
	if s := p.NeedsNoSuccess; s != nil {
		list = append(list, s.scan(p.SuccessID(), p.SuccessID(), 1))
	}
	return list
}

func (s Search) scan(id, input string, hits int) scan.Scan {
	return scan.Scan{ID: id, Input: input, Any: s.Any, IgnoreCase: s.IgnoreCase, Format: s.Format, Where: s.Where, MaxHits: hits}
}

// Used gives those of the known formats, and of the pattern's own, that its
// searches name.
func (p Pattern) Used(known []scan.Format) []scan.Format {
	want := map[string]bool{p.Scan.Format: true}
	if p.NeedsNoSuccess != nil {
		want[p.NeedsNoSuccess.Format] = true
	}
	var list []scan.Format
	for _, from := range [][]scan.Format{p.Formats, known} {
		for _, f := range from {
			if want[f.ID] {
				list = append(list, f)
				delete(want, f.ID)
			}
		}
	}
	return list
}

// Page is the document of the check.
func (p Pattern) Page() string {
	var b strings.Builder
	if p.Doc != "" {
		fmt.Fprintf(&b, "%s\n\n", strings.TrimSpace(p.Doc))
	}
	fmt.Fprintf(&b, "%s\n\n**What is read.** Lines of `%s` that say\n\n", p.Detail, p.Scan.Logs)
	for _, a := range p.Scan.Any {
		fmt.Fprintf(&b, "- `%s`\n", a.Literal+a.Regexp)
	}
	n := ""
	if p.MinCount > 1 {
		n = fmt.Sprintf("%d of them within %s make a finding. ", p.MinCount, short(p.Within.Or(DefaultWithin)))
	}
	fmt.Fprintf(&b, "\n%sLines count for 24 hours before the log's newest line. What goes on is %s; what has not come back for 15 minutes is information, "+
		"unless it came back three times in a day.\n", n, p.Severity)
	if len(p.Remedy) > 0 {
		b.WriteString("\n**How to fix it.**\n\n")
	}
	for i, r := range p.Remedy {
		fmt.Fprintf(&b, "%d. %s\n", i+1, r)
	}
	return b.String()
}

// short writes 24h0m0s as 24h.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
