// Package abi has the wire types of the check ABI, version 1.0: what a check
// module prints for "describe" and "run", and what the host hands it.
//
// A module is a WASI preview 1 command. Within a major version members are only
// added, and unknown ones are ignored. docs/check-authoring.md is the guide.
package abi

import (
	"encoding/json"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Version of the ABI.
const (
	Version = "1.0"
	Major   = 1
	Minor   = 0
)

// Exit codes of a module.
const (
	ExitOK          = 0
	ExitUnsupported = 3 // the module does not speak the request's ABI
	ExitUsage       = 64
)

// Paths in a module's file system.
const (
	RequestPath = "run/request.json"
	BundleDir   = "bundle"
	ScansDir    = "scans"
	MetricsDir  = "metrics"
)

// Limits of a run (design: each with an outcome of its own).
const (
	MaxModuleBytes = 8 << 20
	MaxStdoutBytes = 4 << 20
	MaxLineBytes   = 64 << 10
	MaxStderrBytes = 64 << 10
	MaxFindings    = 1000
	MaxOpenFiles   = 1000
	MaxMountBytes  = 16 << 20 // larger files are not mounted
	MaxPoints      = 120      // that the host puts into an exhibit, about: more than a chart of a page can show
	MaxNames       = 64       // names of a machine, and machines, in a status; more are left out
	MaxCurves      = 20       // exhibits of a check whose points the host puts in
	MaxMemoryBytes = 128 << 20
	MaxFuel        = 1 << 28          // ticks: loop headers and function entries
	MaxWall        = 20 * time.Second // an instance, compiler engine
)

// Describe is the document that "check describe" prints.
type Describe struct {
	ABI     string        `json:"abi"`
	Module  string        `json:"module"`
	Inputs  []Input       `json:"inputs,omitempty"`
	Formats []scan.Format `json:"formats,omitempty"`
	Scans   []scan.Scan   `json:"scans,omitempty"`
	Series  []scan.Series `json:"series,omitempty"`
	Checks  []Check       `json:"checks"`
}

// Input names files of the bundle. A check whose Required input has no file,
// while its source is not "ok", is insufficient_data and is not run.
type Input struct {
	ID       string `json:"id"`
	Glob     string `json:"glob"`
	Required bool   `json:"required"`
}

// Check is the metadata of one check. Empty Roles, OS and Deployments mean any.
type Check struct {
	ID          string     `json:"id"` // lower-case words with hyphens, for ever
	Rev         int        `json:"rev"`
	Title       string     `json:"title"`
	Roles       []string   `json:"roles,omitempty"`
	OS          []string   `json:"os,omitempty"`
	Deployments []string   `json:"deployments,omitempty"`
	Severities  []Severity `json:"severities"` // those it can report
	Inputs      []string   `json:"inputs,omitempty"`
	Scans       []string   `json:"scans,omitempty"`
	Series      []string   `json:"series,omitempty"`
	ExplainedBy []Cause    `json:"explained_by,omitempty"`
	Since       string     `json:"since"` // pack version
	Replaces    []string   `json:"replaces,omitempty"`
	Stage       string     `json:"stage,omitempty"` // live (default), shadow
	URL         string     `json:"url,omitempty"`
	// Article names the parts of the article that the check answers, as
	// "step 7" or "alert: CPU utilization".
	Article []string `json:"article,omitempty"`
	Doc     string   `json:"doc"` // Markdown
}

// Cause names a check whose finding explains this one's. Check is bare for one
// of the same pack, else qualified: "asr-process-server/time-sync". With Subjects
// only findings on one of those explain, whatever their case.
type Cause struct {
	Check       string   `json:"check"`
	SameSubject bool     `json:"same_subject,omitempty"`
	Subjects    []string `json:"subjects,omitempty"`
}

// Severity of a finding.
type Severity string

// The severities, weakest first.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// Rank orders severities: info 1, warning 2, critical 3, anything else 0.
func (s Severity) Rank() int {
	switch s {
	case Info:
		return 1
	case Warning:
		return 2
	case Critical:
		return 3
	}
	return 0
}

// Outcome of a check.
type Outcome string

// The outcomes. The host adds OutcomeError for a trap, a limit, a missing
// status or a bad line; a module may report it for a check that failed.
const (
	OutcomePass          Outcome = "pass"
	OutcomeFindings      Outcome = "findings"
	OutcomeNotApplicable Outcome = "not_applicable"
	OutcomeInsufficient  Outcome = "insufficient_data"
	OutcomeError         Outcome = "error"
)

// Request is /run/request.json.
type Request struct {
	ABI        string                     `json:"abi"`
	Now        time.Time                  `json:"now"` // window.end: the time of the collection
	Role       string                     `json:"role"`
	Deployment string                     `json:"deployment"`
	Checks     []string                   `json:"checks"`
	Params     map[string]json.RawMessage `json:"params,omitempty"`
}

// Types of an output line (member "t").
const (
	TypeFinding = "finding"
	TypeExhibit = "exhibit"
	TypeStatus  = "status"
	TypeEnd     = "end"
)

// States of a finding.
const (
	StateOngoing   = "ongoing"
	StateRecovered = "recovered"
	StateUnknown   = "unknown"
)

// Finding is an output line: one cause and subject, never one log line.
type Finding struct {
	T        string   `json:"t"`
	Check    string   `json:"check"`
	Subject  string   `json:"subject,omitempty"` // service, volume, address ...
	Severity Severity `json:"severity"`
	Title    string   `json:"title"`
	Detail   string   `json:"detail,omitempty"`
	Remedy   []string `json:"remedy,omitempty"`
	// Key is the finding's stable identity, unique in its check: lower-case
	// words, without numbers that change from run to run.
	Key        string     `json:"key"`
	Evidence   []Evidence `json:"evidence,omitempty"`
	Measure    *Measure   `json:"measure,omitempty"`
	State      string     `json:"state,omitempty"`
	FirstSeen  *time.Time `json:"first_seen,omitempty"`
	LastSeen   *time.Time `json:"last_seen,omitempty"`
	Count      int64      `json:"count,omitempty"`
	Confidence string     `json:"confidence,omitempty"` // "short window"; empty: full
}

// Evidence points into the bundle. It has one of three forms: Offset and
// Length in a text file; Pointer (RFC 6901) and Value in a JSON fact; Line and
// Value in a line of JSON, where Value is an object whose members the line must
// have. The host compares, adds Line and Excerpt to the first form, and drops
// what is not there.
type Evidence struct {
	File    string          `json:"file"`
	Offset  *int64          `json:"offset,omitempty"`
	Length  int64           `json:"length,omitempty"`
	Pointer *string         `json:"pointer,omitempty"`
	Line    int64           `json:"line,omitempty"`
	Value   json.RawMessage `json:"value,omitempty"`
	Excerpt string          `json:"excerpt,omitempty"`
}

// Measure is the number behind a finding.
type Measure struct {
	Metric          string  `json:"metric"`
	Value           float64 `json:"value"`
	Op              string  `json:"op"` // ">=", "<=", ">", "<"
	Limit           float64 `json:"limit"`
	Unit            string  `json:"unit"` // "1" for a ratio, "s", "By"
	WindowSeconds   float64 `json:"window_seconds,omitempty"`
	Samples         int     `json:"samples,omitempty"`
	ExpectedSamples int     `json:"expected_samples,omitempty"`
	Method          string  `json:"method,omitempty"`       // "time-weighted mean"
	LimitSource     string  `json:"limit_source,omitempty"` // who says so
}

// Exhibit is an output line: something to see beside the words. Renderers draw
// it and know nothing of ASR.
type Exhibit struct {
	T     string `json:"t"`
	Check string `json:"check"`
	Kind  string `json:"kind"` // series, table, path
	Title string `json:"title"`
	// Series: a metric with its limits and points. A module that names one of
	// its check's declared series leaves the points to the host, which puts in
	// those of the row with these attributes; decoding samples is what a guest is
	// slow at. In reports Series is empty.
	Series     string            `json:"series,omitempty"`
	Metric     string            `json:"metric,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Unit       string            `json:"unit,omitempty"`
	Limits     []Limit           `json:"limits,omitempty"`
	Points     []Point           `json:"points,omitempty"`
	// Table: Rows have as many cells as Columns.
	Columns []string   `json:"columns,omitempty"`
	Rows    [][]string `json:"rows,omitempty"`
	// Path: the steps of a probe, in order.
	Steps []Step `json:"steps,omitempty"`
}

// Limit is a line in a series exhibit.
type Limit struct {
	Value    float64  `json:"value"`
	Severity Severity `json:"severity"`
	Op       string   `json:"op"`
}

// Point of a series exhibit.
type Point struct {
	T     time.Time `json:"t"`
	Value float64   `json:"value"`
}

// Step of a path exhibit.
type Step struct {
	Name   string `json:"name"`
	Status string `json:"status"`
	Detail string `json:"detail,omitempty"`
}

// Status is an output line: the end of one check. A check that found something
// and could not look everywhere reports its findings and insufficient_data.
type Status struct {
	T       string  `json:"t"`
	Check   string  `json:"check"`
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason,omitempty"`
	Ask     *Ask    `json:"ask,omitempty"`
	// Names are further names and addresses by which others reach this machine,
	// and Peers the machines that it works with, each by all names and addresses
	// that are known of it. By them the bundles of a case are brought together.
	Names []string   `json:"names,omitempty"`
	Peers [][]string `json:"peers,omitempty"`
}

// Ask is the asrcollect command line that would answer the check.
type Ask struct {
	Role string   `json:"role"` // the machine to run it on
	Args []string `json:"args"` // without the program's name
	Why  string   `json:"why"`
}

// End is the last output line.
type End struct {
	T        string `json:"t"`
	Findings int    `json:"findings"`
	Statuses int    `json:"statuses"`
}
