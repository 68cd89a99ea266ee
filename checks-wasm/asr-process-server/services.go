package main

import (
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// Names of services that checks speak of.
const (
	svcProcessServer = "ProcessServer"
	svcMonitor       = "ProcessServerMonitor"
	svcData          = "cxprocessserver"
	svcPushInstall   = "InMage PushInstall"
	svcLogUpload     = "LogUpload"
	svcApplication   = "InMage Scout Application Service"
	svcBackup        = "obengine"
	svcAgent         = "svagents"
	svcTmansvc       = "tmansvc"
	svcWeb           = "W3SVC"
	svcMySQL         = "MySQL"
	svcProvider      = "dra"
)

// service is what the article says of one service, and what a restart of it
// interrupts.
type service struct {
	name        string
	on          []string // deployments on which it should run
	optional    bool     // replication goes on without it
	interrupts  string   // by a restart
	anyStart    bool     // exempt from the rule of start types
	byAgentConf bool     // Manual until the agent is registered
	minor       string   // what goes on without it: its failure is worth knowing, no more
}

// serviceList is step 2 of the article, and the services of the modernized
// appliance, of which three have the same names.
func serviceList() []service {
	const cs, alone, failback, appliance = bundles.DeployConfigurationServer, bundles.DeployStandalone, bundles.DeployAzureFailback, bundles.DeployAppliance
	every := []string{cs, alone, failback, appliance}
	classic := []string{cs, alone, failback}
	onPremises := []string{cs, alone}
	return append([]service{
		{name: svcProcessServer, on: every, interrupts: "the heartbeat and the monitoring for some seconds"},
		{name: svcMonitor, on: every, interrupts: "health monitoring for some seconds"},
		{name: svcData, on: every, interrupts: "uploads of all source machines for some seconds; they try again by themselves"},
		{name: svcPushInstall, on: classic, optional: true, interrupts: "agent installations that are under way"},
		{name: svcLogUpload, on: classic, optional: true, interrupts: "the upload of telemetry only"},
		{name: svcApplication, on: onPremises, byAgentConf: true, interrupts: "application-consistent recovery points that are being made"},
		{name: svcBackup, on: append([]string{appliance}, onPremises...), anyStart: true, interrupts: "uploads to Azure of all machines until it runs again"},
		{name: svcAgent, on: onPremises, byAgentConf: true, interrupts: "replication of disks by this machine's master target"},
		{name: svcTmansvc, on: onPremises, interrupts: "the heartbeat of older releases and the sorting of replicated data for about a minute"},
		{name: svcWeb, on: []string{cs}, interrupts: "the configuration server's interface: agents and process servers try again by themselves"},
		{name: svcMySQL, on: []string{cs}, interrupts: "the configuration server and everything that asks it"},
		{name: svcProvider, on: []string{cs, appliance}, interrupts: "jobs of the vault that are under way, such as a failover"},
	}, applianceServices()...)
}

// servicesOf lists the services that should run on a deployment. When it is not
// known these are the ones common to all classic ones.
func servicesOf(deployment string) []service {
	if deployment == "" {
		deployment = bundles.DeployAzureFailback
	}
	return slices.DeleteFunc(serviceList(), func(s service) bool { return !slices.Contains(s.on, deployment) })
}

// expectedServices lists the services that should run on this machine. On a
// deployment that is not known, those of a standalone server that are installed
// are among them, unless it runs in Azure.
func expectedServices(p *check.Pass, fact bundles.Services) []service {
	if p.Deployment != "" || inAzure(p) {
		return servicesOf(p.Deployment)
	}
	common := servicesOf("")
	return slices.DeleteFunc(servicesOf(bundles.DeployStandalone), func(s service) bool {
		i, item := findService(fact, s.name)
		return !hasService(common, s.name) && (i < 0 || item.State == bundles.StateNotInstalled)
	})
}

func hasService(list []service, name string) bool {
	return slices.ContainsFunc(list, func(s service) bool { return s.name == name })
}

// inAzure reports whether the machine is known to run in Azure, where a process
// server serves failback.
func inAzure(p *check.Pass) bool {
	host := optional[bundles.HostFact](p, "host")
	return host != nil && strings.EqualFold(host.Virtualization, "azure")
}

// otherServices lists the services of a classic server that are not expected.
func otherServices(expected []service) []service {
	return slices.DeleteFunc(serviceList(), func(s service) bool { return isAppliance(s) || hasService(expected, s.name) })
}

// findService finds a service in the fact; names are compared without case. The
// index is -1 when the collector's profile did not ask for it. Of several, one that
// does not run counts.
func findService(fact bundles.Services, name string) (int, bundles.Service) {
	found := -1
	for i, s := range fact.Items {
		if strings.EqualFold(s.Name, name) && (found < 0 || fact.Items[found].State == bundles.StateRunning) {
			found = i
		}
	}
	if found < 0 {
		return -1, bundles.Service{}
	}
	return found, fact.Items[found]
}

// slug makes a part of a finding's key of a name.
func slug(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.':
			return r
		}
		return '-'
	}, strings.ToLower(name))
}

// classicDeployments are those that the article describes.
func classicDeployments() []string {
	return []string{bundles.DeployConfigurationServer, bundles.DeployStandalone, bundles.DeployAzureFailback}
}

// withAppliance adds the modernized appliance, for checks that hold there too.
func withAppliance() []string { return append(classicDeployments(), bundles.DeployAppliance) }
