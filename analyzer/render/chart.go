package render

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// maxPoints is the most points drawn of a series; of more, the lowest and the
// highest of each stretch are.
const maxPoints = 800

// Place of the plot in its figure, in percent of the figure's height.
const (
	plotTop    = 2.0
	plotHeight = 84.0
)

// figure is an exhibit on the page: one of Chart, Table and Steps.
type figure struct {
	Title, Sub, Text string
	Chart            *chart
	Table            *grid
	Steps            []pathStep
}

type pathStep struct{ Name, Status, Detail, Class string }

// chart is a series in the coordinates of its drawing: 1000 by 1000, y down.
type chart struct {
	Label, Line, Area   string
	Max, Min, From, To  string
	Top, Height, Bottom float64
	Limits              []limitLine
}

type limitLine struct {
	Name, Class string
	Y           string
	TextY       string
}

func figures(exhibits []abi.Exhibit, at clock) []figure {
	var out []figure
	for _, e := range exhibits {
		out = append(out, newFigure(e, at))
	}
	return out
}

func newFigure(e abi.Exhibit, at clock) figure {
	f := figure{Title: oneLine(e.Title)}
	switch e.Kind {
	case "series":
		f.Sub = oneLine(e.Metric)
		f.Text = seriesText(e)
		f.Chart = newChart(e, at)
	case "table":
		g := newGrid(e.Columns, e.Rows)
		f.Table = &g
	case "path":
		for _, s := range e.Steps {
			f.Steps = append(f.Steps, pathStep{oneLine(s.Name), oneLine(s.Status), oneLine(s.Detail), stepClass(s.Status)})
		}
	default:
		f.Text = "an exhibit of a kind that this version does not draw: " + oneLine(e.Kind)
	}
	return f
}

// stepClass is the colour of a step: what is neither good nor left out is bad.
func stepClass(status string) string {
	switch status {
	case "ok", "pass":
		return "good"
	case "", "skipped", "unknown", "not_tried":
		return "none"
	}
	return "bad"
}

// scale maps values onto 0..1. Halves keep the largest numbers from
// overflowing.
type scale struct{ lo, hi float64 }

func (s scale) at(v float64) float64 {
	if s.hi <= s.lo {
		return 0.5
	}
	return (v/2 - s.lo/2) / (s.hi/2 - s.lo/2)
}

// newChart draws a series, or nothing when it has fewer than two points.
func newChart(e abi.Exhibit, at clock) *chart {
	points := slices.Clone(e.Points)
	slices.SortStableFunc(points, func(a, b abi.Point) int { return a.T.Compare(b.T) })
	points = thin(points)
	if len(points) < 2 {
		return nil
	}
	first, last := points[0], points[len(points)-1]
	values := valueScale(e)
	times := scale{float64(first.T.Unix()), float64(last.T.Unix())}
	var line strings.Builder
	for _, p := range points {
		fmt.Fprintf(&line, "%.1f,%.1f ", 1000*times.at(float64(p.T.Unix())), 1000*(1-values.at(p.Value)))
	}
	c := &chart{
		Label: seriesText(e), Line: strings.TrimSpace(line.String()),
		Max: short(quantity(values.hi, e.Unit)), Min: short(quantity(values.lo, e.Unit)),
		From: at.short(first.T), To: at.short(last.T),
		Top: plotTop, Height: plotHeight, Bottom: plotTop + plotHeight,
	}
	c.Area = "0,1000 " + c.Line + " 1000,1000"
	for _, l := range e.Limits {
		c.Limits = append(c.Limits, newLimitLine(l, e.Unit, values))
	}
	return c
}

func newLimitLine(l abi.Limit, unit string, values scale) limitLine {
	down := 1 - values.at(l.Value)
	return limitLine{
		Name:  short(fmt.Sprintf("%s %s %s", l.Severity, l.Op, quantity(l.Value, unit))),
		Class: severityClass(l.Severity),
		Y:     fmt.Sprintf("%.1f", 1000*down),
		TextY: fmt.Sprintf("%.1f", plotTop+plotHeight*down),
	}
}

// short cuts a label that would leave its chart.
func short(s string) string {
	const most = 40
	runes := []rune(oneLine(s))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most]) + "..."
}

// valueScale spans values and limits, with room above for their names. Ratios
// begin at zero, and so does what comes near it.
func valueScale(e abi.Exhibit) scale {
	s := scale{math.Inf(1), math.Inf(-1)}
	for _, p := range e.Points {
		s.lo, s.hi = min(s.lo, p.Value), max(s.hi, p.Value)
	}
	for _, l := range e.Limits {
		s.lo, s.hi = min(s.lo, l.Value), max(s.hi, l.Value)
	}
	if s.lo > 0 && (e.Unit == "1" || s.lo < s.hi/2) {
		s.lo = 0
	}
	if s.lo == s.hi {
		s.lo, s.hi = s.lo-1, s.hi+1
	}
	if hi := s.hi + (s.hi/6 - s.lo/6); !math.IsInf(hi, 0) {
		s.hi = hi
	}
	return s
}

// thin keeps the lowest and the highest point of each stretch when there are
// more points than can be seen.
func thin(points []abi.Point) []abi.Point {
	if len(points) <= maxPoints {
		return points
	}
	size := (len(points)*2 + maxPoints - 1) / maxPoints
	var out []abi.Point
	for part := range slices.Chunk(points, size) {
		lo, hi := 0, 0
		for i, p := range part {
			if p.Value < part[lo].Value {
				lo = i
			}
			if p.Value >= part[hi].Value {
				hi = i
			}
		}
		out = append(out, part[min(lo, hi)])
		if lo != hi {
			out = append(out, part[max(lo, hi)])
		}
	}
	return out
}
