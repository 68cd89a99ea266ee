package main

import (
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// applianceSettings is what the agent knows of the replication appliance that serves
// it, in the modernized architecture.
type applianceSettings struct {
	// modern says that an appliance serves the agent, whether its addresses are known
	// or not.
	modern bool
	hosts  []string // names and addresses, in the order of the settings
	port   string   // of the control channel
}

// applianceOf reads CSType of drscout.conf and the agent's SourceConfig.json.
func applianceOf(p *check.Pass) applianceSettings {
	a := applianceSettings{port: configServerPort}
	cfg, err := check.Load[bundles.Config](p, "config")
	if err != nil {
		return a
	}
	for _, file := range cfg.Items {
		for _, v := range file.Values {
			switch {
			case strings.EqualFold(file.Name, "drscout") && strings.EqualFold(v.Key, "CSType"):
				a.modern = a.modern || strings.EqualFold(v.Value, "CSPrime")
			case strings.EqualFold(file.Name, "source-config"):
				a.take(v)
			}
		}
	}
	return a
}

// take takes a value of SourceConfig.json. A list is one value with commas.
func (a *applianceSettings) take(v bundles.ConfigValue) {
	switch strings.ToLower(v.Key) {
	case "port":
		if v.Value != "" {
			a.port = v.Value
		}
	case "ipaddresses", "natipaddress", "fqdn":
		for _, host := range strings.Split(v.Value, ",") {
			if host = strings.TrimSpace(host); host != "" && !among(a.hosts, host) {
				a.hosts = append(a.hosts, host)
			}
		}
		a.modern = a.modern || len(a.hosts) > 0
	}
}

// targets are all addresses with a port.
func (a applianceSettings) targets(port string) (list []string) {
	for _, h := range a.hosts {
		list = append(list, target(h, port))
	}
	return list
}

// reached reports whether an attempt got through to its end.
func reached(probe bundles.Probe) bool {
	open, _, later := outcome(probe.Legs)
	return open >= 0 && later < 0
}

// spare reports whether an address may fail: the agent tries all of its settings in
// turn, and another one was reached.
func spare(list []bundles.Probe, settings []string, t string) bool {
	return among(settings, t) && slices.ContainsFunc(list, func(o bundles.Probe) bool {
		return !strings.EqualFold(o.Target, t) && o.Via != bundles.ViaProxy && among(settings, o.Target) && reached(o)
	})
}

// brokenLeg is the leg at which an attempt broke; -1: it did not.
func brokenLeg(probe bundles.Probe) int {
	open, failed, later := outcome(probe.Legs)
	if open >= 0 {
		return later
	}
	return failed
}

// failing says in words at which step an attempt broke.
func failing(probe bundles.Probe) string {
	leg := probe.Legs[brokenLeg(probe)]
	return "fails: " + rungs()[rungOf(leg.Leg)-1].words + " " + legEnd(leg)
}

// knownData lists where the agent is known to send its data: what drscout.conf and
// SourceConfig.json name, what its log names, and what it was seen connected to. At
// port 443 drscout.conf may name the configuration server, which says nothing.
func (r *portRun) knownData() []string {
	list := slices.Clone(r.used)
	for _, t := range r.configured {
		if _, port := splitTarget(t); port != configServerPort {
			list = append(list, t)
		}
	}
	conns, err := check.Load[bundles.Connections](r.p, "connections")
	if err != nil {
		return list
	}
	for _, c := range conns.Items {
		if _, port := splitTarget(c.Remote); port == dataPort && slices.Contains(c.States, "ESTABLISHED") {
			list = append(list, c.Remote)
		}
	}
	return list
}

// foreign gives the address that the agent uses when an attempt went to another one
// that only the command line names; empty: the attempt counts.
func (r *portRun) foreign(probe bundles.Probe) string {
	known := r.knownData()
	if probe.Origin != "flag" || len(known) == 0 {
		return ""
	}
	names := r.namesOf(probe.Target)
	for _, t := range known {
		if slices.ContainsFunc(r.namesOf(t), func(name string) bool { return among(names, name) }) {
			return ""
		}
	}
	return known[0]
}

// mild tells of an attempt that broke and harms nothing: at one of several addresses
// of the settings, of which another works, or at one that only the command line names.
func (r *portRun) mild(i int, report bool) bool {
	probe := r.probes.Items[i]
	k := brokenLeg(probe)
	if k < 0 {
		return false
	}
	if spare(r.probes.Items, r.settings, probe.Target) {
		r.finef("%s %s; the agent tries its addresses in turn, and another one works", probe.Target, failing(probe))
		return true
	}
	used := r.foreign(probe)
	if used == "" {
		return false
	}
	r.finef("%s, named on the command line only, %s", probe.Target, failing(probe))
	if report {
		f := r.finding(i, k)
		f.Key, f.Severity = "asked-"+slug(probe.Target), abi.Info
		f.Title = probe.Target + ", named on the command line only, " + failing(probe)
		f.Detail = "The agent does not send there: it uses " + used + ", by its configuration, its log or its connections. It matters only if this machine is to be moved to that address." + measured(probe, probe.Legs[k])
		r.p.Report(f)
	}
	return true
}

// allForeign notes that nobody tried the address that the agent uses, and gives it.
func (r *portRun) allForeign(targets []int) []string {
	used := ""
	for _, i := range targets {
		if used = r.foreign(r.probes.Items[i]); used == "" {
			return nil
		}
	}
	if used == "" || among(r.used, used) {
		return nil // of its log, which is told apart
	}
	r.unclearf("no attempt went to %s, which the agent uses", used)
	return []string{used}
}
