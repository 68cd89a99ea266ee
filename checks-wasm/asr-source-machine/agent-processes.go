package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// Names that the profile gives to files.
const (
	markerFile  = "norespawn-marker"
	versionFile = "vx-version"
	// markerPath is where the agent's scripts look for the first.
	markerPath = "/usr/local/.norespawn_vxagent"
)

// markerIsOld: an upgrade or an uninstall that set the marker is done by then.
const markerIsOld = time.Hour

// linuxAgent judges the agent by its processes: the unit vxagent is a oneshot
// and stays active when they are gone.
func linuxAgent(p *check.Pass) error {
	end, err := check.Load[bundles.Processes](p, "processes")
	h := linuxHost{p: p, end: end}
	if failed := h.load(); failed != nil {
		return failed
	}
	if err != nil {
		h.unitsOnly()
		return lacking(p, "processes", err)
	}
	switch {
	case !h.installed() && p.Role == bundles.RoleUnknown:
		p.NotApplicable("nothing of the mobility agent is on this machine: no process, no unit, no version file")
	case h.hidden():
		p.Insufficient("processes: process 1 is not in the list: other users' processes were hidden from the collector", again("reads the processes of the agent"))
	default:
		h.judge()
	}
	return nil
}

// hidden reports whether the list lacks other users' processes: of a collector
// with all rights only an empty one does.
func (h *linuxHost) hidden() bool {
	whole := h.p.Bundle.Manifest.Collector.Elevated && len(h.end.Items) > 0
	return h.find(h.end, 1) == nil && !whole
}

// unitsOnly reports units that are down when nobody looked at the processes. It
// is a warning: the agent can be started without its units.
func (h *linuxHost) unitsOnly() {
	for _, name := range []string{"vxagent", "svagents", "appservice"} {
		i, u := h.unit(name)
		if u == nil || u.State != bundles.StateStopped && u.State != bundles.StateFailed {
			continue
		}
		h.p.Report(check.Finding{
			Key: name + "-unit", Subject: u.Name, Severity: abi.Warning, State: abi.StateOngoing, Confidence: "unit only",
			Title:    fmt.Sprintf("Unit %s is %s", u.Name, words(u.State)),
			Detail:   "The unit starts the mobility agent. Whether its processes svagents and appservice run nevertheless was not read.",
			Remedy:   []string{"Check the processes: `pgrep -l 'svagents|appservice'`.", restartLinux, "If they do not stay, read why: `journalctl -u " + u.Name + " -n 50; tail -n 50 /var/log/svagents*.log`."},
			Evidence: []abi.Evidence{h.p.At("services", check.Item(i, "state"), u.State)},
		})
	}
}

// linuxHost is what the bundle knows of the agent on Linux.
type linuxHost struct {
	p          *check.Pass
	start, end bundles.Processes
	twice      bool // start is a reading of its own
	services   bundles.Services
	files      bundles.Files
}

// load reads the facts beside the processes; they may lack.
func (h *linuxHost) load() error {
	var err error
	if h.p.Bundle.FactPath("start/processes") != h.p.Bundle.FactPath("processes") {
		h.start, err = check.Load[bundles.Processes](h.p, "start/processes")
		h.twice = err == nil
	}
	if err == nil || check.IsMissing(err) {
		h.services, err = check.Load[bundles.Services](h.p, "services")
	}
	if err == nil || check.IsMissing(err) {
		h.files, err = check.Load[bundles.Files](h.p, "files")
	}
	if check.IsMissing(err) {
		return nil
	}
	return err
}

func (h *linuxHost) find(procs bundles.Processes, pid int32) *bundles.Process {
	for i := range procs.Items {
		if procs.Items[i].PID == pid {
			return &procs.Items[i]
		}
	}
	return nil
}

// named gives the indices of the processes of a name: one of which only the
// numbers could not be read is there all the same.
func named(procs bundles.Processes, name string) []int {
	var out []int
	for i, proc := range procs.Items {
		if strings.EqualFold(proc.Name, name) {
			out = append(out, i)
		}
	}
	return out
}

// mayBeThere says why a process that is not in the list may run all the same;
// empty when the list is whole.
func (h *linuxHost) mayBeThere() string {
	if n := unreadable(h.end); n > 0 {
		return fmt.Sprintf("%d processes could not be read", n)
	}
	if reason, ok := h.p.Unread("processes"); !ok {
		return "the list is not whole: " + reason
	}
	return ""
}

// unreadable counts the processes whose names were denied: one of them may be
// what is looked for.
func unreadable(procs bundles.Processes) int {
	n := 0
	for _, proc := range procs.Items {
		if proc.Error != "" {
			n++
		}
	}
	return n
}

// file finds a row of the files fact by the profile's name or by its path; nil
// when it was not looked at.
func (h *linuxHost) file(name, path string) (int, *bundles.FileInfo) {
	i := find(h.files.Items, func(f bundles.FileInfo) string { return f.Name }, name)
	if i < 0 {
		i = find(h.files.Items, func(f bundles.FileInfo) string { return f.Path }, path)
	}
	if i < 0 || h.files.Items[i].Error != "" {
		return -1, nil
	}
	return i, &h.files.Items[i]
}

func (h *linuxHost) unit(name string) (int, *bundles.Service) {
	i := find(h.services.Items, func(s bundles.Service) string { return s.Name }, name, name+".service")
	if i < 0 || h.services.Items[i].Error != "" {
		return -1, nil
	}
	return i, &h.services.Items[i]
}

// installed reports whether anything of the agent was seen.
func (h *linuxHost) installed() bool {
	if _, f := h.file(versionFile, "/usr/local/.vx_version"); f != nil && f.Exists {
		return true
	}
	if _, u := h.unit("vxagent"); u != nil && u.State != bundles.StateNotInstalled {
		return true
	}
	for _, part := range agents() {
		if len(named(h.end, part.process)) > 0 || len(named(h.start, part.process)) > 0 {
			return true
		}
	}
	return false
}

// judge reports by cause: the marker explains every process that is missing.
func (h *linuxHost) judge() {
	var a answer
	if reason := endLacks(h.p, "processes"); reason != "" {
		a.unclearf("%s", reason)
	}
	var gone []agent
	for _, part := range agents() {
		if len(named(h.end, part.process)) == 0 {
			gone = append(gone, part)
		} else {
			h.running(part, &a)
		}
	}
	if why := h.mayBeThere(); why != "" && len(gone) > 0 {
		a.unclearf("processes: %s is not in the list, but %s", gone[0].process, why)
		gone = nil
	}
	i, marker := h.file(markerFile, markerPath)
	if reason, ok := h.p.Unread("files"); marker == nil && !ok {
		a.unclearf("whether a marker keeps the agent from being restarted is not known: %s", reason)
	}
	switch {
	case marker != nil && marker.Exists && len(gone) > 0:
		h.markerStops(i, *marker, gone)
	case len(gone) > 0 && !h.installed():
		h.report(check.Finding{
			Key: "not-installed", Subject: "mobility agent", Severity: abi.Critical, Title: "The mobility agent is not installed",
			Detail: "Neither its processes nor its unit nor /usr/local/.vx_version are on this machine, so nothing of it is replicated.",
			Remedy: []string{
				"Check in the portal that this machine is meant to be protected.",
				"Install the mobility service from the process server's repository, then register it: `" + registerLinux + "`.",
			},
		})
	default:
		for _, part := range gone {
			h.missing(part)
		}
		if marker != nil && marker.Exists {
			h.markerIsLeft(i, *marker)
		}
	}
	a.end(h.p, again("reads the processes of the agent"))
}

const (
	registerLinux = "/usr/local/ASR/Vx/bin/UnifiedAgentConfigurator.sh -i <address of the configuration server> -P <file with its passphrase>"
	restartLinux  = "Restart the agent: `systemctl restart vxagent`. A start alone does nothing while the unit counts as active; replication of this machine pauses for seconds."
)

// report adds what every finding here rests on: when the list was taken, and
// what the units say.
func (h *linuxHost) report(f check.Finding) {
	f.State = abi.StateOngoing
	f.Evidence = append(f.Evidence, h.p.At("processes", "/taken", h.end.Taken))
	for _, name := range []string{"vxagent", "uarespawnd"} {
		if i, u := h.unit(name); u != nil {
			f.Evidence = append(f.Evidence, h.p.At("services", check.Item(i, "state"), u.State))
			f.Detail += fmt.Sprintf(" Unit %s is %s.", u.Name, words(u.State))
		}
	}
	f.Detail += fmt.Sprintf(" Measured: list of processes of %s.", h.p.Clock(h.end.Taken))
	if h.twice {
		f.Detail += fmt.Sprintf(" An earlier one is of %s.", h.p.Clock(h.start.Taken))
	}
	h.p.Report(f)
}

// running judges a process that is there: was it there all the time?
func (h *linuxHost) running(part agent, a *answer) {
	i := named(h.end, part.process)[0]
	proc := h.end.Items[i]
	f := check.Finding{Subject: part.process, Evidence: []abi.Evidence{h.p.At("processes", check.Item(i, "pid"), proc.PID)}}
	if proc.Started != nil {
		f.FirstSeen = proc.Started
		f.Evidence = append(f.Evidence, h.p.At("processes", check.Item(i, "started"), *proc.Started))
	}
	f.Detail = fmt.Sprintf("The agent needs this process: %s.", part.does)
	switch {
	case h.twice && h.find(h.start, proc.PID) == nil:
		f.Key, f.Severity = part.process+"-restarting", abi.Warning
		f.Title = fmt.Sprintf("Process %s was started again during the collection (now pid %d)", part.process, proc.PID)
		f.Remedy = []string{
			"See why it ended: `tail -n 50 /var/log/" + part.process + "*.log; journalctl -k --since -2h | grep -i -e oom -e segfault`.",
			"If it ends again: `systemctl status vxagent uarespawnd`.",
		}
		h.report(f)
	case proc.Started != nil && setBack(h.p, *proc.Started):
		a.finef("%s runs (pid %d, since when is not known: the clock was set back)", part.process, proc.PID)
	case proc.Started != nil && h.p.Now.Sub(*proc.Started) < upForGood:
		f.Key, f.Severity = part.process+"-started-recently", abi.Info
		f.Title = fmt.Sprintf("Process %s runs for only %s", part.process, check.Span(h.p.Now.Sub(*proc.Started)))
		f.Remedy = []string{"Collect again in 15 minutes if replication has not caught up by then."}
		h.report(f)
	case proc.Started != nil:
		a.finef("%s runs (pid %d, for %s)", part.process, proc.PID, check.Span(h.p.Now.Sub(*proc.Started)))
	default:
		a.finef("%s runs (pid %d)", part.process, proc.PID)
	}
}

// missing reports a process that is not there at the end.
func (h *linuxHost) missing(part agent) {
	f := check.Finding{
		Key: part.process + "-not-running", Subject: part.process, Severity: abi.Critical,
		Title:  fmt.Sprintf("Process %s is not running", part.process),
		Detail: fmt.Sprintf("The agent needs it: %s.", part.does),
		Remedy: []string{
			restartLinux,
			"Check that it stays: `pgrep -l '" + part.process + "'; /usr/local/ASR/Vx/bin/status`.",
			"If it does not, read why: `tail -n 50 /var/log/" + part.process + "*.log; systemctl status vxagent uarespawnd`.",
		},
	}
	if early := named(h.start, part.process); h.twice && len(early) > 0 {
		f.Title = fmt.Sprintf("Process %s ended during the collection", part.process)
		f.FirstSeen = &h.start.Taken
		f.Evidence = append(f.Evidence, h.p.At("start/processes", check.Item(early[0], "pid"), h.start.Items[early[0]].PID))
	}
	if _, u := h.unit("vxagent"); u != nil && (u.State == bundles.StateExited || u.State == bundles.StateRunning) {
		f.Detail += " That the unit is active proves nothing: it only ran the start script."
	}
	h.report(f)
}

// markerStops reports the marker as the cause of what is missing.
func (h *linuxHost) markerStops(i int, m bundles.FileInfo, gone []agent) {
	var names, why []string
	for _, part := range gone {
		names, why = append(names, part.process), append(why, fmt.Sprintf("%s: %s", part.process, part.does))
	}
	verb := "is"
	if len(gone) > 1 {
		verb = "are"
	}
	f := h.markerFinding(i, m)
	f.Key, f.Severity = "norespawn-marker", abi.Critical
	f.Subject = strings.Join(names, ", ")
	f.Title = fmt.Sprintf("%s %s not running: the marker %s keeps the agent down", strings.Join(names, " and "), verb, m.Path)
	f.Detail = fmt.Sprintf("While it exists, uarespawnd restarts nothing. %s %s.", h.age(m), strings.Join(why, "; "))
	f.Remedy = []string{
		"Make sure that no upgrade or uninstall of the agent runs: `pgrep -fl 'install|uninstall' | grep -i -e ASR -e vx; tail /var/log/ua_install.log`.",
		"Remove the marker: " + removeMarker(m),
		restartLinux,
		"Check that both processes stay: `pgrep -l 'svagents|appservice'`.",
	}
	h.report(f)
}

// markerIsLeft: the agent works now, but the next death is for good.
func (h *linuxHost) markerIsLeft(i int, m bundles.FileInfo) {
	f := h.markerFinding(i, m)
	f.Key, f.Severity, f.Subject = "norespawn-marker", abi.Info, m.Path
	f.Title = "The agent runs, but the marker " + m.Path + " is left: it would not be restarted"
	f.Detail = "While it exists, uarespawnd restarts nothing that ends. " + h.age(m)
	f.Remedy = []string{"If no upgrade of the agent runs, remove the marker: " + removeMarker(m)}
	h.report(f)
}

// removeMarker is the command; whatever the bundle calls the marker, it removes no
// more than that.
func removeMarker(m bundles.FileInfo) string {
	path := m.Path
	if check.Odd(path) || strings.ContainsAny(path, " *?~") {
		path = markerPath
	}
	return "`rm " + path + "`."
}

func (h *linuxHost) markerFinding(i int, m bundles.FileInfo) check.Finding {
	return check.Finding{FirstSeen: m.MTime, Evidence: []abi.Evidence{h.p.At("files", check.Item(i, "exists"), true)}}
}

// age says what the marker's age means.
func (h *linuxHost) age(m bundles.FileInfo) string {
	if m.MTime == nil {
		return "An upgrade or uninstall sets it, and a failed one leaves it behind."
	}
	old := h.p.Now.Sub(*m.MTime)
	if old < markerIsOld {
		return fmt.Sprintf("It was set %s ago: an upgrade or uninstall may still run.", check.Span(old))
	}
	return fmt.Sprintf("It was set %s ago: an upgrade or uninstall failed and left it behind.", check.Span(old))
}
