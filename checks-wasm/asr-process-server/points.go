package main

import (
	"bufio"
	"encoding/json"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

func meanOf(r scan.SeriesRow) float64 {
	if r.Mean == nil {
		return 0
	}
	return *r.Mean
}

// maxPoints of an exhibit: more than a chart of a page can show, and decoding them
// is what a guest is slow at.
const maxPoints = 120

// curve reads the points of a series for an exhibit: all of them, or of more
// than maxPoints every nth and the last. Only those lines are decoded, because
// decoding is what a guest is slow at.
func curve(p *check.Pass, row scan.SeriesRow, value func(bundles.Sample) *float64) []abi.Point {
	first, last := row.Lines.First, row.Lines.Last
	step := max(1, (last-first+maxPoints)/maxPoints)
	var out []abi.Point
	eachSample(p, func(n int) bool { return n >= first && n <= last && ((n-first)%step == 0 || n == last) }, func(s bundles.Sample) {
		if v := value(s); v != nil {
			out = append(out, abi.Point{T: s.T, Value: *v})
		}
	})
	return out
}

// eachSample decodes the lines of the samples that are wanted, by their 1-based
// numbers. What cannot be read is left out: the series counts it.
func eachSample(p *check.Pass, want func(n int) bool, each func(bundles.Sample)) {
	f, err := p.Bundle.FS.Open(bundles.SamplesPath)
	if err != nil {
		return
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, bundles.MaxSampleBytes)
	for n := 1; sc.Scan(); n++ {
		var s bundles.Sample
		if want(n) && json.Unmarshal(sc.Bytes(), &s) == nil {
			each(s)
		}
	}
}
