package main

import (
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/hostcheck"
)

// cxpsClient is the product's own test of uploads, run against this server.
func cxpsClient() *check.Check {
	return hostcheck.CxpsClient(hostcheck.CxpsClientOptions{
		Roles: roles(), OS: systems(), Since: firstVersion, Partial: dataPortPartial,
		ExplainedBy: []abi.Cause{{Check: "data-port"}, {Check: "services-running", Subjects: []string{"cxprocessserver"}}, {Check: "cache-disk-errors"}},
	})
}

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
