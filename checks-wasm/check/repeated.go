package check

import (
	"slices"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// repeatedSlack is by how much a line may be younger than the end of the collection:
// logs are read last.
const repeatedSlack = time.Minute

// Latest is the latest time that a line of a scan's log may have, where t is what it
// was read as: a local time of the hour that a clock which is set back repeats is
// read as the earlier of two. Signs of life and successes are taken for the later
// one, errors for the earlier, so that the clock's change makes no fault. Nothing is
// later than the collection.
func (p *Pass) Latest(id string, t time.Time) time.Time {
	if !p.local(id) {
		return t
	}
	for _, s := range p.setBack() {
		if again := t.Add(s.by); t.Before(s.at) && !again.Before(s.at) && !again.After(p.Now.Add(repeatedSlack)) {
			return again
		}
	}
	return t
}

// RepeatedHour says, for the end of a reason, that local times of the span before
// the collection are ambiguous; empty when they are not.
func (p *Pass) RepeatedHour(span time.Duration) string {
	for _, s := range p.setBack() {
		if s.at.Before(p.Now) && p.Now.Add(-span).Before(s.at.Add(s.by)) {
			return "; the clock was set back at " + p.Clock(s.at) + ", so that local times of the " + Span(s.by) + " before and after are ambiguous: signs of life are taken for the later ones"
		}
	}
	return ""
}

// setBack is a moment at which the host's clock was set back, and by how much.
type setBack struct {
	at time.Time
	by time.Duration
}

func (p *Pass) setBack() (list []setBack) {
	offsets := slices.Clone(p.Bundle.Host().UTCOffsets)
	slices.SortStableFunc(offsets, func(a, b bundles.UTCOffset) int { return a.From.Compare(b.From) })
	for i := 1; i < len(offsets); i++ {
		if by := time.Duration(offsets[i-1].Seconds-offsets[i].Seconds) * time.Second; by > 0 {
			list = append(list, setBack{offsets[i].From, by})
		}
	}
	return list
}

// local reports whether the times of a scan's log are those of the host's clock.
func (p *Pass) local(id string) bool {
	for _, s := range p.Check.Scans {
		if s.ID == id {
			return slices.ContainsFunc(p.Check.Formats, func(f scan.Format) bool { return f.ID == s.Format && f.Time.Zone == "host" })
		}
	}
	return false
}
