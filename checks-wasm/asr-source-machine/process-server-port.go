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

//go:embed process-server-port.md
var processServerPortDoc string

const (
	// dataPort is where a process server takes replication data, unless it was
	// set up otherwise (article, step 6).
	dataPort = "9443"
	// dataPortProbe is the profile's name for attempts to reach it.
	dataPortProbe = "data-port"
	// unknownServer stands in a command for an address that nobody knows.
	unknownServer = "PROCESS-SERVER-ADDRESS"
	// reportRetry is how often the product judges whether a source can upload.
	reportRetry = 15 * time.Minute
	// agentSource and agentLogs are the logs of svagents.
	agentSource = "logs/svagents"
	agentLogs   = agentSource + "/**/svagents*"
	// reportScan finds the agent's own reports in them.
	reportScan = "process-server-unreachable"
)

func processServerPort() *check.Check {
	return &check.Check{
		ID: "process-server-port", Title: "The process server's data port can be reached", Doc: processServerPortDoc,
		URL: article + "#step-6-check-connectivity-from-source-machine", Since: firstVersion,
		Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Info, abi.Warning, abi.Critical},
		// The probes are optional for the host, so that the check can ask for them.
		Inputs: []abi.Input{
			check.OptionalFact("probes"), check.OptionalFact("config"), check.OptionalFact("connections"),
			check.May("svagents-log", agentLogs),
		},
		Formats: []scan.Format{asrlogs.Agents()},
		Scans:   []scan.Scan{unreachableReports()},
		ExplainedBy: []abi.Cause{
			{Check: "source-appliance-address"},
			{Check: "asr-process-server/services-running", Subjects: []string{"cxprocessserver"}},
			{Check: "asr-process-server/data-port"},
			{Check: "asr-process-server/inbound-firewall"},
		},
		Worked: workedUploads,
		Run:    runProcessServerPort,
	}
}

// unreachableReports are the lines in which the agent says that it does not
// reach its process server; the last form names the address it uses.
func unreachableReports() scan.Scan {
	return scan.Scan{
		ID: reportScan, Input: "svagents-log", Format: asrlogs.Agents().ID, IgnoreCase: true, MaxHits: 20,
		Where: map[string][]string{"level": asrlogs.AgentComplaints()},
		Any: []scan.Pattern{
			{Literal: "Drain log upload location access failed"},
			{Literal: "Failed to check log upload location status"},
			{Regexp: `failed to send/receive to/from PS with ip: (?P<ip>[^\s,]+), port: (?P<port>\d+)`},
		},
	}
}

func runProcessServerPort(p *check.Pass) error {
	return onTargets(p, (*portRun).notProbed, func(r *portRun, targets []int) {
		for _, i := range targets {
			r.judge(i)
		}
		missed := r.allForeign(targets)
		r.agentReports()
		r.end(p, r.askFor(append(missed, r.unprobed()...)))
	})
}

// onTargets hands over the probes of the data port, or says with none that
// there is not one.
func onTargets(p *check.Pass, none func(*portRun), run func(*portRun, []int)) error {
	if p.Deployment == bundles.DeployMasterTarget {
		p.NotApplicable("a master target sends no replication data")
		return nil
	}
	probes, err := check.Load[bundles.Probes](p, "probes")
	if err != nil && !check.IsMissing(err) {
		return err
	}
	r := &portRun{p: p, probes: probes}
	r.addresses()
	r.tellPeers()
	targets := r.targets()
	switch {
	case len(targets) == 0 && p.Role == bundles.RoleUnknown && len(r.configured)+len(r.used) == 0:
		p.NotApplicable("nothing on this machine names a process server")
	case len(targets) == 0:
		none(r)
	default:
		run(r, targets)
	}
	return nil
}

// portRun is one run of the check.
type portRun struct {
	answer
	p      *check.Pass
	probes bundles.Probes
	// configured and used are addresses of the process server: of the agent's
	// configuration and, newest first, of its log.
	configured, used []string
	// settings are those of an appliance, of which the agent tries one after another.
	settings  []string
	connected []string // targets whose port answered
	blocked   bool     // a finding says so already
}

// addresses collects where the agent sends its data.
func (r *portRun) addresses() {
	if cfg, err := check.Load[bundles.Config](r.p, "config"); err == nil {
		r.configured = configuredTargets(cfg)
	}
	r.settings = applianceOf(r.p).targets(dataPort)
	for _, t := range r.settings {
		if !among(r.configured, t) {
			r.configured = append(r.configured, t)
		}
	}
	for h := range r.p.Hits(reportScan) {
		ip, port := h.Fields["ip"], h.Fields["port"]
		if ip == "" || h.Time == nil || !r.p.Recent(*h.Time, check.ErrorAge) {
			continue
		}
		if t := target(ip, port); !slices.Contains(r.used, t) {
			r.used = append([]string{t}, r.used...)
		}
	}
}

// configuredTargets reads the transport section of drscout.conf.
func configuredTargets(cfg bundles.Config) []string {
	i := find(cfg.Items, func(f bundles.ConfigFile) string { return f.Name }, "drscout")
	if i < 0 {
		return nil
	}
	host, port := "", dataPort
	for _, v := range cfg.Items[i].Values {
		if !strings.EqualFold(v.Section, "vxagent.transport") || v.Value == "" {
			continue
		}
		switch {
		case strings.EqualFold(v.Key, "Hostname"):
			host = v.Value
		case strings.EqualFold(v.Key, "Port"):
			port = v.Value
		}
	}
	if host == "" {
		return nil
	}
	return []string{target(host, port)}
}

// targets lists the probes of the data port: those that the profile names so,
// that go to its usual port, or that go where the agent sends its data.
func (r *portRun) targets() []int {
	var out []int
	for i, probe := range r.probes.Items {
		if probe.Target == "" || probe.Via == bundles.ViaProxy {
			continue // nobody knew where to, or a way that replication does not go
		}
		_, port := splitTarget(probe.Target)
		known := among(r.configured, probe.Target) || among(r.used, probe.Target)
		if strings.EqualFold(probe.Name, dataPortProbe) || port == dataPort || known {
			out = append(out, i)
		}
	}
	return out
}

// among reports whether a target is one of several, whatever the case of its name.
func among(targets []string, t string) bool {
	return slices.ContainsFunc(targets, func(other string) bool { return strings.EqualFold(t, other) })
}

// notProbed ends the check when nobody tried.
func (r *portRun) notProbed() {
	reason, ok := r.p.Missing("facts/**/probes.json")
	if ok {
		reason = "no probe went to the data port"
		if len(r.configured)+len(r.used) == 0 {
			reason += ": the process server's address was neither in drscout.conf nor in the agent's log"
		}
	}
	if target := r.establishedTo(append(r.configured, r.used...)); target != "" {
		reason += "; the agent had a connection to " + target
	}
	if c, last := r.course(); c.State == abi.StateOngoing {
		r.unreachableByLog(c, last)
	}
	targets := append(slices.Clone(r.configured), r.used...)
	if len(targets) == 0 {
		targets = []string{unknownServer + ":" + dataPort}
	}
	r.p.Insufficient(reason, r.askFor(targets[:1]))
}

// askFor asks for probes of targets; nil when there are none.
func (r *portRun) askFor(targets []string) *abi.Ask {
	if len(targets) == 0 {
		return nil
	}
	var args []string
	for _, t := range targets {
		args = append(args, "--probe", t)
	}
	return &abi.Ask{Role: bundles.RoleSourceMachine, Args: args, Why: "tries the process server's data port from this machine"}
}

// establishedTo gives the first of the targets that a watched process had a
// connection to.
func (r *portRun) establishedTo(targets []string) string {
	conns, err := check.Load[bundles.Connections](r.p, "connections")
	if err != nil {
		return ""
	}
	for _, c := range conns.Items {
		if slices.Contains(c.States, "ESTABLISHED") && among(targets, c.Remote) {
			return c.Remote
		}
	}
	return ""
}

// unprobed lists the addresses in the agent's log that no probe went to.
func (r *portRun) unprobed() []string {
	known := map[string]bool{}
	for _, i := range r.targets() {
		probe := r.probes.Items[i]
		known[probe.Target] = true
		_, port := splitTarget(probe.Target)
		for _, leg := range probe.Legs {
			for _, a := range leg.Addresses {
				known[target(a, port)] = true
			}
			known[leg.Remote] = true
		}
	}
	var out []string
	for _, t := range r.used {
		if !known[t] {
			out = append(out, t)
		}
	}
	return out
}

// target writes an address of a probe: host:port, an IPv6 host in brackets.
// Package net would do it too, but a module has no use for the rest of it.
func target(host, port string) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + port
}

// splitTarget undoes target. Without a port all of it is the host.
func splitTarget(s string) (host, port string) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.HasSuffix(s, "]") {
		return s, ""
	}
	return strings.Trim(s[:i], "[]"), s[i+1:]
}

// slug makes a part of a key of an address.
func slug(s string) string {
	return strings.Trim(strings.Map(func(c rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.:_-", c) {
			return c
		}
		return '-'
	}, strings.ToLower(s)), "-:")
}

// quoteTail ends a detail with what the system said.
func quoteTail(s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", s)
}
