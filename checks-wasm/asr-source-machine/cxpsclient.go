package main

import (
	"slices"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// portPartial reports whether the collector connected to the data port and got no
// further.
func portPartial(p *check.Pass) bool {
	probes, err := check.Load[bundles.Probes](p, "probes")
	if err != nil {
		return false
	}
	return slices.ContainsFunc(probes.Items, func(pr bundles.Probe) bool {
		open, _, later := outcome(pr.Legs)
		return pr.Name == dataPortProbe && open >= 0 && later >= 0
	})
}
