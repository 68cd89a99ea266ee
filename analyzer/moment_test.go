package analyzer

import (
	"testing"
	"time"
)

func TestMoment(t *testing.T) {
	end := time.Date(2026, 3, 5, 9, 15, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"2026-03-05T09:10:12Z":          "2026-03-05T09:10:12Z",
		"2026-03-05T09:10:12.345+01:00": "2026-03-05T08:10:12.345Z",
		"2026-03-05 09:10":              "2026-03-05T09:10:00Z",
		" 2026-03-05 ":                  "2026-03-05T00:00:00Z",
		"09:10":                         "2026-03-05T09:10:00Z",
		"09:10:11Z":                     "2026-03-05T09:10:11Z",
		"09:20":                         "2026-03-04T09:20:00Z", // the last one before the end
		"2h":                            "2026-03-05T07:15:00Z",
		"-2h30m":                        "2026-03-05T06:45:00Z",
		"3d":                            "2026-03-02T09:15:00Z",
		"1d12h":                         "2026-03-03T21:15:00Z",
		"0s":                            "2026-03-05T09:15:00Z",
	} {
		m, err := ParseMoment(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := m.in(end).Format(time.RFC3339Nano); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	for _, bad := range []string{"", "yesterday", "2026-13-01", "25:00", "--2h", "d", "2x", "99999999d", "1e9h", "-"} {
		if m, err := ParseMoment(bad); err == nil {
			t.Errorf("%q is %s", bad, m.in(end))
		}
	}
	var none *Moment
	if none.in(end) != nil {
		t.Error("no moment is one")
	}
}

func FuzzMoment(f *testing.F) {
	for _, s := range []string{"2026-03-05T09:10:12Z", "09:10", "3d12h", "-2h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMoment(s)
		if err == nil && m.in(time.Date(2026, 3, 5, 9, 15, 0, 0, time.UTC)) == nil {
			t.Errorf("%q is no time, and no error", s)
		}
	})
}
