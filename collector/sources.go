package collector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/source/files"
	"github.com/asrdiag/asrdiag/collector/internal/source/host"
	"github.com/asrdiag/asrdiag/collector/internal/source/network"
	"github.com/asrdiag/asrdiag/collector/internal/source/processes"
	"github.com/asrdiag/asrdiag/collector/internal/source/services"
	"github.com/asrdiag/asrdiag/collector/internal/source/timesync"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// write puts a fact into the bundle and keeps the error of its reading.
func write(k *store.Sink, kind string, v any, err error) error {
	if werr := k.Fact(kind, v); werr != nil {
		return werr
	}
	return source.Partial(err)
}

func (s *session) processesStart() source.Source {
	return source.Source{Name: "processes", Timeout: 15 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		f, err := s.readProcesses(ctx)
		if err != nil && len(f.Items) == 0 {
			return err
		}
		return errors.Join(k.StartFact("processes", f), source.Partial(err))
	}}
}

func (s *session) processesEnd() source.Source {
	return source.Source{Name: "processes", Timeout: 15 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		f, err := s.readProcesses(ctx)
		if err != nil && len(f.Items) == 0 {
			return err
		}
		return write(k, "processes", f, err)
	}}
}

func (s *session) readProcesses(ctx context.Context) (bundles.Processes, error) {
	f, err := processes.Read(ctx, processes.Options{Watched: s.profile.Watches, Args: s.store.Args})
	s.procs.set(f)
	return f, err
}

// running reports whether a process of that name runs.
func (s *session) running(name string) bool {
	for _, p := range s.procs.get().Items {
		if strings.EqualFold(p.Name, name) {
			return true
		}
	}
	return false
}

func (s *session) connectionsStart() source.Source {
	t := s.tracker
	return source.Source{Name: "connections", Timeout: 15 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		if err := t.Poll(ctx); err != nil {
			return err
		}
		return errors.Join(k.StartFact("connections", t.Fact(time.Now())), source.Partial(t.Denied()))
	}}
}

func (s *session) connectionsEnd() source.Source {
	return source.Source{Name: "connections", Timeout: 15 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		t := s.tracker
		if t == nil {
			return errors.New("the first reading did not end")
		}
		err := t.Poll(ctx)
		if t.Readings() == 0 {
			return err
		}
		return write(k, "connections", t.Fact(time.Now()), errors.Join(err, t.Denied()))
	}}
}

func (s *session) servicesStart() source.Source {
	u := s.units
	return source.Source{Name: "services", Timeout: 15 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		if u.opt.Empty() {
			return nil
		}
		m, err := services.Open(ctx, u.opt)
		if err != nil {
			return noManager(err)
		}
		u.m = m
		if err := u.read(ctx); err != nil {
			return err
		}
		return errors.Join(k.StartFact("services", u.watch.Fact(time.Now())), u.lacking())
	}}
}

func noManager(err error) error {
	if errors.Is(err, services.ErrNoManager) {
		return source.Skipped("%w", err)
	}
	return err
}

func (u *unitReader) read(ctx context.Context) error {
	list, err := u.m.Read(ctx)
	if err != nil {
		return err
	}
	u.watch.Add(time.Now(), u.m.Name(), list)
	return nil
}

// lacking names the services that could not be read wholly. Rights that are
// missing for all of them are the status of the source.
func (u *unitReader) lacking() error {
	err := services.Lacking(u.watch.Fact(time.Time{}).Items)
	if errors.Is(err, fs.ErrPermission) {
		return &source.Problem{Status: bundles.StatusDenied, Err: err}
	}
	return source.Partial(err)
}

func (s *session) servicesEnd() source.Source {
	return source.Source{Name: "services", Timeout: 15 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		u := s.units
		switch {
		case u == nil:
			return errors.New("the first reading did not end")
		case u.opt.Empty():
			return nil // no manager was asked: there is no fact
		case u.m == nil:
			return source.Skipped("%w", services.ErrNoManager) // the row of the start says why
		}
		err := u.read(ctx)
		if u.watch.Empty() && err != nil {
			return err
		}
		if err != nil {
			return write(k, "services", u.watch.Fact(time.Now()), errors.Join(err, u.lacking()))
		}
		return errors.Join(k.Fact("services", u.watch.Fact(time.Now())), u.lacking())
	}}
}

func (s *session) files() source.Source {
	return source.Source{Name: "files", Timeout: 10 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		known := s.known.get()
		f, err := files.Read(ctx, known.namedPaths(s.profile), s.profile.Files, func(path string) (string, error) {
			if real, ok := s.vars.get().Glob(path); ok {
				return real, nil
			}
			if why := known.unseen(s.profile, path); why != "" {
				return "", errors.New(why)
			}
			return "", nil
		})
		return write(k, "files", f, err)
	}}
}

// hostStart writes role and time zone before the logs, so that a bundle which is
// cut off has them; hostFact adds what the comparison of clocks gave.
func (s *session) hostStart() source.Source {
	return source.Source{Name: "host", Timeout: 10 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		return k.StartFact("host", s.namedAs(s.readHost(ctx)))
	}}
}

func (s *session) hostFact() source.Source {
	return source.Source{Name: "host", Timeout: 10 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		return k.Fact("host", s.namedAs(s.readHost(ctx)))
	}}
}

func (s *session) readHost(ctx context.Context) bundles.HostFact {
	h := host.Read(ctx)
	r, _ := detector{ctx, s.known.get(), s.opt.Bus}.detect(s.profile)
	h.Role, h.Deployment, h.RoleEvidence = r.Role, r.Deployment, slices.Concat(r.Evidence, s.others)
	if s.opt.Role != "" {
		h.RoleEvidence = []string{"given by --role"}
		if h.Role != s.opt.Role {
			h.Role, h.Deployment = s.opt.Role, ""
		}
	}
	h.TimeZone, h.UTCOffsets = s.zone()
	clock := s.clock.get()
	h.ClockOffsetSeconds, h.ClockOffsetSource = clock.OffsetSeconds, clock.OffsetSource
	s.host.set(h)
	return h
}

// zone is the name of the machine's time zone and its offsets, which cover the
// age of the logs and 30 days more.
func (s *session) zone() (string, []bundles.UTCOffset) {
	name, loc := timesync.Zone()
	age := s.opt.LogAge + 30*24*time.Hour
	return name, timesync.Offsets(loc, s.begin.Add(-age).Truncate(time.Second), s.begin.Add(s.opt.Duration+24*time.Hour))
}

func (s *session) network() source.Source {
	return source.Source{Name: "network", Timeout: 10 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		f, err := network.Read(ctx)
		return write(k, "network", f, err)
	}}
}

func (s *session) disksFact() source.Source {
	return source.Source{Name: "disks", Timeout: 30 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		f, err := s.disks.Read(ctx)
		if err != nil {
			return err
		}
		for _, d := range f.Items {
			if d.Error != "" {
				err = errors.Join(err, fmt.Errorf("%s: %s", d.Mountpoint, d.Error))
			}
		}
		return write(k, "disks", f, err)
	}}
}

func (s *session) timeFact() source.Source {
	return source.Source{Name: "time", Timeout: 15 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		f := bundles.Time{Taken: time.Now().UTC(), Synchronized: timesync.Synchronized()}
		f.Zone, f.UTCOffsets = s.zone()
		f.Guest = timesync.Guest(host.Read(ctx).Virtualization, s.running)
		f.Items = s.timeServices(ctx)
		err := s.measureClock(ctx, &f)
		s.clock.set(f)
		if werr := k.Fact("time", f); werr != nil {
			return werr
		}
		return err
	}}
}

// timeServices reads the services that keep the clock. Without a service
// manager the processes of the same name still tell.
func (s *session) timeServices(ctx context.Context) []bundles.TimeService {
	out := []bundles.TimeService{}
	names := s.profile.Time.Services
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second) // the offset matters more
	defer cancel()
	m, err := services.Open(ctx, services.Options{Names: names, Bus: s.opt.Bus})
	if err == nil {
		defer m.Close()
		list, rerr := m.Read(ctx)
		for _, v := range list {
			out = append(out, bundles.TimeService{Name: v.Name, State: v.State, StartType: v.StartType, Error: v.Error})
		}
		err = rerr
	}
	if err == nil {
		return out
	}
	for _, n := range names {
		t := bundles.TimeService{Name: n, Error: "not known without a service manager"}
		if s.running(n) {
			t = bundles.TimeService{Name: n, State: bundles.StateRunning}
		}
		out = append(out, t)
	}
	return out
}
