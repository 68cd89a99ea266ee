package simulator

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// When is one moment or a series of them, relative to the time of arranging.
type When struct {
	From, To time.Duration // not after now: 0 or less
	Every    time.Duration // 0: From only
}

// maxMoments is the most that a series has.
const maxMoments = 200_000

// parseWhen reads "-40m", "now", "-2h..-5m/30s" and "-3d..now/5m".
func parseWhen(s string) (w When, err error) {
	from, rest, series := strings.Cut(s, "..")
	if w.From, err = parseOffset(from); err != nil || !series {
		w.To = w.From
		return w, err
	}
	to, every, ok := strings.Cut(rest, "/")
	if !ok {
		return w, fmt.Errorf("series %q: want FROM..TO/EVERY", s)
	}
	if w.To, err = parseOffset(to); err != nil {
		return w, err
	}
	if w.Every, err = parseAge(every); err != nil {
		return w, err
	}
	if w.Every <= 0 || w.To < w.From || int64((w.To-w.From)/w.Every) > maxMoments {
		return w, fmt.Errorf("series %q has no moments, or too many", s)
	}
	return w, nil
}

// parseOffset reads "now" or "-AGE".
func parseOffset(s string) (time.Duration, error) {
	s = strings.TrimSpace(s)
	if s == "now" {
		return 0, nil
	}
	age, ok := strings.CutPrefix(s, "-")
	if !ok {
		return 0, fmt.Errorf("time %q: want now or -AGE", s)
	}
	d, err := parseAge(age)
	return -d, err
}

// parseAge reads a duration of Go, or days: 3d.
func parseAge(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil {
			return 0, fmt.Errorf("age %q: %w", s, err)
		}
		return time.Duration(n * 24 * float64(time.Hour)), nil
	}
	return time.ParseDuration(s)
}

// moments lists the moments, oldest first.
func (w When) moments(now time.Time) []time.Time {
	if w.Every == 0 {
		return []time.Time{now.Add(w.From)}
	}
	var out []time.Time
	for d := w.From; d <= w.To; d += w.Every {
		out = append(out, now.Add(d))
	}
	return out
}

// holds reports whether a moment is in the span.
func (w When) holds(t, now time.Time) bool {
	return !t.Before(now.Add(w.From)) && !t.After(now.Add(w.To))
}
