package check

import (
	"cmp"
	"slices"
	"strings"
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

// later is the latest time that a hit may have, zero when its time is certain.
func (p *Pass) later(id string, h scan.Hit) time.Time {
	if !h.TimeAmbiguous || h.Time == nil {
		return time.Time{}
	}
	if t := p.Latest(id, *h.Time); t.After(*h.Time) {
		return t
	}
	return time.Time{}
}

// LatestOf is the latest time that the newest of hits may have instead of the one it
// has: zero when no hit's time is ambiguous.
func (p *Pass) LatestOf(id string, hits []scan.Hit) (latest time.Time) {
	for _, h := range hits {
		if t := p.later(id, h); t.After(latest) {
			latest = t
		}
	}
	return latest
}

// doubtful reports whether hits of a scan may be of a repeated hour that counts.
func (p *Pass) doubtful(id string) bool {
	return p.local(id) && slices.ContainsFunc(p.setBack(), func(s setBack) bool {
		return !s.at.After(p.Now.Add(repeatedSlack)) && p.Now.Sub(s.at) <= ErrorAge+s.by
	})
}

// settle makes ambiguous times certain by the order of the lines: in one file a time
// that goes back tells that the clock was set back before that line.
func (p *Pass) settle(id string, hits []scan.Hit) {
	slices.SortStableFunc(hits, func(a, b scan.Hit) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Offset, b.Offset))
	})
	for len(hits) > 0 {
		n := slices.IndexFunc(hits, func(h scan.Hit) bool { return h.File != hits[0].File })
		if n < 0 {
			n = len(hits)
		}
		p.settleFile(id, hits[:n])
		hits = hits[n:]
	}
}

// settleFile does so for one file: a line with one before it that is later was written
// in the second hour, one with a line behind it that cannot be as late in the first.
func (p *Pass) settleFile(id string, hits []scan.Hit) {
	bound := make([]time.Time, len(hits)+1) // how late the lines behind can be at most; zero: none
	for i := len(hits) - 1; i >= 0; i-- {
		bound[i] = bound[i+1]
		if t := p.atMost(id, hits[i]); !t.IsZero() && (bound[i].IsZero() || t.Before(bound[i])) {
			bound[i] = t
		}
	}
	var latest time.Time // of the lines before
	for i := range hits {
		h := &hits[i]
		if h.Time == nil {
			continue
		}
		t, later := *h.Time, p.later(id, *h)
		switch behind := bound[i+1]; {
		case later.IsZero():
		case latest.Sub(t) > repeatedSlack:
			h.Time, h.TimeAmbiguous = &later, false
		case !behind.IsZero() && later.Sub(behind) > repeatedSlack:
			h.TimeAmbiguous = false
		}
		if t.After(latest) {
			latest = t
		}
	}
}

// atMost is the latest time that a hit can have; zero: it has none.
func (p *Pass) atMost(id string, h scan.Hit) time.Time {
	if t := p.later(id, h); !t.IsZero() || h.Time == nil {
		return t
	}
	return *h.Time
}

// byTime orders hits as the host does: those without a time first.
func byTime(a, b scan.Hit) int {
	switch {
	case a.Time == nil && b.Time == nil:
		return 0
	case a.Time == nil:
		return -1
	case b.Time == nil:
		return 1
	}
	return a.Time.Compare(*b.Time)
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
