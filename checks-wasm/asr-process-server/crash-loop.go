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

//go:embed crash-loop.md
var crashLoopDoc string

// When starts are a loop.
const (
	loopStarts = 3
	loopWithin = time.Hour
	// oneStart: lines of one start lie closer together.
	oneStart = 30 * time.Second
	// afterBoot services may be started several times, by setup or by hand.
	afterBoot = 30 * time.Minute
)

func crashLoop() *check.Check {
	use := asrlogs.Use(asrlogs.CxpsStarted, asrlogs.TmansvcStarted, asrlogs.SystemCrash, asrlogs.SystemProgram)
	return &check.Check{
		ID: "crash-loop", Title: "Services start once and stay", Doc: crashLoopDoc, URL: article + "#step-2-check-process-server-services", Since: firstVersion,
		Article: []string{"step 2"}, Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Info, abi.Warning},
		Inputs:  append(use.Inputs, check.OptionalFact("services"), check.OptionalFact("host")),
		Formats: use.Formats, Scans: use.Scans,
		Run: runCrashLoop,
	}
}

func runCrashLoop(p *check.Pass) error {
	found := 0
	for _, s := range []struct{ scan, service string }{{asrlogs.CxpsStarted, svcData}, {asrlogs.TmansvcStarted, svcTmansvc}} {
		if reportStarts(p, s.scan, s.service) {
			found++
		}
	}
	told := map[string]bool{}
	for _, id := range []string{asrlogs.SystemCrash, asrlogs.SystemProgram} {
		found += reportCrashes(p, id, told)
	}
	look := []string{asrlogs.CxpsStarted, asrlogs.SystemCrash}
	if p.Deployment != bundles.DeployAppliance { // which has no tmansvc
		look = append(look, asrlogs.TmansvcStarted)
	}
	answerLogs(p, found, "no service was started three times within an hour", look...)
	return nil
}

// reportStarts looks at the starts that a service logs itself.
func reportStarts(p *check.Pass, id, service string) bool {
	boot := bootTime(p)
	var last time.Time
	t := p.Follow(check.Following{Scans: []string{id}, Retry: loopWithin / 2, Keep: func(h scan.Hit) bool {
		if h.Time == nil || h.Time.Sub(last) < oneStart || !boot.IsZero() && !h.Time.Before(boot) && h.Time.Sub(boot) < afterBoot {
			return false
		}
		last = *h.Time
		return true
	}})
	if !within(t.Hits, loopStarts, loopWithin) {
		return false
	}
	code, at := exitCode(p, service)
	return p.ReportTrail(check.Finding{
		Key: slug(service), Subject: service, Severity: abi.Warning, Title: fmt.Sprintf("Service %s was started again and again%s", service, code),
		Detail:   "It logs each start; so many within an hour mean that the service ends by itself.",
		Remedy:   crashRemedy(service),
		Evidence: append(newestOf(t, 1), at...),
	}, t)
}

// crashed is the service that a record speaks of: by its name, its display name or
// its program.
func crashed(h scan.Hit) string {
	name := h.Fields["service"] + h.Fields["program"]
	service, ok := map[string]string{
		"process server": "ProcessServer", "process server monitor": "ProcessServerMonitor", "log upload service": "LogUpload",
		"microsoft azure recovery services agent": "obengine", "cxps": svcData, "cbengine": "obengine", "loguploadservice": "LogUpload",
		"world wide web publishing service": svcWeb, "microsoft azure site recovery service": svcProvider,
	}[strings.ToLower(name)]
	if ok {
		return service
	}
	return name
}

// concerns reports whether a service is one of this deployment's, or of none that is
// known: another server may have a MySQL of its own.
func concerns(p *check.Pass, name string) bool {
	i := slices.IndexFunc(serviceList(), func(s service) bool { return strings.EqualFold(s.name, name) })
	return i < 0 || p.Deployment == "" || slices.Contains(serviceList()[i].on, p.Deployment)
}

// reportCrashes looks at the system's records of services and programs that ended.
// Those in told have been reported by other records.
func reportCrashes(p *check.Pass, id string, told map[string]bool) (found int) {
	by := map[string]int{}
	var names []string
	for h := range p.Hits(id) {
		name := crashed(h)
		if by[name]++; by[name] == 1 && !told[name] && concerns(p, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		var over time.Time
		if last := p.Summary(id).Last; last != nil && p.Now.Sub(*last) >= loopWithin {
			over = p.Now
		}
		t := p.Follow(check.Following{Scans: []string{id}, Retry: loopWithin / 2, Success: over, Keep: func(h scan.Hit) bool { return crashed(h) == name }})
		if t.Count < loopStarts {
			continue
		}
		code, at := exitCode(p, name)
		if p.ReportTrail(check.Finding{
			Key: id + "-" + slug(name), Subject: name, Severity: abi.Warning, Title: fmt.Sprintf("%s ended by itself%s", name, code),
			Detail:   "Windows recorded that it ended without being asked to. The service manager starts it again, and uploads or jobs under way are lost each time.",
			Remedy:   crashRemedy(name),
			Evidence: append(newestOf(t, 1), at...),
		}, t) {
			told[name] = true
			found++
		}
	}
	return found
}

// within reports whether so many hits lie within a span.
func within(hits []scan.Hit, n int, span time.Duration) bool {
	for i := n - 1; i < len(hits); i++ {
		if hits[i].Time.Sub(*hits[i-n+1].Time) <= span {
			return true
		}
	}
	return false
}

// bootTime is when the machine started; zero: not known.
func bootTime(p *check.Pass) time.Time {
	if host := optional[bundles.HostFact](p, "host"); host != nil && host.BootTime != nil {
		return *host.BootTime
	}
	return time.Time{}
}

// exitCode is what the service manager has of a service's last end.
func exitCode(p *check.Pass, service string) (words string, at []abi.Evidence) {
	fact := optional[bundles.Services](p, "services")
	if fact == nil {
		return "", nil
	}
	i, s := findService(*fact, service)
	if i < 0 || s.ExitCode == nil || *s.ExitCode == 0 {
		return "", nil
	}
	return fmt.Sprintf(", last with exit code %d", *s.ExitCode), []abi.Evidence{p.At("services", check.Item(i, "exit_code"), *s.ExitCode)}
}

func crashRemedy(service string) []string {
	return []string{
		"Read why: `Get-WinEvent -FilterHashtable @{LogName='System','Application';Id=7023,7024,7031,7034,1000,1026} -MaxEvents 30 | Format-List TimeCreated,ProviderName,Message`.",
		fmt.Sprintf("Look at its last exit code: `sc.exe query \"%s\"`, and what it means: `net helpmsg CODE`.", service),
		"Check memory, the cache volume and the anti-virus exclusions; then repair the installation with the unified setup of the same release.",
	}
}
