package main

import (
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed heartbeat.md
var heartbeatDoc string

// Times of the heartbeat.
const (
	// heartbeatPeriod is how often the process server registers (RegisterPS).
	heartbeatPeriod = 5 * time.Minute
	// freshSettings: PSSettings.json is written every minute while the
	// configuration server answers.
	freshSettings = 5 * time.Minute
)

const (
	scanRegister = "register-failures"
	scanPost     = "post-failures"
	keyHeartbeat = "heartbeat"
)

func heartbeat() *check.Check {
	return &check.Check{
		ID: "heartbeat", Title: "Heartbeat to the configuration server", Doc: heartbeatDoc,
		URL: article + "#step-3-check-the-process-server-heartbeat", Since: firstVersion, Article: []string{"alert: heartbeat", "step 3", "error 806"},
		Roles: roles(), OS: systems(), Deployments: classicDeployments(), Severities: allSeverities(),
		Inputs: []abi.Input{
			check.OptionalFact("files"), check.OptionalFact("services"), check.OptionalFact("probes"), check.OptionalFact("config"),
			eventLogs(), dotnetLogs(),
		},
		Formats: []scan.Format{asrlogs.DotnetObjects(), asrlogs.PerlEvents()},
		Scans: []scan.Scan{
			{ID: scanRegister, Input: dotnetLogs().ID, Format: asrlogs.DotnetObjects().ID, IgnoreCase: true, MaxHits: 500, Where: map[string][]string{"level": asrlogs.Complaints()}, Any: []scan.Pattern{
				{Regexp: `Failed to run task RegisterPS|Cancelling stuck task RegisterPS|Register PS (Host|Network) input validation failed|Failing CS server certificate validation`},
			}},
			{ID: scanPost, Input: eventLogs().ID, Format: asrlogs.PerlEvents().ID, MaxHits: 500, Where: map[string][]string{"level": {"EXCEPTION"}}, Any: []scan.Pattern{
				{Regexp: `Failed to (?P<verb>POST|GET) the details for (?P<url>https?://\S+)`},
			}},
		},
		ExplainedBy: []abi.Cause{{Check: "services-running", Subjects: []string{svcProcessServer, svcTmansvc, svcWeb, svcMySQL}}, {Check: "time-sync"}, {Check: "cs-trust"}},
		Worked:      workedHeartbeat,
		Run:         runHeartbeat,
	}
}

// pulse is what is known about the heartbeat.
type pulse struct {
	p          *check.Pass
	settings   settings
	register   trail
	post       trail
	probe      *bundles.Probe
	probeItem  int
	down       []string // services that send it and are down
	downProofs []abi.Evidence
}

// trail is a list of errors and what became of them.
type trail struct {
	hitList
	check.Course
}

func runHeartbeat(p *check.Pass) error {
	h := &pulse{p: p, settings: settingsOf(optional[bundles.Files](p, "files"))}
	h.register, h.post = h.follow(scanRegister), h.follow(scanPost)
	h.findProbe()
	h.findServices()
	h.judge()
	return nil
}

func (h *pulse) follow(id string) trail {
	t := trail{hitList: hitsOf(h.p, id)}
	t.Course = h.p.Course(check.Errors{Times: t.times, LogEnd: t.end, Retry: heartbeatPeriod, Success: h.settings.mtime, Later: t.later})
	return t
}

// judge takes the first proof there is, in the order of their strength.
func (h *pulse) judge() {
	switch s := h.settings; {
	case s.known && s.age <= freshSettings:
		h.reportPast()
		h.answered(fmt.Sprintf("the configuration server answered %s before the collection read it (PSSettings.json)", check.Span(s.age)))
	case s.known && s.age > staleSettings:
		h.lost(fmt.Sprintf("No heartbeat: newest answer of the configuration server is %s old (limit %s)", check.Span(s.age), check.Span(staleSettings)),
			"PSSettings.json is written with each answer of the configuration server, normally every minute.", s.evidence(h.p))
	case h.register.State == abi.StateOngoing:
		h.lostByLog("Heartbeat fails: registration with the configuration server failed %s since %s", h.register)
	case h.post.State == abi.StateOngoing:
		h.lostByLog("Heartbeat fails: requests to the configuration server failed %s since %s", h.post)
	case h.probe != nil && brokenLeg(*h.probe) != "":
		h.lostByProbe()
	case s.known:
		h.reportPast()
		h.content(fmt.Sprintf("the configuration server answered %s before the collection read it (limit %s), and no failure followed", check.Span(s.age), check.Span(staleSettings)))
	case len(h.down) > 0:
		h.lost("Heartbeat is not sent: "+h.downWords(),
			"These services send it; nothing else was found that proves or disproves a heartbeat.", h.downProofs...)
	default:
		h.reportPast()
		h.p.Insufficient(h.ignorance(), askElevated("PSSettings.json and the process server's logs"))
	}
}

// answered passes on the best proof there is; only failures that are over could
// be told beside it, and of them the newest part of the logs is enough.
func (h *pulse) answered(reason string) {
	for _, s := range []string{sourceDotnet, sourceTmansvc} {
		if why, ok := h.p.Absent(s); !ok {
			h.p.Insufficient(reason+"; but not read: "+why, askElevated(s))
			return
		}
	}
	h.p.Pass(reason)
}

// content passes on weaker proof, if all that could say otherwise was read.
func (h *pulse) content(reason string) {
	passUnlessBlind(h.p, reason, "files", "services", "probes", "config", sourceDotnet, sourceTmansvc)
}

// ignorance says why nothing is known.
func (h *pulse) ignorance() string {
	var why []string
	for _, glob := range []string{"facts/**/files.json", dotnetLogs().Glob, eventLogs().Glob, "facts/**/probes.json"} {
		if reason, ok := h.p.Missing(glob); !ok {
			why = append(why, reason)
		}
	}
	if h.settings.gone {
		why = append(why, "PSSettings.json is not there")
	}
	if len(why) == 0 {
		return "no proof of a heartbeat and none against it was found"
	}
	return "no proof of a heartbeat and none against it: " + strings.Join(why, "; ")
}

// lost reports that there is no heartbeat, and where it breaks.
func (h *pulse) lost(title, how string, ev ...abi.Evidence) {
	leg, words := h.brokenAt()
	f := check.Finding{
		Subject: "configuration server", Key: keyHeartbeat, Severity: abi.Critical, State: abi.StateOngoing,
		Title: title, Detail: how + " Without a heartbeat the vault shows error 806 and jobs for this server's machines wait. " + words,
		Remedy: h.remedy(leg), Evidence: append(ev, h.supporting(leg)...),
	}
	if h.settings.known {
		f.FirstSeen = &h.settings.mtime
		f.Measure = &abi.Measure{
			Metric: "heartbeat.age", Value: h.settings.age.Seconds(), Op: ">", Limit: staleSettings.Seconds(), Unit: "s",
			Method: "age of PSSettings.json", LimitSource: "Azure Site Recovery: no heartbeat for 15 minutes",
		}
	}
	h.p.Report(f)
	if h.probe != nil {
		h.p.Exhibit(pathExhibit("Way to the configuration server "+h.probe.Target, *h.probe))
	}
}

func (h *pulse) lostByLog(form string, t trail) {
	last := t.hits[len(t.hits)-1]
	h.lost(fmt.Sprintf(form, times(t.Count), h.p.Clock(t.First)), "Newest line: "+oneLine(messageOf(last))+".", check.At(last))
}

func (h *pulse) lostByProbe() {
	leg := h.probe.Legs[brokenAt(*h.probe)]
	h.lost(fmt.Sprintf("Configuration server %s does not answer: %s %s", h.probe.Target, legWords(leg.Leg), statusWords(leg)),
		"The collector tried it from this machine.", h.probeEvidence())
}

// reportPast tells of failures that are over, or that do not keep the heartbeat
// from getting through.
func (h *pulse) reportPast() {
	for _, t := range []struct {
		trail
		key, what string
	}{{h.register, "past-registration", "Registration with the configuration server"}, {h.post, "past-requests", "Requests to the configuration server"}} {
		if t.State == "" {
			continue
		}
		last := t.hits[len(t.hits)-1]
		f := check.Finding{
			Subject: "configuration server", Key: t.key, Severity: abi.Info, State: abi.StateRecovered, Count: int64(t.Count), FirstSeen: &t.First, LastSeen: &t.Last,
			Title:    fmt.Sprintf("%s failed %s until %s", t.what, times(t.Count), h.p.Clock(t.Last)),
			Detail:   "It works since. Newest line: " + oneLine(messageOf(last)) + ".",
			Evidence: []abi.Evidence{check.At(last)},
		}
		if t.State != abi.StateRecovered {
			f.State, f.Detail = t.State, h.lately()+" Newest line: "+oneLine(messageOf(last))+"."
			f.Title = fmt.Sprintf("%s failed %s since %s, last at %s", t.what, times(t.Count), h.p.Clock(t.First), h.p.Clock(t.Last))
		}
		if t.Intermittent() {
			f.Severity, f.State, f.Remedy = abi.Warning, abi.StateOngoing, h.remedy(legOfText(last.Text))
			f.Title = fmt.Sprintf("%s is intermittent: it failed %d times and recovered %d times since %s", t.what, t.Count, t.Recoveries, h.p.Clock(t.First))
		}
		h.p.Report(f)
	}
}

// lately says what is known beside failures that are not surely over.
func (h *pulse) lately() string {
	if h.settings.known {
		return fmt.Sprintf("Yet the heartbeat works: the configuration server answered at %s (PSSettings.json).", h.p.Clock(h.settings.mtime))
	}
	return "Whether it works since is not known."
}

func messageOf(h scan.Hit) string {
	if m := h.Fields["message"]; m != "" {
		return m
	}
	return h.Text
}
