package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/hostcheck"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed dedicated-machine.md
var dedicatedMachineDoc string

// foreignShare of the CPU or of memory is what a program that does not belong here
// may take.
const foreignShare = 0.10

func dedicatedMachine() *check.Check {
	return &check.Check{
		ID: "dedicated-machine", Title: "The server is used for nothing else", Doc: dedicatedMachineDoc,
		URL: article + "#best-practices-for-process-server-deployment", Since: firstVersion, Article: []string{"practice: dedicated machine"},
		Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Info, abi.Warning},
		Inputs: append(hostcheck.ProcessInputs(), check.OptionalFact("services"), check.OptionalFact("software"), check.OptionalFact("registry"), check.OptionalFact("config"), check.OptionalFact("probes"), hostcheck.SampledInput()),
		Series: []scan.Series{processSeries()},
		Run:    ours(runDedicatedMachine),
	}
}

func runDedicatedMachine(p *check.Pass) error {
	d := dedicated{p: p, services: optional[bundles.Services](p, "services"), software: optional[bundles.Software](p, "software")}
	d.loads, d.unclear = hostcheck.ProcessLoads(p)
	d.samples = hostcheck.SampledLoads(p, seriesCPUProcesses)
	for _, r := range foreignRoles() {
		d.role(r, abi.Warning)
	}
	if p.Deployment == bundles.DeployStandalone {
		d.role(webRole(), abi.Info)
	}
	for _, s := range d.samples {
		if s.Mean > foreignShare && d.foreign(s.Name) && !slices.Contains(d.ofRoles, programName(s.Name)) {
			d.sampled(s)
		}
	}
	for _, l := range d.loads {
		if d.foreign(l.Name) && !slices.Contains(d.ofRoles, programName(l.Name)) {
			d.process(l)
		}
	}
	d.end()
	return nil
}

// dedicated is one run of the check.
type dedicated struct {
	p        *check.Pass
	services *bundles.Services
	software *bundles.Software
	loads    []hostcheck.ProcessLoad
	samples  []hostcheck.SampledCPU
	ofRoles  []string // programs that were told with their role
	unclear  string   // why processes cannot be judged
	found    int
	reported []string // keys
}

// foreign reports whether a program is none that may run here.
func (d *dedicated) foreign(name string) bool {
	return !belongs(name, d.p.Deployment) && !isSystemName(name)
}

func (d *dedicated) report(f check.Finding) {
	if slices.Contains(d.reported, f.Key) {
		return // another process of the same name
	}
	d.reported = append(d.reported, f.Key)
	d.found++
	f.State = abi.StateOngoing
	d.p.Report(f)
}

// role reports a role that is there, once, by the surest sign.
func (d *dedicated) role(r serverRole, sev abi.Severity) {
	at, words, ok := d.roleByService(r)
	if !ok {
		at, words, ok = d.roleByProgram(r)
	}
	if !ok {
		at, words, ok = d.roleByFeature(r)
	}
	if !ok {
		return
	}
	f := check.Finding{
		Subject: r.name, Key: "role-" + slug(r.name), Severity: sev,
		Title: "The server is also used as " + r.name,
		Detail: words + ". Its load comes on top of replication and at other hours, its restarts and updates interrupt uploads, and its files use up the cache volume. " +
			"A process server is to be used for nothing else.",
		Remedy: []string{
			"Move the role to another machine, then remove it here: `Get-WindowsFeature | Where-Object Installed` lists what is installed; removing a role mostly asks for a restart, which interrupts uploads for some minutes.",
			"If the other role has to stay, set up another process server on a machine of its own and move the source machines to it: in the vault, Replicated items, Change process server.",
		},
		Evidence: []abi.Evidence{at},
	}
	if sev == abi.Info {
		f.Detail = words + ". A process server that stands alone does not need it. It does no harm as long as no site of it is busy; it is one more thing that listens and has to be updated."
	} else {
		d.addLoads(&f, r)
	}
	d.report(f)
}

// roleByService looks for a service of the role that runs, or would at the next
// start of the machine.
func (d *dedicated) roleByService(r serverRole) (at abi.Evidence, words string, ok bool) {
	if d.services == nil {
		return at, "", false
	}
	for i, s := range d.services.Items {
		starts := s.StartType == bundles.StartAutomatic || s.StartType == bundles.StartAutomaticDelayed
		if !r.runs(s) || s.Error != "" || s.State == bundles.StateNotInstalled {
			continue
		}
		if s.State == bundles.StateRunning || s.State == bundles.StateStartPending || starts {
			return d.p.At("services", check.Item(i, "state"), s.State), "Service " + s.Name + " is " + strings.ReplaceAll(s.State, "_", " "), true
		}
	}
	return at, "", false
}

func (d *dedicated) roleByProgram(r serverRole) (at abi.Evidence, words string, ok bool) {
	for _, l := range d.loads {
		if slices.Contains(r.programs, programName(l.Name)) {
			return l.MemoryEvidence(d.p), "Program " + l.Name + " runs (process " + itoa(int(l.PID)) + ")", true
		}
	}
	return at, "", false
}

// roleByFeature believes the list of features where none of the role's services
// was looked at.
func (d *dedicated) roleByFeature(r serverRole) (at abi.Evidence, words string, ok bool) {
	if d.software == nil || r.feature == "" || d.lookedAt(r) {
		return at, "", false
	}
	i := slices.IndexFunc(d.software.Features, func(f string) bool { return strings.EqualFold(f, r.feature) })
	if i < 0 {
		return at, "", false
	}
	return d.p.At("software", "/features/"+itoa(i), d.software.Features[i]), "Feature " + d.software.Features[i] + " of Windows is installed", true
}

func (d *dedicated) lookedAt(r serverRole) bool {
	return d.services != nil && slices.ContainsFunc(d.services.Items, func(s bundles.Service) bool {
		return s.Error == "" && slices.ContainsFunc(r.services, func(n string) bool { return strings.EqualFold(n, s.Name) })
	})
}

// process reports a program that does not belong here and takes a large share.
func (d *dedicated) process(l hostcheck.ProcessLoad) {
	name := programName(l.Name)
	remedy := foreignRemedy("Get-Process -Id " + itoa(int(l.PID)))
	if l.HasCPU && l.CPU > foreignShare {
		d.report(check.Finding{
			Subject: keyCPU, Key: "cpu-" + slug(name), Severity: abi.Warning, Confidence: l.Confidence(), Remedy: remedy,
			Title:    fmt.Sprintf("%s uses %s of the CPU and is no part of the server (limit %s)", shortName(l.Name), check.PercentBeside(l.CPU, foreignShare), check.Percent(foreignShare)),
			Detail:   fmt.Sprintf("%s Measured %s: CPU time of process %d, as a share of all cores. Replication gets what it leaves.", foreignWords, l.Words(), l.PID),
			Evidence: []abi.Evidence{l.CPUEvidence(d.p)},
			Measure:  hostcheck.ShareMeasure(bundles.MetricProcessCPU, l.CPU, foreignShare, l.Over),
		})
	}
	if l.Memory > foreignShare {
		d.report(check.Finding{
			Subject: keyMemory, Key: "memory-" + slug(name), Severity: abi.Warning, Remedy: remedy,
			Title:    fmt.Sprintf("%s holds %s of memory and is no part of the server (limit %s)", shortName(l.Name), check.PercentBeside(l.Memory, foreignShare), check.Percent(foreignShare)),
			Detail:   fmt.Sprintf("%s Process %d holds %s, at the end of the collection.", foreignWords, l.PID, check.Bytes(l.RSSBytes)),
			Evidence: []abi.Evidence{l.MemoryEvidence(d.p)},
			Measure:  hostcheck.ShareMeasure("process.memory.share", l.Memory, foreignShare, 0),
		})
	}
}

// sampled reports a program by the samples of its CPU.
func (d *dedicated) sampled(s hostcheck.SampledCPU) {
	name := programName(s.Name)
	d.report(check.Finding{
		Subject: keyCPU, Key: "cpu-" + slug(name), Severity: abi.Warning, Remedy: foreignRemedy("Get-Process -Name '" + name + "'"),
		Title: fmt.Sprintf("%s uses %s of the CPU and is no part of the server (limit %s)", shortName(s.Name), check.PercentBeside(s.Mean, foreignShare), check.Percent(foreignShare)),
		Detail: fmt.Sprintf("%s Measured over %s: time-weighted mean of %d samples of its share of all cores. Replication gets what it leaves.",
			foreignWords, check.Span(s.Over()), s.Row.Samples),
		Evidence: []abi.Evidence{s.Evidence(d.p)},
		Measure:  hostcheck.ShareMeasure(bundles.MetricProcessCPU, s.Mean, foreignShare, s.Over()),
	})
}

// foreignWords say why a program is foreign.
const foreignWords = "It belongs neither to Site Recovery nor to the system, nor to what is known to protect and manage servers."

func foreignRemedy(find string) []string {
	return []string{
		"Find out what it is: `" + find + " | Format-List Name,Path,Company,Product,StartTime`.",
		"Move it to another machine, or end it and keep it from starting again. If it is part of what protects or manages your servers, limit it to quiet hours, or waive this finding.",
	}
}

// shortName keeps titles short, whatever a program is called.
func shortName(name string) string {
	if r := []rune(name); len(r) > 40 {
		return string(r[:37]) + "..."
	}
	return name
}

// end says what could not be looked at.
func (d *dedicated) end() {
	why := ""
	reason, ok := d.p.Missing("facts/**/services.json")
	switch {
	case !ok:
		why = reason
	case d.services == nil:
		why = "services: the bundle has no reading"
	default:
		why = d.unclear
	}
	if reason, ok := d.p.Absent("metrics"); !ok && why == "" { // a part of the samples is enough beside two readings
		why = reason
	}
	again := ask("lists services and processes", "--duration", "2m")
	switch {
	case why != "":
		d.p.Insufficient("services or processes were not seen whole: "+why, again)
	case d.p.Deployment == bundles.DeployAppliance && d.found == 0:
		d.p.Insufficient("no foreign role or program was seen; which sites the appliance's IIS serves was not collected", nil)
	case d.found == 0:
		passUnlessBlind(d.p, fmt.Sprintf("none of %s known server roles is there, and no foreign program takes over %s of CPU or memory", itoa(len(foreignRoles())), check.Percent(foreignShare)), "services", "processes", "software")
	}
}
