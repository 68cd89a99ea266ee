package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed services-start-type.md
var servicesStartTypeDoc string

// Where setup notes whether the agent's registration succeeded.
const (
	agentKey         = `HKLM\SOFTWARE\Wow6432Node\InMage Systems\Installed Products\5`
	agentStatusValue = "AgentConfigurationStatus"
	statusSucceeded  = "Succeeded"
)

// setupProcesses begin the names of the unified setup's processes, which sets
// MySQL to Manual while it upgrades.
func setupProcesses() []string {
	return []string{"microsoftazuresiterecoveryunifiedsetup", "unifiedsetup", "asrunifiedsetup", "asrsetup", "ucx_server_setup"}
}

// servicesStartType is the rule of step 2 on start types.
func servicesStartType() *check.Check {
	return &check.Check{
		ID: "services-start-type", Title: "Services start by themselves", Doc: servicesStartTypeDoc,
		URL: article + "#step-2-check-process-server-services", Since: firstVersion,
		Roles: roles(), OS: systems(), Deployments: withAppliance(), Severities: allSeverities(),
		Inputs: []abi.Input{check.Fact("services"), check.OptionalFact("registry"), check.OptionalFact("processes"), check.OptionalFact("host")},
		Run:    runServicesStartType,
	}
}

func runServicesStartType(p *check.Pass) error {
	fact, err := check.Load[bundles.Services](p, "services")
	if check.IsMissing(err) {
		p.Insufficient("services: the collector read them and stored nothing", askElevated("the service manager"))
		return nil
	}
	if err != nil {
		return err
	}
	var blind []string
	seen, bad, waits := 0, 0, false
	never := findUnregistered(p, fact)
	for _, s := range expectedServices(p, fact) {
		i, item := findService(fact, s.name)
		switch {
		case notAsked(p.Deployment, s, i, item):
		case i >= 0 && item.State == bundles.StateNotInstalled:
		case i < 0 || item.Error != "" || item.StartType == "" || item.StartType == bundles.StartUnknown:
			blind = append(blind, s.name)
		default:
			seen++
			if s.byAgentConf && never.has(i) {
				bad++
				waits = true
				continue
			}
			if f, found := startFinding(p, s, i, item); found {
				bad++
				p.Report(f)
			}
		}
	}
	if waits {
		neverRegistered(p, fact, never)
	}
	switch {
	case len(blind) > 0:
		p.Insufficient("start type not read: "+strings.Join(blind, ", "), askElevated("the service manager"))
	case seen == 0:
		p.Insufficient("none of this deployment's services is installed", nil)
	default:
		p.Pass(fmt.Sprintf("%d of %d services of this deployment start by themselves or need not", seen-bad, seen))
	}
	return nil
}

// startFinding judges one start type.
func startFinding(p *check.Pass, s service, i int, item bundles.Service) (check.Finding, bool) {
	f := check.Finding{
		Subject: s.name, Key: "start:" + slug(s.name), Severity: abi.Warning, State: abi.StateOngoing,
		Evidence: []abi.Evidence{p.At("services", check.Item(i, "start_type"), item.StartType)},
		Remedy:   startRemedy(s),
	}
	switch {
	case item.StartType == bundles.StartDisabled:
		disabled(p, &f, s, i, item)
	case item.StartType != bundles.StartManual || s.anyStart:
		return f, false
	case item.Triggers > 0:
		f.Severity = abi.Info
		f.Title = fmt.Sprintf("Service %s has start type manual with %d start triggers", s.name, item.Triggers)
		f.Detail = "Windows starts it on an event, not at every start of the machine."
	case s.name == svcMySQL:
		mysqlManual(p, &f)
	default:
		f.Title = fmt.Sprintf("Service %s has start type manual: it will not come back after a reboot", s.name)
		f.Detail = "The article wants Automatic or Automatic (Delayed Start) for every service but obengine."
		if isAppliance(s) {
			f.Detail = "Setup makes the services of an appliance start by themselves."
		}
	}
	return f, true
}

func disabled(p *check.Pass, f *check.Finding, s service, i int, item bundles.Service) {
	f.Title = fmt.Sprintf("Service %s is disabled", s.name)
	f.Detail = "Nothing can start it, at a reboot or by hand, until its start type is changed."
	if c := conditionOf(item, p.Now); c.is == conditionDown {
		f.Severity = abi.Critical
		f.Title += " and " + item.State
		f.Evidence = append(f.Evidence, p.At("services", check.Item(i, "state"), item.State))
	}
}

// mysqlManual tells an upgrade that runs from one that failed half way.
func mysqlManual(p *check.Pass, f *check.Finding) {
	f.Title = "Service MySQL has start type manual, as a failed upgrade leaves it"
	f.Detail = "Setup makes it Manual while it upgrades and Automatic at the end. After a reboot the configuration server would have no database."
	f.Remedy = append([]string{
		"Read why the upgrade stopped: the newest files in C:\\ProgramData\\ASRSetupLogs, from their end. Then run the unified setup of that release again and let it finish. It restarts all services of the product and interrupts uploads for some minutes.",
	}, f.Remedy...)
	ps := optional[bundles.Processes](p, "processes")
	if ps == nil {
		return
	}
	for i, pr := range ps.Items {
		if slices.ContainsFunc(setupProcesses(), func(n string) bool { return strings.HasPrefix(strings.ToLower(pr.Name), n) }) {
			f.Severity, f.Title = abi.Info, "Service MySQL has start type manual while a setup runs"
			f.Evidence = append(f.Evidence, p.At("processes", check.Item(i, "name"), pr.Name))
			return
		}
	}
}

func startRemedy(s service) []string {
	return []string{
		fmt.Sprintf("Open Services (services.msc), the properties of %s, and set its startup type to Automatic: `sc.exe config \"%s\" start= auto`.", s.name, s.name),
		fmt.Sprintf("Start it if it does not run: `net start \"%s\"`. Changing the type interrupts nothing.", s.name),
	}
}

func startWords(start string) string {
	switch start {
	case "":
		return "not read"
	case bundles.StartAutomaticDelayed:
		return "automatic (delayed start)"
	}
	return start
}
