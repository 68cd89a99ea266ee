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

// volumeEnds are the first and the last value of a volume.
func volumeEnds(p *check.Pass, row scan.SeriesRow, mount string) []abi.Point {
	var out []abi.Point
	eachSample(p, func(n int) bool { return n == row.Lines.First || n == row.Lines.Last }, func(s bundles.Sample) {
		if v := volumeValue(s, mount); v != nil {
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
