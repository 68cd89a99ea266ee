package analyzer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/internal/safetext"
	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Defaults of PoolConfig.
const (
	defaultResident   = 768 << 20
	defaultBundleTime = 60 * time.Second
	// perSecond is how many bytes of a bundle add a second to its time.
	perSecond = 50_000_000
	// maxDeaths is how many workers one module may bring down in one job before
	// the rest of its checks is given up.
	maxDeaths = 5
	// smallBundle is up to how many bytes of its archive or folder a bundle among
	// several is worked at by one core: what several cores spend on passing blocks
	// around is then better spent on the next bundle.
	smallBundle = 32 << 20
)

// PoolConfig says how to start workers and what they may use.
type PoolConfig struct {
	// Command is the program and arguments that end up in Serve.
	Command []string
	// Jobs is how many workers run at a time; 0 means 1.
	Jobs int
	// CacheDir keeps compiled modules between runs. Empty: a folder of asrdiag's
	// in the user's cache folder, if there is one.
	CacheDir string
	// Version and Build are named in reports.
	Version, Build string
	// Resident is the most memory that a worker may have, in bytes. 0: 768 MiB.
	Resident int64
	// BundleTime is how long a worker may take for a bundle, not counting its
	// modules, besides a second for every 50 MB. 0: 60 s.
	BundleTime time.Duration
	// Identities open what is encrypted with age; nil: there are none.
	Identities *Identities
	// InstanceTime, if not 0, is how long every instance of a module may take,
	// whatever its pack asks for.
	InstanceTime time.Duration
}

// Pool does work on untrusted bytes in worker processes. It starts them when
// they are needed, watches their memory and their time, kills those that use
// too much, and puts new ones in their place. It is safe for concurrent use.
type Pool struct {
	config PoolConfig
	slots  chan struct{}

	mu     sync.Mutex
	idle   []*process
	closed bool
}

// NewPool gives a pool without workers.
func NewPool(c PoolConfig) *Pool {
	if c.Jobs < 1 {
		c.Jobs = 1
	}
	if c.Resident <= 0 {
		c.Resident = defaultResident
	}
	if c.BundleTime <= 0 {
		c.BundleTime = defaultBundleTime
	}
	if c.CacheDir == "" {
		if dir, err := os.UserCacheDir(); err == nil {
			c.CacheDir = filepath.Join(dir, "asrdiag", "modules")
		}
	}
	sweep(os.TempDir(), wallTime())
	return &Pool{config: c, slots: make(chan struct{}, c.Jobs)}
}

// Close ends the idle workers. Jobs that are under way end theirs.
func (p *Pool) Close() error {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, w := range idle {
		w.end()
	}
	return nil
}

// Analyze gives the report of one bundle. A worker that dies in a module costs
// the check that ran, which gets the outcome error; one that dies elsewhere
// costs the report. The error is an *Error.
func (p *Pool) Analyze(ctx context.Context, j AnalyzeJob) (*report.Report, error) {
	return p.analyzeIn(ctx, j, "", nil)
}

// analyzeIn analyzes one bundle. A folder temp is the caller's: it keeps the
// bundles of an archive that holds several, one of which in is.
func (p *Pool) analyzeIn(ctx context.Context, j AnalyzeJob, temp string, in *Inner) (*report.Report, error) {
	size := sizeOf(in.place(j.Path))
	request := job{
		Path: []byte(j.Path), Inner: in, Analyze: &j, TempDir: temp, KeepTemp: temp != "", OneCore: j.Several && size < smallBundle, Steps: j.Progress != nil,
		CacheDir: p.config.CacheDir, Version: p.config.Version, Build: p.config.Build,
	}
	var lost losses
	for {
		lost.fill(&request)
		raw, died, err := p.do(ctx, request, handler{progress: j.Progress, size: max(size, sizeOf(j.Path))})
		switch {
		case err != nil:
			return nil, err
		case died == nil:
			return decodeReport(raw)
		case died.during == nil:
			return nil, errorf(CodeWorkerDied, diedHint, "analyze %q: the worker process %s", j.Path, died.reason)
		}
		lost.add(*died.during, died.reason)
	}
}

func decodeReport(raw []byte) (*report.Report, error) {
	var r report.Report
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, errorf(CodeInternal, internalHint, "decode the worker's report: %v", err)
	}
	safetext.CleanAll(&r)
	return &r, nil
}

// Bundle writes text about a bundle. What a worker wrote before it failed stays
// written. The error is an *Error, or that of out.
func (p *Pool) Bundle(ctx context.Context, j BundleJob, out io.Writer) error {
	raw, died, err := p.do(ctx, job{Path: []byte(j.Path), Bundle: &j}, handler{output: out, size: sizeOf(j.Path)})
	if died != nil {
		return errorf(CodeWorkerDied, diedHint, "read %q: the worker process %s", j.Path, died.reason)
	}
	if err != nil || j.Note == nil {
		return err
	}
	var notes []string
	if err := json.Unmarshal(raw, &notes); err != nil {
		return errorf(CodeInternal, internalHint, "decode the worker's notes: %v", err)
	}
	for _, n := range notes {
		j.Note(safetext.Clean(n))
	}
	return nil
}

// Describe runs "check describe" of a module.
func (p *Pool) Describe(ctx context.Context, wasm []byte) (abi.Describe, error) {
	raw, died, err := p.do(ctx, job{Describe: wasm, CacheDir: p.config.CacheDir}, handler{})
	if died != nil {
		return abi.Describe{}, errorf(CodePack, "mend the module and build it again", "describe module: the worker process %s", died.reason)
	}
	if err != nil {
		return abi.Describe{}, err
	}
	var d abi.Describe
	if err := json.Unmarshal(raw, &d); err != nil {
		return d, errorf(CodeInternal, internalHint, "decode the worker's description: %v", err)
	}
	if err := d.Validate(); err != nil {
		return d, errorf(CodePack, "mend the module and build it again", "describe module: %v", err)
	}
	return d, nil
}

// do hands a job to a worker and waits for its end.
func (p *Pool) do(ctx context.Context, j job, h handler) (result []byte, died *death, err error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, nil, asError(ctx.Err())
	}
	if j.TempDir == "" { // a worker may be killed at any time, so its parent tidies up
		j.TempDir = tempDir()
		defer os.RemoveAll(j.TempDir)
	}
	for {
		w, err := p.take()
		if err != nil {
			return nil, nil, errorf(CodeInternal, internalHint, "start worker process: %v", err)
		}
		reused := w.jobs > 0
		result, died, err := w.run(ctx, j, h)
		if !w.broken {
			p.give(w)
			return result, died, err
		}
		w.kill()
		if died != nil && died.unheard && reused {
			continue // it had died while it was idle
		}
		return result, died, err
	}
}

// take gives an idle worker, or a new one.
func (p *Pool) take() (*process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		w := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return w, nil
	}
	return startProcess(p.config)
}

func (p *Pool) give(w *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		w.end()
		return
	}
	p.idle = append(p.idle, w)
}

// losses is what a job has lost to modules that brought down workers.
type losses struct {
	oneByOne []string
	fresh    []string
	skip     []Skip
	givenUp  map[string]string
	deaths   map[string]int // by module
}

func (l *losses) fill(j *job) {
	j.OneByOne, j.Fresh, j.Skip, j.GivenUp = l.oneByOne, l.fresh, l.skip, l.givenUp
}

// add draws the conclusion from a death: cached code, which may be damaged, is
// made anew; the checks of the module get an instance each; a check that brings
// down a worker alone is left out.
func (l *losses) add(during activity, reason string) {
	if l.deaths == nil {
		l.deaths, l.givenUp = map[string]int{}, map[string]string{}
	}
	l.deaths[during.Module]++
	switch {
	case l.deaths[during.Module] >= maxDeaths:
		l.givenUp[during.Module] = fmt.Sprintf("its module was given up after %d deaths of a worker process; the last one %s", maxDeaths, reason)
	case during.Compile && during.Kept && !slices.Contains(l.fresh, during.Module):
		l.fresh = append(l.fresh, during.Module)
	case during.Compile:
		l.givenUp[during.Module] = "compiling the module: the worker process " + reason
	case len(during.Checks) > 1 && !slices.Contains(l.oneByOne, during.Module):
		l.oneByOne = append(l.oneByOne, during.Module)
	default:
		for _, id := range during.Checks {
			l.skip = append(l.skip, Skip{Check: id, Reason: reason})
		}
	}
}

// diedHint is for a worker that died while it read a bundle.
const diedHint = "try once more; if it dies again, ask for the bundle as asrcollect wrote it"

// maxSizing is how many entries of a folder are looked at for its size: no
// bundle has more, and the folder may be anything.
const maxSizing = 100_000

// sizeOf is how many bytes a bundle has, in its archive or folder, as far as
// that can be said quickly. A link is what it points to.
func sizeOf(path string) (n int64) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	entries := 0
	_ = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if entries++; entries > maxSizing {
			return fs.SkipAll
		}
		if err != nil {
			return nil //nolint:nilerr // what cannot be read takes no time
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
		return nil
	})
	return n
}
