package pattern

import (
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Fault is one thing that the lines of a pattern can tell of, with a finding of
// its own. What it does not say is the pattern's, but By of another search; ID is the
// key of its finding.
type Fault struct {
	ID   string   `json:"id"`
	Scan Search   `json:"scan,omitzero"`
	Also []Search `json:"also,omitempty"` // belongs to Scan
	// When are fields and the values of which one must be there, in any case.
	When    map[string][]string `json:"when,omitempty"`
	By      string              `json:"by,omitempty"`
	Subject string              `json:"subject,omitempty"`
	Share   Share               `json:"share,omitzero"`
	// Otherwise makes it a fault only when none before it was found.
	Otherwise bool `json:"otherwise,omitempty"`
	// NeedsSuccess says that silence proves nothing: without a success that lasts,
	// it is not known whether the fault is over.
	NeedsSuccess bool         `json:"needs_success,omitempty"`
	MinCount     int          `json:"min_count,omitempty"`
	Retry        Duration     `json:"retry,omitempty"`
	Severity     abi.Severity `json:"severity,omitempty"`
	Finding      string       `json:"finding,omitempty"`
	Detail       string       `json:"detail,omitempty"`
	More         []string     `json:"more,omitempty"`
	Remedy       []string     `json:"remedy,omitempty"`
	// Fire are lines of Scan that must give its finding.
	Fire FireLines `json:"fire,omitempty"`
}

// FireLines are a fixture; modules leave them out.
type FireLines []string

// Share is for lines that count: it compares what failed with what did not, added
// up over the hits of a span before the newest one.
type Share struct {
	Failed    string   `json:"failed"`    // field
	Succeeded string   `json:"succeeded"` // field
	Span      Duration `json:"span,omitempty"`
	// None makes it a fault only when nothing succeeded, Over when more than this
	// share failed.
	None bool    `json:"none,omitempty"`
	Over float64 `json:"over,omitempty"`
	// Fine is what a pass says of a share that is no fault.
	Fine string `json:"fine,omitempty"`
}

// DefaultSpan is over what counts are added up.
const DefaultSpan = 30 * time.Minute

// FileProof is a file that is written while it works: its time is that of the
// newest success.
type FileProof struct {
	Name string `json:"name"` // in facts/files.json
	Path string `json:"path"` // or the last element of its path, in any case
	Says string `json:"says"` // "Newest answer of the server"
}

// Setting is a value of a collected configuration, for texts.
type Setting struct {
	Config string `json:"config"`
	Key    string `json:"key"`
	Else   string `json:"else"` // when it was not collected
}

// Output makes the log what a program printed that the collector ran: times do not
// matter, and without a hit its end decides.
type Output struct {
	Program string   `json:"program"`
	One     string   `json:"one"`            // what a hit is one of: "run"
	Many    string   `json:"many"`           // "runs"
	Args    []string `json:"args,omitempty"` // of asrcollect, to have it run
}

// Same looks for a line elsewhere that has the same text as a hit: an id of both.
type Same struct {
	In   []Search `json:"in"`
	Text string   `json:"text"` // with fields of the hit
	Says string   `json:"says"` // "The server's log has the same session"
}

// Each lists the faults, with what they do not say taken from the pattern. One
// without faults is one itself.
func (p Pattern) Each() []Fault {
	whole := Fault{
		Scan: p.Scan, Also: p.Also, By: p.By, Subject: p.Subject, MinCount: p.MinCount, Retry: p.Retry,
		Severity: p.Severity, Finding: p.Finding, Detail: p.Detail, More: p.More, Remedy: p.Remedy,
	}
	if len(p.Faults) == 0 {
		return []Fault{whole}
	}
	var list []Fault
	for _, f := range p.Faults {
		list = append(list, f.over(whole))
	}
	return list
}

// over fills what a fault does not say.
func (f Fault) over(whole Fault) Fault {
	if f.Scan.empty() {
		f.Scan, f.Also, f.By = whole.Scan, whole.Also, or(f.By, whole.By)
	}
	if len(f.More) == 0 {
		f.More = whole.More
	}
	if len(f.Remedy) == 0 {
		f.Remedy = whole.Remedy
	}
	f.Subject, f.Severity = or(f.Subject, whole.Subject), or(f.Severity, whole.Severity)
	f.Finding, f.Detail = or(f.Finding, whole.Finding), or(f.Detail, whole.Detail)
	f.MinCount, f.Retry = or(f.MinCount, whole.MinCount), or(f.Retry, whole.Retry)
	return f
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
