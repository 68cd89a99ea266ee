package render

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
)

// staleAfter is the age from which a report says that the machine may have
// changed since.
const staleAfter = 48 * time.Hour

// What the header says of a host of the classic architecture.
const (
	classicNote = "classic architecture, out of support since 30 March 2026"
	classicWay  = "the way on is the ASR replication appliance"
	classicURL  = "https://learn.microsoft.com/azure/site-recovery/vmware-azure-architecture-modernized"
)

// field is one line of the header.
type field struct {
	Label, Text string
	Alert       bool // to be seen
	// Foot marks what a terminal shows below the findings, unless it is to be seen.
	Foot bool
}

// classic says whether the host belongs to the classic architecture.
func classic(b *report.Bundle) bool {
	switch b.Deployment {
	case bundles.DeployConfigurationServer, bundles.DeployConfigurationServerOnly,
		bundles.DeployStandalone, bundles.DeployAzureFailback:
		return true
	case bundles.DeployAppliance:
		return false
	}
	return b.Role == bundles.RoleProcessServer
}

// hostName is the name to show; a bundle of raw logs may have none.
func hostName(b *report.Bundle) string {
	return cmp.Or(oneLine(b.Host.Name), "unknown host")
}

// roleText is role and deployment, and whether somebody decided otherwise.
func roleText(b *report.Bundle) string {
	s := cmp.Or(b.Role, "unknown") + " role"
	if b.Deployment != "" {
		s += ", " + b.Deployment
	}
	given := b.Role != b.Host.Role && b.Host.Role != ""
	switch {
	case b.Kind == "raw" && given:
		s += fmt.Sprintf(" (given; the logs look like %s)", b.Host.Role)
	case b.Kind == "raw":
		s += " (guessed from the logs)"
	case given:
		s += fmt.Sprintf(" (given; the collector saw %s)", b.Host.Role)
	}
	return oneLine(s)
}

// header says what was analyzed, in the order of display. A zero now leaves
// out the bundle's age.
func header(r *report.Report, now time.Time) []field {
	b := &r.Bundle
	at := clock{b.Host.UTCOffsets}
	collected := b.Window.End
	if collected.IsZero() {
		collected = b.Created
	}
	fields := []field{
		{Label: "host", Text: strings.Join(nonEmpty(hostName(b), oneLine(b.Host.OSVersion), roleText(b)), ", ")},
		{Label: "bundle", Text: bundleText(b), Foot: true},
		{Label: "collected", Text: strings.Join(nonEmpty(at.at(collected), age(collected, now)), ", ")},
		{Label: "window", Text: windowText(b.Window), Foot: true},
		{Label: "clock", Text: clockText(b.Host), Alert: true},
		{Label: "uncovered", Text: notCovered(r), Alert: true},
		{Label: "simulated", Text: simulatedText(b.Simulated), Alert: true},
		{Label: "stale", Text: stale(collected, now), Alert: true},
		{Label: "integrity", Text: integrityText(b.Integrity), Alert: true},
		{Label: "unreadable", Text: unreadableText(r.Logs), Alert: true},
		{Label: "note", Text: oneLine(strings.Join(b.Notes, "; ")), Foot: true},
		{Label: "sources", Text: sourcesText(b.Sources), Foot: true},
		{Label: "packs", Text: packsText(r, now), Alert: unsigned(r.Packs), Foot: true},
		{Label: "not used", Text: refusedText(r.Refused), Alert: true},
	}
	out := fields[:0]
	for _, f := range fields {
		if f.Text != "" {
			out = append(out, f)
		}
	}
	return out
}

// notCovered names the checks that would look at an appliance if it were a
// classic server: what they are about is not judged.
func notCovered(r *report.Report) string {
	if r.Bundle.Deployment != bundles.DeployAppliance {
		return ""
	}
	var ids []string
	for _, c := range r.Checks {
		if c.NotOn(bundles.DeployAppliance) {
			_, id, _ := strings.Cut(c.ID, "/")
			ids = append(ids, oneLine(id))
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return "what only checks of classic servers look at: " + strings.Join(ids, ", ")
}

func nonEmpty(in ...string) []string {
	var out []string
	for _, s := range in {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func bundleText(b *report.Bundle) string {
	s := oneLine(b.File)
	if b.Kind == "raw" {
		s += ", raw logs without a collector"
	}
	if b.Case != "" {
		s += ", case " + oneLine(b.Case)
	}
	return s
}

// age says how long ago the bundle was collected, in words.
func age(t, now time.Time) string {
	if now.IsZero() || t.IsZero() {
		return ""
	}
	d := now.Sub(t)
	switch {
	case d < -5*time.Minute:
		return "which this clock says is " + coarse(-d) + " ahead"
	case d < 2*time.Minute:
		return "just now"
	}
	return coarse(d) + " ago"
}

// coarse writes a duration in its largest unit.
func coarse(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

func stale(t, now time.Time) string {
	if now.IsZero() || t.IsZero() || now.Sub(t) < staleAfter {
		return ""
	}
	return "the bundle is " + coarse(now.Sub(t)) + " old; the machine may have changed since"
}

func windowText(w bundles.Window) string {
	if w.Samples == 0 && w.ExpectedSamples == 0 {
		return ""
	}
	s := duration(w.End.Sub(w.Start).Seconds())
	s += fmt.Sprintf(", %d of %d samples, every %s", w.Samples, w.ExpectedSamples, duration(w.IntervalSeconds))
	if w.End.Sub(w.Start).Seconds()+2*w.IntervalSeconds < w.RequestedSeconds {
		s += " (asked for " + duration(w.RequestedSeconds) + ")"
	}
	return s
}

// clockText speaks of a host's clock only when it is off by a second or more.
func clockText(h bundles.Host) string {
	if h.ClockOffsetSeconds == nil || math.Abs(*h.ClockOffsetSeconds) < 1 {
		return ""
	}
	word := "behind"
	if *h.ClockOffsetSeconds < 0 {
		word = "ahead"
	}
	s := duration(math.Round(math.Abs(*h.ClockOffsetSeconds))) + " " + word
	if h.ClockOffsetSource != "" {
		s += " " + h.ClockOffsetSource
	}
	return oneLine(s)
}

func simulatedText(names []string) string {
	switch {
	case len(names) == 0:
		return ""
	case len(names) == 1 && names[0] == "*":
		return "all sources: made for a test, not measured"
	}
	return oneLine(strings.Join(names, ", ")) + ": made for a test, not measured"
}

func integrityText(in bundles.Integrity) string {
	if in.OK {
		return ""
	}
	return "not whole: " + plural(len(in.Problems), "problem", "problems")
}

// problemText is one way in which the bundle is not whole.
func problemText(p bundles.Problem) string {
	return oneLine(strings.Join(nonEmpty(p.Kind, p.Path, p.Detail), ": "))
}

func sourcesText(sources []bundles.Source) string {
	if len(sources) == 0 {
		return ""
	}
	var names []string
	for _, s := range sources {
		names = append(names, oneLine(s.Name)+" "+s.Status)
	}
	return strings.Join(names, ", ")
}

// unreadableText names the logs of which too few lines have the known form: that
// nothing was found in them says nothing.
func unreadableText(logs []report.Log) string {
	var names []string
	for _, l := range logs {
		if l.Unreadable {
			names = append(names, oneLine(l.File))
		}
	}
	if len(names) == 0 {
		return ""
	}
	more := ""
	if n := len(names) - maxRefs; n > 0 {
		names, more = names[:maxRefs], fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ") + more + ": under half of the sampled lines have the known form, so that silence there means nothing"
}

func unsigned(packs []report.Pack) bool {
	for _, p := range packs {
		if p.Unsigned {
			return true
		}
	}
	return false
}

func packsText(r *report.Report, now time.Time) string {
	var out []string
	for _, p := range r.Packs {
		out = append(out, fmt.Sprintf("%s %s (%s)", oneLine(p.Name), oneLine(p.Version), packTrust(p, r.GeneratedBy.Build, now)))
	}
	return strings.Join(out, ", ")
}

// refusedText names the installed packs that were left out, with the reason.
func refusedText(packs []report.RefusedPack) string {
	var out []string
	for _, p := range packs {
		out = append(out, fmt.Sprintf("installed pack %s %s: %s", oneLine(p.Name), oneLine(p.Version), oneLine(p.Reason)))
	}
	return strings.Join(out, "; ")
}

// packTrust says who vouches for a pack and whether the word still holds. The
// build matters for the packs that are part of the program.
func packTrust(p report.Pack, build string, now time.Time) string {
	s := "signed by " + oneLine(p.SignedBy)
	switch {
	case p.Unsigned || p.SignedBy == "":
		s = "UNSIGNED"
	case p.SignedBy == "embedded":
		s = strings.Join(nonEmpty("embedded", build), ", ")
	}
	if p.Expires != nil && !now.IsZero() && now.After(*p.Expires) {
		s += ", expired " + p.Expires.UTC().Format("2006-01-02")
	}
	return s
}
