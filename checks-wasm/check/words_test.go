package check

import (
	"testing"
	"time"
)

func TestPercent(t *testing.T) {
	for in, want := range map[float64]string{0.18: "18 %", 0.183: "18.3 %", 1 - 0.7: "30 %", 0.2996: "30 %", 0.2994: "29.9 %", 0: "0 %", 1: "100 %"} {
		if got := Percent(in); got != want {
			t.Errorf("Percent(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestSpan(t *testing.T) {
	for in, want := range map[time.Duration]string{
		0:                             "0 s",
		21 * time.Millisecond:         "0.02 s",
		340 * time.Millisecond:        "0.3 s",
		45 * time.Second:              "45 s",
		895 * time.Second:             "14 min 55 s",
		15 * time.Minute:              "15 min",
		-190 * time.Minute:            "3 h 10 min",
		52*time.Hour + time.Minute:    "2 d 4 h",
		25*time.Hour + 59*time.Minute: "1 d 1 h",
	} {
		if got := Span(in); got != want {
			t.Errorf("Span(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for in, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KiB", 300 << 20: "300 MiB", 600 << 30: "600 GiB", 3 << 40: "3 TiB"} {
		if got := Bytes(in); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", in, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for in, want := range map[int64]string{0: "0", 999: "999", 4310: "4,310", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := Number(in); got != want {
			t.Errorf("Number(%d) = %q, want %q", in, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for in, want := range map[int64]string{0: "0 times", 1: "1 time", 4310: "4,310 times"} {
		if got := Count(in, "time", "times"); got != want {
			t.Errorf("Count(%d) = %q, want %q", in, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	p := &Pass{Now: time.Date(2026, 3, 5, 9, 15, 0, 0, time.UTC)}
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{p.Now.Add(-time.Hour), "08:15Z"},
		{p.Now.Add(-10 * time.Hour), "2026-03-04 23:15Z"},
	} {
		if got := p.Clock(c.at); got != c.want {
			t.Errorf("Clock(%v) = %q, want %q", c.at, got, c.want)
		}
	}
}

func TestPercentBeside(t *testing.T) {
	for _, c := range []struct {
		ratio, limit float64
		want         string
	}{
		{0.8, 0.8, "80 %"},
		{0.7999, 0.8, "79.99 %"},
		{0.80004, 0.8, "80.004 %"},
		{0.80000001, 0.8, "80 %"},
		{0.37, 0.8, "37 %"},
		{0.372, 0.8, "37.2 %"},
	} {
		if got := PercentBeside(c.ratio, c.limit); got != c.want {
			t.Errorf("PercentBeside(%v, %v) = %q, want %q", c.ratio, c.limit, got, c.want)
		}
	}
}
