package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// clock writes times in UTC and at the host.
type clock struct{ offsets []bundles.UTCOffset }

// at writes "2026-04-02 10:03:12Z (11:03:12 at the host)". The host's date is
// written only when it is another; nothing when its offset is not known.
func (c clock) at(t time.Time) string {
	t = t.UTC()
	s := t.Format("2006-01-02 15:04:05Z")
	local, ok := c.local(t)
	switch {
	case !ok:
		return s
	case local.Day() != t.Day():
		return s + local.Format(" (2006-01-02 15:04:05 at the host)")
	}
	return s + local.Format(" (15:04:05 at the host)")
}

// short writes a time for the end of an axis: "10:03:12Z (11:03:12)", the host's
// time in parentheses.
func (c clock) short(t time.Time) string {
	s := t.UTC().Format("15:04:05Z")
	if local, ok := c.local(t); ok {
		s += local.Format(" (15:04:05)")
	}
	return s
}

// local is the time at the host; false when its offset is not known.
func (c clock) local(t time.Time) (time.Time, bool) {
	seconds, ok := 0, false
	for _, o := range c.offsets {
		if !o.From.After(t) {
			seconds, ok = o.Seconds, true
		}
	}
	return t.In(time.FixedZone("", seconds)), ok
}

// span writes first and last time of something, either may be absent.
func (c clock) span(first, last *time.Time) string {
	switch {
	case first != nil && last != nil && first.Equal(*last):
		return "at " + c.at(*first)
	case first != nil && last != nil:
		return "first " + c.at(*first) + ", last " + c.at(*last)
	case first != nil:
		return "since " + c.at(*first)
	case last != nil:
		return "last " + c.at(*last)
	}
	return ""
}

// number writes a value with at most two decimals, three digits below one.
func number(v float64) string {
	switch a := math.Abs(v); {
	case a != 0 && a < 0.01:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case a >= 1e15:
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

// quantity writes a value with its unit: ratios as percent, seconds and bytes
// in the unit that suits their size.
func quantity(v float64, unit string) string {
	switch unit {
	case "":
		return number(v)
	case "1":
		return strconv.FormatFloat(math.Round(v*1000)/10, 'f', -1, 64) + " %"
	case "s":
		return duration(v)
	case "By":
		return size(v)
	case "By/s":
		return size(v) + "/s"
	}
	return number(v) + " " + unit
}

// duration writes seconds in one or two units.
func duration(seconds float64) string {
	sign := ""
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	if seconds < 60 || seconds > 1e9 {
		return sign + number(seconds) + " s"
	}
	whole := int64(math.Round(seconds))
	units := []struct {
		name string
		size int64
	}{{"days", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}}
	for i, u := range units {
		n, rest := whole/u.size, whole%u.size
		if n == 0 || (u.name == "days" && n < 2) {
			continue
		}
		s := fmt.Sprintf("%s%d %s", sign, n, u.name)
		if next := units[i+1]; rest/next.size > 0 {
			s += fmt.Sprintf(" %d %s", rest/next.size, next.name)
		}
		return s
	}
	return sign + number(seconds) + " s"
}

// size writes bytes with a binary prefix.
func size(v float64) string {
	prefix := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	i := 0
	for math.Abs(v) >= 1024 && i < len(prefix)-1 {
		v /= 1024
		i++
	}
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) + " " + prefix[i]
}

// plural writes a count with its noun.
func plural[T int | int64](n T, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// measured writes the number behind a finding in one line: "disk.free 18 %
// (limit <= 25 %), mean over 15 min, 180 of 180 samples; limit by: vendor".
func measured(m *abi.Measure) string {
	s := fmt.Sprintf("%s %s", oneLine(m.Metric), quantity(m.Value, m.Unit))
	if m.Op != "" {
		s += fmt.Sprintf(" (limit %s %s)", m.Op, quantity(m.Limit, m.Unit))
	}
	if m.Method != "" {
		s += ", " + m.Method
	}
	if m.WindowSeconds > 0 {
		s += " over " + duration(m.WindowSeconds)
	}
	switch {
	case m.ExpectedSamples > 0:
		s += fmt.Sprintf(", %d of %d samples", m.Samples, m.ExpectedSamples)
	case m.Samples > 0:
		s += ", " + plural(m.Samples, "sample", "samples")
	}
	if m.LimitSource != "" {
		s += "; limit by: " + m.LimitSource
	}
	return oneLine(s)
}

// place writes where evidence is: "file:line", "file#pointer" or the file.
func place(e abi.Evidence) string {
	switch {
	case e.Pointer != nil:
		return e.File + "#" + *e.Pointer
	case e.Line > 0:
		return e.File + ":" + strconv.FormatInt(e.Line, 10)
	case e.Offset != nil:
		return e.File + " at byte " + strconv.FormatInt(*e.Offset, 10)
	}
	return e.File
}

// shown is what stands at that place.
func shown(e abi.Evidence) string {
	if e.Excerpt != "" {
		return strings.TrimRight(e.Excerpt, "\n\t ")
	}
	var b bytes.Buffer
	if err := json.Compact(&b, e.Value); err != nil {
		return string(e.Value) // it went through Clean; show it as it is
	}
	return b.String()
}

// state says how a finding stands: subject, since when, how often, how sure.
func (c clock) state(n *node) []string {
	var out []string
	when := c.span(n.FirstSeen, n.LastSeen)
	if n.State != "" && n.State != abi.StateUnknown {
		when = strings.TrimSuffix(n.State+", "+when, ", ")
	}
	for _, s := range []string{when, times(n.Count), confidence(n.Confidence)} {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func times(n int64) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf("%d times", n)
}

func confidence(s string) string {
	if s == "" {
		return ""
	}
	return "confidence: " + s
}

// bare is a check's ID without its pack.
func bare(id string) string {
	if i := strings.LastIndexByte(id, '/'); i >= 0 {
		return id[i+1:]
	}
	return id
}

// packOf is the pack's name in a check's ID.
func packOf(id string) string {
	if i := strings.LastIndexByte(id, '/'); i >= 0 {
		return id[:i]
	}
	return ""
}

// outcomeWord is the word for an outcome in tables.
func outcomeWord(o abi.Outcome) string {
	switch o {
	case abi.OutcomePass:
		return "passed"
	case abi.OutcomeFindings:
		return "found"
	case abi.OutcomeNotApplicable:
		return "not applicable"
	case abi.OutcomeInsufficient:
		return "not enough data"
	}
	return string(o)
}
