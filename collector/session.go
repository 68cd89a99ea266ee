package collector

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
	"github.com/asrdiag/asrdiag/collector/internal/source/connections"
	"github.com/asrdiag/asrdiag/collector/internal/source/disks"
	"github.com/asrdiag/asrdiag/collector/internal/source/services"
	"github.com/asrdiag/asrdiag/collector/internal/store"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// session is one run.
type session struct {
	opt     Options
	profile *profiles.Profile
	begin   time.Time
	header  bundles.Header
	archive archive
	path    string
	store   *store.Store
	red     *redact.Redactor
	log     *slog.Logger
	logText *logBuffer
	runner  *source.Runner
	rows    []source.Result

	// What is polled. A source that was given up may still work on its part, so
	// such a part is set to nil and not used again.
	tracker *connections.Tracker
	units   *unitReader
	disks   *disks.Reader

	// What later sources need of earlier ones. They are shared with sources
	// that may have been given up.
	vars  shared[config.Vars]
	procs shared[bundles.Processes]
	host  shared[bundles.HostFact]
	clock shared[bundles.Time]

	window shared[bundles.Window]

	stop     chan struct{} // closed when the window is to end early
	stopOnce sync.Once
	inLogs   atomic.Bool
	endLogs  context.CancelFunc
	logsCtx  context.Context
}

// shared is a value that one source sets and others read.
type shared[T any] struct {
	mu sync.Mutex
	v  T
}

func (s *shared[T]) set(v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.v = v
}

func (s *shared[T]) get() T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.v
}

// unitReader reads the services and keeps the readings.
type unitReader struct {
	opt   services.Options
	m     services.Manager
	watch services.Watch
}

func newSession(ctx context.Context, opt Options) (*session, error) {
	p, err := chooseProfile(ctx, opt)
	if err != nil {
		return nil, err
	}
	if !p.Fits(runtime.GOOS) {
		return nil, &OptionError{fmt.Sprintf("profile %q is not for %s", p.Name, runtime.GOOS), "see the profiles with: asrcollect profiles"}
	}
	s := &session{opt: opt, profile: p, begin: time.Now(), red: redact.New(), logText: &logBuffer{}, stop: make(chan struct{}), disks: &disks.Reader{}}
	s.header = newHeader(s.begin)
	if s.archive, s.path, err = newArchive(opt, s.header); err != nil {
		return nil, err
	}
	s.store = store.New(s.archive, s.red, limits(opt))
	s.log = slog.New(slog.NewJSONHandler(s.logText, nil))
	s.runner = &source.Runner{Store: s.store, Log: s.log}
	s.tracker = connections.New(p.Connects)
	s.units = &unitReader{opt: services.Options{Bus: opt.Bus}}
	for _, u := range p.Services {
		s.units.opt.Names = append(s.units.opt.Names, u.Name)
	}
	s.log.Info("run starts", slog.String("version", opt.Version), slog.String("profile", p.Name), slog.String("profile_version", p.Version),
		slog.Int("pid", os.Getpid()), slog.Bool("elevated", elevated()), slog.Duration("duration", opt.Duration), slog.Duration("interval", opt.Interval))
	return s, nil
}

// plan is what a run does, in order. Volatile state comes first, while the
// collector itself is quiet; logs that live for minutes next; then the window;
// long-lived logs last.
type plan struct {
	Start  []source.Source
	First  []source.Source // logs
	Window source.Source
	End    []source.Source
	Logs   []source.Source
}

// collect runs the plan. It fails when the bundle is lost or ctx ends.
func (s *session) collect(ctx context.Context) error {
	s.logsCtx, s.endLogs = context.WithCancel(ctx)
	defer s.endLogs()
	quit := make(chan struct{})
	defer close(quit)
	go s.watchFinish(quit)
	defer s.close()

	p := s.plan()
	s.progress("reading the state of the machine", time.Time{})
	if err := s.run(ctx, p.Start); err != nil {
		return err
	}
	s.progress("reading logs that live for minutes", time.Time{})
	if err := s.run(ctx, p.First); err != nil {
		return err
	}
	s.progress("averaging CPU, memory, disk", time.Now().Add(s.opt.Duration))
	if err := s.run(ctx, []source.Source{p.Window}); err != nil {
		return err
	}
	s.inLogs.Store(true)
	s.progress("reading the state of the machine again", time.Time{})
	if err := s.run(ctx, p.End); err != nil {
		return err
	}
	s.progress("reading logs", time.Time{})
	return s.run(ctx, p.Logs)
}

// run runs sources one after the other.
func (s *session) run(ctx context.Context, list []source.Source) error {
	for _, src := range list {
		res := s.runner.Run(ctx, src)
		s.rows = append(s.rows, res)
		if res.Status == bundles.StatusTimeout {
			s.abandon(src.Name)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.store.Err(); err != nil {
			return errLost(err)
		}
	}
	return nil
}

// abandon gives up the part that a source which hangs may still work on.
func (s *session) abandon(name string) {
	switch name {
	case "connections":
		s.tracker = nil
	case "services":
		s.units = nil
	case "metrics":
		s.tracker, s.units = nil, nil
	}
}

func (s *session) close() {
	if s.units != nil && s.units.m != nil {
		_ = s.units.m.Close()
	}
}

func (s *session) progress(phase string, until time.Time) {
	s.log.Info("phase", slog.String("phase", phase))
	if s.opt.Progress != nil {
		s.opt.Progress(Progress{Phase: phase, Until: until, Took: time.Since(s.begin)})
	}
}

// hurry is how long logs may still be read when the machine shuts down.
const hurry = 10 * time.Second

// watchFinish takes requests to end early. The first ends the window; one that
// comes when the window is over ends the reading of logs.
func (s *session) watchFinish(quit <-chan struct{}) {
	for {
		select {
		case <-quit:
			return
		case f, ok := <-s.opt.Finish:
			if !ok {
				return
			}
			s.log.Info("asked to finish early", slog.Int("kind", int(f)))
			if s.inLogs.Load() && f == FinishPhase {
				s.endLogs()
			}
			s.stopOnce.Do(func() { close(s.stop) })
			if f == FinishAll {
				timer := time.AfterFunc(hurry, s.endLogs)
				defer timer.Stop()
			}
		}
	}
}

// commit writes collect.log and the manifest and gives the bundle its name.
func (s *session) commit(ctx context.Context) (Summary, error) {
	s.progress("writing the bundle", time.Time{})
	rows := source.Merge(s.rows)
	s.log.Info("run ends", slog.Duration("took", time.Since(s.begin)))
	if err := s.store.Sink().Text(bundles.LogPath, s.logText.seal()); err != nil {
		return Summary{}, errLost(err)
	}
	m, err := s.manifest(rows)
	if err != nil {
		return Summary{}, err
	}
	if err := ctx.Err(); err != nil {
		return Summary{}, err
	}
	if err := s.archive.Commit(m); err != nil {
		return Summary{}, errLost(err)
	}
	return s.summary(m, rows), nil
}
