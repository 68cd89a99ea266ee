package check

import (
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// The clock of this machine was set back from 11:00 to 10:00 at 09:00Z, fifteen
// minutes before the end of the collection.
const repeatedHour = `-- manifest.json --
{"host":{"os":"windows","utc_offsets":[{"from":"2026-03-05T09:00:00Z","seconds":3600},{"from":"2025-03-30T01:00:00Z","seconds":7200}]}}
-- logs/app/a.log --
`

func localCheck(use func(p *Pass)) *Check {
	c := trailCheck(use)
	f := &c.Formats[0]
	f.Line, f.Time.Layout, f.Time.Zone = `^(?P<stamp>\S+ \S+) (?P<message>.*)$`, "2006-01-02 15:04:05", "host"
	return c
}

func TestLatest(t *testing.T) {
	at := func(clock string) time.Time {
		got, err := time.Parse("15:04:05", clock)
		if err != nil {
			t.Fatal(err)
		}
		return time.Date(2026, 3, 5, got.Hour(), got.Minute(), got.Second(), 0, time.UTC)
	}
	for from, want := range map[string]string{
		"07:59:59": "07:59:59", // 09:59:59 came once
		"08:00:00": "09:00:00",
		"08:14:00": "09:14:00",
		"08:16:00": "09:16:00", // logs are read last
		"08:16:01": "08:16:01", // would be after the collection
		"09:00:00": "09:00:00",
		"09:10:00": "09:10:00",
	} {
		onFixture(t, localCheck(func(p *Pass) {
			if got := p.Latest("refused", at(from)); !got.Equal(at(want)) {
				t.Errorf("%s: latest %s, want %s", from, got.Format("15:04:05"), want)
			}
		}), repeatedHour)
		onFixture(t, trailCheck(func(p *Pass) { // a log in UTC has no such hour
			if got := p.Latest("refused", at(from)); !got.Equal(at(from)) {
				t.Errorf("%s: latest %s in UTC", from, got.Format("15:04:05"))
			}
		}), repeatedHour)
	}
}

// An error of long ago is not called ongoing because the lines after it are of the
// hour that came twice. One of that hour is over only when it is by both times that it
// may have: else nobody knows, and the finding says so. The order of the lines tells
// which hour it was.
func TestFollowRepeatedHour(t *testing.T) {
	for log, want := range map[string]string{
		"2026-03-05 09:55:00 refused\n2026-03-05 10:10:00 fine\n":                              "info recovered Requests failed until 07:55Z: 1 time",
		"2026-03-05 10:12:00 refused\n2026-03-05 10:14:00 fine\n":                              "warning unknown Requests failed: 1 time since 08:12Z",
		"2026-03-05 10:50:00 refused\n2026-03-05 10:12:00 refused\n2026-03-05 10:14:00 fine\n": "critical ongoing Requests failed: 2 times since 08:50Z",
		"2026-03-05 10:12:00 refused\n2026-03-05 10:30:00 refused\n2026-03-05 10:14:00 fine\n": "info recovered Requests failed until 08:30Z: 2 times",
		"2026-03-05 10:12:00 refused\n2026-03-05 10:11:30 refused\n2026-03-05 10:14:00 fine\n": "warning unknown Requests failed: 2 times since 08:11Z",
	} {
		detail := ""
		got := onFixture(t, localCheck(func(p *Pass) {
			tr := p.Trail("refused", 15*time.Minute, time.Time{})
			p.ReportTrail(Finding{Key: "k", Severity: abi.Critical, Title: "Requests failed"}, tr)
			detail = p.RepeatedHour(30 * time.Minute)
			if ambiguous := tr.State == abi.StateUnknown; ambiguous != tr.Later.After(tr.Last) {
				t.Errorf("%q: may have been at %s", log, tr.Later)
			}
		}), repeatedHour+log)
		if len(got) != 1 || got[0] != want {
			t.Errorf("%q: %q, want %q", log, got, want)
		}
		if !strings.Contains(detail, "set back at 09:00Z") {
			t.Errorf("reason ends with %q", detail)
		}
	}
}
