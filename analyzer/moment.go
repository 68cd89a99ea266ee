package analyzer

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Moment is a time as a user names it: an instant, a distance back from the end
// of a bundle, or a time of its last day.
type Moment struct {
	At    *time.Time     `json:"at,omitempty"`
	Back  *time.Duration `json:"back,omitempty"`
	Clock *time.Duration `json:"clock,omitempty"` // since midnight, UTC
}

// momentLayouts are tried one after the other; without an offset they are UTC.
var momentLayouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00",
	"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
}

// ParseMoment reads "2026-03-05 09:10[:12[.345]][Z|+01:00]", "2026-03-05",
// "09:10[:12]" and "2h30m", "-2h30m", "3d". All but those with an offset are UTC.
func ParseMoment(s string) (Moment, error) {
	s = strings.TrimSpace(s)
	for _, layout := range momentLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			t = t.UTC()
			return Moment{At: &t}, nil
		}
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		if t, err := time.Parse(layout, strings.TrimSuffix(s, "Z")); err == nil {
			d := t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC))
			return Moment{Clock: &d}, nil
		}
	}
	if d, ok := ParseSpan(strings.TrimPrefix(s, "-")); ok {
		return Moment{Back: &d}, nil
	}
	return Moment{}, fmt.Errorf("%q is no time: give 2026-03-05T09:10:12Z, 09:10, or 2h before the bundle's end", s)
}

// maxSpan bounds a span that a user names.
const maxSpan = 100 * 365 * 24 * time.Hour

// ParseSpan reads a duration that is not negative, in days as well: "3d12h".
func ParseSpan(s string) (time.Duration, bool) {
	days, rest, ok := strings.Cut(s, "d")
	if !ok {
		days, rest = "0", s
	} else if rest == "" {
		rest = "0s"
	}
	n, err := strconv.ParseUint(days, 10, 16)
	d, err2 := time.ParseDuration(rest)
	if err != nil || err2 != nil || d < 0 {
		return 0, false
	}
	d += time.Duration(n) * 24 * time.Hour
	return d, d >= 0 && d <= maxSpan
}

// in gives the instant that a moment is in a bundle that ends then.
func (m *Moment) in(end time.Time) *time.Time {
	switch {
	case m == nil:
		return nil
	case m.At != nil:
		return m.At
	case m.Back != nil:
		t := end.UTC().Add(-*m.Back)
		return &t
	case m.Clock != nil:
		t := end.UTC().Truncate(24 * time.Hour).Add(*m.Clock)
		if t.After(end) {
			t = t.Add(-24 * time.Hour)
		}
		return &t
	}
	return nil
}
