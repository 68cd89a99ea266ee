//go:build !wasip1

package scan

import (
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// Reduce computes the series over the lines of metrics/samples.ndjson. Lines
// that are no sample are skipped and counted. The error is that of Validate or
// of the reader.
func Reduce(series []Series, samples io.Reader, win Window) (map[string]SeriesResult, error) {
	if err := Validate(nil, nil, series); err != nil {
		return nil, err
	}
	wanted := make(map[string]bool, len(series))
	for _, s := range series {
		wanted[s.Metric] = true
	}
	set, err := readSamples(samples, wanted)
	if err != nil {
		return nil, fmt.Errorf("read samples: %w", err)
	}
	win = set.complete(win)
	out := make(map[string]SeriesResult, len(series))
	for _, s := range series {
		out[s.ID] = set.reduce(s, win)
	}
	return out, nil
}

func (s *sampleSet) reduce(decl Series, win Window) SeriesResult {
	r := SeriesResult{
		ID: decl.ID, Metric: decl.Metric, WindowSeconds: decl.WindowSeconds,
		IntervalSeconds: win.IntervalSeconds, Rows: []SeriesRow{}, BadLines: s.bad,
	}
	if decl.WindowSeconds == 0 {
		r.WindowSeconds = max(win.End.Sub(win.Start).Seconds(), 0)
	}
	expected := 0
	if win.IntervalSeconds > 0 {
		expected = int(min(math.Round(r.WindowSeconds/win.IntervalSeconds), math.MaxInt32))
	}
	for _, p := range s.sorted(decl.Metric) {
		values := inWindow(p.values, decl.WindowSeconds, win)
		if len(values) == 0 || !hasAttributes(p.attrs, decl.Attributes) {
			continue
		}
		row := newRow(values, expected)
		row.Attributes = p.attrs
		for _, word := range decl.Reduce {
			row.reduce(word, values, win.IntervalSeconds)
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}

func hasAttributes(have, want map[string]string) bool {
	for k, v := range want {
		if got, ok := have[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// inWindow is the part of values, which are in order of time, that counts.
func inWindow(values []value, seconds float64, win Window) []value {
	from := win.Start
	if seconds > 0 {
		from = win.End.Add(-time.Duration(seconds * float64(time.Second)))
	}
	var out []value
	for _, v := range values {
		late := v.t.After(win.End)
		early := v.t.Before(from) || seconds > 0 && v.t.Equal(from)
		if !late && !early {
			out = append(out, v)
		}
	}
	return out
}

// newRow has what every row has, whatever Reduce asks for.
func newRow(values []value, expected int) SeriesRow {
	first, last := values[0], values[len(values)-1]
	points := make([]SeriesPoint, len(values))
	for i, v := range values {
		points[i] = SeriesPoint{T: v.t, Line: v.line, Value: v.v}
	}
	byValue := func(a, b value) int { return compareFloats(a.v, b.v) }
	return SeriesRow{
		Samples:     len(values),
		Expected:    expected,
		SpanSeconds: last.t.Sub(first.t).Seconds(),
		First:       first.t,
		LastTime:    last.t,
		Lines: SeriesLines{
			First: first.line, Last: last.line,
			Min: slices.MinFunc(values, byValue).line, Max: slices.MaxFunc(values, byValue).line,
		},
		Points: points,
	}
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (r *SeriesRow) reduce(word string, values []value, interval float64) {
	sorted := make([]float64, len(values))
	for i, v := range values {
		sorted[i] = v.v
	}
	slices.Sort(sorted)
	n := len(sorted)
	switch word {
	case "mean":
		r.Mean = finite(mean(values, interval))
	case "min":
		r.Min = finite(sorted[0])
	case "max":
		r.Max = finite(sorted[n-1])
	case "last":
		r.Last = finite(values[n-1].v)
	case "p95":
		r.P95 = finite(sorted[(95*n+99)/100-1])
	case "rate":
		r.Rate = rate(values)
	}
}

// finite drops what JSON cannot say: a sum of hostile numbers may overflow.
func finite(v float64) *float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return nil
	}
	return &v
}

// mean weighs each value by the time since the one before. Products are rounded
// one by one, so that no processor fuses them with the sum.
func mean(values []value, interval float64) float64 {
	var sum, weight, plain float64
	for i, v := range values {
		w := max(interval, 0)
		if i > 0 {
			w = v.t.Sub(values[i-1].t).Seconds()
		}
		sum += float64(v.v * w)
		weight += w
		plain += v.v
	}
	if weight == 0 {
		return plain / float64(len(values))
	}
	return sum / weight
}

// rate is nil when there is no span to divide by.
func rate(values []value) *float64 {
	span := values[len(values)-1].t.Sub(values[0].t).Seconds()
	if span <= 0 {
		return nil
	}
	var grown float64
	for i, v := range values[1:] {
		before := values[i]
		if v.v < before.v || v.pid != before.pid {
			before.v = 0
		}
		grown += v.v - before.v
	}
	return finite(grown / span)
}
