package main

import (
	"slices"
	"strings"
)

// tellPeers tells the host which process servers this machine sends to: those of
// its configuration, else those that its log names, else those that were probed. At
// port 443 the configuration may name the configuration server, which has a process
// server of its own or has not: then all of them count.
func (r *portRun) tellPeers() {
	if len(r.settings) > 0 { // all of one appliance
		var names []string
		for _, t := range r.settings {
			names = append(names, r.namesOf(t)...)
		}
		slices.Sort(names)
		r.p.WorksWith(slices.Compact(names)...)
		return
	}
	targets := slices.Clone(r.configured)
	perhaps := slices.ContainsFunc(targets, func(t string) bool { return strings.HasSuffix(t, ":"+configServerPort) })
	if len(targets) == 0 || perhaps {
		targets = append(targets, r.used...)
	}
	if len(targets) == 0 || perhaps {
		for _, i := range r.targets() {
			if t := r.probes.Items[i].Target; !among(targets, t) {
				targets = append(targets, t)
			}
		}
	}
	for _, t := range targets {
		r.p.WorksWith(r.namesOf(t)...)
	}
}

// namesOf lists a target's host and the addresses that the probes of it met.
func (r *portRun) namesOf(t string) []string {
	host, _ := splitTarget(t)
	names := []string{host}
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, probe := range r.probes.Items {
		if !strings.EqualFold(probe.Target, t) {
			continue
		}
		for _, leg := range probe.Legs {
			for _, a := range leg.Addresses {
				add(strings.Trim(a, "[]"))
			}
			if leg.Remote != "" {
				remote, _ := splitTarget(leg.Remote)
				add(remote)
			}
		}
	}
	return names
}
