package main

import (
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// ofTheCPU ends what is said of a share of the CPU.
const ofTheCPU = " of the CPU"

// addLoads tells with a role what its own programs take: role and program are one
// cause, which explains what the load brings about.
func (d *dedicated) addLoads(f *check.Finding, r serverRole) {
	var words []string
	add := func(text string, at abi.Evidence) {
		if !slices.Contains(words, text) {
			words, f.Evidence = append(words, text), append(f.Evidence, at)
		}
	}
	programs := d.programsOf(r)
	for _, s := range d.samples {
		if s.Mean > foreignShare && slices.Contains(programs, programName(s.Name)) {
			add(shortName(s.Name)+" uses "+check.PercentBeside(s.Mean, foreignShare)+ofTheCPU, s.Evidence(d.p))
		}
	}
	sampled := len(words) > 0
	for _, l := range d.loads {
		if !slices.Contains(programs, programName(l.Name)) {
			continue
		}
		if !sampled && l.HasCPU && l.CPU > foreignShare {
			add(shortName(l.Name)+" uses "+check.PercentBeside(l.CPU, foreignShare)+ofTheCPU, l.CPUEvidence(d.p))
		}
		if l.Memory > foreignShare {
			add(shortName(l.Name)+" holds "+check.PercentBeside(l.Memory, foreignShare)+" of memory", l.MemoryEvidence(d.p))
		}
	}
	d.ofRoles = append(d.ofRoles, programs...)
	if len(words) > 0 {
		f.Subject = keyMemory
		if strings.HasSuffix(words[0], ofTheCPU) {
			f.Subject = keyCPU
		}
		f.Title += ": " + words[0]
		f.Detail += " Measured: " + strings.Join(words, "; ") + "; the limit for what does not belong here is " + check.Percent(foreignShare) + "."
	}
}

// programsOf are the programs of a role: those that it is known by, and what its
// services run.
func (d *dedicated) programsOf(r serverRole) []string {
	programs := slices.Clone(r.programs)
	if d.services == nil {
		return programs
	}
	for _, l := range d.loads {
		runs := slices.ContainsFunc(d.services.Items, func(s bundles.Service) bool { return r.runs(s) && s.PID != 0 && s.PID == l.PID })
		if runs && d.foreign(l.Name) {
			programs = append(programs, programName(l.Name))
		}
	}
	return programs
}

// runs reports whether a service is one of the role.
func (r serverRole) runs(s bundles.Service) bool {
	return slices.ContainsFunc(r.services, func(n string) bool { return strings.EqualFold(n, s.Name) }) ||
		r.prefix != "" && strings.HasPrefix(strings.ToLower(s.Name), strings.ToLower(r.prefix))
}
