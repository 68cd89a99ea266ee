package hostcheck

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// reportClockErrors reports what a log says about the clock: a warning while it
// goes on, else info.
func reportClockErrors(p *check.Pass, id, what string) {
	sum := p.Summary(id)
	var hits []scan.Hit
	var times []time.Time
	for h := range p.Hits(id) {
		if h.Time != nil {
			hits, times = append(hits, h), append(times, *h.Time)
		}
	}
	e := check.Errors{Times: times, Retry: clockRetry}
	if sum.NewestLine != nil {
		e.LogEnd = *sum.NewestLine
	}
	c := p.Course(e)
	if c.State == "" {
		return
	}
	last := hits[len(hits)-1]
	f := check.Finding{
		Subject: "clock", Key: id, Severity: abi.Warning, State: c.State, FirstSeen: &c.First, LastSeen: &c.Last, Count: int64(c.Count),
		Title:    fmt.Sprintf("%s: %s since %s", what, check.Count(int64(c.Count), "time", "times"), p.Clock(c.First)),
		Detail:   fmt.Sprintf("Clocks of this machine and of its peers disagreed. Newest line: %s", firstLine(last.Text)),
		Remedy:   []string{"Compare the clocks of the source machines, this machine and the configuration server with the same reference: `w32tm /stripchart /computer:time.windows.com /samples:3 /dataonly`; on Linux `chronyc tracking`.", "Correct the one that is off, as the finding on its clock says."},
		Evidence: []abi.Evidence{check.At(last)},
	}
	switch {
	case c.Intermittent():
		f.State = abi.StateOngoing
	case c.State == abi.StateRecovered:
		f.Severity, f.Title = abi.Info, fmt.Sprintf("%s: %s until %s", what, check.Count(int64(c.Count), "time", "times"), p.Clock(c.Last))
	}
	p.Report(f)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.ReplaceAll(line, "\t", " ")
}

// reportServerClock compares with the configuration server, whose answers carry
// its own time. A difference within the limits, and one that the host's own
// offset explains, is not told again.
func reportServerClock(p *check.Pass, fact bundles.Time) {
	for i, a := range fact.Attempts {
		if a.OffsetSeconds == nil || a.Source == fact.OffsetSource || !isServer(p, hostOf(a.Source)) {
			continue
		}
		off := check.Seconds(*a.OffsetSeconds)
		sev, limit := clockSeverity(off)
		if sev == "" || ownFault(fact, off) {
			return
		}
		p.Report(check.Finding{
			Subject: hostOf(a.Source), Key: "server-offset", Severity: sev, State: abi.StateOngoing,
			Title:    fmt.Sprintf("Clock is %s the configuration server's (limit %s)", directedFrom(off), check.Span(limit)),
			Detail:   "The two clocks differ, whichever is right. Measured by the time in the answer of " + hostOf(a.Source) + ".",
			Remedy:   []string{"Check the configuration server's clock: `w32tm /query /status` there.", "Correct the clock that differs from a common reference: `w32tm /resync /rediscover` on that machine."},
			Evidence: []abi.Evidence{p.At("time", fmt.Sprintf("/attempts/%d/offset_seconds", i), *a.OffsetSeconds)},
			Measure: &abi.Measure{
				Metric: "clock.offset", Value: off.Abs().Seconds(), Op: ">", Limit: limit.Seconds(), Unit: "s",
				Method: "difference from " + a.Source, LimitSource: limitOurs,
			},
		})
		return
	}
}

// ownFault reports whether the host's clock is off by about as much against the
// reference: then the configuration server's is right.
func ownFault(fact bundles.Time, off time.Duration) bool {
	return fact.OffsetSeconds != nil && (off-check.Seconds(*fact.OffsetSeconds)).Abs() <= clockInfo
}

// hostOf gives the host of "https-date:HOST:PORT".
func hostOf(source string) string {
	_, target, _ := strings.Cut(source, ":")
	if ap, err := netip.ParseAddrPort(target); err == nil {
		return ap.Addr().String()
	}
	if i := strings.LastIndexByte(target, ':'); i >= 0 {
		return target[:i]
	}
	return target
}

// isServer reports whether a host is the configuration server by the machine's
// own configuration.
func isServer(p *check.Pass, host string) bool {
	cfg, err := check.Load[bundles.Config](p, "config")
	if err != nil || host == "" {
		return false
	}
	keys := []string{"PS_CS_IP", "CS_IP", "cs_ip_address", "Hostname"}
	for _, file := range cfg.Items {
		for _, v := range file.Values {
			if strings.EqualFold(v.Value, host) && slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, v.Key) }) {
				return true
			}
		}
	}
	return false
}
