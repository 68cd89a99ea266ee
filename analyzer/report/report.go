// Package report is the JSON model of an analysis, version 1. The JSON is the
// product; tables and pages are pure functions of it.
//
// A report holds no time, path or host of the desk, so that the same bundle and
// packs give the same bytes on every machine.
package report

import (
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// The format this package writes.
const (
	Format  = "asr-report"
	Version = 1
)

// Report is the analysis of one bundle.
type Report struct {
	Format      string      `json:"format"`
	Version     int         `json:"version"`
	GeneratedBy GeneratedBy `json:"generated_by"`
	Bundle      Bundle      `json:"bundle"`
	Packs       []Pack      `json:"packs"`
	// Refused are installed packs that had to be left out.
	Refused []RefusedPack `json:"packs_refused,omitempty"`
	Verdict Verdict       `json:"verdict"`
	Summary Summary       `json:"summary"`
	Checks  []Check       `json:"checks"`
	Logs    []Log         `json:"logs,omitempty"`
	Next    []Next        `json:"next,omitempty"`
}

// GeneratedBy names the program.
type GeneratedBy struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Build   string `json:"build,omitempty"` // "development build"; empty: release
	ABI     string `json:"abi"`
}

// Bundle says what was analyzed.
type Bundle struct {
	File       string            `json:"file"` // base name; in an archive of bundles with the name there: "sent.zip: ps01.zip"
	ID         string            `json:"id"`
	SHA256     string            `json:"sha256,omitempty"` // of the archive file; empty for a folder
	Created    time.Time         `json:"created"`
	Case       string            `json:"case,omitempty"`
	Kind       string            `json:"kind"` // bundle, raw
	Host       bundles.Host      `json:"host"`
	Role       string            `json:"role"`
	Deployment string            `json:"deployment"`
	Window     bundles.Window    `json:"window"`
	Collector  bundles.Collector `json:"collector"`
	Profile    string            `json:"profile,omitempty"`
	Simulated  []string          `json:"simulated,omitempty"`
	Sources    []bundles.Source  `json:"sources,omitempty"` // only those that are not ok
	Integrity  bundles.Integrity `json:"integrity"`
	// Names are the names and addresses of the machine, Peers the machines that it
	// works with, each by all names known of it: what brings the bundles of a case
	// together. With Pseudonyms they are none that a bundle made with another key
	// has for the same machine.
	Names      []string   `json:"names,omitempty"`
	Peers      [][]string `json:"peers,omitempty"`
	Pseudonyms bool       `json:"pseudonyms,omitempty"`
	// Notes say what else was in the archive, and how it was read, a sentence each.
	Notes []string `json:"notes,omitempty"`
}

// Pack says with what it was analyzed.
type Pack struct {
	Name     string     `json:"name"`
	Version  string     `json:"version"`
	Release  int        `json:"release"`
	SHA256   string     `json:"sha256"`
	SignedBy string     `json:"signed_by"` // "embedded", a key's name, or "" for unsigned
	Unsigned bool       `json:"unsigned,omitempty"`
	Expires  *time.Time `json:"expires,omitempty"`
}

// RefusedPack is an installed pack that was not used, because nobody who is
// trusted vouches for it or it cannot be run. Name and version are those of its
// file.
type RefusedPack struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Reason  string `json:"reason"`
}

// States of a verdict.
const (
	StateFault        = "fault"
	StateHealthy      = "healthy"
	StateInconclusive = "inconclusive"
)

// Verdict is the answer in one line. Cause is the finding to act on first, Also
// the other roots of at least warning.
type Verdict struct {
	State    string   `json:"state"`
	Headline string   `json:"headline"`
	Cause    *Ref     `json:"cause,omitempty"`
	Also     []Ref    `json:"also,omitempty"`
	Reasons  []string `json:"reasons,omitempty"` // why the analysis is incomplete
}

// Ref refers to a finding.
type Ref struct {
	Check string `json:"check"` // qualified
	Key   string `json:"key"`
}

// Summary counts findings by severity and checks by outcome. Waived findings
// are counted as Waived only.
type Summary struct {
	Critical      int `json:"critical"`
	Warning       int `json:"warning"`
	Info          int `json:"info"`
	Waived        int `json:"waived,omitempty"`
	Pass          int `json:"pass"`
	NotApplicable int `json:"not_applicable"`
	Insufficient  int `json:"insufficient_data"`
	Error         int `json:"error"`
}

// Check is the result of one check.
type Check struct {
	ID       string      `json:"id"` // qualified by the pack's name
	Rev      int         `json:"rev"`
	Title    string      `json:"title"`
	Outcome  abi.Outcome `json:"outcome"`
	Reason   string      `json:"reason,omitempty"`
	Ask      *abi.Ask    `json:"ask,omitempty"`
	URL      string      `json:"url,omitempty"`
	Findings []Finding   `json:"findings,omitempty"`
	// ExplainedBy are checks of other packs whose findings may be causes of these;
	// they are looked for in the other bundles of the case.
	ExplainedBy []abi.Cause `json:"explained_by,omitempty"`

	Exhibits []abi.Exhibit `json:"exhibits,omitempty"`
	// CouldBe is the worst severity the check can report: what stays open when
	// it was not answered.
	CouldBe abi.Severity `json:"could_be,omitempty"`
	Fuel    int64        `json:"fuel,omitempty"`
	Inputs  []string     `json:"inputs,omitempty"` // files it opened
	Stderr  string       `json:"stderr,omitempty"` // of a check that ended in error
}

// NotOn reports whether the check is not meant for this kind of deployment, though
// for machines of its role.
func (c *Check) NotOn(deployment string) bool {
	return c.Outcome == abi.OutcomeNotApplicable && strings.HasSuffix(c.Reason, ", this is "+deployment)
}

// Finding is a module's finding after the host looked at it. Its Check is
// qualified; evidence that is not in the bundle is gone and counted.
type Finding struct {
	abi.Finding
	Because []Ref `json:"because,omitempty"`
	// BecauseElsewhere are causes that were found in other bundles of the case.
	BecauseElsewhere []Elsewhere `json:"because_elsewhere,omitempty"`

	URL             string  `json:"url,omitempty"`
	Waived          *Waiver `json:"waived,omitempty"`
	DroppedEvidence int     `json:"dropped_evidence,omitempty"`
}

// Elsewhere is a finding of another bundle of the same case.
type Elsewhere struct {
	Bundle   string       `json:"bundle"` // its id
	Host     string       `json:"host"`
	Check    string       `json:"check"` // qualified
	Key      string       `json:"key"`
	Severity abi.Severity `json:"severity"`
	Title    string       `json:"title"`
}

// Waiver says why a finding is accepted.
type Waiver struct {
	Reason string     `json:"reason"`
	Until  *time.Time `json:"until,omitempty"`
}

// Log describes one log file. Bytes and Lines are exact; the rest comes from a
// sample of its lines.
type Log struct {
	File    string `json:"file"`
	Bytes   int64  `json:"bytes"`
	Lines   int64  `json:"lines"`
	Format  string `json:"format,omitempty"`
	Parsed  int    `json:"parsed"`
	Sampled int    `json:"sampled"`
	// Unknown counts those of the first and the last 200 lines that are not
	// empty, do not have the format, and do not go on with an entry. Unreadable
	// means that they are more than the others.
	Unknown    int  `json:"unknown,omitempty"`
	Unreadable bool `json:"unreadable,omitempty"`

	First *time.Time `json:"first,omitempty"`
	Last  *time.Time `json:"last,omitempty"`
	Gaps  []Gap      `json:"gaps,omitempty"`
}

// Gap is a span without lines between sampled ones.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Next is one combined command for one machine.
type Next struct {
	Host    string   `json:"host"` // "this machine's name", or the role of another machine
	Role    string   `json:"role"`
	Command string   `json:"command"`
	Why     []string `json:"why,omitempty"`
	Answers []string `json:"answers"` // qualified check ids
}
