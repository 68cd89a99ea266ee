package main

import (
	"slices"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/hostcheck"
)

// cxpsClient is the product's own test of uploads.
func cxpsClient() *check.Check {
	return hostcheck.CxpsClient(hostcheck.CxpsClientOptions{
		Roles: roles(), OS: systems(), Since: firstVersion, Partial: portPartial,
		ExplainedBy: []abi.Cause{{Check: "process-server-port"}, {Check: "process-server-endpoint"}, {Check: "asr-process-server/cache-disk-errors"}},
	})
}

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
