package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// agentKey is where setup records how far the agent's configuration came.
const agentKey = `HKLM\SOFTWARE\Wow6432Node\InMage Systems\Installed Products\5`

// windowsAgent judges the two services by their readings over the window.
func windowsAgent(p *check.Pass) error {
	fact, err := check.Load[bundles.Services](p, "services")
	if err != nil {
		return lacking(p, "services", err)
	}
	if p.Role == bundles.RoleUnknown && !anyInstalled(fact) {
		p.NotApplicable("no service of the mobility agent is installed on this machine")
		return nil
	}
	var a answer
	if reason := endLacks(p, "services"); reason != "" {
		a.unclearf("%s", reason)
	}
	for _, part := range agents() {
		i := find(fact.Items, func(s bundles.Service) string { return s.Name }, part.service)
		switch {
		case i < 0:
			a.unclearf("services: the state of %s was not read", part.service)
		case fact.Items[i].Error != "":
			a.unclearf("services: %s: %s", part.service, fact.Items[i].Error)
		default:
			s := service{Service: fact.Items[i], index: i, agent: part}
			s.judge(p, &a)
		}
	}
	vssProvider(p, fact)
	a.end(p, again("reads the services of the agent"))
	return nil
}

// registerWindows registers an agent with its configuration server.
const registerWindows = `"C:\Program Files (x86)\Microsoft Azure Site Recovery\agent\UnifiedAgentConfigurator.exe" /CSEndPoint <address of the configuration server> /PassphraseFilePath <file with its passphrase>`

// code marks a command in a step, and ends the sentence.
func code(command string) string { return "`" + command + "`." }

func anyInstalled(fact bundles.Services) bool {
	for _, part := range agents() {
		i := find(fact.Items, func(s bundles.Service) string { return s.Name }, part.service)
		if i >= 0 && fact.Items[i].State != bundles.StateNotInstalled {
			return true
		}
	}
	return false
}

// service is one reading of a service over the window.
type service struct {
	bundles.Service
	index int
	agent agent
}

// judge reports what is wrong with one service.
func (s service) judge(p *check.Pass, a *answer) {
	down, up := s.count()
	started := s.startedAt(p)
	unread, ok := p.Unread("processes")
	switch {
	case s.State == bundles.StateNotInstalled:
		s.report(p, "not-installed", abi.Critical, fmt.Sprintf("Service %s is not installed", s.Name))
	case down > 0 && s.isDown(len(s.Readings)-1) || down > 0 && len(s.Readings) == 0:
		s.report(p, "not-running", abi.Critical, fmt.Sprintf("Service %s is %s (%s)", s.Name, words(s.State), s.often(down)))
	case down > 0:
		s.report(p, "restarting", abi.Warning, fmt.Sprintf("Service %s was down in %d of %d readings, and runs again", s.Name, down, len(s.Readings)))
	case up == 0:
		a.unclearf("services: %s is %s", s.Name, words(s.State))
	case started.IsZero() && s.PID != 0 && !ok:
		a.unclearf("%s runs; since when is not known: %s", s.Name, unread)
	case !setBack(p, started) && p.Now.Sub(started) < upForGood:
		s.report(p, "started-recently", abi.Info, fmt.Sprintf("Service %s runs for only %s", s.Name, check.Span(p.Now.Sub(started))))
	default:
		s.comesBack(p, a)
	}
}

// comesBack judges a service that runs by what happens at the next reboot.
func (s service) comesBack(p *check.Pass, a *answer) {
	if s.StartType != bundles.StartManual && s.StartType != bundles.StartDisabled {
		a.finef("%s runs", s.Name)
		return
	}
	s.report(p, "start-type", abi.Warning, fmt.Sprintf("Service %s runs, but will not come back after a reboot (start type %s)", s.Name, words(s.StartType)))
}

// providerService is what makes recovery points application-consistent.
const providerService = "Azure Site Recovery VSS Provider"

// vssProvider reports a provider that nothing can start: the only state in which
// it does not work, as it is started when it is needed.
func vssProvider(p *check.Pass, fact bundles.Services) {
	i := find(fact.Items, func(s bundles.Service) string { return s.Name }, providerService)
	if i < 0 || fact.Items[i].Error != "" || fact.Items[i].StartType != bundles.StartDisabled {
		return
	}
	p.Report(check.Finding{
		Key: "vss-provider-disabled", Subject: fact.Items[i].Name, Severity: abi.Warning, State: abi.StateOngoing,
		Title:  fmt.Sprintf("Service %s is disabled: no recovery point is application-consistent", fact.Items[i].Name),
		Detail: "Windows asks it for a consistent state of the disks. Disabled, it cannot be started: error 2147943458, in the vault 78144. Crash-consistent recovery points go on. Measured: the service manager's start type.",
		Remedy: []string{
			"Set the start type back: " + code(fmt.Sprintf(`sc.exe config "%s" start= auto`, fact.Items[i].Name)),
			"Start it: " + code(fmt.Sprintf(`sc.exe start "%s"`, fact.Items[i].Name)) + " This interrupts nothing.",
			"It worked when the vault shows a newer application-consistent recovery point for this machine.",
		},
		Evidence: []abi.Evidence{p.At("services", check.Item(i, "start_type"), fact.Items[i].StartType)},
	})
}

// count gives how many readings say down and how many say running. Without
// readings the state counts as one.
func (s service) count() (down, up int) {
	if len(s.Readings) == 0 {
		s.Readings = []bundles.ServiceReading{{State: s.State}}
	}
	for i, r := range s.Readings {
		switch {
		case s.isDown(i):
			down++
		case r.State == bundles.StateRunning:
			up++
		}
	}
	return down, up
}

// isDown reports whether reading i is one of a service that does not do its work.
func (s service) isDown(i int) bool {
	if i < 0 || i >= len(s.Readings) {
		return false
	}
	switch s.Readings[i].State {
	case bundles.StateStopped, bundles.StatePaused, bundles.StateFailed, bundles.StateNotInstalled:
		return true
	case bundles.StateStartPending, bundles.StateStopPending:
		return s.pendingFor(i) > pendingIsDown
	}
	return false
}

// pendingFor is the time from the first to the last of the readings around i
// that are not final.
func (s service) pendingFor(i int) time.Duration {
	pending := func(k int) bool {
		return k >= 0 && k < len(s.Readings) && strings.HasSuffix(s.Readings[k].State, "_pending")
	}
	from, to := i, i
	for pending(from - 1) {
		from--
	}
	for pending(to + 1) {
		to++
	}
	return s.Readings[to].T.Sub(s.Readings[from].T)
}

// startedAt is when the running service was started, zero when not known.
func (s service) startedAt(p *check.Pass) time.Time {
	if s.Since != nil {
		return *s.Since
	}
	procs, err := check.Load[bundles.Processes](p, "processes")
	if err != nil || s.PID == 0 {
		return time.Time{}
	}
	for _, proc := range procs.Items {
		if proc.PID == s.PID && proc.Started != nil {
			return *proc.Started
		}
	}
	return time.Time{}
}

func (s service) often(down int) string {
	if n := len(s.Readings); n > 1 {
		return fmt.Sprintf("%d of %d readings", down, n)
	}
	return "one reading"
}

func words(state string) string { return strings.ReplaceAll(state, "_", " ") }

// report reports one finding about the service.
func (s service) report(p *check.Pass, what string, sev abi.Severity, title string) {
	registration, status := s.registration(p)
	f := check.Finding{
		Key: s.agent.process + "-" + what, Subject: s.Name, Severity: sev, State: abi.StateOngoing,
		Title: title, Detail: s.detail(p, what, registration), Remedy: s.remedy(what, registration),
		Evidence: append(s.evidence(p), status...),
	}
	switch what {
	case "restarting":
		f.State = abi.StateRecovered
	case "started-recently":
		at := s.startedAt(p)
		f.FirstSeen = &at
	case "not-running":
		if len(s.Readings) < 2 {
			f.Confidence = "one reading"
		}
		f.FirstSeen = s.downSince()
	}
	p.Report(f)
}

// downSince is the first of the last run of readings that say down.
func (s service) downSince() *time.Time {
	i := len(s.Readings) - 1
	for i > 0 && s.isDown(i-1) {
		i--
	}
	if i < 0 {
		return nil
	}
	return &s.Readings[i].T
}

// How the agent's start type and registration hang together.
const (
	registered      = "registered"
	neverRegistered = "never registered"
	registerUnknown = "unknown"
)

// registration tells an agent that was never registered: setup leaves the
// services Manual, and only a successful configuration makes them Automatic.
func (s service) registration(p *check.Pass) (string, []abi.Evidence) {
	if s.StartType != bundles.StartManual || s.State == bundles.StateNotInstalled {
		return registered, nil
	}
	reg, err := check.Load[bundles.Registry](p, "registry")
	if err != nil {
		return registerUnknown, nil
	}
	k := find(reg.Items, func(r bundles.RegistryKey) string { return r.Key }, agentKey)
	if k < 0 || reg.Items[k].Error != "" || !reg.Items[k].Exists {
		return registerUnknown, nil
	}
	v := find(reg.Items[k].Values, func(v bundles.RegistryValue) string { return v.Name }, "AgentConfigurationStatus")
	if v < 0 {
		return neverRegistered, []abi.Evidence{p.At("registry", check.Item(k, "exists"), true)}
	}
	data := reg.Items[k].Values[v].Data
	var status string
	if json.Unmarshal(data, &status) == nil && strings.EqualFold(status, "Succeeded") {
		return registered, nil
	}
	return neverRegistered, []abi.Evidence{p.At("registry", fmt.Sprintf("/items/%d/values/%d/data", k, v), data)}
}

func (s service) detail(p *check.Pass, what, registration string) string {
	text := fmt.Sprintf("The agent needs this service: %s.", s.agent.does)
	if what == "start-type" {
		return text + s.startTypeWords(registration) + " Measured: the service manager's start type."
	}
	if at := s.downSince(); at != nil && s.isDown(len(s.Readings)-1) {
		text += fmt.Sprintf(" It is down since the reading of %s or longer.", p.Clock(*at))
	}
	return text + s.startTypeWords(registration) + " Measured: the service manager's state at the start, each minute and the end of the collection."
}

// startTypeWords says what the start type tells; empty when it is as it should be.
func (s service) startTypeWords(registration string) string {
	switch {
	case registration == neverRegistered:
		return " Its start type is Manual and the agent's configuration did not succeed: the agent was never registered with its configuration server."
	case registration == registerUnknown:
		return " Its start type is Manual, which is how setup leaves it until the agent is registered; whether that happened was not read."
	case s.StartType == bundles.StartManual:
		return " Its start type is Manual, although the agent is registered: somebody changed it."
	case s.StartType == bundles.StartDisabled:
		return " Its start type is Disabled, so neither a reboot nor another service starts it."
	}
	return ""
}

func (s service) remedy(what, registration string) []string {
	var steps []string
	switch what {
	case "not-installed":
		return []string{
			"Check in the portal that this machine is meant to be protected.",
			`Install the mobility service again. Its installer lies on the process server in %ProgramData%\ASR\home\svsystems\pushinstallsvc\repository.`,
			"Register it: " + code(registerWindows),
		}
	case "started-recently":
		return []string{"Collect again in 15 minutes if replication has not caught up by then."}
	case "restarting":
		return []string{
			"See why it ended: " + code(`Get-WinEvent -FilterHashtable @{LogName='System';ProviderName='Service Control Manager';StartTime=(Get-Date).AddHours(-2)}`),
			"Read the end of the agent's log: " + code(`Get-Content "C:\Program Files (x86)\Microsoft Azure Site Recovery\agent\svagents_curr_*.log" -Tail 50`),
		}
	}
	if registration != registered {
		steps = append(steps, "Register the agent: "+code(registerWindows))
	}
	if s.StartType == bundles.StartDisabled || what == "start-type" {
		steps = append(steps, "Set the start type back: "+code(fmt.Sprintf(`sc.exe config "%s" start= auto`, s.Name)))
	}
	if what == "start-type" {
		return steps
	}
	return append(steps,
		"Start the service: "+code(fmt.Sprintf(`sc.exe start "%s"`, s.Name))+" Nothing is interrupted: it is down.",
		"If it does not stay up, read why: "+code(fmt.Sprintf(`Get-WinEvent -FilterHashtable @{LogName='System';ProviderName='Service Control Manager'} -MaxEvents 20; sc.exe query "%s"`, s.Name)),
	)
}

// evidence points to the reading that says most: the last one, and the first
// one that says down.
func (s service) evidence(p *check.Pass) []abi.Evidence {
	out := []abi.Evidence{p.At("services", check.Item(s.index, "state"), s.State)}
	for i, r := range s.Readings {
		if s.isDown(i) {
			out = append(out, p.At("services", fmt.Sprintf("/items/%d/readings/%d/state", s.index, i), r.State))
			break
		}
	}
	if s.StartType != "" {
		out = append(out, p.At("services", check.Item(s.index, "start_type"), s.StartType))
	}
	return out
}
