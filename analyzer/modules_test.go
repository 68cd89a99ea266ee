package analyzer

import (
	"slices"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// TestDraw: the host puts in the points of the row that an exhibit names, and
// books the samples as seen.
func TestDraw(t *testing.T) {
	at := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
	row := func(mount string, values ...float64) scan.SeriesRow {
		r := scan.SeriesRow{Attributes: map[string]string{"mountpoint": mount}, Lines: scan.SeriesLines{First: 1, Last: len(values)}}
		for i, v := range values {
			r.Points = append(r.Points, scan.SeriesPoint{T: at.Add(time.Duration(i) * time.Second), Line: i + 1, Value: v})
		}
		return r
	}
	c := &check{module: &module{series: map[string]scan.SeriesResult{"volume": {Rows: []scan.SeriesRow{row("C:", 0.1, 0.2), row("E:", 0.7, 0.8, 0.9)}}}}}
	c.result.Inputs = []string{"facts/disks.json", "metrics/volume.json"}
	e := abi.Exhibit{Series: "volume", Attributes: map[string]string{"mountpoint": "E:"}}
	c.draw(&e)
	c.draw(&abi.Exhibit{Series: "volume"})
	want := []abi.Point{{T: at, Value: 0.7}, {T: at.Add(time.Second), Value: 0.8}, {T: at.Add(2 * time.Second), Value: 0.9}}
	if e.Series != "" || !slices.Equal(e.Points, want) {
		t.Errorf("exhibit %+v, want the points %v", e, want)
	}
	if want := []string{"facts/disks.json", bundles.SamplesPath, "metrics/volume.json"}; !slices.Equal(c.result.Inputs, want) {
		t.Errorf("inputs %q, want %q", c.result.Inputs, want)
	}
	own := abi.Exhibit{Points: want[:1]}
	if c.draw(&own); len(own.Points) != 1 {
		t.Errorf("an exhibit with points of its own has %d", len(own.Points))
	}
}
