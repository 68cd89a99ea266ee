package analyzer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"sync/atomic"

	"github.com/asrdiag/asrdiag/analyzer/internal/archive"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// Walls that a worker puts around itself. The parent's are in PoolConfig.
const (
	workerAddressSpace = 4 << 30   // bytes; Go and wazero need about half of it
	workerHeap         = 512 << 20 // bytes from which on the garbage collector works harder
	workerQuiet        = 64 << 20  // bytes from which on there is one
)

// Serve is a worker process: it does the jobs that a Pool writes to stdin, one
// after another, and returns when stdin ends. Before it reads a byte it puts
// limits on the whole process, which must do nothing else. Embedded has the
// packs that are part of the program.
func Serve(ctx context.Context, stdin io.Reader, stdout io.Writer, embedded fs.FS) error {
	collectLater(workerQuiet, workerHeap)
	if err := confine(workerAddressSpace); err != nil {
		return fmt.Errorf("confine worker: %w", err)
	}
	return serve(ctx, stdin, stdout, embedded, func() { os.Exit(1) })
}

// serve is Serve without the limits. It calls orphaned when stdin ends in the
// middle of a job: nobody waits for the answer, and a module may spin for ever.
func serve(ctx context.Context, stdin io.Reader, stdout io.Writer, embedded fs.FS, orphaned func()) error {
	out := &frameWriter{w: stdout}
	var busy atomic.Bool
	requests, answers := make(chan request), make(chan []byte, 1)
	w := &worker{out: out, embedded: embedded, keys: remoteKeys{out, answers}}
	go receive(stdin, requests, answers, &busy, orphaned)
	for {
		r := <-requests
		switch {
		case errors.Is(r.err, io.EOF):
			return nil
		case r.err != nil:
			return fmt.Errorf("read request: %w", r.err)
		case r.kind != frameRequest:
			return fmt.Errorf("read request: %w: kind %q", errFrame, r.kind)
		}
		if err := w.answer(ctx, r.content); err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
		busy.Store(false)
	}
}

// receive hands on what the parent sends, up to the end or an error. Busy is set
// with every request, and reset when it is answered.
func receive(stdin io.Reader, requests chan<- request, answers chan<- []byte, busy *atomic.Bool, orphaned func()) {
	for {
		kind, content, err := readFrame(stdin)
		if err == nil && kind == frameUnlocked {
			answers <- content
			continue
		}
		if err != nil {
			close(answers)
			if busy.Load() {
				orphaned()
			}
		}
		busy.Store(err == nil)
		requests <- request{kind, content, err}
		if err != nil {
			return
		}
	}
}

// request is a frame read from the parent, or why there is none.
type request struct {
	kind    byte
	content []byte
	err     error
}

// worker does jobs.
type worker struct {
	out      *frameWriter
	embedded fs.FS
	keys     archive.Unlocker
	jobs     int // begun
	kept     keeper
}

// tidy gets rid of what jobs before this one have left, unless this is another
// small one: that works in the memory of the one before, with the same modules.
func (w *worker) tidy(j *job) {
	if w.jobs++; w.jobs > 1 && !j.small() {
		w.kept.drop()
		debug.FreeOSMemory()
	}
}

// answer does one job. Its own error is one of writing.
func (w *worker) answer(ctx context.Context, content []byte) error {
	result, err := w.do(ctx, content)
	if err != nil {
		return w.out.writeJSON(frameError, asError(err))
	}
	return w.out.writeJSON(frameResult, result)
}

// do does one job. A panic in it is a fault of this program; it costs the job,
// not the worker.
func (w *worker) do(ctx context.Context, content []byte) (result any, err error) {
	defer func() {
		if r := recover(); r != nil {
			result, err = nil, errorf(CodeInternal, internalHint, "panic: %v", r)
		}
	}()
	var j job
	if err := json.Unmarshal(content, &j); err != nil {
		return nil, fmt.Errorf("decode request: %w", err)
	}
	w.tidy(&j)
	if j.OneCore && j.Analyze == nil {
		defer onOneCore()()
	}
	switch {
	case j.Analyze != nil:
		return w.analyze(ctx, j)
	case j.Bundle != nil:
		j.Bundle.Path = string(j.Path)
		packs := func() ([]*packfile.Pack, error) { return openPacks(j.Bundle.Packs, w.embedded) }
		return bundleVerb(ctx, *j.Bundle, packs, j.TempDir, w.keys, w.out)
	case j.Grep != nil:
		return w.grep(ctx, j)
	case j.Timeline != nil:
		return w.timeline(ctx, j)
	case j.Describe != nil:
		return w.describe(ctx, j)
	case j.Prepare != nil:
		return nil, w.prepare(ctx, j)
	}
	return nil, errorf(CodeInternal, internalHint, "request names no job")
}

func (w *worker) describe(ctx context.Context, j job) (any, error) {
	defer w.begin(activity{Compile: true, Wall: compileWall + wall(packfile.Limits{})})()
	return describe(ctx, j.Describe, j.CacheDir)
}

func (w *worker) analyze(ctx context.Context, j job) (any, error) {
	o := &Options{
		Role: j.Analyze.Role, Deployment: j.Analyze.Deployment, CacheDir: j.CacheDir, Version: j.Version, Build: j.Build,
		Refused: j.Analyze.Refused, Skip: j.Skip, oneByOne: j.OneByOne, fresh: j.Fresh, givenUp: j.GivenUp, guard: w.begin, oneCore: j.OneCore,
	}
	if j.Steps {
		o.Progress = func(p Progress) { _ = w.out.writeJSON(frameProgress, p) }
	}
	if j.small() {
		o.kept = &w.kept
	}
	packs, err := o.kept.openPacks(j.Analyze.Packs, w.embedded)
	if err != nil {
		return nil, err
	}
	o.progress(StageOpen, 0, 0)
	b, in, err := j.open(ctx, packs, w.keys)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	o.Integrity, o.unverified = in, true
	return analyze(ctx, b, packs, o)
}

// begin tells the parent what is about to happen, before it does: afterwards
// there may be nobody to tell.
func (w *worker) begin(a activity) (ended func()) {
	_ = w.out.writeJSON(frameBegin, a)
	return func() { _ = w.out.write(frameEnd, nil) }
}
