package collector

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/source/logs"
	"github.com/asrdiag/asrdiag/collector/internal/source/probes"
	"github.com/asrdiag/asrdiag/collector/internal/source/timesync"
	"github.com/asrdiag/asrdiag/collector/internal/store"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// probes tries to connect to the targets of the profile and of the command line.
func (s *session) probes() source.Source {
	return source.Source{Name: "probes", Timeout: 60 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		if s.opt.NoProbes {
			return &source.Problem{Status: bundles.StatusSkipped, Chosen: true, Err: errors.New("probes are off: --no-probes")}
		}
		src := s.probeSources()
		targets := probes.Targets(ctx, detector{ctx, s.known.get(), s.opt.Bus}.tried(s.profile.Probes), src)
		f := probes.New(probes.FindProxy(s.profile.Proxy, src)).Run(ctx, targets)
		return write(k, "probes", f, probes.Untried(f))
	}}
}

// tried are the probes whose conditions hold.
func (d detector) tried(list []profiles.Probe) []profiles.Probe {
	return slices.DeleteFunc(slices.Clone(list), func(p profiles.Probe) bool { return d.unwanted(p) != "" })
}

// unwanted says why a probe is not tried on this machine; "" when it is.
func (d detector) unwanted(p profiles.Probe) string {
	if p.If == nil {
		return ""
	}
	if what, ok := d.holds(*p.If); !ok {
		return "not tried: it is not known that " + what
	}
	return ""
}

// probeSources are where targets and the proxy come from: what was read before,
// and the logs that the profile names.
func (s *session) probeSources() probes.Sources {
	vars := s.vars.get()
	src := probes.Sources{Vars: vars, Lines: s.newestLines, Flags: s.opt.Probes}
	if hasRegistry {
		src.Registry = vars.Get
	}
	if s.tracker != nil {
		src.Connections = s.tracker.Fact(time.Now()).Items
	}
	return src
}

// newestLines gives texts from the ends of the newest files of a log of the
// profile.
func (s *session) newestLines(ctx context.Context, id string) ([]string, error) {
	for _, l := range s.profile.Logs {
		if l.ID != id {
			continue
		}
		globs, _ := s.globs(l)
		texts, err := logs.Newest(ctx, globs, s.since(l))
		secrets := s.red.Secrets()
		for i := range texts { // none becomes the name of a server
			texts[i] = secrets.String(texts[i], nil)
		}
		return texts, err
	}
	return nil, fmt.Errorf("the profile has no log %q", id)
}

// measureClock compares the clock with those of the profile.
func (s *session) measureClock(ctx context.Context, f *bundles.Time) error {
	if s.opt.NoProbes {
		return &source.Problem{Status: bundles.StatusPartial, Chosen: true, Err: errors.New("the clock was not compared: --no-probes")}
	}
	t := s.profile.Time
	if len(t.SNTP)+len(t.HTTPS) == 0 {
		return nil // the profile does not ask for it
	}
	targets := timesync.Targets{SNTP: t.SNTP, HTTPS: t.HTTPS}
	if p := probes.FindProxy(s.profile.Proxy, s.probeSources()); p.Usable() {
		targets.Proxy = func(ctx context.Context, target string) (net.Conn, error) { return probes.Tunnel(ctx, p, target) }
	}
	off, attempts := timesync.Measure(ctx, targets)
	f.Attempts = attempts
	if off == nil {
		return source.Partial(errors.New("the clock was not compared: no time server answered"))
	}
	f.OffsetSeconds, f.OffsetErrorSeconds, f.OffsetSource = &off.Seconds, &off.Error, off.Source
	return nil
}
