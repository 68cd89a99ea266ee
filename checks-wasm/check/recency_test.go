package check

import (
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

func TestCourse(t *testing.T) {
	now := time.Date(2026, 3, 5, 9, 15, 0, 0, time.UTC)
	ago := func(minutes ...int) []time.Time {
		var out []time.Time
		for _, m := range minutes {
			out = append(out, now.Add(-time.Duration(m)*time.Minute))
		}
		return out
	}
	const retry = 5 * time.Minute
	for _, c := range []struct {
		name       string
		in         Errors
		state      string
		recoveries int
		count      int
	}{
		{"none", Errors{}, "", 0, 0},
		{"young", Errors{Times: ago(20, 9, 4), Retry: retry}, abi.StateOngoing, 0, 3},
		{"just young enough", Errors{Times: []time.Time{now.Add(-10*time.Minute + time.Second)}, Retry: retry}, abi.StateOngoing, 0, 1},
		{"too old to be ongoing, too young to be over", Errors{Times: ago(10), Retry: retry}, abi.StateUnknown, 0, 1},
		{"15 minutes of a quiet log", Errors{Times: ago(15), Retry: retry}, abi.StateRecovered, 1, 1},
		{"success followed, not long enough", Errors{Times: ago(10), Retry: retry, Success: now}, abi.StateUnknown, 0, 1},
		{"success for 15 minutes", Errors{Times: ago(16), Retry: 20 * time.Minute, Success: now}, abi.StateRecovered, 1, 1},
		{"success before the error", Errors{Times: ago(3), Retry: retry, Success: now.Add(-time.Hour)}, abi.StateOngoing, 0, 1},
		{"three pauses", Errors{Times: ago(600, 400, 200), Retry: retry}, abi.StateRecovered, 3, 3},
		{"older than a day", Errors{Times: ago(1441), Retry: retry}, "", 0, 0},
		{"a log that ended with the error", Errors{Times: ago(3000), LogEnd: now.Add(-2999 * time.Minute), Retry: retry}, abi.StateOngoing, 0, 1},
		{"a log from the future", Errors{Times: ago(60), LogEnd: now.Add(time.Hour), Retry: retry}, abi.StateRecovered, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := (&Pass{Now: now}).Course(c.in)
			if got.State != c.state || got.Recoveries != c.recoveries || got.Count != c.count {
				t.Errorf("Course = %+v, want state %q, %d recoveries, count %d", got, c.state, c.recoveries, c.count)
			}
			if want := c.recoveries >= 3; got.Intermittent() != want {
				t.Errorf("Intermittent = %v, want %v", got.Intermittent(), want)
			}
		})
	}
}
