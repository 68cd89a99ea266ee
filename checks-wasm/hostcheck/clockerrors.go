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
)

// clockSign is what a log says about the clock.
type clockSign struct {
	key, what string
	trail     check.Trail
}

// clockSigns gives what counts of the logs' lines about the clock.
func clockSigns(p *check.Pass) []clockSign {
	all := []clockSign{
		{key: scanNonce, what: "Data service refuses logins because of their time"},
		{key: scanJump, what: "Agent saw the clock jump"},
	}
	for i := range all {
		all[i].trail = p.Trail(all[i].key, clockRetry, time.Time{})
	}
	return slices.DeleteFunc(all, func(s clockSign) bool { return s.trail.State == "" })
}

// reportSigns reports them where no difference of a clock was found that they come
// from: a warning while they go on, else info.
func reportSigns(p *check.Pass, signs []clockSign) {
	for _, s := range signs {
		p.ReportTrail(check.Finding{
			Subject: "clock", Key: s.key, Severity: abi.Warning, Title: s.what,
			Detail: "Clocks of this machine and of its peers disagreed. Newest line: " + firstLine(s.trail.Newest().Text),
			Remedy: []string{"Compare the clocks of the source machines, this machine and the configuration server with the same reference: `w32tm /stripchart /computer:time.windows.com /samples:3 /dataonly`; on Linux `chronyc tracking`.", "Correct the one that is off, as the finding on its clock says."},
		}, s.trail)
	}
}

// withSigns adds to a finding on a clock's difference what the logs say of it.
func withSigns(p *check.Pass, f check.Finding, signs []clockSign) check.Finding {
	for _, s := range signs {
		f.Detail += fmt.Sprintf(" %s: %s since %s.", s.what, check.Count(int64(s.trail.Count), "time", "times"), p.Clock(s.trail.First))
		f.Evidence = append(f.Evidence, check.At(s.trail.Newest()))
	}
	return f
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.ReplaceAll(line, "\t", " ")
}

// serverReading is what an answer of the configuration server told of its clock.
type serverReading struct {
	host, source string
	off          time.Duration
	at           abi.Evidence
}

// serverReadings are what the clock was compared with on purpose, then the times
// that the server's answers to probes carry.
func serverReadings(p *check.Pass, fact bundles.Time) []serverReading {
	var list []serverReading
	for i, a := range fact.Attempts {
		if a.OffsetSeconds != nil && isServer(p, hostOf(a.Source)) {
			list = append(list, serverReading{hostOf(a.Source), a.Source, check.Seconds(*a.OffsetSeconds), p.At("time", fmt.Sprintf("/attempts/%d/offset_seconds", i), *a.OffsetSeconds)})
		}
	}
	probes, err := check.Load[bundles.Probes](p, "probes")
	if err != nil {
		return list
	}
	for i, pr := range probes.Items {
		host := hostOf("probe:" + pr.Target)
		if pr.Via == bundles.ViaProxy || pr.Origin == "flag" || pr.Name != "configuration-server" && !isServer(p, host) {
			continue
		}
		for n, l := range pr.Legs {
			if l.Date != nil && l.T != nil {
				at := p.At("probes", check.Item(i, fmt.Sprintf("legs/%d/date", n)), *l.Date)
				list = append(list, serverReading{host, "https-date:" + pr.Target, l.Date.Add(dateFloor).Sub(l.T.Add(answerAfter(l))), at})
			}
		}
	}
	return list
}

// dateFloor is by how much a time in whole seconds is late, on average.
const dateFloor = 500 * time.Millisecond

// answerAfter is how long after its beginning a request was answered, on average.
func answerAfter(l bundles.Leg) time.Duration {
	return time.Duration(l.DurationMS * float64(time.Millisecond) / 2)
}

// reportServerClock compares with the configuration server, whose answers carry
// its own time. A difference within the limits, and one that the host's own
// offset explains, is not told again. It reports whether one above info was told,
// with the signs of it in the logs.
func reportServerClock(p *check.Pass, fact bundles.Time, signs []clockSign) bool {
	for _, r := range serverReadings(p, fact) {
		if r.source == fact.OffsetSource {
			continue
		}
		sev, limit := clockSeverity(r.off)
		if sev == "" || ownFault(fact, r.off) {
			return false
		}
		if sev == abi.Info {
			signs = nil
		}
		p.Report(withSigns(p, check.Finding{
			Subject: r.host, Key: "server-offset", Severity: sev, State: abi.StateOngoing,
			Title:    fmt.Sprintf("Clock is %s the configuration server's (limit %s)", directedFrom(r.off), check.Span(limit)),
			Detail:   "The two clocks differ, whichever is right. Measured by the time in the answer of " + r.host + ".",
			Remedy:   []string{"Check the configuration server's clock: `w32tm /query /status` there.", "Correct the clock that differs from a common reference: `w32tm /resync /rediscover` on that machine."},
			Evidence: []abi.Evidence{r.at},
			Measure: &abi.Measure{
				Metric: "clock.offset", Value: r.off.Abs().Seconds(), Op: ">", Limit: limit.Seconds(), Unit: "s",
				Method: "difference from " + r.source, LimitSource: limitOurs,
			},
		}, signs))
		return sev != abi.Info
	}
	return false
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
