package simulator

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)

func TestParseWhen(t *testing.T) {
	for text, want := range map[string]struct {
		count       int
		first, last string
	}{
		"now":             {1, "12:00:00", "12:00:00"},
		"-40m":            {1, "11:20:00", "11:20:00"},
		"-2h..now/30m":    {5, "10:00:00", "12:00:00"},
		"-10m..-5m/2m":    {3, "11:50:00", "11:54:00"},
		"-0.5d..-11h/30m": {3, "00:00:00", "01:00:00"},
	} {
		w, err := parseWhen(text)
		if err != nil {
			t.Errorf("parseWhen(%q): %v", text, err)
			continue
		}
		list := w.moments(noon)
		if len(list) != want.count || list[0].Format(time.TimeOnly) != want.first || list[len(list)-1].Format(time.TimeOnly) != want.last {
			t.Errorf("parseWhen(%q) = %v, want %+v", text, list, want)
		}
	}
	for _, text := range []string{"", "40m", "-x", "-2h..now", "-2h..now/0s", "-1h..-2h/1m", "-400d..now/1s", "-1h..now/-1m"} {
		if w, err := parseWhen(text); err == nil {
			t.Errorf("parseWhen(%q) = %+v, want an error", text, w)
		}
	}
}
