package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Trail are the hits of a scan and what became of what they tell.
type Trail struct {
	Course
	Summary scan.Summary
	// Hits are those kept that have a time and count, in order of time.
	Hits []scan.Hit
	// Later is when the newest hit may have been instead: its local time came twice.
	Later time.Time
	// Untimed is the newest hit without a time, nil if there is none.
	Untimed *scan.Hit
}

// Newest is the newest hit that counts. There must be one.
func (t Trail) Newest() scan.Hit { return t.Hits[len(t.Hits)-1] }

// End is the time of the newest line searched; zero when none has one.
func (t Trail) End() time.Time {
	if t.Summary.NewestLine == nil {
		return time.Time{}
	}
	return *t.Summary.NewestLine
}

// Following says which hits make a trail.
type Following struct {
	Scans   []string            // whose hits tell the same
	Retry   time.Duration       // how often the writer tries again while it fails
	Success time.Time           // newest proof that it works; zero: none
	Keep    func(scan.Hit) bool // nil: all hits
	Since   time.Time           // hits before do not count; zero: those of a day
}

// Trail follows the hits of one scan, see Follow.
func (p *Pass) Trail(id string, retry time.Duration, success time.Time) Trail {
	return p.Follow(Following{Scans: []string{id}, Retry: retry, Success: success})
}

// Follow follows hits by the rule of recency, see Course. What the collector's own
// probes left in a log is no hit.
func (p *Pass) Follow(o Following) Trail {
	t := Trail{Summary: p.summaries(o.Scans)}
	own := p.ownTraces()
	var times []time.Time
	for _, id := range o.Scans {
		for h := range p.Hits(id) {
			switch {
			case o.Keep != nil && !o.Keep(h):
			case h.Time == nil:
				t.Untimed = &h
			case !own.left(h) && !h.Time.Before(o.Since):
				t.Hits, times = append(t.Hits, h), append(times, *h.Time)
				if later := p.later(id, h); later.After(t.Later) {
					t.Later = later
				}
			}
		}
	}
	slices.SortStableFunc(t.Hits, func(a, b scan.Hit) int { return a.Time.Compare(*b.Time) })
	t.Course = p.Course(Errors{Times: times, LogEnd: p.logEnd(o.Scans, t), Retry: o.Retry, Success: o.Success, Later: t.Later})
	if t.State == "" {
		t.Hits = nil
		return t
	}
	for len(t.Hits) > 0 && t.Hits[0].Time.Before(t.First) {
		t.Hits = t.Hits[1:]
	}
	if sum := t.Summary; o.Keep == nil && o.Since.IsZero() && sum.Count > int64(sum.Kept) && sum.First != nil && t.Newest().Time.Sub(*sum.First) <= ErrorAge {
		t.First, t.Count = *sum.First, int(sum.Count) // the oldest were not kept
	}
	return t
}

// logEnd is the last sign of life of who writes the log; zero: the collection.
// The system's event log has lines only when something happens, and its service
// lives.
func (p *Pass) logEnd(scans []string, t Trail) time.Time {
	if slices.ContainsFunc(scans, func(id string) bool { return strings.HasPrefix(p.globOf(id), "facts/") }) {
		return time.Time{}
	}
	return t.End()
}

// summaries adds those of several scans, as far as trails need them.
func (p *Pass) summaries(ids []string) scan.Summary {
	var all scan.Summary
	for _, id := range ids {
		s := p.Summary(id)
		all.Count, all.Kept = all.Count+s.Count, all.Kept+s.Kept
		if s.First != nil && (all.First == nil || s.First.Before(*all.First)) {
			all.First = s.First
		}
		if s.NewestLine != nil && (all.NewestLine == nil || s.NewestLine.After(*all.NewestLine)) {
			all.NewestLine = s.NewestLine
		}
	}
	return all
}

// traces are the endpoints from which the collector's own probes came.
type traces []bundles.Leg

// ownSlack is by how much a log's second may differ from the probe's.
const ownSlack = 2 * time.Second

func (p *Pass) ownTraces() traces {
	probes, err := Load[bundles.Probes](p, "probes")
	if err != nil {
		return nil
	}
	var list traces
	for _, pr := range probes.Items {
		for _, l := range pr.Legs {
			if l.Local != "" && l.T != nil {
				list = append(list, l)
			}
		}
	}
	return list
}

// left reports whether a probe left a line behind.
func (list traces) left(h scan.Hit) bool {
	for _, l := range list {
		end := l.T.Add(time.Duration(l.DurationMS * float64(time.Millisecond)))
		if !h.Time.Before(l.T.Add(-ownSlack)) && !h.Time.After(end.Add(ownSlack)) && mentions(h.Text, l.Local) {
			return true
		}
	}
	return false
}

// mentions reports whether a text names an endpoint, and not a longer one.
func mentions(text, endpoint string) bool {
	for {
		i := strings.Index(text, endpoint)
		if i < 0 {
			return false
		}
		before := i == 0 || !isDigit(text[i-1])
		text = text[i+len(endpoint):]
		if before && (text == "" || !isDigit(text[0])) {
			return true
		}
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// ReportTrail reports what a trail tells, unless nothing in it counts. The
// finding has Key, Severity, Detail and Remedy, and as Title what happened:
// "Requests failed". Count, times and course are added: what is over is
// information; what comes and goes, and what is not known to go on, is a warning
// at most.
func (p *Pass) ReportTrail(f Finding, t Trail) bool {
	if t.State == "" {
		return false
	}
	what, count := f.Title, Count(int64(t.Count), "time", "times")
	f.State, f.Count, f.FirstSeen, f.LastSeen = t.State, int64(t.Count), &t.First, &t.Last
	f.Title = fmt.Sprintf("%s: %s since %s", what, count, p.Clock(t.First))
	switch {
	case t.Intermittent():
		f.Severity, f.State = weaker(f.Severity, abi.Warning), abi.StateOngoing
		f.Title = fmt.Sprintf("%s, intermittent: %d recoveries since %s", what, t.Recoveries, p.Clock(t.First))
	case t.State == abi.StateRecovered:
		f.Severity = abi.Info
		f.Title = fmt.Sprintf("%s until %s: %s", what, p.Clock(t.Last), count)
	case t.State == abi.StateUnknown:
		f.Severity = weaker(f.Severity, abi.Warning)
	}
	if t.Later.After(t.Last) {
		f.Detail += " The time of the last is ambiguous: the clock was set back, and it may have been " + p.Clock(t.Later) + "."
	}
	if len(f.Evidence) == 0 {
		f.Evidence = []abi.Evidence{At(t.Newest())}
	}
	p.Report(f)
	return true
}

// weaker is the weaker of two severities.
func weaker(a, b abi.Severity) abi.Severity {
	if a.Rank() < b.Rank() {
		return a
	}
	return b
}
