package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/hostcheck"
)

// tmansvc looks after its perl worker every 15 minutes (PROCESS_MONITOR_INTERVAL).
const (
	workerPeriod = 15 * time.Minute
	// workerMissing is a period and a minute: it had its chance to start it again.
	workerMissing = 16 * time.Minute
	workerScript  = "eventmanager"
)

// reportRecentStarts tells of services that came up within the span of the
// alerts: averages and logs say little about them yet.
func (r *serviceRun) reportRecentStarts() {
	if len(r.recent) == 0 {
		return
	}
	f := check.Finding{Key: "started-recently", Severity: abi.Info, State: abi.StateOngoing}
	var names []string
	for _, i := range r.recent {
		item := r.fact.Items[i]
		names = append(names, item.Name)
		f.Evidence = append(f.Evidence, r.p.At("services", check.Item(i, "since"), *item.Since))
		if f.FirstSeen == nil || item.Since.Before(*f.FirstSeen) {
			f.FirstSeen = item.Since
		}
	}
	f.Title = fmt.Sprintf("%d services run for less than 15 min", len(names))
	if len(names) == 1 {
		f.Subject, f.Title = names[0], fmt.Sprintf("Service %s runs for less than 15 min", names[0])
	}
	f.Detail = "Started since " + r.p.Clock(*f.FirstSeen) + ": " + strings.Join(names, ", ") + ". What the article averages over 15 minutes is not settled yet."
	if host := optional[bundles.HostFact](r.p, "host"); host != nil && host.BootTime != nil && r.p.Recent(*host.BootTime, recentStart) {
		f.Detail += " The machine itself started at " + r.p.Clock(*host.BootTime) + "."
	}
	r.p.Report(f)
}

// reportWorker tells when tmansvc runs without the worker that does its work.
func (r *serviceRun) reportWorker() {
	expected := hasService(expectedServices(r.p, r.fact), svcTmansvc)
	_, item := findService(r.fact, svcTmansvc)
	if !expected || conditionOf(item, r.fact.Taken).is != conditionUp {
		return
	}
	if r.reportWorkerExits() {
		return
	}
	start, end := hostcheck.StartProcesses(r.p), r.seen.processes
	if start == nil || end == nil || end.Taken.Sub(start.Taken) <= workerMissing || hasWorker(*start) || hasWorker(*end) {
		return
	}
	if item.Since != nil && item.Since.After(start.Taken) {
		return
	}
	r.p.Report(check.Finding{
		Subject: svcTmansvc, Key: "worker-missing", Severity: abi.Critical, State: abi.StateOngoing, FirstSeen: &start.Taken,
		Title:    fmt.Sprintf("Service tmansvc runs without its worker for %s", check.Span(end.Taken.Sub(start.Taken))),
		Detail:   "Its work is done by perl with eventmanager.pl, which it starts and looks after every 15 minutes. No such process was there at the start and at the end of the collection.",
		Remedy:   workerRemedy(),
		Evidence: []abi.Evidence{r.p.At("processes", "/taken", end.Taken)},
	})
}

// reportWorkerExits tells of a worker that ends by itself or cannot be started, by
// tmansvc's own log.
func (r *serviceRun) reportWorkerExits() bool {
	h := hitsOf(r.p, scanWorkerExit)
	c := r.p.Course(check.Errors{Times: h.times, LogEnd: h.end, Retry: workerPeriod, Later: h.later})
	if c.State == "" {
		return false
	}
	last := h.hits[len(h.hits)-1]
	what := "could not be started"
	if code := last.Fields["code"]; code != "" {
		what = "ended with exit code " + code
	}
	f := check.Finding{
		Subject: svcTmansvc, Key: "worker-exit", Severity: abi.Critical, State: c.State, Count: int64(c.Count), FirstSeen: &c.First, LastSeen: &c.Last,
		Title:    fmt.Sprintf("Worker of tmansvc %s, %s since %s", what, times(c.Count), r.p.Clock(c.First)),
		Detail:   "tmansvc starts its perl worker again every 15 minutes; in between its work is not done. Newest line: " + oneLine(last.Text),
		Remedy:   workerRemedy(),
		Evidence: []abi.Evidence{check.At(last)},
	}
	switch {
	case c.Intermittent():
		f.Severity, f.State = abi.Warning, abi.StateOngoing
	case c.State == abi.StateRecovered:
		f.Severity, f.Title = abi.Info, fmt.Sprintf("Worker of tmansvc %s until %s", what, r.p.Clock(c.Last))
	case c.Count < 2:
		f.Severity = abi.Warning
	}
	r.p.Report(f)
	return true
}

func workerRemedy() []string {
	return []string{
		`Check that the anti-virus software does not hold back perl or C:\ProgramData\ASR, and that C:\ProgramData\ASR\home\svsystems\bin\eventmanager.pl exists.`,
		`Check that Perl is there and starts: ` + "`" + `C:\strawberry\perl\bin\perl.exe -v` + "`" + `; if it is missing, run the unified setup of the same release again.`,
		"Restart tmansvc: `net stop tmansvc & net start tmansvc`. This interrupts the heartbeat of older releases and the sorting of replicated data for about a minute.",
		`Check that the worker is there: ` + "`" + `Get-CimInstance Win32_Process -Filter "Name='perl.exe'" | Select-Object CommandLine` + "`.",
	}
}

// hasWorker looks for a perl process with the worker's script.
func hasWorker(ps bundles.Processes) bool {
	return slices.ContainsFunc(ps.Items, func(p bundles.Process) bool {
		return strings.HasPrefix(strings.ToLower(p.Name), "perl") && (p.CommandLine == "" || strings.Contains(strings.ToLower(p.CommandLine), workerScript))
	})
}
