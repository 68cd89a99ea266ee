//go:build !wasip1

package scan

import (
	"slices"
	"sort"
	"time"
)

// maxShift bounds a plausible UTC offset: the widest in use are +14 h and -12 h.
const maxShift = 26 * time.Hour

// Zone converts local times of a host to UTC. It is safe for concurrent use.
type Zone struct {
	offs []Offset // in order of From, at least one unless unknown
}

// NewZone makes a zone of UTC offsets in any order. Offsets of more than 26 h
// are ignored, and only the newest MaxOffsets are used.
func NewZone(offs []Offset) *Zone {
	z := &Zone{}
	for _, o := range offs {
		if s := time.Duration(o.Seconds); s >= -maxShift/time.Second && s <= maxShift/time.Second {
			z.offs = append(z.offs, o)
		}
	}
	slices.SortStableFunc(z.offs, func(a, b Offset) int { return a.From.Compare(b.From) })
	if n := len(z.offs) - MaxOffsets; n > 0 {
		z.offs = z.offs[n:]
	}
	return z
}

// Instant converts a local time, given as if it were UTC. It reports whether
// the answer is ambiguous; see "Local time" in the package comment.
func (z *Zone) Instant(wall time.Time) (time.Time, bool) {
	var first time.Time
	found := 0
	lo, hi := z.around(wall)
	for i := lo; i < hi; i++ {
		if t := z.shift(wall, i); z.index(t) == i {
			if found++; found == 1 || t.Before(first) {
				first = t
			}
		}
	}
	if found == 0 {
		return z.skipped(wall, lo, hi), true
	}
	return first, found > 1
}

// skipped resolves a local time that does not occur: the offset before the
// change that skipped it holds on.
func (z *Zone) skipped(wall time.Time, lo, hi int) time.Time {
	for i := lo; i+1 < hi; i++ {
		change := z.offs[i+1].From
		if !z.shift(wall, i).Before(change) && z.shift(wall, i+1).Before(change) {
			return z.shift(wall, i)
		}
	}
	if len(z.offs) == 0 {
		return wall.UTC()
	}
	return z.shift(wall, z.index(wall))
}

// Local is the host's wall clock at an instant, as if it were UTC.
func (z *Zone) Local(t time.Time) time.Time {
	if len(z.offs) == 0 {
		return t.UTC()
	}
	return t.UTC().Add(time.Duration(z.offs[z.index(t)].Seconds) * time.Second)
}

func (z *Zone) shift(wall time.Time, i int) time.Time {
	return wall.UTC().Add(-time.Duration(z.offs[i].Seconds) * time.Second)
}

// index is the offset in force at an instant, the first one before all.
func (z *Zone) index(t time.Time) int {
	after := sort.Search(len(z.offs), func(i int) bool { return z.offs[i].From.After(t) })
	return max(after-1, 0)
}

// around is the range of offsets that may be in force at a local time.
func (z *Zone) around(wall time.Time) (lo, hi int) {
	if len(z.offs) == 0 {
		return 0, 0
	}
	return z.index(wall.Add(-maxShift)), z.index(wall.Add(maxShift)) + 1
}
