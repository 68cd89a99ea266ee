package scan

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var seriesEnd = time.Date(2024, 3, 5, 14, 0, 0, 0, time.UTC)

// cpuSamples makes a sample every 5 s over a span that ends at seriesEnd, whose
// first one is at its start.
func cpuSamples(span time.Duration, value func(i int) string) string {
	var b strings.Builder
	n := int(span / (5 * time.Second))
	for i := 0; i <= n; i++ {
		t := seriesEnd.Add(-span + time.Duration(i)*5*time.Second)
		fmt.Fprintf(&b, `{"t":%q,"system.cpu.utilization":%s}`+"\n", t.Format(time.RFC3339Nano), value(i))
	}
	return b.String()
}

func reduceOne(t *testing.T, s Series, samples string, w Window) SeriesResult {
	t.Helper()
	s.ID = "m"
	got, err := Reduce([]Series{s}, strings.NewReader(samples), w)
	if err != nil {
		t.Fatal(err)
	}
	return got["m"]
}

func cpu(seconds float64, reduce ...string) Series {
	return Series{Metric: "system.cpu.utilization", WindowSeconds: seconds, Reduce: reduce}
}

func TestWindows(t *testing.T) {
	for _, tt := range []struct {
		name              string
		span              time.Duration
		window            float64
		samples, expected int
	}{
		{"30 s", 30 * time.Second, 30, 6, 6},
		{"30 s of a quarter of an hour", 15 * time.Minute, 30, 6, 6},
		{"one interval less than asked", 15*time.Minute - 5*time.Second, 900, 180, 180},
		{"a quarter of an hour", 15 * time.Minute, 900, 180, 180},
		{"less than asked", 30 * time.Second, 900, 7, 180},
		{"all", 30 * time.Second, 0, 7, 6},
	} {
		w := Window{Start: seriesEnd.Add(-tt.span), End: seriesEnd, IntervalSeconds: 5}
		r := reduceOne(t, cpu(tt.window, "mean"), cpuSamples(tt.span, func(int) string { return "0.5" }), w)
		if len(r.Rows) != 1 {
			t.Fatalf("%s: %d rows", tt.name, len(r.Rows))
		}
		row := r.Rows[0]
		if row.Samples != tt.samples || row.Expected != tt.expected || *row.Mean != 0.5 {
			t.Errorf("%s: %d of %d samples, mean %v; want %d of %d, 0.5", tt.name, row.Samples, row.Expected, *row.Mean, tt.samples, tt.expected)
		}
	}
}

func TestReduceWords(t *testing.T) {
	w := Window{Start: seriesEnd.Add(-95 * time.Second), End: seriesEnd, IntervalSeconds: 5}
	samples := cpuSamples(95*time.Second, func(i int) string { return fmt.Sprint((i*7)%20 + 1) }) // 1..20 once each
	row := reduceOne(t, cpu(0, "mean", "min", "max", "last", "p95", "rate"), samples, w).Rows[0]
	for _, tt := range []struct {
		name string
		got  *float64
		want float64
	}{{"mean", row.Mean, 10.5}, {"min", row.Min, 1}, {"max", row.Max, 20}, {"last", row.Last, 14}, {"p95", row.P95, 19}} {
		if tt.got == nil || *tt.got != tt.want {
			t.Errorf("%s = %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	diff(t, "lines", row.Lines, SeriesLines{First: 1, Last: 20, Min: 1, Max: 18})
	if row.SpanSeconds != 95 || !row.LastTime.Equal(seriesEnd) {
		t.Errorf("span %v to %s, want 95 to %s", row.SpanSeconds, row.LastTime, seriesEnd)
	}
	only := reduceOne(t, cpu(0, "max"), samples, w).Rows[0]
	if only.Mean != nil || only.Min != nil || only.Last != nil || only.P95 != nil || only.Rate != nil {
		t.Errorf("reduce of max gives %+v", only)
	}
}

func TestGapsWeigh(t *testing.T) {
	samples := `{"t":"2024-03-05T13:00:00Z","system.cpu.utilization":1}
{"t":"2024-03-05T13:00:05Z"}
{"t":"2024-03-05T13:00:10Z","system.cpu.utilization":null}
{"t":"2024-03-05T13:00:15Z","system.cpu.utilization":0}
`
	row := reduceOne(t, cpu(0, "mean"), samples, Window{IntervalSeconds: 5}).Rows[0]
	if *row.Mean != 0.25 || row.Samples != 2 || row.Expected != 3 {
		t.Errorf("mean %v of %d of %d, want 0.25 of 2 of 3", *row.Mean, row.Samples, row.Expected)
	}
}

func TestWindowOfACutBundle(t *testing.T) {
	r := reduceOne(t, cpu(0, "mean"), cpuSamples(30*time.Second, func(int) string { return "1" }), Window{})
	if r.IntervalSeconds != 5 || r.WindowSeconds != 30 || r.Rows[0].Samples != 7 {
		t.Errorf("interval %v, window %v, %d samples; want 5, 30, 7", r.IntervalSeconds, r.WindowSeconds, r.Rows[0].Samples)
	}
}

func TestMembersOfAMetric(t *testing.T) {
	samples := `{"t":"2024-03-05T13:00:00Z","system.filesystem.utilization":{"E:\\":0.5,"C:\\":0.25},"process.disk.io":{"cbengine.exe":{"pid":1,"read":100,"write":5}},"system.network.io":{"eth0":{"receive":1}},"asrcollect":{"cpu":0.01}}
{"t":"2024-03-05T13:00:10Z","system.filesystem.utilization":{"E:\\":0.75},"process.disk.io":{"cbengine.exe":{"pid":1,"read":160,"write":2}}}
{"t":"2024-03-05T13:00:20Z","process.disk.io":{"cbengine.exe":{"pid":2,"read":180,"write":4}}}
`
	reduce := func(metric string, attrs map[string]string, word string) []SeriesRow {
		return reduceOne(t, Series{Metric: metric, Attributes: attrs, Reduce: []string{word}}, samples, Window{IntervalSeconds: 10}).Rows
	}
	fs := reduce("system.filesystem.utilization", nil, "max")
	if len(fs) != 2 || fs[0].Attributes["mountpoint"] != `C:\` || *fs[1].Max != 0.75 {
		t.Errorf("file systems: %+v", fs)
	}
	if rows := reduce("system.filesystem.utilization", map[string]string{"mountpoint": `E:\`}, "last"); len(rows) != 1 || *rows[0].Last != 0.75 {
		t.Errorf("attributes: %+v", rows)
	}
	if rows := reduce("system.filesystem.utilization", map[string]string{"mountpoint": `e:\`}, "last"); len(rows) != 0 {
		t.Errorf("attributes without case: %+v", rows)
	}
	io := reduce("process.disk.io", nil, "rate")
	if len(io) != 2 || io[0].Attributes["direction"] != "read" || io[0].Attributes["process"] != "cbengine.exe" {
		t.Fatalf("process: %+v", io)
	}
	if *io[0].Rate != (60+180)/20. { // another process: all of its 180 bytes are new
		t.Errorf("rate with a new pid = %v, want 12", *io[0].Rate)
	}
	if *io[1].Rate != (2+4)/20. { // the counter fell
		t.Errorf("rate with a reset = %v, want 0.3", *io[1].Rate)
	}
	if rows := reduce("system.network.io", nil, "rate"); len(rows) != 1 || rows[0].Attributes["interface"] != "eth0" || rows[0].Rate != nil {
		t.Errorf("network: %+v", rows)
	}
	if rows := reduce("asrcollect", nil, "max"); len(rows) != 1 || rows[0].Attributes["name"] != "cpu" {
		t.Errorf("others: %+v", rows)
	}
	if rows := reduce("system.memory.utilization", nil, "max"); rows == nil || len(rows) != 0 {
		t.Errorf("not sampled: %+v", rows)
	}
}

func TestBadLines(t *testing.T) {
	samples := "\n{\"t\":\"2024-03-05T13:00:00Z\",\"system.cpu.utilization\":1}\nnull\n[]\n{\"t\":\"yesterday\"}\n{\"t\":null}\n{\"t\":\"0000-01-01T00:00:00+05:00\"}\n{}\n{\"t\":\"2024-03-05T13:00:01Z\",\"x\":\"" +
		strings.Repeat("x", maxSample) + "\"}\n{\"t\":\"2024-03-05T13:00:02Z\",\"system.cpu.utilization\":\"high\"}\n{\"t\":\"2024-03-05T13:0"
	r := reduceOne(t, cpu(0, "mean"), samples, Window{})
	if r.BadLines != 8 || len(r.Rows) != 1 || r.Rows[0].Samples != 1 || r.Rows[0].Lines.First != 2 {
		t.Errorf("%d bad lines, rows %+v; want 8 and one sample of line 2", r.BadLines, r.Rows)
	}
	if _, err := Reduce([]Series{cpuNamed("m")}, iotest.ErrReader(errors.New("bad sector")), Window{}); err == nil {
		t.Error("an error of the reader is lost")
	}
}

func cpuNamed(id string) Series { s := cpu(0, "mean"); s.ID = id; return s }

func TestSamplesOutOfOrder(t *testing.T) {
	samples := `{"t":"2024-03-05T13:00:10Z","system.cpu.utilization":3}
{"t":"2024-03-05T13:00:00Z","system.cpu.utilization":1}
{"t":"2024-03-05T13:00:10Z","system.cpu.utilization":5}
`
	row := reduceOne(t, cpu(0, "last", "mean"), samples, Window{IntervalSeconds: 10}).Rows[0]
	if *row.Last != 5 || *row.Mean != 2 || row.Lines.First != 2 {
		t.Errorf("last %v, mean %v, first line %d; want 5, 2, 2", *row.Last, *row.Mean, row.Lines.First)
	}
}

func TestHostileNumbers(t *testing.T) {
	samples := cpuSamples(20*time.Second, func(i int) string { return []string{"1e308", "1e308", "-1e308", "1e999", "1e308"}[i] })
	r := reduceOne(t, cpu(0, "mean", "rate", "max"), samples, Window{IntervalSeconds: math.Inf(1)})
	if err := r.Write(new(bytes.Buffer)); err != nil {
		t.Error(err)
	}
}

func FuzzReduce(f *testing.F) {
	f.Add(cpuSamples(30*time.Second, func(int) string { return "0.5" }), 5.0)
	f.Add(`{"t":"2024-03-05T13:00:00Z","system.cpu.utilization":{"a":{"pid":1,"x":2}}}`, 0.0)
	f.Fuzz(func(t *testing.T, samples string, interval float64) {
		s := cpu(0, "mean", "min", "max", "last", "p95", "rate")
		s.ID = "m"
		got, err := Reduce([]Series{s}, strings.NewReader(samples), Window{IntervalSeconds: interval})
		if err != nil {
			t.Fatal(err)
		}
		if err := got["m"].Write(new(bytes.Buffer)); err != nil {
			t.Fatal(err)
		}
	})
}
