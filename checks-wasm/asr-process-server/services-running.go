package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed services-running.md
var servicesRunningDoc string

// recentStart is how long a service must have been up to count as settled: the
// span of the article's alerts.
const recentStart = 15 * time.Minute

const (
	scanEventAlive = "event-log-alive" // the newest line of the event groups' logs
	scanWorkerExit = "worker-exit"
)

// servicesRunning is the check of the alert "specified services aren't running",
// and of steps 2 and 9.
func servicesRunning() *check.Check {
	return &check.Check{
		ID: "services-running", Title: "Process server's services run", Doc: servicesRunningDoc,
		URL: article + "#step-2-check-process-server-services", Since: firstVersion, Article: []string{"alert: services", "step 2", "step 9"},
		Roles: roles(), OS: systems(), Deployments: withAppliance(), Severities: allSeverities(),
		Inputs: []abi.Input{
			check.Fact("services"), check.OptionalFact("host"), check.OptionalFact("config"), check.OptionalFact("connections"),
			check.OptionalFact("files"), check.OptionalFact("registry"), check.OptionalFact("processes"), check.OptionalFact("cache"), eventLogs(),
			asrlogs.EventRecordLog().Input(),
		},
		Formats: []scan.Format{asrlogs.PerlEvents(), asrlogs.TmansvcLines(), asrlogs.EventRecords()},
		Scans: []scan.Scan{
			{ID: scanEventAlive, Input: eventLogs().ID, Any: []scan.Pattern{{Literal: " : "}}, Format: asrlogs.PerlEvents().ID, Where: map[string][]string{"level": {"EXCEPTION", "INFO", "DEBUG"}}, MaxHits: 1},
			serviceEvents(),
			{ID: scanWorkerExit, Input: eventLogs().ID, Format: asrlogs.TmansvcLines().ID, IgnoreCase: true, Any: []scan.Pattern{
				{Regexp: `FAILED TO EXECUTE COMMAND::.*exit code (?P<code>\d+)`}, {Literal: "while trying to run the command"},
			}},
		},
		ExplainedBy: []abi.Cause{{Check: "services-start-type", SameSubject: true}, {Check: "crash-loop", SameSubject: true}},
		Run:         runServicesRunning,
	}
}

func runServicesRunning(p *check.Pass) error {
	fact, err := check.Load[bundles.Services](p, "services")
	if check.IsMissing(err) {
		p.Insufficient("services: the collector read them and stored nothing", askElevated("the service manager"))
		return nil
	}
	if err != nil {
		return err
	}
	r := serviceRun{p: p, fact: fact, seen: gather(p), unregistered: findUnregistered(p, fact)}
	expected := expectedServices(p, fact)
	for _, s := range expected {
		r.judge(s, true)
	}
	for _, s := range otherServices(expected) {
		r.judge(s, false)
	}
	r.reportWaiting()
	r.reportRecentStarts()
	r.reportWorker()
	p.Exhibit(r.table)
	r.conclude()
	return nil
}

// serviceRun is one run of the check.
type serviceRun struct {
	p      *check.Pass
	fact   bundles.Services
	seen   observations
	blind  []string // services whose state is not known, with the reason
	recent []int    // items that came up lately
	up     int
	total  int
	table  abi.Exhibit

	unregistered unregistered
	waiting      []check.Finding // services that wait for a registration
}

// judge reports one service. One that the deployment does not need is told only
// as info, and only when it is installed.
func (r *serviceRun) judge(s service, expected bool) {
	i, item := findService(r.fact, s.name)
	c := conditionOf(item, r.fact.Taken)
	if expected && notAsked(r.p.Deployment, s, i, item) {
		return
	}
	if expected {
		r.total++
		r.row(s, item, c)
	}
	switch {
	case i < 0 && expected:
		r.blind = append(r.blind, s.name+": not read")
	case i < 0:
	case item.Error != "" && expected:
		r.blind = append(r.blind, s.name+": "+item.Error)
	case item.Error != "":
	case !expected:
		r.judgeOther(s, i, item, c)
	case c.is == conditionUp:
		r.up++
		if item.Since != nil && r.p.Recent(*item.Since, recentStart-time.Nanosecond) {
			r.recent = append(r.recent, i)
		}
	case c.is == conditionUnknown:
		r.blind = append(r.blind, s.name+": state not read")
	case c.is == conditionPending:
		r.blind = append(r.blind, s.name+": starting or stopping, for less than 5 min yet")
	case r.waitsForRegistration(s, i, c):
		r.waiting = append(r.waiting, r.finding(s, i, item, c))
	default:
		r.p.Report(r.finding(s, i, item, c))
	}
}

func (r *serviceRun) row(s service, item bundles.Service, c condition) {
	if r.table.Kind == "" {
		r.table = abi.Exhibit{Kind: "table", Title: "Services of this deployment", Columns: []string{"Service", "Expected", "Seen", "Start type"}}
	}
	seen := c.is
	switch {
	case item.Error != "":
		seen = item.Error
	case c.is == conditionUp:
		seen = "running"
	case c.is == conditionRestarting:
		seen = fmt.Sprintf("down in %d of %d readings", c.down, c.readings)
	case c.is == conditionDown:
		seen = item.State
	}
	r.table.Rows = append(r.table.Rows, []string{s.name, "running", seen, startWords(item.StartType)})
}

// judgeOther tells of a service that should not matter here.
func (r *serviceRun) judgeOther(s service, i int, item bundles.Service, c condition) {
	if c.is != conditionDown && c.is != conditionRestarting || r.p.Deployment != bundles.DeployAzureFailback {
		return
	}
	f := r.base(s, i, item, c)
	f.Severity, f.Title = abi.Info, fmt.Sprintf("Service %s is %s; a failback server in Azure does not need it", s.name, downWords(item, c))
	f.Detail, f.Remedy = "The article does not list it for this deployment.", nil
	r.p.Report(f)
}

func (r *serviceRun) base(s service, i int, item bundles.Service, c condition) check.Finding {
	f := check.Finding{
		Subject: s.name, Key: "service:" + slug(s.name), Severity: abi.Warning, State: abi.StateOngoing,
		Evidence: []abi.Evidence{r.p.At("services", check.Item(i, "state"), item.State)},
	}
	if item.Since != nil && c.is == conditionDown {
		f.FirstSeen = item.Since
	}
	return f
}

func (r *serviceRun) finding(s service, i int, item bundles.Service, c condition) check.Finding {
	f := r.base(s, i, item, c)
	f.Title = fmt.Sprintf("Service %s is %s", s.name, downWords(item, c))
	why := "The article lists it among the services that must run on this deployment."
	switch {
	case r.p.Deployment == bundles.DeployAppliance:
		why = applianceWhy(s)
	case s.optional:
		why = "Replication goes on without it."
	case r.p.Deployment == "":
		why = "The article lists it among the services that must run on a process server; which kind of deployment this is was not found out."
	}
	f.Detail = why + " " + readingWords(r.p, item, c)
	f.Remedy = serviceRemedy(s, c)
	if r.p.Deployment == bundles.DeployAppliance {
		f.Remedy = applianceRemedy(s, c)
	}
	if s.minor != "" {
		f.Severity = abi.Info
	}
	if c.is == conditionNotInstalled && disputed(r.p, s) {
		f.Severity, f.Title = abi.Info, f.Title+", and signs of the role disagree whether it should be"
	}
	if c.is == conditionRestarting {
		for n, reading := range item.Readings {
			if len(f.Evidence) < 5 && reading.State != bundles.StateRunning {
				f.Evidence = append(f.Evidence, r.p.At("services", check.Item(i, fmt.Sprintf("readings/%d/state", n)), reading.State))
			}
		}
		_, at := eventTimes(r.p, item)
		f.Evidence = append(f.Evidence, at...)
		return f
	}
	if proof := r.seen.confirm(r.p, s.name); proof.words != "" {
		f.Detail += " " + proof.words
		f.Evidence = append(f.Evidence, proof.evidence...)
		if proof.critical {
			f.Severity = abi.Critical
		}
	}
	return f
}

// disputed reports whether a service is for a configuration server only, and the
// collector has seen signs that this is none: role-conflict tells.
func disputed(p *check.Pass, s service) bool {
	return !slices.Contains(s.on, bundles.DeployStandalone) && slices.ContainsFunc(p.Bundle.Host().RoleEvidence, func(words string) bool {
		return strings.HasPrefix(words, evidenceDisagrees)
	})
}

func downWords(item bundles.Service, c condition) string {
	switch c.is {
	case conditionNotInstalled:
		return "not installed"
	case conditionRestarting:
		return fmt.Sprintf("restarting: down in %d of %d readings", c.down, c.readings)
	}
	if item.State == bundles.StateStartPending || item.State == bundles.StateStopPending {
		return strings.ReplaceAll(item.State, "_", " ") + " for more than 5 min"
	}
	return item.State
}

func readingWords(p *check.Pass, item bundles.Service, c condition) string {
	switch {
	case c.is == conditionNotInstalled:
		return "The service manager does not know it: setup did not finish, or something removed it."
	case c.is == conditionRestarting:
		words, _ := eventTimes(p, item)
		if words == "" {
			words = "The event log, which has the exact times, has no record of it or was not collected."
		}
		return fmt.Sprintf("It was down at %s, by readings at the start, each minute and the end. %s", clocks(p, c.downTimes), words)
	case c.readings == 1:
		return "It was down in the only reading: it may be between two starts."
	}
	words := fmt.Sprintf("It was down in all %d readings, at the start, each minute and the end.", c.readings)
	if item.Since != nil {
		words += " Down since " + p.Clock(*item.Since) + "."
	}
	return words
}

// clocks lists the first times.
func clocks(p *check.Pass, times []time.Time) string {
	var words []string
	for i, t := range times {
		if i == 5 {
			words = append(words, fmt.Sprintf("%d more", len(times)-i))
			break
		}
		words = append(words, p.Clock(t))
	}
	return strings.Join(words, ", ")
}

func serviceRemedy(s service, c condition) []string {
	if c.is == conditionNotInstalled {
		return []string{
			fmt.Sprintf("Check in Services (services.msc) that %s is really not there: `sc.exe query \"%s\"`.", s.name, s.name),
			"Look for the failed step in C:\\ProgramData\\ASRSetupLogs and repair the installation with the unified setup of the same version. It interrupts replication through this server while it runs.",
		}
	}
	steps := []string{fmt.Sprintf("Check the service in Services (services.msc): `sc.exe query \"%s\"`.", s.name)}
	if c.is == conditionRestarting {
		steps = append(steps, "Find out why it stops: `Get-WinEvent -FilterHashtable @{LogName='System'; Id=7031,7034} -MaxEvents 20` and its own log.",
			fmt.Sprintf("Restart it: `net stop \"%s\" & net start \"%s\"`. This interrupts %s.", s.name, s.name, s.interrupts))
	} else {
		steps = append(steps, fmt.Sprintf("Start it: `net start \"%s\"`. It is down, so starting it interrupts nothing; a later restart interrupts %s.", s.name, s.interrupts))
	}
	return append(steps,
		"Check that the process server is connected and reachable: its health in the vault, and a new collection after 15 minutes.",
		"If all services run as expected and the alert stays, check connectivity and replication, steps 4 to 13 of the article.")
}

// conclude sets the status.
func (r *serviceRun) conclude() {
	if len(r.blind) > 0 {
		r.p.Insufficient("state not known: "+strings.Join(r.blind, "; "), askElevated("the service manager"))
		return
	}
	words := fmt.Sprintf("%d of %d services of this deployment run", r.up, r.total)
	if reason, ok := r.p.Unread("services"); !ok && !r.p.Bundle.Has("facts/services.json") {
		r.p.Insufficient(words+" at the start; whether they still do was not read: "+reason, askElevated("the service manager"))
		return
	}
	passUnlessBlind(r.p, words, "processes", sourceTmansvc)
}
