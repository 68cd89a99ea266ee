package main

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed driver-loaded.md
var driverLoadedDoc string

// The disk filter on both systems, and what tells of a restart that is waited for.
const (
	windowsFilter = "InDskFlt"
	linuxFilter   = "involflt"
	diskClassKey  = `HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e967-e325-11ce-bfc1-08002be10318}`
)

// restartKeys exist while Windows waits for a restart.
func restartKeys() []string {
	return []string{
		`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending`,
		`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired`,
	}
}

func driverLoaded() *check.Check {
	return &check.Check{
		ID: "driver-loaded", Title: "The disk filter is loaded", Doc: driverLoadedDoc,
		URL: "https://learn.microsoft.com/en-us/azure/site-recovery/vmware-physical-mobility-service-overview", Since: firstVersion, Article: []string{"beyond the article"},
		Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Warning, abi.Critical},
		// Which of them is needed depends on the system, so Run says what lacks.
		Inputs: []abi.Input{check.OptionalFact("host"), check.OptionalFact("services"), check.OptionalFact("registry"), check.OptionalFact("files")},
		Worked: workedAgent,
		Run:    runDriverLoaded,
	}
}

func runDriverLoaded(p *check.Pass) error {
	if p.Deployment == bundles.DeployMasterTarget {
		p.NotApplicable("a master target receives data: nothing filters its disks")
		return nil
	}
	if p.Bundle.Host().OS == "windows" {
		return windowsDriver(p)
	}
	return linuxDriver(p)
}

// restart is what tells that a restart of the machine is waited for.
type restart struct {
	words string
	at    []abi.Evidence
}

func windowsDriver(p *check.Pass) error {
	fact, err := check.Load[bundles.Services](p, "services")
	if err != nil {
		return lacking(p, "services", err)
	}
	i := find(fact.Items, func(s bundles.Service) string { return s.Name }, windowsFilter)
	if p.Role == bundles.RoleUnknown && (i < 0 || fact.Items[i].State == bundles.StateNotInstalled) {
		p.NotApplicable("the disk filter is not installed on this machine")
		return nil
	}
	var a answer
	reg, err := check.Load[bundles.Registry](p, "registry")
	if err != nil && !check.IsMissing(err) {
		return err
	}
	if reason, ok := p.Unread("registry"); !ok || err != nil {
		a.unclearf("whether a restart is waited for was not read: %s", cmp.Or(reason, "registry: the bundle has no reading"))
	}
	wait := windowsRestart(p, reg)
	switch {
	case i < 0:
		a.unclearf("services: the state of %s was not read", windowsFilter)
	case fact.Items[i].Error != "":
		a.unclearf("services: %s: %s", windowsFilter, fact.Items[i].Error)
	case fact.Items[i].State == bundles.StateUnknown || fact.Items[i].State == "":
		a.unclearf("services: the state of %s is not known", windowsFilter)
	case fact.Items[i].State != bundles.StateRunning:
		reportNotLoaded(p, windowsFilter, "is "+strings.ReplaceAll(fact.Items[i].State, "_", " "), wait, p.At("services", check.Item(i, "state"), fact.Items[i].State))
	default:
		a.finef("%s is loaded", windowsFilter)
		loadedButWaiting(p, windowsFilter, wait, notAmongFilters(p, reg))
	}
	a.finef("no restart is waited for")
	a.end(p, again("reads the disk filter's state"))
	return nil
}

// notAmongFilters points to the list of disk filters when ours is not in it.
func notAmongFilters(p *check.Pass, reg bundles.Registry) []abi.Evidence {
	k := find(reg.Items, func(k bundles.RegistryKey) string { return k.Key }, diskClassKey)
	if k < 0 {
		return nil
	}
	v := find(reg.Items[k].Values, func(v bundles.RegistryValue) string { return v.Name }, "UpperFilters")
	if v < 0 {
		return nil
	}
	var names []string
	if json.Unmarshal(reg.Items[k].Values[v].Data, &names) != nil || slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, windowsFilter) }) {
		return nil
	}
	return []abi.Evidence{p.At("registry", check.Item(k, "values/"+strconv.Itoa(v)+"/data"), names)}
}

// windowsRestart looks for what waits for a restart: the agent's setup, or Windows.
func windowsRestart(p *check.Pass, reg bundles.Registry) (r restart) {
	if k := find(reg.Items, func(k bundles.RegistryKey) string { return k.Key }, agentKey); k >= 0 {
		v := find(reg.Items[k].Values, func(v bundles.RegistryValue) string { return v.Name }, "Reboot_Required")
		if v >= 0 && saysYes(reg.Items[k].Values[v].Data) {
			r.words = "the agent's setup asks for a restart (Reboot_Required)"
			r.at = append(r.at, p.At("registry", check.Item(k, "values/"+strconv.Itoa(v)+"/data"), reg.Items[k].Values[v].Data))
		}
	}
	for _, key := range restartKeys() {
		if k := find(reg.Items, func(k bundles.RegistryKey) string { return k.Key }, key); k >= 0 && reg.Items[k].Exists {
			r.words = cmp.Or(r.words, "Windows waits for a restart ("+key[strings.LastIndexByte(key, '\\')+1:]+")")
			r.at = append(r.at, p.At("registry", check.Item(k, "exists"), true))
		}
	}
	return r
}

// saysYes reads a switch of setup: a text or a number.
func saysYes(data json.RawMessage) bool {
	text := strings.ToLower(strings.Trim(string(data), `" `))
	return text == "yes" || text == "true" || text == "1"
}

func linuxDriver(p *check.Pass) error {
	fact, err := check.Load[bundles.Files](p, "files")
	if err != nil {
		return lacking(p, "files", err)
	}
	driver, device := findFile(fact, "filter-driver", "/sys/module/"+linuxFilter), findFile(fact, "filter-device", "/dev/"+linuxFilter)
	if p.Role == bundles.RoleUnknown && (driver < 0 || !fact.Items[driver].Exists) {
		p.NotApplicable("the disk filter is not loaded, and nothing says that this machine is protected")
		return nil
	}
	var wait restart
	if i := findFile(fact, "reboot-required", "/run/reboot-required"); i >= 0 && fact.Items[i].Exists {
		wait = restart{"the system waits for a restart (" + fact.Items[i].Path + ")", []abi.Evidence{p.At("files", check.Item(i, "exists"), true)}}
	}
	var a answer
	switch {
	case driver < 0:
		a.unclearf("files: whether %s is loaded was not looked at", linuxFilter)
	case fact.Items[driver].Error != "":
		a.unclearf("files: %s: %s", fact.Items[driver].Path, fact.Items[driver].Error)
	case !fact.Items[driver].Exists:
		reportNotLoaded(p, linuxFilter, "is not among the kernel's modules", wait, p.At("files", check.Item(driver, "exists"), false))
	case device >= 0 && fact.Items[device].Error == "" && !fact.Items[device].Exists:
		reportNotLoaded(p, linuxFilter, "is loaded without its device "+fact.Items[device].Path, wait, p.At("files", check.Item(device, "exists"), false))
	default:
		a.finef("%s is loaded", linuxFilter)
		loadedButWaiting(p, linuxFilter, wait, nil)
	}
	a.finef("no restart is waited for")
	a.end(p, again("looks for the disk filter"))
	return nil
}

// findFile finds a file by the profile's name for it or by how its path ends; -1 if
// nobody looked for it.
func findFile(fact bundles.Files, name, path string) int {
	return slices.IndexFunc(fact.Items, func(f bundles.FileInfo) bool { return f.Name == name || strings.HasSuffix(f.Path, path) })
}

// reportNotLoaded reports a filter that does not see the disks.
func reportNotLoaded(p *check.Pass, driver, what string, wait restart, at abi.Evidence) {
	f := check.Finding{
		Subject: driver, Key: "not-loaded", Severity: abi.Critical, State: abi.StateOngoing,
		Title: "Disk filter " + driver + " " + what,
		Detail: "The filter sees every write to the disks and hands it to the agent. Without it nothing of this machine is replicated, however well the agent runs; once it is loaded again the disks are compared as a whole (resynchronization). " +
			"Measured: the state of the driver, as the system has it.",
		Remedy:   notLoadedRemedy(driver),
		Evidence: append([]abi.Evidence{at}, wait.at...),
	}
	if wait.words != "" {
		f.Detail += " The likely cause: " + wait.words + "."
		f.Remedy = append([]string{restartStep()}, f.Remedy...)
	}
	p.Report(f)
}

func restartStep() string {
	return "Restart the machine in a maintenance window; that interrupts what runs on it. An update of the agent replaces its driver only then."
}

func notLoadedRemedy(driver string) []string {
	if driver == linuxFilter {
		return []string{
			"Look for the module: `lsmod | grep involflt`. Load it: `modprobe involflt`, then start the agent again: `systemctl restart vxagent`. That interrupts replication of this machine for some seconds.",
			"If it cannot be loaded, read why: `dmesg | grep -i involflt`. A kernel that was updated needs an agent that supports it: compare `uname -r` with the support matrix, and update the agent from the vault.",
			"With Secure Boot a module without a known signature is refused: `mokutil --sb-state`.",
		}
	}
	return []string{
		"Look at the driver: `sc.exe query InDskFlt` and `driverquery /v | findstr /i InDskFlt`. It is loaded as the machine starts and cannot be started by hand.",
		"Look at the filters of disks: `reg query \"HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\{4d36e967-e325-11ce-bfc1-08002be10318}\" /v UpperFilters` must name InDskFlt.",
		"If it does not, or the driver does not start after a restart of the machine, repair the agent: run its setup of the same release again, then restart. Never edit the list of filters by hand: a machine with a wrong one does not start.",
	}
}

// loadedButWaiting reports a filter that works now and will be another, or gone,
// after the next restart.
func loadedButWaiting(p *check.Pass, driver string, wait restart, notListed []abi.Evidence) {
	if len(notListed) > 0 {
		p.Report(check.Finding{
			Subject: driver, Key: "not-listed", Severity: abi.Warning, State: abi.StateOngoing,
			Title:    "Disk filter " + driver + " is loaded, but not among the filters of disks (UpperFilters)",
			Detail:   "It still sees the disks that it has. A disk that is added is not seen, and after the next restart of the machine none is: replication ends then. Measured: the list of disk filters in the registry.",
			Remedy:   notLoadedRemedy(driver)[1:],
			Evidence: notListed,
		})
	}
	if wait.words == "" {
		return
	}
	p.Report(check.Finding{
		Subject: driver, Key: "restart-pending", Severity: abi.Warning, State: abi.StateOngoing,
		Title:    "A restart of this machine is pending",
		Detail:   "The disk filter is loaded. Yet " + wait.words + ": until then a driver of an older release may run beside a newer agent, and the vault refuses updates of the agent. Measured: marks that setup and system leave until the restart.",
		Remedy:   []string{restartStep(), "Then check that replication is healthy again in the vault: Replicated items."},
		Evidence: wait.at,
	})
}
