package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/seal"
	"github.com/asrdiag/asrdiag/collector/internal/single"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
	"github.com/asrdiag/asrdiag/collector/internal/source/connections"
	"github.com/asrdiag/asrdiag/collector/internal/source/disks"
	"github.com/asrdiag/asrdiag/collector/internal/source/logs"
	"github.com/asrdiag/asrdiag/collector/internal/source/services"
	"github.com/asrdiag/asrdiag/collector/internal/store"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// session is one run.
type session struct {
	opt     Options
	profile *profiles.Profile
	others  []string // what speaks for another profile
	origin  *Origin  // of the profile; nil: built in
	seal    seal.Recipients
	begin   time.Time
	header  bundles.Header
	lock    *single.Lock
	archive archive
	hold    *hold // of room for the end of the bundle
	path    string
	store   *store.Store
	red     *redact.Redactor
	naming  *naming
	log     *runlog.Log
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
	known shared[settings]
	procs shared[bundles.Processes]
	host  shared[bundles.HostFact]
	clock shared[bundles.Time]
	walks shared[[]bundles.CacheWalk]
	told  shared[[]bundles.ConfigFile] // settings that programs have printed

	book   logs.Book // what was stored of the logs that are read first
	budget budget
	window shared[bundles.Window]

	stop     chan struct{} // closed when the window is to end early
	stopOnce sync.Once
	inLogs   atomic.Bool // the window is over
	ends     ends
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

// choosePatience is how long the search for the profile may take.
const choosePatience = 15 * time.Second

func newSession(ctx context.Context, opt Options) (*session, error) {
	begin := time.Now()
	c, err := within(choosePatience, "find out what this machine is", func() (choice, error) { return choose(ctx, opt) })
	if err != nil {
		return nil, err
	}
	p := c.profile
	if !p.Fits(runtime.GOOS) {
		return nil, &OptionError{fmt.Sprintf("profile %q is not for %s", p.Name, runtime.GOOS), "see the profiles with: asrcollect profiles"}
	}
	if err := c.origin.allowed(opt); err != nil {
		return nil, err
	}
	to, err := opt.recipients(p)
	if err != nil {
		return nil, err
	}
	opt.Case = opt.caseOf(p)
	names, err := newNaming(opt, p)
	if err != nil {
		return nil, err
	}
	lock, unsafe := single.Take(cmp.Or(opt.Lock, single.Name))
	if lock == nil {
		return nil, busy(unsafe)
	}
	s := &session{opt: opt, profile: p, others: c.disagrees, origin: c.origin, seal: to, begin: begin, lock: lock, naming: names, red: names.redactor(), logText: &logBuffer{}, stop: make(chan struct{}), disks: &disks.Reader{}}
	s.log = runlog.New(s.logText)
	if unsafe != nil {
		s.log.Warn("no lock against a second collection", runlog.Any("error", unsafe))
	}
	if err := s.open(ctx); err != nil {
		lock.Release()
		return nil, err
	}
	s.tracker = connections.New(p.Connects)
	s.units = &unitReader{opt: services.Options{Bus: opt.Bus}}
	s.units.opt.Names, s.units.opt.Folders = wantedServices(p)
	return s, nil
}

// wantedServices are the names of services and the folders of their programs
// that a profile has for this system. A folder whose variable is not set here
// has no services.
func wantedServices(p *profiles.Profile) (names, folders []string) {
	for _, u := range p.ServicesOf(runtime.GOOS) {
		if u.Folder == "" {
			names = append(names, u.Name)
		} else if path, ok := (config.Vars{}).Expand(u.Folder); ok {
			folders = append(folders, path)
		}
	}
	return names, folders
}

// open begins the bundle.
func (s *session) open(ctx context.Context) error {
	pl, err := choosePlace(ctx, s.opt, s.profile)
	if err != nil {
		return err
	}
	pl.seal = s.seal
	var left []Leftover
	if pl.dir != "-" {
		left = leftovers(pl.dir)
	}
	s.header = newHeader(s.begin)
	pl.host = s.naming.host()
	if s.archive, s.path, err = newArchive(s.opt, pl, s.header); err != nil {
		return err
	}
	s.hold = pl.hold(s.path)
	s.naming.begin(pl, s.header.ID)
	s.store = store.New(s.archive, s.red, pl.limits(s.archive, s.hold))
	if s.opt.Review != nil {
		s.store.Sample()
	}
	s.runner = &source.Runner{Store: s.store, Log: s.log}
	s.log.Info("run starts", runlog.Any("version", s.opt.Version), runlog.Any("profile", s.profile.Name), runlog.Any("profile_version", s.profile.Version),
		runlog.Any("pid", os.Getpid()), runlog.Any("elevated", elevated()), runlog.Any("duration", s.opt.Duration), runlog.Any("interval", s.opt.Interval),
		runlog.Any("folder", pl.dir), runlog.Any("max_size", pl.maxSize), runlog.Any("min_free", pl.minFree))
	s.logConsent()
	s.logNaming()
	for _, l := range left {
		s.log.Warn("an earlier run was killed", runlog.Any("left", l.Path), runlog.Any("size", l.Size))
	}
	if s.opt.Begin != nil {
		s.opt.Begin(Beginning{Path: s.path, Leftovers: left, EncryptTo: s.seal.Keys(), Case: s.opt.Case})
	}
	return nil
}

// busy is the error of a lock that another process holds.
func busy(err error) error {
	var b *single.Busy
	if !errors.As(err, &b) {
		return err
	}
	return &BusyError{PID: b.PID, msg: b.Error()}
}

// collect runs the plan. It fails when the bundle is lost or ctx ends.
func (s *session) collect(ctx context.Context) error {
	s.ends = newEnds(ctx)
	defer s.ends.close()
	quit := make(chan struct{})
	defer close(quit)
	go s.watchFinish(quit)
	defer s.close()

	p := s.plan()
	for _, st := range s.steps(p) {
		if len(st.list) == 0 {
			continue
		}
		now := Progress{Phase: st.phase}
		if st.phase == phaseWindow {
			now.Until, now.Then = time.Now().Add(s.opt.Duration), len(p.Logs) > 0
		}
		s.inLogs.Store(st.phase == phaseAgain || s.inLogs.Load())
		s.progress(now)
		switch st.phase {
		case phaseFirst:
			s.measure(s.ends.run)
			s.share(st, p)
		case phaseWindow:
			s.settle()
		case phaseLogs, phaseTails:
			s.settle()
			s.share(st, p)
		}
		if err := s.run(ctx, st); err != nil {
			return err
		}
		s.naming.flush()
	}
	return nil
}

func (s *session) close() {
	if s.units != nil && s.units.m != nil {
		_ = s.units.m.Close()
	}
}

// scale shortens a timeout in tests that wait for it.
func (s *session) scale(d time.Duration) time.Duration {
	return d / time.Duration(max(1, s.opt.test.faster))
}

// commit writes collect.log and the manifest and gives the bundle its name.
func (s *session) commit(ctx context.Context) (Summary, error) {
	s.progress(Progress{Phase: phaseWrite})
	rows := source.Merge(s.rows)
	s.log.Info("run ends", runlog.Any("took", time.Since(s.begin)))
	if err := s.store.Sink().Text(bundles.LogPath, s.logText.seal()); err != nil {
		return Summary{}, errLost(err)
	}
	m, err := s.manifest(rows)
	if err != nil {
		return Summary{}, err
	}
	if err := s.review(ctx); err != nil {
		return Summary{}, err
	}
	if err := s.archive.Commit(m); err != nil {
		return Summary{}, errLost(err)
	}
	s.hold.release(s.path)
	sum := s.summary(m, rows)
	sum.Map = s.naming.finish()
	return sum, nil
}
