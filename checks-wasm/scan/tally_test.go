package scan

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func xfer(clock, host, bytes, result string) string {
	return fmt.Sprintf("2024-Mar-05 %s\t/putfile\t%s\t10.1.0.9\tC:/x\t%s\t41\t7\tyes\t%s\t(sid: 1)\n", clock, host, bytes, result)
}

func TestTally(t *testing.T) {
	content := xfer("14:00:10", "B", "100", "success") + xfer("14:04:59", "A", "7", "success") +
		xfer("14:05:00", "A", "8", "failed") + xfer("14:05:01", "A", "9", "success") + "putfile without fields\n"
	s := Scan{Any: literal("putfile"), MaxHits: 1, Tally: &Tally{By: []string{"host", "result"}, Sum: []string{"bytes", "name"}, BucketSeconds: 300}}
	r := runOne(t, cxpsXfer, s, memFile("f", content))
	diff(t, "tally", r.Tally, &TallyResult{Rows: []TallyRow{
		{Key: map[string]string{}, Count: 1},
		{
			Key: map[string]string{"host": "A", "result": "failed"}, Count: 1, Sum: map[string]float64{"bytes": 8},
			First: at("2024-03-05T13:05:00Z"), Last: at("2024-03-05T13:05:00Z"),
			Buckets: []TallyBucket{{Start: *at("2024-03-05T13:05:00Z"), Count: 1, Sum: map[string]float64{"bytes": 8}}},
		},
		{
			Key: map[string]string{"host": "A", "result": "success"}, Count: 2, Sum: map[string]float64{"bytes": 16},
			First: at("2024-03-05T13:04:59Z"), Last: at("2024-03-05T13:05:01Z"),
			Buckets: []TallyBucket{
				{Start: *at("2024-03-05T13:00:00Z"), Count: 1, Sum: map[string]float64{"bytes": 7}},
				{Start: *at("2024-03-05T13:05:00Z"), Count: 1, Sum: map[string]float64{"bytes": 9}},
			},
		},
		{
			Key: map[string]string{"host": "B", "result": "success"}, Count: 1, Sum: map[string]float64{"bytes": 100},
			First: at("2024-03-05T13:00:10Z"), Last: at("2024-03-05T13:00:10Z"),
			Buckets: []TallyBucket{{Start: *at("2024-03-05T13:00:00Z"), Count: 1, Sum: map[string]float64{"bytes": 100}}},
		},
	}})
}

func TestTallyIsBounded(t *testing.T) {
	var b strings.Builder
	for i := range MaxBucketedTallyRows + 5 {
		fmt.Fprintf(&b, "k%05d\n", i)
	}
	fmt.Fprintf(&b, "k%s\n", strings.Repeat("9", 500))
	s := Scan{Any: []Pattern{{Regexp: `(?P<k>k\d+)`}}, Tally: &Tally{By: []string{"k"}, BucketSeconds: 1}}
	r := runOne(t, Format{}, s, memFile("f", b.String()))
	if len(r.Tally.Rows) != MaxBucketedTallyRows || r.Tally.Dropped != 6 {
		t.Errorf("%d rows and %d dropped, want %d and 6", len(r.Tally.Rows), r.Tally.Dropped, MaxBucketedTallyRows)
	}
	s.Tally.BucketSeconds = 0
	rows := runOne(t, Format{}, s, memFile("f", b.String())).Tally.Rows
	if n := len(rows[len(rows)-1].Key["k"]); n != MaxTallyKey {
		t.Errorf("key of %d bytes, want %d", n, MaxTallyKey)
	}
}

func TestTallyKeepsTheNewestBuckets(t *testing.T) {
	f := Format{Line: `^(?P<t>\d\S+)`, Time: TimeFormat{Groups: []string{"t"}, Layout: "2006-01-02T15:04:05", Zone: "utc"}}
	var b strings.Builder
	for i := range MaxTallyBuckets + 3 {
		fmt.Fprintln(&b, at("1969-12-31T23:58:00Z").AddDate(0, 0, i).Format("2006-01-02T15:04:05"))
	}
	r := runOne(t, f, Scan{Any: literal("T"), Tally: &Tally{BucketSeconds: 86400}}, memFile("f", b.String()))
	buckets := r.Tally.Rows[0].Buckets
	if len(buckets) != MaxTallyBuckets || !buckets[0].Start.Equal(*at("1970-01-03T00:00:00Z")) {
		t.Errorf("%d buckets from %s, want %d from 1970-01-03", len(buckets), buckets[0].Start, MaxTallyBuckets)
	}
}

func TestNumber(t *testing.T) {
	for in, want := range map[string]float64{"1": 1, "-2.5e3": -2500, ".5": .5, "007": 7} {
		if got, ok := Number(in); !ok || got != want {
			t.Errorf("Number(%q) = %v, %v, want %v", in, got, ok, want)
		}
	}
	for _, in := range []string{"", " 1", "inf", "NaN", "0x10", "1_000", "1,5", "e", "1e101", "1e999", "+"} {
		if got, ok := Number(in); ok {
			t.Errorf("Number(%q) = %v, want none", in, got)
		}
	}
}

func TestSumsAreExact(t *testing.T) {
	var hits []Hit
	for _, v := range []string{"1e100", "1", "-1e100", "0.1", "x"} {
		hits = append(hits, Hit{Fields: map[string]string{"v": v}})
	}
	got := sums(Tally{Sum: []string{"v", "w"}}, hits)
	if len(got) != 1 || math.Abs(got["v"]-1.1) > 1e-15 {
		t.Errorf("sums = %v, want v = 1.1", got)
	}
}
