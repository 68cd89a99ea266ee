package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// Names of services that only the modernized appliance has.
const (
	svcControl     = "rcmproxyagent"
	svcReplication = "rcmreplicationagent"
)

// Processes of these.
const (
	controlProcess     = "rcmproxyagent.exe"
	replicationProcess = "RcmReplicationAgent.exe"
)

// applianceServices are those beside the ones that a classic server has too.
func applianceServices() []service {
	on := []string{bundles.DeployAppliance}
	return []service{
		{name: svcControl, on: on, interrupts: "the control channel of all source machines for some seconds; they try again by themselves"},
		{name: svcReplication, on: on, interrupts: "initial replications and resynchronizations that are under way"},
		{name: "MarsAgent", on: on, interrupts: "health and jobs of the backup agent for some seconds"},
		{name: "rcmreprotectagent", on: on, interrupts: "failbacks that are under way", minor: "Replication to Azure goes on without it; failback does not."},
		{name: "pushinstallagent", on: on, interrupts: "agent installations that are under way", minor: "Replication goes on without it; new machines cannot be added from here."},
		{name: "amvmwdiscoverysvc", on: on, interrupts: "the inventory for some minutes", minor: "Replication goes on without it; inventory, new machines and failback to vCenter do not."},
		{name: "amserverdiscoverysvc", on: on, interrupts: "the inventory for some minutes", minor: "Replication goes on without it; inventory and new physical machines do not."},
	}
}

// isAppliance reports whether only the appliance has a service.
func isAppliance(s service) bool {
	return slices.Equal(s.on, []string{bundles.DeployAppliance})
}

// notAsked reports whether nobody asked for a service of an appliance: a profile
// for classic servers names only those that both have. One of minor weight that
// is not installed is none that fails.
func notAsked(deployment string, s service, i int, item bundles.Service) bool {
	common := []string{svcProcessServer, svcMonitor, svcData}
	if deployment != bundles.DeployAppliance || slices.Contains(common, s.name) {
		return false
	}
	return i < 0 || s.minor != "" && item.State == bundles.StateNotInstalled
}

// applianceWhy says what does not work without a service, and what the portal
// makes of it.
func applianceWhy(s service) string {
	why := "It is one of the appliance's components."
	if s.minor != "" {
		why = s.minor
	}
	return why + " While one component is silent, machines cannot be moved to another appliance to balance the load."
}

func applianceRemedy(s service, c condition) []string {
	steps := serviceRemedy(s, c)
	if c.is == conditionNotInstalled {
		return []string{steps[0], "Look for the component's setup log in C:\\ProgramData and install it again with the appliance's configuration manager, https://localhost:44368. It interrupts what the component does while it runs."}
	}
	return append(steps[:len(steps)-2], "Look at the health of the appliance's components in the vault, and collect again after 15 minutes.")
}

// settingsFrom names who answers the process server.
func settingsFrom(p *check.Pass) string {
	if p.Deployment == bundles.DeployAppliance {
		return "service in Azure"
	}
	return "configuration server"
}

// confirmControl looks for who listens on 443, where source machines have their
// control channel.
func (o observations) confirmControl(p *check.Pass) proof {
	if o.connections == nil {
		return proof{words: "Whether something listens on port 443 was not read."}
	}
	for i, c := range o.connections.Items {
		if !slices.Contains(c.States, "LISTEN") || !strings.HasSuffix(c.Local, ":443") {
			continue
		}
		ev := []abi.Evidence{p.At("connections", check.Item(i, "local"), c.Local)}
		switch strings.ToLower(c.Process) {
		case controlProcess, "system", "": // http.sys listens for whoever is bound to it
			return proof{words: fmt.Sprintf("Yet %s listens on port 443; whether it hands on to the proxy is not known.", listener(c)), evidence: ev}
		}
		return proof{critical: true, words: fmt.Sprintf("%s listens on port 443 in its place: no source machine reaches its control channel.", c.Process), evidence: ev}
	}
	return proof{
		critical: true, words: "Nothing listens on port 443: no source machine reaches its control channel.",
		evidence: []abi.Evidence{p.At("connections", "/readings", o.connections.Readings)},
	}
}

func listener(c bundles.Connection) string {
	if c.Process == "" {
		return "something"
	}
	return c.Process
}

func (o observations) confirmReplication(p *check.Pass) proof {
	if o.cache == nil || o.cache.Error != "" {
		return proof{words: "Whether data waits for the upload was not read."}
	}
	return pendingProof(p, *o.cache, replicationProcess)
}
