package simulator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/cmd/wine"
)

// Options are for a run of incidents.
type Options struct {
	Programs Programs
	Window   time.Duration // of each collection
	Jobs     int           // at the same time
	Work     string        // folder for prefixes, which are removed
	Out      string        // folder for the bundles
}

// Result is what came of one incident.
type Result struct {
	Name     string
	Problems []string // what the bundle does not show; empty: all
	Err      error    // the incident could not be run
	Took     time.Duration
}

// RunAll makes a template prefix and runs incidents in clones of it. Each gives its
// result to done as it ends; done is not called twice at the same time.
func RunAll(ctx context.Context, list []*Incident, opt Options, done func(Result)) error {
	template, err := wine.Make(ctx, filepath.Join(opt.Work, "template"))
	if err != nil {
		return fmt.Errorf("make a prefix: %w", err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(1, opt.Jobs))
	for _, in := range list {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			r := runOne(ctx, in, template, opt)
			mu.Lock()
			defer mu.Unlock()
			done(r)
		})
	}
	wg.Wait()
	return os.RemoveAll(template.Dir)
}

// runOne arranges an incident, collects, ends the machine, and only then changes
// and checks the bundle.
func runOne(ctx context.Context, in *Incident, template *wine.Prefix, opt Options) (r Result) {
	r.Name = in.Name
	start := time.Now()
	defer func() { r.Took = time.Since(start) }()
	dir := filepath.Join(opt.Work, in.Name)
	defer func() { r.Err = errors.Join(r.Err, os.RemoveAll(dir)) }()
	m, err := Arrange(ctx, in, template, dir, opt.Programs)
	if err != nil {
		r.Err = err
		return r
	}
	c, err := m.Collect(ctx, opt.Window, filepath.Join(opt.Out, in.Name+".zip"))
	if r.Err = errors.Join(err, m.Close()); r.Err != nil {
		return r
	}
	if r.Err = overlayBundle(c.Path, m.changes()); r.Err != nil {
		return r
	}
	r.Problems, r.Err = m.Check(ctx, c)
	return r
}

// BuildPrograms builds the actor into dir.
func BuildPrograms(ctx context.Context, collector, dir string) (Programs, error) {
	p := Programs{Collector: collector, Actor: filepath.Join(dir, "actor.exe")}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", p.Actor, "github.com/asrdiag/asrdiag/cmd/simulator/actor")
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return p, fmt.Errorf("build the actor: %w\n%s", err, out)
	}
	return p, nil
}
