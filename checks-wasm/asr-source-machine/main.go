// Command asr-source-machine is the check pack for protected source machines,
// Windows and Linux: the agent on them, their clock, and their way to the
// process server.
//
// Built for wasip1 it is the pack's module; built natively it tries the checks
// on an unpacked bundle: go run . run DIR.
package main

import (
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/hostcheck"
)

// module is the name of the module and of the pack.
const module = "asr-source-machine"

// firstVersion is the pack version that brought the first checks.
const firstVersion = "1.0.0"

// article is what the checks follow, step by step.
const article = "https://learn.microsoft.com/en-us/azure/site-recovery/vmware-physical-azure-troubleshoot-process-server"

func main() { check.Main(module, checks()...) }

// checks lists the pack. The last one knows the others' inputs.
func checks() []*check.Check {
	list := []*check.Check{
		agentRunning(),
		hostcheck.TimeSync(hostcheck.TimeSyncOptions{Roles: roles(), OS: systems(), Since: firstVersion}),
		processServerPort(), processServerEndpoint(), configurationServer(),
	}
	list = append(list, logLevel(), driverLoaded(), antivirusExclusions(), recentChange(), sourceApplianceAddress())
	list = append(list, patterns()...)
	return append(list, hostcheck.CollectorLimits(hostcheck.LimitsOptions{Roles: roles(), Since: firstVersion, Checks: list}))
}

func roles() []string { return []string{bundles.RoleSourceMachine} }

func systems() []string { return []string{"windows", "linux"} }
