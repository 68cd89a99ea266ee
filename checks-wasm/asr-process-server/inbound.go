package main

import (
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// quietSources is how long no source machine may have connected until its way in
// counts as closed.
const quietSources = 30 * time.Minute

// scanUploads are the uploads that succeeded, by client.
const scanUploads = "uploads-by-client"

// uploadScan looks for successful uploads in the transfer log.
func uploadScan() scan.Scan {
	log := asrlogs.CxpsTransferLog()
	return scan.Scan{
		ID: scanUploads, Input: log.ID, Format: log.Format.ID, MaxHits: 10, Any: []scan.Pattern{{Literal: "\t/putfile\t"}},
		Where: map[string][]string{"result": {"success"}}, Tally: &scan.Tally{By: []string{"client"}},
	}
}

// inbound is what is seen of source machines at the data port: the proof of work
// that beats what a configuration says.
type inbound struct {
	works    bool // in the window
	words    string
	evidence []abi.Evidence
	last     time.Time // newest upload; zero: none
	logged   bool      // the transfer log is on and was read
	span     time.Duration
}

// inboundOf looks for connections from other machines at the data port, and for
// uploads from other addresses. The collector's own connections come from this
// machine and are none.
func inboundOf(p *check.Pass, port string) inbound {
	in := inbound{}
	network := optional[bundles.Network](p, "network")
	in.connections(p, network, port)
	in.uploads(p, network)
	return in
}

func (in *inbound) connections(p *check.Pass, network *bundles.Network, port string) {
	conns := optional[bundles.Connections](p, "connections")
	if conns == nil {
		return
	}
	peers := map[string]bool{}
	for i, c := range conns.Items {
		_, local, _ := cutPort(c.Local)
		host, _, _ := cutPort(c.Remote)
		if local != port || c.Remote == "" || !slices.Contains(c.States, "ESTABLISHED") || isOwn(network, host) {
			continue
		}
		if len(peers) == 0 {
			in.evidence = append(in.evidence, p.At("connections", check.Item(i, "remote"), c.Remote))
		}
		peers[host] = true
	}
	if len(peers) > 0 {
		in.works, in.words = true, check.Count(int64(len(peers)), "other machine is", "other machines are")+" connected to port "+port
	}
}

func (in *inbound) uploads(p *check.Pass, network *bundles.Network) {
	sum := p.Summary(scanUploads)
	in.logged = sum.Files > 0 && !switchedOff(configValue(p, "cxps", "xfer_log_enabled"))
	if sum.OldestLine != nil {
		in.span = p.Now.Sub(*sum.OldestLine)
	}
	client := ""
	for _, row := range p.Tally(scanUploads).Rows {
		if row.Last != nil && p.Latest(scanUploads, *row.Last).After(in.last) && !isOwn(network, row.Key["client"]) {
			in.last, client = p.Latest(scanUploads, *row.Last), row.Key["client"]
		}
	}
	if in.last.IsZero() || in.works || in.last.Before(workBegins(p)) {
		return
	}
	in.works, in.words = true, "an upload from "+client+" succeeded at "+p.Clock(in.last)
	for h := range p.Hits(scanUploads) {
		if h.Time != nil && p.Latest(scanUploads, *h.Time).Equal(in.last) && h.Fields["client"] == client {
			in.evidence = append(in.evidence, check.At(h))
			return
		}
	}
}

// workBegins is since when work counts as seen now: the window, of which the last
// five minutes at least.
func workBegins(p *check.Pass) time.Time {
	begin := p.Now.Add(-freshSettings)
	if w := p.Bundle.Manifest.Window; !w.Start.IsZero() && w.Start.Before(begin) {
		return w.Start
	}
	return begin
}

// silent reports whether it is known that no source machine connected for half
// an hour.
func (in inbound) silent(p *check.Pass) bool {
	return !in.works && in.logged && in.span >= quietSources && (in.last.IsZero() || p.Now.Sub(in.last) >= quietSources)
}

func switchedOff(text string) bool {
	switch strings.ToLower(text) {
	case "no", "0", "false", "off":
		return true
	}
	return false
}
