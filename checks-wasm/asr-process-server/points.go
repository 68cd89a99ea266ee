package main

import (
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

type seriesRow = scan.SeriesRow

func meanOf(r seriesRow) float64 {
	if r.Mean == nil {
		return 0
	}
	return *r.Mean
}

// maxPoints of an exhibit: an output line holds a few times as many.
const maxPoints = 360

// points reads a curve from the samples, thinned to at most maxPoints.
func points(p *check.Pass, value func(bundles.Sample) *float64) []abi.Point {
	return thin(curve(p, value))
}

// curve reads all points of a metric. It ends at a line that is no sample: what
// comes before still counts.
func curve(p *check.Pass, value func(bundles.Sample) *float64) []abi.Point {
	var all []abi.Point
	for s, err := range p.Bundle.Samples() {
		if err != nil {
			break
		}
		if v := value(s); v != nil {
			all = append(all, abi.Point{T: s.T, Value: *v})
		}
	}
	return all
}

// thin keeps every nth point, the last one among them.
func thin(all []abi.Point) []abi.Point {
	step := (len(all) + maxPoints - 1) / maxPoints
	if step <= 1 {
		return all
	}
	var out []abi.Point
	for i := (len(all) - 1) % step; i < len(all); i += step {
		out = append(out, all[i])
	}
	return out
}
