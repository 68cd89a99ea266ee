package main

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed auto-update.md
var autoUpdateDoc string

const (
	updateKey   = `HKLM\SOFTWARE\Microsoft\AzureAppliance`
	updateValue = "AutoUpdate" // 0: off; without it updates are on
	// probeUpdate is the profile's attempt at the host that updates come from.
	probeUpdate = "update-download"
	// installerFiles are the mobility agents that the appliance has downloaded.
	installerFiles  = "mobility-installers"
	installerPrefix = "Microsoft-ASR_UA_"
)

// rebootKeys exist while Windows waits for a restart.
func rebootKeys() []string {
	return []string{
		`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending`,
		`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired`,
	}
}

func autoUpdate() *check.Check {
	return &check.Check{
		ID: "auto-update", Title: "Appliance is updated by itself", Doc: autoUpdateDoc, URL: "https://learn.microsoft.com/en-us/azure/site-recovery/upgrade-mobility-service-modernized",
		Since: firstVersion, Article: []string{"beyond the article"}, Roles: roles(), OS: systems(), Deployments: onAppliance(), Severities: []abi.Severity{abi.Info, abi.Warning},
		Inputs: append(updateLogs(), check.Fact("registry"), check.OptionalFact("config"), check.OptionalFact("files"), check.OptionalFact("software"), check.OptionalFact("probes")),
		Scans:  updateScans(),
		ExplainedBy: []abi.Cause{
			{Check: "required-urls"}, {Check: "proxy-resolution"}, {Check: "tls-inspection"},
		},
		Run: ofAppliance(runAutoUpdate),
	}
}

func runAutoUpdate(p *check.Pass) error {
	if _, err := check.Load[bundles.Registry](p, "registry"); check.IsMissing(err) {
		p.Insufficient("registry: the collector read it and stored nothing", askElevated("the registry"))
		return nil
	} else if err != nil {
		return err
	}
	off := updatesOff(p)
	if len(off) > 0 {
		reportUpdatesOff(p, off)
	}
	reportReboot(p)
	reportUpdateLogs(p)
	n, _ := keyAt(optional[bundles.Registry](p, "registry"), updateKey)
	switch {
	case len(off) > 0:
		passUnlessBlind(p, "updates are off", "registry", "files", "software", sourceSetup, sourceAppliance)
	case n < 0:
		p.Insufficient("whether updates are on was not read", askElevated("the registry"))
	case !reportUpdateHost(p):
		reason, more := notProbed(p, "the host of updates")
		p.Insufficient("updates are on, but "+reason, more)
	default:
		passUnlessBlind(p, "updates are on, and nothing holds them up", "registry", "config", sourceSetup, sourceAppliance)
	}
	return nil
}

// updatesOff are the places that switch updates off.
func updatesOff(p *check.Pass) (at []abi.Evidence) {
	if text, ev, ok := registryAt(p, updateKey, updateValue); ok && text == "0" {
		at = append(at, ev)
	}
	if text, ev, ok := configAt(p, "autoupdater", "AutoUpdateEnabled"); ok && strings.EqualFold(text, "false") {
		at = append(at, ev)
	}
	return at
}

// reportUpdatesOff: off is somebody's choice, off and old is a fault.
func reportUpdatesOff(p *check.Pass, off []abi.Evidence) {
	f := check.Finding{
		Subject: "updates", Key: "off", Severity: abi.Info, State: abi.StateOngoing, Evidence: off,
		Title:  "Updates of the appliance are off",
		Detail: "Components of an appliance update themselves each night. Somebody has switched that off; with private endpoints it must be, and components are updated by hand. The vendor supports a release and the " + itoa(supportedBehind) + " before it.",
		Remedy: []string{
			"Switch updates on, unless the vault has private endpoints: Microsoft Azure Appliance Configuration Manager, https://localhost:44368, or `reg delete \"HKLM\\SOFTWARE\\Microsoft\\AzureAppliance\" /v AutoUpdate`.",
			"Otherwise update each component by hand, in the order of the vendor's page: process server, proxy, agents.",
			"An update stops the component for some minutes; source machines try again by themselves.",
		},
	}
	own := serverParts(p)
	known := slices.Concat(own, agentParts(p), installerParts(p))
	if len(own) == 0 || newest(known).release[0] != newest(own).release[0] {
		p.Report(f)
		return
	}
	mine, last := newest(own), newest(known)
	behind := last.release[1] - mine.release[1]
	f.Detail += " The process server is of release " + releaseWords(mine.release) + "; the newest that this machine knows of is " + releaseWords(last.release) + " (" + last.name + ")."
	if behind > supportedBehind {
		f.Severity = abi.Warning
		f.Title = "Updates of the appliance are off, and it is " + itoa(behind) + " releases behind (" + releaseWords(mine.release) + ", newest known " + releaseWords(last.release) + ")"
		f.Evidence = append(f.Evidence, mine.at, last.at)
		f.Measure = &abi.Measure{Metric: "releases.behind", Value: float64(behind), Op: ">", Limit: supportedBehind, Method: "difference of the second number of both releases", LimitSource: "Azure Site Recovery: supported updates"}
	}
	p.Report(f)
}

// installerParts are the mobility agents on the appliance, by their files' names:
// Microsoft-ASR_UA_9.62.7172.1_Windows_GA_12Jul2024_release.exe.
func installerParts(p *check.Pass) (list []part) {
	fact := optional[bundles.Files](p, "files")
	if fact == nil {
		return nil
	}
	for i, file := range fact.Items {
		name := file.Path[strings.LastIndexAny(file.Path, `\/`)+1:]
		rest, ok := strings.CutPrefix(name, installerPrefix)
		version, _, _ := strings.Cut(rest, "_")
		if r, is := releaseOf(version); file.Name == installerFiles && ok && is && file.Exists {
			list = append(list, part{name: "the mobility agent " + name, text: version, release: r, at: p.At("files", check.Item(i, "path"), file.Path)})
		}
	}
	return list
}

func reportReboot(p *check.Pass) {
	reg := optional[bundles.Registry](p, "registry")
	var at []abi.Evidence
	for _, key := range rebootKeys() {
		if n, k := keyAt(reg, key); n >= 0 && k.Exists && k.Error == "" {
			at = append(at, p.At("registry", check.Item(n, "exists"), true))
		}
	}
	if len(at) == 0 {
		return
	}
	p.Report(check.Finding{
		Subject: "restart", Key: "restart-pending", Severity: abi.Warning, State: abi.StateOngoing, Evidence: at,
		Title:  "Windows waits for a restart, and the appliance's updates with it",
		Detail: "An update or a role was installed and ends with the next start of the machine. Updates of the appliance's components and of agents are refused until then.",
		Remedy: []string{
			"Restart the appliance at a quiet time: `Restart-Computer`. It interrupts replication through this appliance for some minutes; source machines try again by themselves.",
			"Look at the health of its components in the vault afterwards.",
		},
	})
}

// reportUpdateHost tells that updates are on and their host cannot be reached. It
// gives whether that was tried.
func reportUpdateHost(p *check.Pass) bool {
	var failed *attempt
	for _, a := range attemptsOf(optional[bundles.Probes](p, "probes")) {
		switch {
		case a.Name != probeUpdate:
		case a.broken < 0:
			return true
		case failed == nil || a.viaProxy():
			failed = &a
		}
	}
	if failed == nil {
		return false
	}
	p.Report(check.Finding{
		Subject: failed.Target, Key: "host", Severity: abi.Warning, State: abi.StateOngoing, Evidence: []abi.Evidence{failed.proof(p)},
		Title:  "Updates cannot be downloaded: " + clipTarget(failed.Target) + " fails: " + failed.ended(),
		Detail: "Updates of the appliance come from there, on the way that the collector took, too. Replication goes on without them until the release is no longer supported.",
		Remedy: []string{
			"Allow https://download.microsoft.com and https://aka.ms on the firewall or proxy.",
			"If that is not wanted, update each component by hand, and switch updates off.",
		},
	})
	return true
}
