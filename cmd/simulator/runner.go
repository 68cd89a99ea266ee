package simulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/cmd/wine"
	"github.com/asrdiag/asrdiag/collector"
)

// Options are for a run of incidents.
type Options struct {
	Programs Programs
	Window   time.Duration // of each collection
	Jobs     int           // at the same time
	Work     string        // folder for prefixes, which are removed
	Out      string        // folder for the bundles
	// Analyzer is the asrdiag that looks at them; empty: none does.
	Analyzer string
	Golden   string // folder of the golden reports; empty: they are not looked at
	Update   bool   // write them where all expectations hold
	// Strict has each machine collected in strict privacy beside the usual one,
	// and the analyses compared.
	Strict bool
}

// Result is what came of one incident.
type Result struct {
	Name     string
	Problems []string // what the bundle does not show and what its analysis should not; empty: none
	Err      error    // the incident could not be run
	Took     time.Duration
}

// RunAll makes a template prefix when one is needed and runs incidents in clones
// of it. Each gives its result to done as it ends; done is not called twice at
// the same time.
func RunAll(ctx context.Context, list []*Incident, opt Options, done func(Result)) error {
	var template *wine.Prefix
	if slices.ContainsFunc(list, (*Incident).needsWine) {
		var err error
		if template, err = wine.Make(ctx, filepath.Join(opt.Work, "template")); err != nil {
			return fmt.Errorf("make a prefix: %w", err)
		}
		defer os.RemoveAll(template.Dir)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(1, opt.Jobs))
	longest := slices.SortedStableFunc(slices.Values(list), func(a, b *Incident) int { return len(b.Others) - len(a.Others) })
	for _, in := range longest {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			r := runOne(ctx, in, template, opt)
			mu.Lock()
			defer mu.Unlock()
			done(r)
		})
	}
	wg.Wait()
	return ctx.Err()
}

// needsWine reports whether one of the machines of an incident has Windows.
func (in *Incident) needsWine() bool {
	return !in.linux() && len(in.Run.Raw) == 0 || slices.ContainsFunc(in.Others, (*Incident).needsWine)
}

// Lacking reports whether an incident could not be run because this system does
// not let it or lacks a program.
func Lacking(err error) bool { return errors.Is(err, ErrVolume) || errors.Is(err, ErrNamespace) }

// runOne runs the machines of an incident one after the other.
func runOne(ctx context.Context, in *Incident, template *wine.Prefix, opt Options) (r Result) {
	r.Name = in.Name
	start := time.Now()
	defer func() { r.Took = time.Since(start) }()
	var former *Machine
	for _, one := range append([]*Incident{in}, in.Others...) {
		m, problems, err := runMachine(ctx, one, former, template, opt)
		for _, p := range problems {
			r.Problems = append(r.Problems, strings.TrimPrefix(one.Name+": ", in.Name+": ")+p)
		}
		if err != nil {
			r.Err = err
			return r
		}
		former = m
	}
	return r
}

// runMachine arranges one machine, collects, ends it, and only then changes and
// checks the bundle.
func runMachine(ctx context.Context, in *Incident, former *Machine, template *wine.Prefix, opt Options) (m *Machine, problems []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	dir := filepath.Join(opt.Work, in.Name)
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if m, err = Arrange(ctx, in, former, template, dir, opt.Programs); err != nil {
		return nil, nil, cmp.Or(ctx.Err(), err)
	}
	var others []privacy
	if opt.Strict && len(in.Run.Raw) == 0 {
		others = append(others, m.strictly())
	}
	list, err := m.collect(ctx, opt.Window, filepath.Join(opt.Out, in.Name+".zip"), others...)
	if ctx.Err() != nil {
		err = ctx.Err() // what it did to the programs is no result
	}
	if err = errors.Join(err, m.Close()); err != nil {
		return m, nil, err
	}
	problems, plain, err := m.inspect(ctx, opt, list[0])
	if err == nil && len(list) > 1 {
		var more []string
		more, err = m.inspectStrict(ctx, opt, list[1], list[0], plain)
		problems = append(problems, more...)
	}
	return m, problems, err
}

// inspect changes and checks a bundle, and judges the report on it, which is nil
// when there is none.
func (m *Machine) inspect(ctx context.Context, opt Options, c Collection) (problems []string, r *report.Report, err error) {
	if len(m.Incident.Run.Raw) > 0 {
		if problems, err = m.Check(ctx, c); err != nil {
			return nil, nil, err
		}
		more, r, err := m.judge(ctx, opt, c.Path, len(problems) == 0, nil)
		return append(problems, more...), r, err
	}
	s, err := m.openSecrets(collector.PrivacyStandard, "")
	if err != nil {
		return nil, nil, err
	}
	defer s.reveal.Close()
	if err := m.overlay(c, s); err != nil {
		return nil, nil, err
	}
	if problems, err = m.check(ctx, c, s); err != nil {
		return nil, nil, err
	}
	more, r, err := m.judge(ctx, opt, c.Path, len(problems) == 0, s)
	return append(problems, more...), r, err
}

// inspectStrict does so with the strict bundle, whose report is to be that on the
// plain one.
func (m *Machine) inspectStrict(ctx context.Context, opt Options, c, beside Collection, plain *report.Report) ([]string, error) {
	s, err := m.openSecrets(collector.PrivacyStrict, strictEnd)
	if err != nil {
		return nil, err
	}
	defer s.reveal.Close()
	if err := m.overlay(c, s); err != nil {
		return nil, fmt.Errorf("strict: %w", err)
	}
	problems, err := m.checkStrict(ctx, c, beside, s)
	if err != nil || plain == nil {
		return problems, err
	}
	same, err := sameRows(beside.Path, c.Path)
	if err != nil {
		return problems, err
	}
	hidden := strings.TrimSuffix(beside.Path, ".zip") + "-hidden.zip"
	if err := hideBundle(beside.Path, hidden, s.hider); err != nil {
		return problems, err
	}
	for _, b := range []struct {
		what, path string
		tell       bool
	}{{"strict", c.Path, same}, {"the same with pseudonyms", hidden, true}} {
		r, err := analyze(ctx, opt.Analyzer, filepath.Join(opt.Work, "asrdiag-home"), b.path, s)
		if err != nil {
			return problems, err
		}
		if b.tell {
			problems = append(problems, m.alike(b.what, plain, r)...)
		}
	}
	if len(problems) > 0 {
		return problems, nil // to be looked at
	}
	return nil, os.Remove(hidden)
}

// BuildPrograms builds the actor for both systems into dir. The collectors are
// those of Windows and of Linux.
func BuildPrograms(ctx context.Context, windows, linux, dir string) (Programs, error) {
	p := Programs{Collector: windows, LinuxCollector: linux, Actor: filepath.Join(dir, "actor.exe"), LinuxActor: filepath.Join(dir, "actor")}
	for system, out := range map[string]string{"windows": p.Actor, "linux": p.LinuxActor} {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, "github.com/asrdiag/asrdiag/cmd/simulator/actor")
		cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return p, fmt.Errorf("build the actor: %w\n%s", err, out)
		}
	}
	return p, nil
}
