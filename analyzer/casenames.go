package analyzer

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// names are those of the machine: its own, the addresses of its adapters, and what
// checks know besides.
func (p *plan) names() []string {
	var list []string
	add := func(name string) {
		if name != "" && len(list) < abi.MaxNames && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	add(p.host.Name)
	for _, c := range p.checks {
		for _, name := range c.names {
			add(name)
		}
	}
	if network, err := bundles.Fact[bundles.Network](p.bundle, "network"); err == nil {
		for _, adapter := range network.Items {
			for _, cidr := range adapter.Addresses {
				text, _, _ := strings.Cut(cidr, "/")
				if a, ok := asAddress(text); ok && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
					add(a.String())
				}
			}
		}
	}
	return list
}

// peers are the machines that checks say this one works with.
func (p *plan) peers() (list [][]string) {
	for _, c := range p.checks {
		for _, peer := range c.peers {
			known := slices.ContainsFunc(list, func(other []string) bool { return slices.Equal(peer, other) })
			if !known && len(list) < abi.MaxNames && len(peer) <= abi.MaxNames {
				list = append(list, peer)
			}
		}
	}
	return list
}

// Whether a finding is about a machine.
type aboutness int

const (
	notTold aboutness = iota // the bundles do not tell
	aboutOther
	aboutIt
)

// about tells whether a finding of a machine is about another one: its subject is an
// address there, or the other is one of those that the machine works with.
func about(r *report.Report, f *report.Finding, other *report.Report) aboutness {
	targets, own := targetsOf(&r.Bundle, f.Subject), other.Bundle.Names
	if len(targets) == 0 || len(own) == 0 {
		return notTold
	}
	comparable := !r.Bundle.Pseudonyms && !other.Bundle.Pseudonyms && slices.ContainsFunc(own, isAddress)
	for _, names := range targets {
		for _, name := range names {
			if slices.ContainsFunc(own, func(o string) bool { return sameMachine(name, o) }) {
				return aboutIt
			}
		}
		comparable = comparable && slices.ContainsFunc(names, isAddress)
	}
	if comparable {
		return aboutOther
	}
	return notTold
}

// targetsOf lists whom a finding may be about: the one machine that its subject
// names, else all that the machine works with.
func targetsOf(b *report.Bundle, subject string) [][]string {
	host, port, err := net.SplitHostPort(subject)
	if err != nil || host == "" || strings.Trim(port, "0123456789") != "" {
		return b.Peers
	}
	for _, peer := range b.Peers {
		if slices.ContainsFunc(peer, func(name string) bool { return sameMachine(name, host) }) {
			return [][]string{peer}
		}
	}
	return [][]string{{host}}
}

// sameMachine compares addresses, and names whatever their case; a name without a
// domain is that of a machine in any.
func sameMachine(a, b string) bool {
	x, xOK := asAddress(a)
	y, yOK := asAddress(b)
	if xOK || yOK {
		return xOK && yOK && x == y
	}
	a, b = strings.ToLower(strings.TrimSuffix(a, ".")), strings.ToLower(strings.TrimSuffix(b, "."))
	first, domain, _ := strings.Cut(a, ".")
	second, other, _ := strings.Cut(b, ".")
	return a != "" && first == second && (domain == other || domain == "" || other == "")
}

func isAddress(s string) bool {
	_, ok := asAddress(s)
	return ok
}

func asAddress(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.WithZone("").Unmap(), err == nil
}

// sayApart notes in a report why findings of another machine of the case are not
// linked with those here.
func sayApart(r, other *report.Report, why aboutness) {
	note := fmt.Sprintf("findings of %s, of the same case, are not linked with these: the bundles do not tell that the two machines work together", other.Bundle.Host.Name)
	switch {
	case why == aboutOther:
		note = fmt.Sprintf("findings of %s, of the same case, are not linked with these: %s", other.Bundle.Host.Name, whereto(r, other))
	case r.Bundle.Pseudonyms || other.Bundle.Pseudonyms:
		note += "; pseudonyms can be compared when both were collected with the same --case-key"
	}
	if !slices.Contains(r.Bundle.Notes, note) {
		r.Bundle.Notes = append(slices.Clone(r.Bundle.Notes), note)
	}
}

// whereto says with whom the one of two machines works that works with others.
func whereto(r, other *report.Report) string {
	from, to := r, other
	if len(r.Bundle.Peers) == 0 {
		from, to = other, r
	}
	var names []string
	for _, peer := range from.Bundle.Peers {
		names = append(names, peer[:min(1, len(peer))]...)
	}
	if len(names) == 0 {
		return "they are about another machine"
	}
	return fmt.Sprintf("%s works with %s, which is no name or address of %s", from.Bundle.Host.Name, strings.Join(names, ", "), to.Bundle.Host.Name)
}
