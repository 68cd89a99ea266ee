package render

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// A cause on another machine is named with that machine, whether the finding is
// drawn whole or briefly.
func TestElsewhere(t *testing.T) {
	for _, severity := range []abi.Severity{abi.Critical, abi.Info} {
		f := report.Finding{
			Finding:          abi.Finding{Check: "p/port", Key: "k", Severity: severity, Title: "Port is closed"},
			BecauseElsewhere: []report.Elsewhere{{Host: "PS01", Check: "q/services", Key: "s", Severity: abi.Critical, Title: "Service <cxps> is stopped"}},
		}
		r := &report.Report{
			Verdict: report.Verdict{State: report.StateFault, Headline: "Port is closed"},
			Checks:  []report.Check{{ID: "p/port", Outcome: abi.OutcomeFindings, Findings: []report.Finding{f}}},
		}
		now := time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC)
		var table, page bytes.Buffer
		if err := Table(&table, r, TableOptions{Width: 100, Now: now}); err != nil {
			t.Fatal(err)
		}
		if err := HTML(&page, r, now); err != nil {
			t.Fatal(err)
		}
		if want := "on PS01: Service <cxps> is stopped"; !strings.Contains(table.String(), want) {
			t.Errorf("%s: the table has no %q:\n%s", severity, want, table.String())
		}
		if want := "Caused on PS01: Service &lt;cxps&gt; is stopped"; !strings.Contains(page.String(), want) {
			t.Errorf("%s: the page has no %q", severity, want)
		}
	}
}
