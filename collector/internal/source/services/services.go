// Package services reads the states of services: systemd's units over D-Bus on
// Linux, the service control manager's on Windows. No program is started.
package services

import (
	"context"
	"errors"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// ErrNoManager means that the machine has no service manager that can be asked.
var ErrNoManager = errors.New("no service manager")

// Options say what to read and where.
type Options struct {
	// Names of services; "*" is every one. A name without a suffix is that of a
	// .service unit on Linux.
	Names []string
	// Folders of programs: every service whose program lies below one is read,
	// too. They are full paths of Windows.
	Folders []string
	// Bus is the address of the D-Bus system bus; empty: the system's.
	Bus string
}

// Empty reports whether nothing is to be read.
func (o Options) Empty() bool { return len(o.Names)+len(o.Folders) == 0 }

// Manager is an open connection to the service manager. It is not safe for
// concurrent use.
type Manager interface {
	// Read reads the services that the options name.
	Read(ctx context.Context) ([]bundles.Service, error)
	// Name is scm or systemd.
	Name() string
	Close() error
}

// Watch collects readings over the window.
type Watch struct {
	manager string
	order   []string
	byName  map[string]*bundles.Service
}

// Add notes one reading. A service that is missing in it and was there before
// is not installed any more.
func (w *Watch) Add(t time.Time, manager string, list []bundles.Service) {
	if w.byName == nil {
		w.byName = map[string]*bundles.Service{}
	}
	w.manager = manager
	seen := map[string]bool{}
	for _, s := range list {
		seen[s.Name] = true
		old, ok := w.byName[s.Name]
		if !ok {
			w.order = append(w.order, s.Name)
			old = &bundles.Service{}
			w.byName[s.Name] = old
		}
		readings := old.Readings
		*old = s
		old.Readings = readings
		w.note(old, t, s.State)
	}
	for _, name := range w.order {
		if s := w.byName[name]; !seen[name] {
			s.State, s.PID, s.Error = bundles.StateNotInstalled, 0, ""
			w.note(s, t, s.State)
		}
	}
}

func (w *Watch) note(s *bundles.Service, t time.Time, state string) {
	if state != "" {
		s.Readings = append(s.Readings, bundles.ServiceReading{T: t.UTC(), State: state})
	}
}

// Empty reports whether nothing was read.
func (w *Watch) Empty() bool { return len(w.order) == 0 }

// Fact is what was read so far.
func (w *Watch) Fact(t time.Time) bundles.Services {
	f := bundles.Services{Taken: t.UTC(), Manager: w.manager, Items: []bundles.Service{}}
	for _, name := range w.order {
		f.Items = append(f.Items, *w.byName[name])
	}
	return f
}

// all reports whether every service is wanted.
func (o Options) all() bool {
	for _, n := range o.Names {
		if n == "*" {
			return true
		}
	}
	return false
}

// named lists the wanted names that are no wildcard.
func (o Options) named() []string {
	var out []string
	for _, n := range o.Names {
		if n != "*" {
			out = append(out, n)
		}
	}
	return out
}
