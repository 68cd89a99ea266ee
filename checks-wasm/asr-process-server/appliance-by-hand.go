package main

import (
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// byHand is what a person has to look at on a replication appliance, and how, in place
// of a check that is for classic servers.
func byHand() map[string]string {
	return map[string]string{
		"heartbeat": "look in the vault, Site Recovery infrastructure, ASR replication appliances, at the last heartbeat of each component, " +
			"and from the appliance open the RcmUri of ProcessServer.conf",
		"proxy-agreement": "compare Proxy in appliance.json and ProcessServer.conf (C:\\ProgramData\\Microsoft Azure\\Config) with `Get-OBMachineSetting` and `netsh winhttp show proxy`: all have to be the same",
		"required-urls": "open " + managerPage + " on the appliance and let it check its connectivity, or try the hosts of RcmUri, AadAuthority and the key vault: `Test-NetConnection HOST -Port 443`; " +
			"the collector's attempts are in facts/probes.json",
		"azure-storage-connection": "see whether the uploaders are connected to Azure: `Get-NetTCPConnection -State Established -RemotePort 443 -OwningProcess (Get-Process cbengine,RcmReplicationAgent).Id`",
		"data-push":                "see whether the uploaders read what waits in PSCache: `Get-Counter '\\Process(cbengine)\\IO Read Bytes/sec','\\Process(RcmReplicationAgent)\\IO Read Bytes/sec' -MaxSamples 10`",
		"bandwidth":                "compare how much waits in PSCache, now and in 15 minutes, with what leaves: `Get-Counter '\\Network Interface(*)\\Bytes Sent/sec' -MaxSamples 10`; what cannot leave within 30 minutes is too much",
		"heartbeat-logs":           "there are no logs of event groups; read the newest logs in the folders RcmProxyAgent, RcmReplicationAgent and MarsAgent of the cache drive for errors that repeat",
	}
}

// notForAppliances makes the checks that are for classic servers say on an appliance
// what to look at instead. The report counts them by the end of the reason, which is
// that of a check which does not fit.
func notForAppliances(list []*check.Check) {
	hands := byHand()
	for _, c := range list {
		how, ok := hands[c.ID]
		if !ok {
			continue
		}
		run := c.Run
		c.Doc += "\n**On a replication appliance** this check does not judge. By hand: " + how + ".\n"
		c.Deployments = append(c.Deployments, bundles.DeployAppliance)
		c.Run = func(p *check.Pass) error {
			if !isModern(p) {
				return run(p)
			}
			p.NotApplicable("by hand: " + how + " (the check is for classic servers), this is " + bundles.DeployAppliance)
			return nil
		}
	}
}
