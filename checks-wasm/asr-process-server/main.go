// Command asr-process-server is the check pack for process servers of Azure
// Site Recovery: their services, load, cache, heartbeat, clock and the way to
// Azure.
//
// Built for wasip1 it is the pack's module; built natively it tries the checks
// on an unpacked bundle: go run . run DIR.
package main

import (
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/hostcheck"
)

// module is the name of the module and of the pack.
const module = "asr-process-server"

// firstVersion is the pack version that brought the first checks.
const firstVersion = "1.0.0"

// article is what the checks follow, step by step.
const article = "https://learn.microsoft.com/en-us/azure/site-recovery/vmware-physical-azure-troubleshoot-process-server"

func main() { check.Main(module, checks()...) }

// checks lists the pack. The last one knows the others' inputs.
func checks() []*check.Check {
	list := []*check.Check{
		servicesRunning(), servicesStartType(),
		cpuUtilization(), memoryUtilization(), cacheFreeSpace(),
		heartbeat(),
		proxyAgreement(), azurePublicIP(),
		staticIP(), noNAT(), dataPortCheck(), inboundFirewall(),
		requiredURLs(), ipFirewall(), tlsInspection(), tlsProtocol(), proxyResolution(), proxyScheme(),
		azureStorageConnection(), certificateExpiry(),
		hostcheck.TimeSync(hostcheck.TimeSyncOptions{Roles: roles(), OS: systems(), Since: firstVersion}),
	}
	list = append(list,
		replicationThrottle(), unreachableProcessServer(), dataPush(), bandwidth(),
		crashLoop(), logLevel())
	list = append(list, resourceHeadroom(), roleConflict(), componentVersions(), dedicatedMachine(), capacity(), antivirusExclusions(), recentChange())
	list = append(list, spnCertificates(), controlPort(), autoUpdate(), componentRegistration())
	list = append(list, patterns()...)
	notForAppliances(list)
	return append(list, hostcheck.CollectorLimits(hostcheck.LimitsOptions{Roles: roles(), OS: systems(), Since: firstVersion, Checks: list}))
}

func roles() []string { return []string{bundles.RoleProcessServer} }

func systems() []string { return []string{"windows"} }

func allSeverities() []abi.Severity { return []abi.Severity{abi.Info, abi.Warning, abi.Critical} }

// ask is a request for another collection on the process server.
func ask(why string, args ...string) *abi.Ask {
	return &abi.Ask{Role: bundles.RoleProcessServer, Args: args, Why: why}
}

// askElevated asks for a collection with more rights.
func askElevated(what string) *abi.Ask {
	return ask("run it with administrator rights: "+what+" can then be read", "--quick")
}

// passUnlessBlind passes, unless one of the sources that could say otherwise was
// tried in vain.
func passUnlessBlind(p *check.Pass, reason string, sources ...string) {
	for _, s := range sources {
		if why, ok := p.Unread(s); !ok {
			p.Insufficient(reason+"; but not read: "+why, askElevated(s))
			return
		}
	}
	p.Pass(reason)
}
