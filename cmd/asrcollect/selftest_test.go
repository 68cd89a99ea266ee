package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/collector"
)

// TestSelftestTable: what is left stands in its row and gives another exit code.
func TestSelftestTable(t *testing.T) {
	res := collector.SelftestResult{Seed: 5, Passed: false, Ordinary: 4, Changed: 1, Rows: []collector.SelftestRow{
		{Kind: "tokens", Planted: 6, Removed: 6},
		{Kind: "keys", Planted: 6, Removed: 1, Left: 5, Where: []string{"logs/x/a.log", "logs/x/b.log", "logs/x/c.log", "logs/x/d.log", "facts/registry.json"}},
	}}
	var out, errs bytes.Buffer
	if code := showSelftest(streams{out: &out, err: &errs}, res, false); code != exitNoBundle {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{
		"tokens                                     6         6         0\n", "keys                                       6         1         5\n  ! left in a.log\n", "  ! and 2 places more", "all                                       12         7         5\n",
		"Of 4 ordinary lines between them 1 were changed.\n", "DOES NOT WORK", "--seed 5\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	if !strings.Contains(errs.String(), "hint: do not send bundles from this machine") {
		t.Error(errs.String())
	}
	for l := range strings.Lines(out.String()) {
		if len(l) > 81 {
			t.Errorf("%d columns: %s", len(l)-1, l)
		}
	}
}
