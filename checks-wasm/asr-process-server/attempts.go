package main

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// Names of probes, as the collector's profile has them.
const (
	probeDataPort      = "data-port"
	probeDataPortLocal = "data-port-local"
	probeConfigServer  = "configuration-server"
)

// legProxy is the leg of a CONNECT through a proxy.
const legProxy = "proxy"

// attempt is a probe that says something of its target.
type attempt struct {
	bundles.Probe
	item   int
	host   string // of the target, lower case, without brackets
	port   string
	broken int // index of the leg at which it ended; -1: it got through
}

// attemptsOf lists the probes that were made. Of those that nothing was tried of
// nothing is known.
func attemptsOf(probes *bundles.Probes) []attempt {
	if probes == nil {
		return nil
	}
	var list []attempt
	for i, pr := range probes.Items {
		if pr.Target == "" || !tried(pr) {
			continue
		}
		host, port, _ := cutPort(strings.ToLower(pr.Target))
		list = append(list, attempt{Probe: pr, item: i, host: strings.Trim(host, "[]"), port: port, broken: brokenAt(pr)})
	}
	return list
}

func (a attempt) viaProxy() bool { return a.Via == bundles.ViaProxy }

// leg finds the first leg of a name that was tried; -1 when none was. Of several
// connections the one that stands is meant.
func (a attempt) leg(name string) (int, bundles.Leg) {
	found := -1
	for i, l := range a.Legs {
		if l.Leg == name && l.Status != "skipped" && (found < 0 || a.Legs[found].Status != "ok" && l.Status == "ok") {
			found = i
		}
	}
	if found < 0 {
		return -1, bundles.Leg{}
	}
	return found, a.Legs[found]
}

// ended says how an attempt ended: "connection timed out", "answers".
func (a attempt) ended() string {
	if a.broken < 0 {
		return "answers"
	}
	switch l := a.Legs[a.broken]; {
	case a.viaProxy() && l.Leg == legName:
		return "name resolution of the proxy " + statusWords(l)
	case a.viaProxy() && l.Leg == legConnect:
		return "connection to the proxy " + statusWords(l)
	default:
		return legEnd(l)
	}
}

func legEnd(l bundles.Leg) string {
	if l.Leg == legProxy && l.HTTPStatus != 0 {
		return "proxy answered " + strconv.Itoa(l.HTTPStatus)
	}
	return legWords(l.Leg) + " " + statusWords(l)
}

// proof is the leg at which an attempt ended, or its last one.
func (a attempt) proof(p *check.Pass) abi.Evidence {
	i := a.broken
	if i < 0 {
		i = len(a.Legs) - 1
	}
	return a.legProof(p, i)
}

func (a attempt) legProof(p *check.Pass, leg int) abi.Evidence {
	return p.At("probes", check.Item(a.item, "legs/"+strconv.Itoa(leg)+"/status"), a.Legs[leg].Status)
}

// legMember points to another member of a leg.
func (a attempt) legMember(p *check.Pass, leg int, member string, value any) abi.Evidence {
	return p.At("probes", check.Item(a.item, "legs/"+strconv.Itoa(leg)+"/"+member), value)
}

// notProbed says why there is no attempt, with the collection that would make one.
func notProbed(p *check.Pass, what string) (string, *abi.Ask) {
	return untried(p, what+" was not tried", what)
}

// untried adds to a reason why there are no probes.
func untried(p *check.Pass, reason, what string) (string, *abi.Ask) {
	if why, ok := p.Missing("facts/**/probes.json"); !ok {
		reason += ": " + why
	}
	return reason, ask("tries "+what+" from the machine itself", "--quick")
}

// isOwn reports whether a host is this machine: one of its addresses, or its
// loopback.
func isOwn(network *bundles.Network, host string) bool {
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return false
	}
	if addr.IsLoopback() {
		return true
	}
	return network != nil && slices.ContainsFunc(network.Items, func(i bundles.Interface) bool { return owns(i, addr) })
}

func owns(i bundles.Interface, addr netip.Addr) bool {
	return slices.ContainsFunc(i.Addresses, func(cidr string) bool { return addressOf(cidr) == addr.Unmap() })
}

// addressOf is the address of "10.1.0.5/24"; the zero address when it is none.
func addressOf(cidr string) netip.Addr {
	text, _, _ := strings.Cut(cidr, "/")
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap()
}
