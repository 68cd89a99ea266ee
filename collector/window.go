package collector

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/source/connections"
	"github.com/asrdiag/asrdiag/collector/internal/source/metrics"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// minute is how often services are read in the window.
const minute = time.Minute

// metricsSource is the name of the window in the manifest.
const metricsSource = "metrics"

// windowSource samples for the length of the window.
func (s *session) windowSource() source.Source {
	return source.Source{Name: metricsSource, Timeout: s.opt.Duration + time.Minute, Collect: func(ctx context.Context, k *store.Sink) error {
		return s.sampleWindow(ctx, k, polls{s.tracker, s.units, s.log})
	}}
}

// polls is what is read along with the samples; nil parts were given up.
type polls struct {
	tracker *connections.Tracker
	units   *unitReader
	log     *runlog.Log
}

// sampleWindow takes a sample at the end of every interval, by a clock that
// does not drift: a late sample does not delay those after it. With each one
// the connections are polled, every minute the services.
func (s *session) sampleWindow(ctx context.Context, k *store.Sink, p polls) error {
	e, err := k.Create(bundles.File{Path: bundles.SamplesPath, Encoding: "utf-8"}, redact.StreamOptions{}, 0, false)
	if err != nil {
		return err
	}
	var watched func(string) bool
	if len(s.profile.Processes.Watch) > 0 {
		watched = s.profile.Watches
	}
	sampler := metrics.New(watched, s.disks.Utilization)
	sampler.Start(ctx)
	w, err := s.samples(ctx, e, sampler, p)
	if cerr := e.Close(nil); cerr != nil {
		return cerr
	}
	if err == nil {
		err = s.short(w)
	}
	if lacking := sampler.Lacking(); err == nil && lacking != nil {
		return &source.Problem{Status: bundles.StatusOK, Err: fmt.Errorf("not measured: %w", lacking)}
	}
	return source.Partial(err)
}

// samples takes the samples. It fails when one cannot be stored.
func (s *session) samples(ctx context.Context, e *store.Entry, sampler *metrics.Sampler, p polls) (bundles.Window, error) {
	start := time.Now()
	w := s.emptyWindow(start)
	defer func() { w.End = time.Now().UTC(); s.window.set(w) }()
	units := start
	for i := 1; i <= w.ExpectedSamples; i++ {
		due := start.Add(time.Duration(i) * s.opt.Interval)
		if time.Since(due) >= s.opt.Interval {
			continue // missed: the machine was too busy, or asleep
		}
		if !s.wait(ctx, due) {
			break
		}
		if err := writeSample(e, sampler.Sample(ctx)); err != nil {
			return w, err
		}
		w.Samples++
		w.End = time.Now().UTC()
		s.window.set(w) // this source may be given up in what follows
		p.connections(ctx)
		if every := cmp.Or(s.opt.test.services, minute); time.Since(units) >= every {
			units = units.Add(every)
			p.services(ctx, s.opt.Interval)
		}
	}
	w.End = time.Now().UTC()
	return w, nil
}

// emptyWindow is a window without samples.
func (s *session) emptyWindow(start time.Time) bundles.Window {
	return bundles.Window{
		Start: start.UTC(), End: start.UTC(), IntervalSeconds: s.opt.Interval.Seconds(), RequestedSeconds: s.opt.Duration.Seconds(),
		ExpectedSamples: int(math.Round(float64(s.opt.Duration) / float64(s.opt.Interval))),
	}
}

// windowOf is the window of the manifest; without one it is the collection.
func (s *session) windowOf() bundles.Window {
	w := s.window.get()
	if w.Start.IsZero() {
		w = s.emptyWindow(s.begin)
		w.End = time.Now().UTC()
	}
	return w
}

// short says why a window has fewer samples than it should.
func (s *session) short(w bundles.Window) error {
	took := w.End.Sub(w.Start).Round(100 * time.Millisecond)
	switch {
	case w.Samples >= w.ExpectedSamples:
		return nil
	case s.stopped():
		return fmt.Errorf("finished early: %s of %s, %d of %d samples", FormatDuration(took), FormatDuration(s.opt.Duration), w.Samples, w.ExpectedSamples)
	}
	return fmt.Errorf("%d of %d samples: the others came too late", w.Samples, w.ExpectedSamples)
}

func (s *session) stopped() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// wait returns false when the window is to end.
func (s *session) wait(ctx context.Context, until time.Time) bool {
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.stop:
	case <-ctx.Done():
	}
	return false
}

// writeSample writes one line.
func writeSample(e *store.Entry, sample bundles.Sample) error {
	raw, err := json.Marshal(sample)
	if err != nil {
		return fmt.Errorf("encode sample: %w", err)
	}
	_, err = e.Write(append(raw, '\n'))
	return err
}

func (p polls) connections(ctx context.Context) {
	if p.tracker == nil {
		return
	}
	if err := p.tracker.Poll(ctx); err != nil && ctx.Err() == nil {
		p.log.Warn("poll connections", runlog.Any("error", err))
	}
}

// services reads the services once more. A slow service manager must not make
// samples late.
func (p polls) services(ctx context.Context, interval time.Duration) {
	if p.units == nil || p.units.m == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, max(interval/2, time.Second))
	defer cancel()
	if err := p.units.read(ctx); err != nil && !errors.Is(err, context.Canceled) {
		p.log.Warn("read services", runlog.Any("error", err))
	}
}
