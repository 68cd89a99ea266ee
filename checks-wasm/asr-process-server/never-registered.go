package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// unregistered are the agent's services that setup left Manual because the agent was
// never registered, and what says so.
type unregistered struct {
	services []int // of the fact; svagents before the application service
	status   string
	evidence abi.Evidence
}

// subject is the service that findings on an agent without registration speak of.
func (u unregistered) subject(fact bundles.Services) string { return fact.Items[u.services[0]].Name }

func (u unregistered) has(i int) bool { return slices.Contains(u.services, i) }

// findUnregistered tells an agent that never registered from one whose start type
// somebody changed.
func findUnregistered(p *check.Pass, fact bundles.Services) (u unregistered) {
	reg := optional[bundles.Registry](p, "registry")
	if reg == nil {
		return u
	}
	k := slices.IndexFunc(reg.Items, func(k bundles.RegistryKey) bool { return strings.EqualFold(k.Key, agentKey) })
	if k < 0 || reg.Items[k].Error != "" {
		return u
	}
	v, text := registryValue(reg.Items[k], agentStatusValue)
	if text == statusSucceeded {
		return u
	}
	u.status, u.evidence = "is not there", p.At("registry", check.Item(k, "key"), reg.Items[k].Key)
	if v >= 0 {
		u.status, u.evidence = fmt.Sprintf("is %q", text), p.At("registry", check.Item(k, fmt.Sprintf("values/%d/data", v)), text)
	}
	for _, name := range []string{svcAgent, svcApplication} {
		i, item := findService(fact, name)
		if i >= 0 && item.StartType == bundles.StartManual && item.Triggers == 0 {
			u.services = append(u.services, i)
		}
	}
	return u
}

// neverRegistered reports the agent's services that wait for a registration.
func neverRegistered(p *check.Pass, fact bundles.Services, u unregistered) {
	f := check.Finding{
		Subject: u.subject(fact), Key: "never-registered", Severity: abi.Warning, State: abi.StateOngoing,
		Detail: "Setup installs the agent's services as Manual and the configurator makes them Automatic once registration succeeded. AgentConfigurationStatus " + u.status + ".",
		Remedy: []string{
			`Register the agent again with the configurator: ` + "`" + `"C:\Program Files (x86)\Microsoft Azure Site Recovery\agent\UnifiedAgentConfigurator.exe"` + "`" + ` and the configuration server's passphrase. This restarts the agent's services.`,
			"Look for the reason in C:\\ProgramData\\ASRSetupLogs\\ASRUnifiedAgentConfigurator.log.",
		},
	}
	var names []string
	for _, i := range u.services {
		names = append(names, fact.Items[i].Name)
		f.Evidence = append(f.Evidence, p.At("services", check.Item(i, "start_type"), fact.Items[i].StartType))
	}
	f.Evidence = append(f.Evidence, u.evidence)
	f.Title = fmt.Sprintf("Service %s has start type manual: its agent was never registered", names[0])
	if len(names) > 1 {
		f.Title = fmt.Sprintf("Services %s have start type manual: their agent was never registered", strings.Join(names, " and "))
	}
	p.Report(f)
}

// waitsForRegistration reports whether a service that is down waits for a
// registration: one of the agent's, or the backup agent of a server that no vault
// knows.
func (r *serviceRun) waitsForRegistration(s service, i int, c condition) bool {
	if len(r.unregistered.services) == 0 || c.is != conditionDown {
		return false
	}
	return r.unregistered.has(i) || s.name == svcBackup && noVault(r.p)
}

// noVault reports whether the registry was read and has no vault that the backup
// agent is registered with.
func noVault(p *check.Pass) bool {
	reg := optional[bundles.Registry](p, "registry")
	return reg != nil && slices.ContainsFunc(reg.Items, func(k bundles.RegistryKey) bool {
		return strings.EqualFold(k.Key, vaultKey) && k.Error == "" && !k.Exists
	})
}

// reportWaiting reports the services that wait for a registration: one finding, as
// there is one cause.
func (r *serviceRun) reportWaiting() {
	if len(r.waiting) == 0 {
		return
	}
	var names []string
	f := check.Finding{Subject: r.unregistered.subject(r.fact), Key: "service:never-registered", Severity: abi.Warning, State: abi.StateOngoing}
	for _, w := range r.waiting {
		names = append(names, w.Subject)
		f.Evidence = append(f.Evidence, w.Evidence...)
	}
	if len(names) == 1 {
		f = r.waiting[0]
	} else {
		f.Title = "Services " + strings.Join(names, ", ") + " are stopped: this server was never registered"
		f.Detail = "They have nothing to do before it is. They were down in every reading. AgentConfigurationStatus " + r.unregistered.status + "."
		f.Remedy = []string{
			"Register the agent, which starts its services.",
			"If obengine stays stopped, run the unified setup of this release again and let it finish: it registers the backup agent with the vault.",
		}
	}
	r.p.Report(f)
}
