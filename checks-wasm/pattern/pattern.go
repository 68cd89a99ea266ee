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
	Scan    Search        `json:"scan,omitzero"`
	Also    []Search      `json:"also,omitempty"` // where else lines tell the same
	// By is a field of the hits: each of its values is a subject of its own.
	By string `json:"by,omitempty"`
	// Kinds makes values of By that differ in numbers, ids and addresses one, which
	// is {kind} in texts; the most frequent come first.
	Kinds bool `json:"kinds,omitempty"`
	// MaxFindings of By are reported. 0: MaxBy.
	MaxFindings int    `json:"max_findings,omitempty"`
	Subject     string `json:"subject,omitempty"`
	// Faults are what the lines can tell of, when that is more than one thing.
	Faults []Fault `json:"faults,omitempty"`
	// MinCount hits within Within make a finding. 0: one; 24h.
	MinCount int      `json:"min_count,omitempty"`
	Within   Duration `json:"within,omitempty"`
	// Retry is how often the writer tries again while it fails. 0: 5m.
	Retry Duration `json:"retry,omitempty"`
	// NeedsNoSuccess proves that it works again: a hit newer than the last error.
	NeedsNoSuccess *Search `json:"needs_no_success,omitempty"`
	// SteadySuccess: a success proves nothing until 15 minutes after the last error.
	SteadySuccess bool      `json:"steady_success,omitempty"`
	Proof         FileProof `json:"proof,omitzero"`
	Output        Output    `json:"output,omitzero"`
	Same          Same      `json:"same,omitzero"`
	// States are those reported; empty: all.
	States []string `json:"states,omitempty"`
	// NotOn are deployments on which the check has no meaning, and why.
	NotOn map[string]string `json:"not_on,omitempty"`
	// Finding is what happened, without number and time: "Uploads failed". {field}
	// stands for a field of the newest hit, here, in Detail and in Remedy.
	Finding string   `json:"finding"`
	Detail  string   `json:"detail"`         // why it matters
	More    []string `json:"more,omitempty"` // sentences, left out when a field in them is empty
	Remedy  []string `json:"remedy,omitempty"`
	// RemedyOn are further steps by operating system.
	RemedyOn map[string][]string `json:"remedy_on,omitempty"`
	// Worked is the step that shows whether it worked.
	Worked string `json:"worked,omitempty"`
	// Words tell what values of a field mean.
	Words    map[string]map[string]string `json:"words,omitempty"`
	Settings map[string]Setting           `json:"settings,omitempty"` // by their name in texts
	// NoFinding is what a pass says, and Ask what another collection would do.
	NoFinding   string      `json:"no_finding,omitempty"`
	Ask         string      `json:"ask,omitempty"`
	URL         string      `json:"url,omitempty"`
	ExplainedBy []abi.Cause `json:"explained_by,omitempty"`
	Doc         string      `json:"doc,omitempty"` // Markdown, before what is made of the rest
	Fixtures    Fixtures    `json:"fixtures"`
}

// Search is what is looked for, and where: a signature that the module knows by
// name, or all of it.
type Search struct {
	Signature  string         `json:"signature,omitempty"`
	Logs       string         `json:"logs,omitempty"`   // glob over bundle paths
	Format     string         `json:"format,omitempty"` // a known one, or one of Formats; empty: plain lines
	Any        []scan.Pattern `json:"any,omitempty"`
	IgnoreCase bool           `json:"ignore_case,omitempty"`
	// Where has the values that fields must have. Of a signature it picks hits, or
	// for a success rows of its tally.
	Where map[string][]string `json:"where,omitempty"`
	// Unless are words, in any case: a hit whose message has one is none.
	Unless []string `json:"unless,omitempty"`
	// Optional logs need not be there for a pass.
	Optional bool `json:"optional,omitempty"`
}

func (s Search) empty() bool { return s.Signature == "" && s.Logs == "" && len(s.Any) == 0 }

// Fixtures are logs: one that must give a finding of the pattern's severity, one
// that must not, and, if there is one, one in which the fault is over.
type Fixtures struct {
	// Now is the end of the collection; local times in the lines are UTC. Zero:
	// 2026-03-05T09:15:00Z.
	Now       time.Time `json:"now,omitzero"`
	Fire      []string  `json:"fire"`
	Pass      []string  `json:"pass"`
	Recovered []string  `json:"recovered,omitempty"`
	// Logs are further ones of all fixtures: lines by path in the bundle.
	Logs map[string][]string `json:"logs,omitempty"`
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

// ScanID is the id of the pattern's own scan and its input.
func (p Pattern) ScanID() string { return "pattern-" + p.ID }

// SuccessID is the id of the scan for success.
func (p Pattern) SuccessID() string { return "pattern-" + p.ID + "-success" }

// Page is the document of the check.
func (p Pattern) Page() string {
	var b strings.Builder
	if p.Doc != "" {
		fmt.Fprintf(&b, "%s\n\n", strings.TrimSpace(p.Doc))
	}
	for i, f := range p.Each() {
		if i == 0 || f.Detail != p.Detail {
			fmt.Fprintf(&b, "%s\n\n", f.Detail)
		}
		if i == 0 || !p.Faults[i].Scan.empty() {
			b.WriteString(f.read())
		}
	}
	fmt.Fprintf(&b, "%sLines count for 24 hours before the log's newest line. What goes on is %s; what has not come back for 15 minutes is information, "+
		"unless it came back three times in a day.\n", p.many(), p.Severity)
	if len(p.Remedy) > 0 {
		b.WriteString("\n**How to fix it.**\n\n")
	}
	for i, r := range p.Remedy {
		fmt.Fprintf(&b, "%d. %s\n", i+1, r)
	}
	return b.String()
}

// read lists what a fault's searches look for.
func (f Fault) read() string {
	var b strings.Builder
	for _, s := range append([]Search{f.Scan}, f.Also...) {
		if s.Signature != "" {
			fmt.Fprintf(&b, "**What is read.** Lines that are known as `%s`.\n\n", s.Signature)
			continue
		}
		fmt.Fprintf(&b, "**What is read.** Lines of `%s`%s that say\n\n", s.Logs, s.levels())
		for _, a := range s.Any {
			fmt.Fprintf(&b, "- `%s`\n", a.Literal+a.Regexp)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// levels names those at which lines count: the same words at others tell of no fault.
func (s Search) levels() string {
	if len(s.Where["level"]) == 0 {
		return ""
	}
	return " with level " + strings.Join(s.Where["level"], ", ")
}

func (p Pattern) many() string {
	if p.MinCount < 2 {
		return ""
	}
	return fmt.Sprintf("%d of them within %s make a finding. ", p.MinCount, short(p.Within.Or(DefaultWithin)))
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
