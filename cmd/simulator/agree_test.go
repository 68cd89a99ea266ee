package simulator

import (
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// declared are the formats that checks declare for the logs written here.
func declared() map[string]scan.Format {
	return map[string]scan.Format{
		"cxps-err": asrlogs.CxpsErrors(), "cxps-xfer": asrlogs.CxpsTransfers(), "perl": asrlogs.PerlEvents(), "tmansvc": asrlogs.TmansvcLines(),
		"dotnet": asrlogs.DotnetObjects(), "cbengine": asrlogs.BackupEngine(), "agent": asrlogs.Agents(), "upload": asrlogs.Uploads(),
	}
}

// TestLogsAgreeWithChecks: checks read every line that is written, with the time
// at which it was. Entries of several lines are the incidents' own.
func TestLogsAgreeWithChecks(t *testing.T) {
	now := time.Date(2026, 3, 5, 9, 15, 0, 250_000_000, time.UTC)
	winter := time.FixedZone("winter", 3600)
	clock := scan.Clock{Zone: scan.NewZone([]scan.Offset{{Seconds: 3600}}), MTime: now}
	written := map[string]int{}
	for _, name := range Names() {
		in, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, log := range in.Logs {
			format, ok := declared()[log.Format]
			if !ok {
				continue // plain text
			}
			f, err := scan.CompileFormat(format)
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range log.entries(now, Vars(in.Set), 1) {
				text := strings.Trim(formats[log.Format].line(e, i, winter), "\r\n")
				first, _, _ := strings.Cut(text, "\n")
				got, ok := f.Parse(strings.TrimSuffix(first, "\r"), clock)
				if !ok || got.Time == nil || e.at.Sub(*got.Time).Abs() >= time.Second {
					t.Fatalf("%s, log %s: %q is read as %v, %v, want %v", name, log.Name, first, got.Time, ok, e.at)
				}
				written[log.Format]++
			}
		}
	}
	for name := range declared() {
		if written[name] == 0 {
			t.Errorf("no incident writes a line of format %q", name)
		}
	}
}
