package main

import (
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// dataPortPartial reports whether the collector connected to the data port and got
// no further.
func dataPortPartial(p *check.Pass) bool {
	probes := optional[bundles.Probes](p, "probes")
	if probes == nil {
		return false
	}
	for _, pr := range probes.Items {
		if leg := brokenLeg(pr); pr.Name == "data-port" && leg != "" && leg != legConnect && leg != legName {
			return true
		}
	}
	return false
}
