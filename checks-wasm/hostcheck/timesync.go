package hostcheck

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed time-sync.md
var timeSyncDoc string

const (
	timeSyncURL = "https://learn.microsoft.com/en-us/azure/site-recovery/vmware-physical-azure-troubleshoot-process-server#step-4-verify-time-sync-on-source-machine"

	// Limits of the clock's difference. The vendor names one only, 15 minutes,
	// beyond which registration fails (error ACS50008); the others are ours:
	// what a time service keeps, what tickets and logs bear, and half of what
	// Kerberos and signed requests allow.
	clockInfo     = 5 * time.Second
	clockWarning  = 60 * time.Second
	clockCritical = 5 * time.Minute
	clockRefused  = 15 * time.Minute

	// clockRetry is how often sources log in and agents look at the clock.
	clockRetry = 15 * time.Minute
)

const limitOurs, limitVendor = "asrdiag", "Azure Site Recovery: registration"

// Scans of clock errors in logs.
const (
	scanNonce = "clock-nonce"
	scanJump  = "clock-jump"
)

// TimeSyncOptions says for which machines a pack takes the check.
type TimeSyncOptions struct {
	Roles []string
	OS    []string // empty: any
	Since string   // pack version that introduced it
}

// TimeSync is the check time-sync: whether the clock is right and kept.
func TimeSync(o TimeSyncOptions) *check.Check {
	nonce, jump := check.May("clock-cxps-log", "logs/cxps/**/cxps.err*"), check.May("clock-agent-log", "logs/svagents/**/svagents*")
	return &check.Check{
		ID:         "time-sync",
		Title:      "Clock is right and kept",
		Doc:        timeSyncDoc,
		URL:        timeSyncURL,
		Since:      o.Since,
		Article:    []string{"step 4"},
		Roles:      o.Roles,
		OS:         o.OS,
		Severities: []abi.Severity{abi.Info, abi.Warning, abi.Critical},
		// The fact is optional for the host: the manifest may have the difference alone.
		Inputs:  []abi.Input{check.OptionalFact("time"), check.OptionalFact("host"), check.OptionalFact("config"), check.OptionalFact("probes"), nonce, jump},
		Formats: []scan.Format{asrlogs.CxpsErrors(), asrlogs.Agents()},
		Scans: []scan.Scan{
			{ID: scanNonce, Input: nonce.ID, Any: []scan.Pattern{{Literal: "invalid cnonce expired"}}, IgnoreCase: true, Format: asrlogs.CxpsErrors().ID, Where: map[string][]string{"level": {"ERROR", "WARNING"}}},
			{ID: scanJump, Input: jump.ID, Any: []scan.Pattern{{Regexp: `Time jump (forward|backward)|System time jump`}}, IgnoreCase: true, Format: asrlogs.Agents().ID},
		},
		Worked: "It worked when a new collection, `asrcollect --quick`, shows a difference of 5 seconds or less.",
		Run:    runTimeSync,
	}
}

func runTimeSync(p *check.Pass) error {
	fact, err := check.Load[bundles.Time](p, "time")
	if err != nil && !check.IsMissing(err) {
		return err
	}
	m := measure(p, fact)
	if err != nil && m.OffsetSeconds == nil {
		noFact(p)
		return nil
	}
	k := keeperOf(fact)
	signs := clockSigns(p)
	if reportServerClock(p, m.Time, signs) {
		signs = nil
	}
	if m.OffsetSeconds == nil {
		reportSigns(p, signs)
		clockUnmeasured(p, fact, k)
		return nil
	}
	clockMeasured(p, m, k, signs)
	return nil
}

// noFact ends the check when the bundle says nothing of the clock.
func noFact(p *check.Pass) {
	reason, ok := p.Missing("facts/**/time.json")
	if ok {
		reason = "time: the collector read it and stored nothing"
	}
	if p.Role == bundles.RoleUnknown {
		p.NotApplicable("the role is unknown, and the clock was not looked at: " + reason)
		return
	}
	p.Insufficient(reason, askTime(p))
}

// measured is the fact with the difference of the clock, and where that stands.
type measured struct {
	bundles.Time
	proof abi.Evidence
}

// measure finds the difference: in the fact, in one of its attempts, or in what
// is known of the host.
func measure(p *check.Pass, fact bundles.Time) measured {
	m := measured{Time: fact}
	if fact.OffsetSeconds != nil {
		m.proof = p.At("time", "/offset_seconds", *fact.OffsetSeconds)
		return m
	}
	for i, a := range fact.Attempts {
		if a.OffsetSeconds != nil && a.Error == "" && !isServer(p, hostOf(a.Source)) {
			m.OffsetSeconds, m.OffsetErrorSeconds, m.OffsetSource = a.OffsetSeconds, a.ErrorSeconds, a.Source
			m.proof = p.At("time", fmt.Sprintf("/attempts/%d/offset_seconds", i), *a.OffsetSeconds)
			return m
		}
	}
	host := p.Bundle.Host()
	if host.ClockOffsetSeconds == nil {
		return m
	}
	m.OffsetSeconds, m.OffsetSource = host.ClockOffsetSeconds, host.ClockOffsetSource
	m.proof = check.Document(bundles.ManifestPath, "/host/clock_offset_seconds", *host.ClockOffsetSeconds)
	if p.Bundle.Cut {
		m.proof = p.At("host", "/clock_offset_seconds", *host.ClockOffsetSeconds)
	}
	return m
}

// clockMeasured judges the difference from the reference. What logs say of a wrong
// clock comes from a difference that is a fault; any other leaves it to itself.
func clockMeasured(p *check.Pass, m measured, k keeper, signs []clockSign) {
	sev, limit := clockSeverity(check.Seconds(*m.OffsetSeconds))
	if sev.Rank() >= abi.Warning.Rank() {
		p.Report(withSigns(p, clockFinding(p, m, k, sev, limit), signs))
		return
	}
	reportSigns(p, signs)
	if sev != "" {
		p.Report(clockFinding(p, m, k, sev, limit))
		return
	}
	words := offsetWords(m.Time)
	if !k.runs() && !m.Taken.IsZero() {
		f := noSource(p, k, fmt.Sprintf("The clock is right now: %s. Nothing corrects it when it drifts.", words))
		f.Evidence = append(f.Evidence, m.proof)
		p.Report(f)
		return
	}
	if m.Taken.IsZero() {
		p.Insufficient(words+"; what keeps the clock was not read", askTime(p))
		return
	}
	contentOrBlind(p, fmt.Sprintf("%s; kept by %s", words, k.by))
}

// contentOrBlind passes, unless something that could say otherwise was tried and
// not read. Of the logs the newest part is enough.
func contentOrBlind(p *check.Pass, reason string) {
	for _, source := range []string{"config", "probes", "logs/cxps", "logs/svagents"} {
		if why, ok := p.Absent(source); !ok {
			p.Insufficient(reason+"; but not read: "+why, askElevated(p))
			return
		}
	}
	p.Pass(reason)
}

// clockUnmeasured says what is known without a reference.
func clockUnmeasured(p *check.Pass, fact bundles.Time, k keeper) {
	reason := "the difference of the clock was not measured: " + attemptWords(fact)
	switch {
	case fact.Synchronized != nil && *fact.Synchronized:
		contentOrBlind(p, "the kernel calls the clock synchronized; "+reason)
		return
	case fact.Guest != "":
		contentOrBlind(p, fmt.Sprintf("%s sets the clock; %s", guestWords(fact.Guest), reason))
		return
	case k.runs():
		p.Insufficient(fmt.Sprintf("%s; %s runs, which proves nothing about the clock", reason, k.by), askTime(p))
		return
	case k.stopped >= 0:
		p.Insufficient(reason+". "+k.silence(), askTime(p))
		return
	}
	p.Insufficient(reason+"; no running time source was seen", askTime(p))
}

// clockSeverity gives the severity of a difference and the limit that it
// exceeds; equality does not.
func clockSeverity(off time.Duration) (abi.Severity, time.Duration) {
	switch off = off.Abs(); {
	case off > clockCritical:
		return abi.Critical, clockCritical
	case off > clockWarning:
		return abi.Warning, clockWarning
	case off > clockInfo:
		return abi.Info, clockInfo
	}
	return "", 0
}

func clockFinding(p *check.Pass, m measured, k keeper, sev abi.Severity, limit time.Duration) check.Finding {
	off := check.Seconds(*m.OffsetSeconds)
	f := check.Finding{
		Subject: "clock", Key: "offset", Severity: sev, State: abi.StateOngoing,
		Title:    fmt.Sprintf("Clock is %s (limit %s)", directed(off), check.Span(limit)),
		Detail:   clockDetail(m.Time, k, off),
		Remedy:   clockRemedy(p, k),
		Evidence: append([]abi.Evidence{m.proof}, k.evidence(p)...),
		Measure: &abi.Measure{
			Metric: "clock.offset", Value: off.Abs().Seconds(), Op: ">", Limit: limit.Seconds(), Unit: "s",
			Method: methodOf(m.Time), LimitSource: limitOurs,
		},
	}
	if off.Abs() > clockRefused {
		f.Title += "; registration fails"
		f.Measure.Limit, f.Measure.LimitSource = clockRefused.Seconds(), limitVendor
		f.Detail += fmt.Sprintf(" Beyond %s the vault refuses registration (ACS50008).", check.Span(clockRefused))
	}
	return f
}

func clockDetail(fact bundles.Time, k keeper, off time.Duration) string {
	d := "Signed requests to Azure and the order of recovery points depend on the clock"
	if off.Abs() <= clockWarning {
		d = "A time service keeps a clock within a second; this one is not kept well"
	}
	d += fmt.Sprintf(". Measured against %s%s.", fact.OffsetSource, marginWords(fact))
	switch {
	case fact.Taken.IsZero():
		return d + " What keeps the clock was not seen."
	case !k.runs():
		return d + " " + k.silence() + "."
	}
	return d + " " + k.by + " runs and did not correct it."
}

// directed says in which direction the clock is wrong: a positive difference
// means that the host is behind.
func directed(off time.Duration) string {
	if off < 0 {
		return clockSpan(off) + " ahead"
	}
	return clockSpan(off) + " behind"
}

// clockSpan writes a difference; under a minute with the tenth that tells it
// from its limit.
func clockSpan(off time.Duration) string {
	off = off.Abs()
	if off < clockInfo || off > clockWarning || off%time.Second == 0 {
		return check.Span(off)
	}
	return fmt.Sprintf("%.4g s", off.Seconds())
}

// directedFrom is directed with a reference to follow.
func directedFrom(off time.Duration) string {
	if off < 0 {
		return clockSpan(off) + " ahead of"
	}
	return clockSpan(off) + " behind"
}

func offsetWords(fact bundles.Time) string {
	return fmt.Sprintf("clock is %s %s%s", directedFrom(check.Seconds(*fact.OffsetSeconds)), fact.OffsetSource, marginWords(fact))
}

func marginWords(fact bundles.Time) string {
	if fact.OffsetErrorSeconds == nil {
		return ""
	}
	return " (± " + check.Span(check.Seconds(*fact.OffsetErrorSeconds)) + ")"
}

func methodOf(fact bundles.Time) string {
	return "difference from " + fact.OffsetSource + marginWords(fact)
}

func attemptWords(fact bundles.Time) string {
	for i := len(fact.Attempts) - 1; i >= 0; i-- {
		if a := fact.Attempts[i]; a.Error != "" {
			return a.Source + ": " + a.Error
		}
	}
	return "no reference was asked"
}

func askTime(p *check.Pass) *abi.Ask {
	return &abi.Ask{
		Role: p.Role, Args: []string{"--quick"},
		Why: "measures the clock; a time server (123/udp) or an HTTPS endpoint must be reachable from the machine",
	}
}

func askElevated(p *check.Pass) *abi.Ask {
	return &abi.Ask{Role: p.Role, Args: []string{"--quick"}, Why: "run it with administrator rights: logs and configuration can then be read"}
}
