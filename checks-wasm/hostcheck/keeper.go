package hostcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// typeNoSync is W32Time's type for "keep no time".
const typeNoSync = "NoSync"

// keeper is what keeps the machine's clock.
type keeper struct {
	by      string // name of a running source; empty: none
	service int    // item of the running service, -1: none
	stopped int    // item of an installed service that does not run, -1: none
	stalled int    // item of a running service that is told not to synchronize, -1: none
	items   []bundles.TimeService
}

func keeperOf(fact bundles.Time) keeper {
	k := keeper{service: -1, stopped: -1, stalled: -1, items: fact.Items}
	for i, s := range fact.Items {
		switch {
		case s.Error != "":
		case s.State == bundles.StateRunning && strings.EqualFold(s.Type, typeNoSync):
			k.stalled = i
		case s.State == bundles.StateRunning && k.service < 0:
			k.service, k.by = i, s.Name
		case isDown(s.State) && k.stopped < 0:
			k.stopped = i
		}
	}
	if k.by == "" {
		k.by = guestWords(fact.Guest)
	}
	return k
}

func isDown(state string) bool {
	return slices.Contains([]string{bundles.StateStopped, bundles.StateFailed, bundles.StatePaused, bundles.StateStopPending}, state)
}

// guestWords names the hypervisor's time source.
func guestWords(guest string) string {
	switch guest {
	case "":
		return ""
	case "vmware-tools":
		return "VMware Tools"
	case "hyperv":
		return "Hyper-V time synchronization"
	case "azure":
		return "the Azure host"
	}
	return guest
}

func (k keeper) runs() bool { return k.by != "" }

// silence says, as a sentence without its period, why nothing keeps the clock.
func (k keeper) silence() string {
	switch {
	case k.stopped >= 0:
		s := k.items[k.stopped]
		return fmt.Sprintf("Time service %s is %s%s, and nothing else keeps the clock", s.Name, s.State, startWords(s))
	case k.stalled >= 0:
		return fmt.Sprintf("Time service %s runs with type NoSync, and nothing else keeps the clock", k.items[k.stalled].Name)
	}
	return "No time service was seen, and the hypervisor does not set the clock"
}

func startWords(s bundles.TimeService) string {
	if s.StartType == "" {
		return ""
	}
	return " (start type " + strings.ReplaceAll(s.StartType, "_", " ") + ")"
}

// evidence points to what keeps, or should keep, the clock.
func (k keeper) evidence(p *check.Pass) []abi.Evidence {
	switch {
	case k.service >= 0:
		return []abi.Evidence{p.At("time", check.Item(k.service, "state"), k.items[k.service].State)}
	case k.stopped >= 0:
		return []abi.Evidence{p.At("time", check.Item(k.stopped, "state"), k.items[k.stopped].State)}
	case k.stalled >= 0:
		return []abi.Evidence{p.At("time", check.Item(k.stalled, "type"), k.items[k.stalled].Type)}
	}
	return nil
}

// noSource is the finding that nothing keeps the clock.
func noSource(p *check.Pass, k keeper, why string) check.Finding {
	return check.Finding{
		Subject: "clock", Key: "no-source", Severity: abi.Info, State: abi.StateOngoing,
		Title: k.silence(), Detail: why, Remedy: clockRemedy(p, k), Evidence: k.evidence(p),
	}
}

// clockRemedy is step 4 of the article, as commands.
func clockRemedy(p *check.Pass, k keeper) []string {
	if p.Bundle.Host().OS == "windows" {
		return []string{
			"Open Services (services.msc), set Windows Time to Automatic and start it: `sc.exe config W32Time start= auto` and `net start W32Time`.",
			"Name a time server that the machine reaches on 123/udp: `w32tm /config /manualpeerlist:time.windows.com /syncfromflags:manual /update`; in a domain: `w32tm /config /syncfromflags:domhier /update`.",
			"Correct the clock: `w32tm /resync /rediscover`. Then check: `w32tm /query /status`.",
			"On a virtual machine check that only one party sets the clock: the hypervisor's guest tools or Windows Time.",
		}
	}
	name := "chronyd"
	if i := max(k.service, k.stopped); i >= 0 {
		name = k.items[i].Name
	}
	return []string{
		fmt.Sprintf("Start the time service and let it start with the machine: `systemctl enable --now %s`.", name),
		"Correct the clock: `chronyc makestep` with chrony; systemd-timesyncd does it when it is restarted. Then check: `timedatectl`.",
		"On a virtual machine check that only one party sets the clock: the hypervisor's guest tools or the time service.",
	}
}
