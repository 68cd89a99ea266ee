package main

import (
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Outcomes of an upload in the transfer log.
const (
	outcomeSuccess = "success"
	outcomeFailed  = "failed"
)

// lastUpload is the newest upload of another machine that succeeded; zero when none
// is known.
func lastUpload(p *check.Pass) (newest time.Time) {
	network := optional[bundles.Network](p, "network")
	for _, row := range p.Tally(asrlogs.XferByHost).Rows {
		if row.Key["outcome"] == outcomeSuccess && row.Last != nil && row.Last.After(newest) && !isOwn(network, row.Key["client"]) {
			newest = *row.Last
		}
	}
	return p.Latest(asrlogs.XferByHost, newest)
}

// source is what the transfer log says of one source machine.
type source struct {
	host      string
	clients   []string
	good, bad int64     // uploads in the span looked at; those that were throttled are neither
	throttled int64     // in the span
	before    int64     // uploads that succeeded in the day before it
	answered  bool      // any request of it succeeded in the span
	last      time.Time // newest success
}

// sourcesSince sums uploads by machine from a time on. Buckets that begin earlier
// count when they end later. Late says that what succeeded counts as late as it may
// have, where the clock was set back.
func sourcesSince(p *check.Pass, since time.Time, late bool) []source {
	latest := func(id string, t time.Time) time.Time {
		if late {
			return p.Latest(id, t)
		}
		return t
	}
	var list []source
	at := func(host string) *source {
		i := slices.IndexFunc(list, func(s source) bool { return strings.EqualFold(s.host, host) })
		if i < 0 {
			list = append(list, source{host: host})
			i = len(list) - 1
		}
		return &list[i]
	}
	for _, row := range p.Tally(asrlogs.XferByHost).Rows {
		if row.Key["host"] != "" {
			at(row.Key["host"]).add(latest, row, since)
		}
	}
	for _, row := range p.Tally(asrlogs.XferAnswered).Rows {
		if row.Last != nil && !latest(asrlogs.XferAnswered, *row.Last).Before(since) && row.Key["host"] != "" {
			at(row.Key["host"]).answered = true
		}
	}
	return list
}

// add sums a row of the tally. What failed counts as early as it may have.
func (s *source) add(latest func(string, time.Time) time.Time, row scan.TallyRow, since time.Time) {
	late := func(t time.Time) time.Time { return t }
	if row.Key["outcome"] != outcomeFailed {
		late = func(t time.Time) time.Time { return latest(asrlogs.XferByHost, t) }
	}
	if c := row.Key["client"]; c != "" && !slices.Contains(s.clients, c) {
		s.clients = append(s.clients, c)
	}
	recent, older := int64(0), int64(0)
	for _, b := range row.Buckets {
		switch end := late(b.Start).Add(asrlogs.TransferBucket * time.Second); {
		case end.After(since):
			recent += b.Count
		case since.Sub(end) < check.ErrorAge:
			older += b.Count
		}
	}
	switch outcome := row.Key["outcome"]; {
	case outcome == outcomeSuccess:
		s.good, s.before = s.good+recent, s.before+older
		if row.Last != nil && row.Last.After(s.last) {
			s.last = late(*row.Last)
		}
	case strings.HasSuffix(outcome, "throttled"):
		s.throttled += recent
	default:
		s.bad += recent
	}
}

// name is the machine for a text: its id, and the address it came from.
func (s source) name() string {
	if len(s.clients) == 1 {
		return s.clients[0] + " (" + short(s.host) + ")"
	}
	return short(s.host)
}

// short is the beginning of an id that is unique enough for a text.
func short(id string) string {
	head, _, _ := strings.Cut(id, "-")
	return head
}
