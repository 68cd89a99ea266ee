package collector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/source/antivirus"
	"github.com/asrdiag/asrdiag/collector/internal/source/cache"
	"github.com/asrdiag/asrdiag/collector/internal/source/certificates"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
	"github.com/asrdiag/asrdiag/collector/internal/source/events"
	"github.com/asrdiag/asrdiag/collector/internal/source/firewall"
	"github.com/asrdiag/asrdiag/collector/internal/source/paths"
	"github.com/asrdiag/asrdiag/collector/internal/source/registry"
	"github.com/asrdiag/asrdiag/collector/internal/source/services"
	"github.com/asrdiag/asrdiag/collector/internal/source/software"
	"github.com/asrdiag/asrdiag/collector/internal/store"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// facts is what changes slowly, or takes long.
func (s *session) facts() []source.Source {
	return slices.Concat(
		[]source.Source{s.files(), s.network(), s.disksFact(), s.timeFact(), s.hostFact()},
		s.inventory(), []source.Source{s.probes()}, s.commandSources(), s.cacheSources(false))
}

// cacheSources is the walk of the cache, where the profile names one. It is made
// at the start and at the end of the window.
func (s *session) cacheSources(end bool) []source.Source {
	c := s.profile.Cache
	if c == nil {
		return nil
	}
	return []source.Source{{Name: "cache", Timeout: cache.MaxTime + 5*time.Second, Yields: true, Collect: func(ctx context.Context, k *store.Sink) error {
		f, err := s.walkCache(ctx, *c)
		if len(f.Readings) == 0 {
			return err
		}
		if end {
			return write(k, "cache", f, err)
		}
		return errors.Join(k.StartFact("cache", f), source.Partial(err))
	}}}
}

// walkCache adds a reading to those before. Without a root there is none.
func (s *session) walkCache(ctx context.Context, c profiles.Cache) (bundles.Cache, error) {
	f := bundles.Cache{Items: []bundles.CacheFolder{}}
	path, ok := s.vars.get().Expand(c.Root)
	if !ok {
		return f, source.Skipped("what %s refers to is not known here", c.Root)
	}
	info, root, err := paths.Named(ctx, profiles.Path{Name: "cache", Resolve: profiles.ResolveLinks}, path)
	switch {
	case err != nil:
		return f, err
	case !info.Exists || !info.Dir:
		return f, source.Skipped("%s is not there, or no folder", path)
	}
	f.Root, f.Volume = root, info.Volume
	ctx, cancel := context.WithTimeout(ctx, s.scale(cache.MaxTime))
	defer cancel()
	sum, items, err := cache.Walk(ctx, root, c.Folders, cache.MaxEntries)
	f.Taken, f.Items = sum.T, items
	f.Readings = append(slices.Clone(s.walks.get()), sum)
	s.walks.set(f.Readings)
	return f, err
}

// inventory is what changes slowly and applies to this system: certificates,
// software, scanners, firewall, events.
func (s *session) inventory() []source.Source {
	var out []source.Source
	add := func(name string, timeout time.Duration, collect func(context.Context, *store.Sink) error) {
		out = append(out, source.Source{Name: name, Timeout: timeout, Collect: collect})
	}
	p := s.profile
	if list := certificates.Here(p.Certificates); len(list) > 0 {
		add("certificates", 20*time.Second, func(ctx context.Context, k *store.Sink) error {
			f, err := certificates.Read(ctx, list, certificates.Options{Expand: s.vars.get().Expand, Value: refValue(s.vars.get())})
			return write(k, "certificates", f, err)
		})
	}
	if hasRegistry && p.Firewall != nil {
		add("firewall", 15*time.Second, func(ctx context.Context, k *store.Sink) error {
			f, err := firewall.Read(ctx, firewall.Options{Open: registry.Open, Ports: portsOf(p.Firewall.Ports, s.vars.get()), Watched: p.Watches})
			return write(k, "firewall", f, err)
		})
	}
	if hasRegistry && p.Antivirus != nil {
		add("antivirus", 20*time.Second, func(ctx context.Context, k *store.Sink) error {
			f, err := antivirus.Read(ctx, s.scanning(ctx))
			return write(k, "antivirus", f, err)
		})
	}
	if hasRegistry && p.Software != nil {
		add("software", 30*time.Second, func(ctx context.Context, k *store.Sink) error {
			f, err := software.Read(ctx, *p.Software, registry.Open)
			return write(k, "software", f, err)
		})
	}
	if events.Here && len(p.Events) > 0 {
		add("events", time.Minute, s.eventRecords)
	}
	return out
}

func (s *session) eventRecords(ctx context.Context, k *store.Sink) error {
	list, err := events.Read(ctx, s.profile.Events, nil)
	if err != nil && len(list) == 0 {
		return err
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	for _, e := range list {
		if err := enc.Encode(e); err != nil {
			return fmt.Errorf("encode event: %w", err)
		}
	}
	if werr := k.Lines(bundles.EventsPath, text.Bytes()); werr != nil {
		return werr
	}
	return source.Partial(err)
}

func (s *session) scanning(ctx context.Context) antivirus.Options {
	vars := s.vars.get()
	opt := antivirus.Options{Open: registry.Open, Watched: s.profile.Watches, Expand: os.LookupEnv, State: statesOf}
	for _, f := range s.profile.Antivirus.Folders {
		path, ok := vars.Expand(f)
		if !ok || slices.Contains(opt.Folders, path) {
			continue
		}
		if info, err := paths.Look(ctx, "", path); err != nil || info.Exists { // what is not there needs no exclusion
			opt.Folders = append(opt.Folders, path)
		}
	}
	return opt
}

// statesOf asks the service manager for services and drivers.
func statesOf(ctx context.Context, names []string) (map[string]string, error) {
	m, err := services.Open(ctx, services.Options{Names: names})
	if err != nil {
		return nil, err
	}
	defer m.Close()
	list, err := m.Read(ctx)
	out := map[string]string{}
	for _, v := range list {
		out[v.Name] = v.State
	}
	return out, err
}

// refValue gives what references ${...} stand for, without their brackets.
func refValue(vars config.Vars) func(string) (string, bool) {
	return func(ref string) (string, bool) {
		name, key, _ := strings.Cut(ref, ":")
		return vars.Get(name, key)
	}
}

// portsOf are the ports of a profile that are known on this machine.
func portsOf(list []string, vars config.Vars) []int {
	var out []int
	for _, p := range list {
		if refs := profiles.Refs(p); len(refs) > 0 {
			p, _ = refValue(vars)(refs[0])
		}
		if n, err := strconv.Atoi(strings.TrimSpace(p)); err == nil && n > 0 && n <= 65535 && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}
