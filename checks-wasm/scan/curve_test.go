package scan

import (
	"fmt"
	"strings"
	"testing"
)

func TestCurve(t *testing.T) {
	for _, c := range []struct{ samples, limit, want int }{{1, 120, 1}, {120, 120, 120}, {121, 120, 61}, {180, 120, 91}, {241, 120, 81}, {5, 1, 2}} {
		var lines strings.Builder
		for i := range c.samples {
			fmt.Fprintf(&lines, `{"t":"2026-03-05T09:%02d:%02dZ","m":%d}`+"\n", i/60, i%60, i)
		}
		results, err := Reduce([]Series{{ID: "s", Metric: "m", Reduce: []string{"mean"}}}, strings.NewReader(lines.String()), Window{})
		if err != nil {
			t.Fatal(err)
		}
		row := results["s"].Rows[0]
		points := row.Curve(c.limit)
		if len(row.Points) != c.samples || len(points) != c.want || len(points) > c.limit+1 {
			t.Errorf("of %d samples: %d points, Curve(%d) has %d, want %d", c.samples, len(row.Points), c.limit, len(points), c.want)
		}
		if last := points[len(points)-1]; points[0].Line != 1 || last.Line != c.samples || last.Value != float64(c.samples-1) {
			t.Errorf("the curve of %d samples goes from line %d to %+v", c.samples, points[0].Line, last)
		}
	}
}
