package analyzer

import (
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// ofCase is the report of a machine on one finding. The machines of a case work
// together.
func ofCase(id, number, check, subject string, s abi.Severity, causes ...abi.Cause) *report.Report {
	f := report.Finding{Finding: abi.Finding{Check: check, Key: "k", Subject: subject, Severity: s, Title: check + " fired"}}
	return &report.Report{
		Bundle: report.Bundle{ID: id, Case: number, Host: bundles.Host{Name: "host-" + id}, Names: []string{"host-" + id, "10.0.0.5"}, Peers: [][]string{{"10.0.0.5"}}},
		Checks: []report.Check{{ID: check, Findings: []report.Finding{f}, ExplainedBy: causes}},
	}
}

func TestLinkCase(t *testing.T) {
	cause := abi.Cause{Check: "server/services", Subjects: []string{"cxps"}}
	recovered := ofCase("ps", "1", "server/services", "cxps", abi.Critical)
	recovered.Checks[0].Findings[0].State = abi.StateRecovered
	follows := ofCase("ps", "1", "server/services", "cxps", abi.Critical)
	follows.Checks[0].Findings[0].Because = []report.Ref{{Check: "server/services", Key: "other"}}
	for name, c := range map[string]struct {
		server, source *report.Report
		linked         bool
	}{
		"a cause":           {ofCase("ps", "1", "server/services", "CXPS", abi.Warning), ofCase("src", "1", "source/port", "x", abi.Critical, cause), true},
		"another case":      {ofCase("ps", "2", "server/services", "cxps", abi.Warning), ofCase("src", "1", "source/port", "x", abi.Critical, cause), false},
		"no case":           {ofCase("ps", "", "server/services", "cxps", abi.Warning), ofCase("src", "", "source/port", "x", abi.Critical, cause), true},
		"one has no case":   {ofCase("ps", "", "server/services", "cxps", abi.Warning), ofCase("src", "1", "source/port", "x", abi.Critical, cause), false},
		"another subject":   {ofCase("ps", "1", "server/services", "upload", abi.Warning), ofCase("src", "1", "source/port", "x", abi.Critical, cause), false},
		"another check":     {ofCase("ps", "1", "server/cache", "cxps", abi.Warning), ofCase("src", "1", "source/port", "x", abi.Critical, cause), false},
		"an information":    {ofCase("ps", "1", "server/services", "cxps", abi.Info), ofCase("src", "1", "source/port", "x", abi.Critical, cause), false},
		"another says more": {follows, ofCase("src", "1", "source/port", "x", abi.Critical, cause), false},
		"over":              {recovered, ofCase("src", "1", "source/port", "x", abi.Critical, cause), false},
		"nothing to say":    {ofCase("ps", "1", "server/services", "cxps", abi.Warning), ofCase("src", "1", "source/port", "x", abi.Info, cause), false},
		"one bundle, twice": {ofCase("ps", "1", "server/services", "cxps", abi.Warning), ofCase("ps", "1", "source/port", "x", abi.Critical, cause), false},
	} {
		for range 2 { // once more changes nothing
			LinkCase([]*report.Report{c.source, c.server})
		}
		got := c.source.Checks[0].Findings[0].BecauseElsewhere
		if !c.linked {
			if len(got) > 0 {
				t.Errorf("%s: linked to %+v", name, got)
			}
			continue
		}
		want := report.Elsewhere{Bundle: "ps", Host: "host-ps", Check: "server/services", Key: "k", Severity: abi.Warning, Title: "server/services fired"}
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		if back := c.server.Checks[0].Findings[0].BecauseElsewhere; len(back) > 0 {
			t.Errorf("%s: the cause comes from %+v", name, back)
		}
	}
}

// Without case numbers only few bundles belong together.
func TestLinkCaseMany(t *testing.T) {
	for _, n := range []int{fewBundles, fewBundles + 1} {
		source := ofCase("src", "", "source/port", "x", abi.Critical, abi.Cause{Check: "server/services"})
		list := []*report.Report{source, ofCase("ps", "", "server/services", "cxps", abi.Critical)}
		for len(list) < n {
			list = append(list, &report.Report{Bundle: report.Bundle{ID: string(rune('a' + len(list)))}})
		}
		LinkCase(list)
		if got := len(source.Checks[0].Findings[0].BecauseElsewhere); (got == 1) != (n == fewBundles) {
			t.Errorf("%d bundles: %d links", n, got)
		}
	}
}

// What began on one machine after another was looked at explains nothing there, and
// neither does what an older bundle had and a newer one has no more.
func TestLinkCaseByTime(t *testing.T) {
	noon := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	at := func(r *report.Report, end time.Time, first ...time.Time) *report.Report {
		r.Bundle.Window.End = end
		for i := range r.Checks {
			for k := range r.Checks[i].Findings {
				for _, t := range first {
					r.Checks[i].Findings[k].FirstSeen = &t
				}
			}
		}
		return r
	}
	server := func(id string) *report.Report {
		r := ofCase(id, "1", "server/services", "cxps", abi.Critical)
		r.Bundle.Host.Name = "PS1"
		return r
	}
	well := func(id string) *report.Report {
		r := server(id)
		r.Checks[0].Findings = nil
		return r
	}
	fast := at(server("a"), noon, noon.Add(time.Hour)) // its clock, not what happened, is ahead
	ahead := -3600.0
	fast.Bundle.Host.ClockOffsetSeconds = &ahead
	for name, c := range map[string]struct {
		servers []*report.Report
		linked  string
	}{
		"began before":            {[]*report.Report{at(server("a"), noon, noon.Add(-time.Hour))}, "a"},
		"began with clocks apart": {[]*report.Report{at(server("a"), noon, noon.Add(4*time.Minute))}, "a"},
		"its clock is ahead":      {[]*report.Report{fast}, "a"},
		"began behind":            {[]*report.Report{at(server("a"), noon.Add(24*time.Hour), noon.Add(20*time.Hour))}, ""},
		"since when not known":    {[]*report.Report{at(server("a"), noon)}, "a"},
		"over by now":             {[]*report.Report{at(server("a"), noon.Add(-24*time.Hour)), at(well("b"), noon)}, ""},
		"mended since":            {[]*report.Report{at(server("a"), noon), at(well("b"), noon.Add(24*time.Hour))}, "a"},
		"still":                   {[]*report.Report{at(server("a"), noon.Add(-24*time.Hour)), at(server("b"), noon)}, "b"},
	} {
		source := at(ofCase("src", "1", "source/port", "x", abi.Critical, abi.Cause{Check: "server/services"}), noon)
		LinkCase(append(c.servers, source))
		got := ""
		for _, e := range source.Checks[0].Findings[0].BecauseElsewhere {
			got += e.Bundle
		}
		if got != c.linked {
			t.Errorf("%s: linked to %q, want %q", name, got, c.linked)
		}
	}
}

func TestOtherPacks(t *testing.T) {
	got := otherPacks("p", []abi.Cause{{Check: "a"}, {Check: "p/b"}, {Check: "q/c"}})
	if len(got) != 1 || got[0].Check != "q/c" {
		t.Errorf("otherPacks = %+v", got)
	}
}
