package hostcheck

import (
	_ "embed"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed recent-change.md
var recentChangeDoc string

const (
	// changeSpan before the first failure is looked at.
	changeSpan = 24 * time.Hour
	// failureRetry is the longest pause between two tries of what fails.
	failureRetry = 15 * time.Minute
	// maxChanges are told; the rest is counted.
	maxChanges = 20
	// scanChange are records of the system about updates, restarts and start types.
	scanChange = "recent-change-records"
)

// RecentChangeOptions says for which machines a pack takes the check, and what of
// them tells of a change.
type RecentChangeOptions struct {
	Roles []string
	OS    []string // empty: any
	Since string   // pack version that introduced it
	Keys  []Place  // of the registry, by their last write
	Files []Place  // by the profile's names, or by how their paths end
	// Failures are signatures of lines that tell of a failure.
	Failures []string
}

// Place is where something changes, and what a person calls it. Path is the end of
// a file's path, with slashes.
type Place struct{ Key, Name, Path string }

// RecentChange is the check recent-change: what changed in the day before something
// failed for the first time.
func RecentChange(o RecentChangeOptions) *check.Check {
	use := asrlogs.Use(o.Failures...)
	events := asrlogs.EventRecordLog()
	if !slices.Contains(use.Inputs, events.Input()) {
		use.Inputs, use.Formats = append(use.Inputs, events.Input()), append(use.Formats, events.Format)
	}
	use.Scans = append(use.Scans, scan.Scan{
		ID: scanChange, Input: events.ID, Format: events.Format.ID, IgnoreCase: true, MaxHits: 200,
		Any: []scan.Pattern{
			{Regexp: `"Microsoft-Windows-WindowsUpdateClient","id":19\b(?:.*"updateTitle":"(?P<update>[^"]*)")?`},
			{Regexp: `"User32","id":(?P<restart>1074)\b`},
			{Regexp: `"EventLog","id":(?P<crash>6008)\b|"Microsoft-Windows-Kernel-Power","id":(?P<power>41)\b`},
			{Regexp: `"Service Control Manager","id":7040\b.*"(?P<service>ProcessServer|ProcessServerMonitor|cxprocessserver|tmansvc|svagents|obengine|dra|MySQL|W3SVC|W32Time|WinDefend|MpsSvc|InMage[^"]*|Process Server(?: Monitor)?|Microsoft Azure[^"]*)"`},
		},
	})
	return &check.Check{
		ID: "recent-change", Title: "Nothing changed before the first failure", Doc: recentChangeDoc,
		URL: timeSyncURL[:strings.IndexByte(timeSyncURL, '#')], Since: o.Since, Article: []string{"beyond the article"},
		Roles: o.Roles, OS: o.OS, Severities: []abi.Severity{abi.Info},
		Inputs: append(use.Inputs,
			check.OptionalFact("registry"), check.OptionalFact("config"), check.OptionalFact("files"), check.OptionalFact("software"), check.OptionalFact("host"), check.OptionalFact("probes")),
		Formats: use.Formats, Scans: use.Scans,
		Run: func(p *check.Pass) error { return runRecentChange(p, o) },
	}
}

func runRecentChange(p *check.Pass, o RecentChangeOptions) error {
	first, found := firstFailure(p, o.Failures)
	if !found {
		noFailure(p, o.Failures)
		return nil
	}
	c := changes{p: p, from: first.at.Add(-changeSpan), to: first.at}
	c.registry(o.Keys)
	c.config()
	c.files(o.Files)
	c.updates()
	c.restart()
	c.records()
	if len(c.list) > 0 {
		c.report(first)
	}
	var blind []string
	for _, source := range []string{"registry", "config", "files", "software", "host", "events"} {
		if reason, ok := p.Unread(source); !ok {
			blind = append(blind, reason)
		}
	}
	words := "nothing that is watched changed in the 24 h before the first failure at " + p.Clock(first.at)
	switch {
	case len(blind) > 0:
		p.Insufficient("what changed before the first failure at "+p.Clock(first.at)+" is not known whole: "+strings.Join(blind, "; "), askElevated(p))
	case len(c.list) == 0 && !p.Bundle.Has(p.Bundle.FactPath("registry")) && !p.Bundle.Has(p.Bundle.FactPath("config")) && !p.Bundle.Has(p.Bundle.FactPath("files")):
		p.Insufficient("the bundle has nothing that tells of changes before the first failure at "+p.Clock(first.at), &abi.Ask{Role: p.Role, Args: []string{"--quick"}, Why: "reads registry, configuration and files with the times of their last change"})
	case len(c.list) == 0:
		p.Pass(words)
	}
	return nil
}

// noFailure ends the check when no log tells of a failure: content when a log was
// searched and none was refused.
func noFailure(p *check.Pass, ids []string) {
	searched, files, why := 0, 0, ""
	for _, id := range ids {
		files += p.Summary(id).Files
		reason, ok := p.Searched(id, asrlogs.Lookup(id).Log.Owns)
		switch {
		case ok:
			searched++
		case p.Summary(id).Files > 0:
			why = reason
		default:
			if reason, ok := p.Unread(asrlogs.Lookup(id).Log.Source); !ok {
				why = reason
			}
		}
	}
	switch {
	case files == 0 && p.Role == bundles.RoleUnknown:
		p.NotApplicable("the role is unknown, and no log of the product is there")
	case why != "":
		p.Insufficient("whether anything failed is not known whole: "+why, askElevated(p))
	case searched == 0:
		p.Insufficient("no log that tells of failures was found", askElevated(p))
	default:
		p.Pass("no log tells of a failure in its last day")
	}
}

// failure is where something began to fail.
type failure struct {
	at    time.Time
	hit   scan.Hit
	state string
	open  bool // the log begins with it: it may be older
}

// firstFailure finds the earliest beginning of what fails now or, when nothing does,
// of what failed in the last day.
func firstFailure(p *check.Pass, ids []string) (first failure, found bool) {
	for _, id := range ids {
		t := p.Trail(id, failureRetry, time.Time{})
		if t.State == "" {
			continue
		}
		f := beginning(p, id, t)
		now, was := t.State != abi.StateRecovered, first.state != abi.StateRecovered
		if !found || now && !was || now == was && f.at.Before(first.at) {
			first, found = f, true
		}
	}
	return first, found
}

// beginning walks back from the newest hit as long as no pause was long enough to be
// a recovery.
func beginning(p *check.Pass, id string, t check.Trail) failure {
	f := failure{hit: t.Newest(), state: t.State}
	var older []scan.Hit
	for h := range p.Hits(id) {
		if h.Time != nil && h.Time.Before(*t.Hits[0].Time) {
			older = append(older, h)
		}
	}
	all := append(older, t.Hits...)
	i := len(all) - 1
	for i > 0 && all[i].Time.Sub(*all[i-1].Time) < check.RecoverySpan+failureRetry {
		i--
	}
	f.hit, f.at = all[i], *all[i].Time
	sum := p.Summary(id)
	if i == 0 && sum.Count > int64(sum.Kept) && sum.First != nil {
		f.at = *sum.First // the oldest were not kept
	}
	f.open = sum.OldestLine != nil && f.at.Sub(*sum.OldestLine) < failureRetry
	return f
}
