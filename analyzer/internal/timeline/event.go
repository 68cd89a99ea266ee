// Package timeline makes one view in order of time of what a bundle knows: lines
// of logs, records of the event log, states of services, last writes, starts of
// the machine, gaps, and the collector's own steps.
//
// Memory does not grow with the bundle: events are sorted in parts, which wait in
// files, and repetitions are folded as the merged events pass.
package timeline

import (
	"cmp"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// Kinds of events.
const (
	KindLog       = "log"
	KindRecord    = "record" // of the event log
	KindService   = "service"
	KindProcess   = "process"
	KindRegistry  = "registry"
	KindConfig    = "config"
	KindStart     = "start" // of the machine
	KindGap       = "gap"   // in samples or a log
	KindCollector = "collector"
	KindOlder     = "older" // many last writes, told as one by Older
)

// Event is something that happened at a time.
type Event struct {
	// Time is UTC, moved by the host's clock offset where that is asked for.
	Time time.Time `json:"time"`
	// HostTime is what the host's clock showed; zero where its zone is not known.
	HostTime  *time.Time `json:"host_time,omitempty"`
	Ambiguous bool       `json:"time_ambiguous,omitempty"`
	Host      string     `json:"host,omitempty"`
	Bundle    string     `json:"bundle,omitempty"`
	Kind      string     `json:"kind"`
	Source    string     `json:"source"`         // as in the manifest: services, logs/cxps
	File      string     `json:"file,omitempty"` // of the bundle
	Line      int64      `json:"line,omitempty"`
	Level     string     `json:"level,omitempty"`
	Text      string     `json:"text"`           // at most MaxText bytes
	More      int        `json:"more,omitempty"` // further lines of the entry
	// Count is how often it happened, the last time at Last; absent: once.
	Count int64      `json:"count,omitempty"`
	Last  *time.Time `json:"last,omitempty"`
}

// MaxText is how many bytes an event's text has at most.
const MaxText = 4 << 10

// Compare orders events: by time, then host, place and text.
func (e *Event) Compare(o *Event) int {
	return cmp.Or(
		e.Time.Compare(o.Time), strings.Compare(e.Host, o.Host), strings.Compare(e.Bundle, o.Bundle),
		strings.Compare(e.Source, o.Source), strings.Compare(e.File, o.File), cmp.Compare(e.Line, o.Line),
		strings.Compare(e.Kind, o.Kind), strings.Compare(e.Text, o.Text), strings.Compare(e.Level, o.Level),
		cmp.Compare(e.More, o.More),
	)
}

// same reports whether both are one line of a log.
func (e *Event) same(o *Event) bool {
	return e.Line > 0 && e.Line == o.Line && e.File == o.File && e.Kind == o.Kind && e.Time.Equal(o.Time) && e.Bundle == o.Bundle
}

// size is about what the event takes in memory.
func (e *Event) size() int {
	return 256 + len(e.Text) + len(e.File) + len(e.Source)
}

// Options say what of a bundle is wanted.
type Options struct {
	// All takes everything that has a time, also lines of logs without a level
	// and the collector's every step.
	All          bool
	Since, Until *time.Time // both ends are in; nil: no bound
	// Shift is added to all times of the host's clock.
	Shift time.Duration
}

// maker makes the events of one bundle.
type maker struct {
	bundle *bundles.Bundle
	name   string
	host   string
	o      Options
	add    func(e Event)
}

// put adds an event at a time of the host's clock, unless it is outside of what
// is wanted.
func (m *maker) put(t time.Time, e Event) {
	e.Time = t.UTC().Add(m.o.Shift)
	if t.IsZero() || !sayable(e.Time) {
		return
	}
	if m.o.Since != nil && e.Time.Before(*m.o.Since) || m.o.Until != nil && e.Time.After(*m.o.Until) {
		return
	}
	if local, ok := localTime(m.bundle.Host().UTCOffsets, t); ok && sayable(local) {
		e.HostTime = &local
	}
	e.Host, e.Bundle = m.host, m.name
	e.Text = cutText(e.Text)
	m.add(e)
}

// sayable reports whether RFC 3339 can say a time.
func sayable(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9999 }

// localTime is an instant in the zone of the host.
func localTime(offs []bundles.UTCOffset, t time.Time) (time.Time, bool) {
	if len(offs) == 0 {
		return time.Time{}, false
	}
	seconds := offs[0].Seconds
	for _, o := range offs {
		if !o.From.After(t) {
			seconds = o.Seconds
		}
	}
	if seconds < -maxOffset || seconds > maxOffset {
		return time.Time{}, false
	}
	return t.In(time.FixedZone("", seconds)), true
}

// maxOffset bounds what is taken for an offset, in seconds: RFC 3339 cannot say a
// day.
const maxOffset = 23 * 3600

func cutText(s string) string {
	if len(s) <= MaxText {
		return s
	}
	return strings.ToValidUTF8(s[:MaxText], "")
}
