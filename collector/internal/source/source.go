// Package source runs the things that a collector reads. Each has a name, a
// deadline and a row in the manifest; one that fails, panics or hangs never
// stops the others.
package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/priority"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// Source is one thing to read.
type Source struct {
	Name    string // as in the manifest: "services", "logs/cxps"
	Timeout time.Duration
	// Yields makes it run below normal priority and with low I/O priority.
	Yields bool
	// Collect reads and writes to the sink. Its context ends a little before
	// the deadline, so that what was read so far can still be written. The
	// error becomes the row's status: see Problem.
	Collect func(ctx context.Context, k *store.Sink) error
}

// Problem is an error with the status that it gives to its source.
type Problem struct {
	Status string // of bundles: partial, skipped, withheld, ...
	Err    error
	// Chosen says that the user asked for it, so that nothing is lacking.
	Chosen bool
}

func (p *Problem) Error() string { return p.Err.Error() }

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Err }

// Partial says that a part was read; err says what was not. It is nil for nil.
func Partial(err error) error {
	if err == nil {
		return nil
	}
	return &Problem{Status: bundles.StatusPartial, Err: err}
}

// Skipped says why nothing was read, and that nothing could be.
func Skipped(format string, args ...any) error {
	return &Problem{Status: bundles.StatusSkipped, Err: fmt.Errorf(format, args...)}
}

// Result is a row of the manifest.
type Result struct {
	bundles.Source
	// Chosen is set when the user asked for what is missing.
	Chosen bool
	// Abandoned is set when the source did not return: it may still work.
	Abandoned bool
}

// Runner runs sources, one after the other.
type Runner struct {
	Store *store.Store
	Log   *runlog.Log
}

// Run runs one source and returns its row. It returns at the source's deadline
// at the latest, and soon after ctx has ended; a source that still runs then is
// left behind without a sink.
func (r *Runner) Run(ctx context.Context, s Source) Result {
	begin := time.Now()
	r.Log.Info("source starts", runlog.Any("source", s.Name), runlog.Any("timeout", s.Timeout))
	err, abandoned := r.bounded(ctx, s)
	res := r.row(s, err, time.Since(begin))
	res.Abandoned = abandoned
	return res
}

// Refuse gives the row of a source that is not started.
func (r *Runner) Refuse(s Source, why error) Result { return r.row(s, why, 0) }

// row logs how a source ended.
func (r *Runner) row(s Source, err error, took time.Duration) Result {
	res := Result{Source: bundles.Source{Name: s.Name, Status: statusOf(err), DurationMS: took.Milliseconds(), TimeoutMS: max(0, s.Timeout.Milliseconds())}}
	fields := []runlog.Field{runlog.Any("source", s.Name), runlog.Any("status", res.Status), runlog.Any("took", took)}
	if err != nil {
		res.Error = r.Store.Redact(inWords(err.Error()))
		fields = append(fields, runlog.Any("error", res.Error))
	}
	if p := (*Problem)(nil); errors.As(err, &p) {
		res.Chosen = p.Chosen
	}
	r.Log.Info("source ends", fields...)
	return res
}

// What a source has to write what it read, before its deadline and after its
// context has ended.
const (
	maxMargin = 10 * time.Second
	grace     = 500 * time.Millisecond
)

func (r *Runner) bounded(ctx context.Context, s Source) (err error, abandoned bool) {
	soft, cancel := context.WithTimeout(ctx, s.Timeout-min(s.Timeout/10, maxMargin))
	defer cancel()
	sink := r.Store.Sink()
	defer sink.Revoke()
	done := make(chan error, 1)
	go r.collect(soft, s, sink, done)
	hard := time.NewTimer(s.Timeout)
	defer hard.Stop()
	select {
	case err = <-done:
		return err, false
	case <-hard.C:
		return &Problem{Status: bundles.StatusTimeout, Err: fmt.Errorf("no answer within %v", s.Timeout.Round(time.Millisecond))}, true
	case <-ctx.Done():
		hard.Reset(grace)
	}
	select {
	case err = <-done:
		if errors.Is(err, ctx.Err()) && !errors.As(err, new(*Problem)) {
			err = context.Cause(ctx)
		}
		return err, false
	case <-hard.C:
		return context.Cause(ctx), true
	}
}

// collect runs in a goroutine of its own, which may outlive its source.
func (r *Runner) collect(ctx context.Context, s Source, sink *store.Sink, done chan<- error) {
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("source panics", runlog.Any("source", s.Name), runlog.Any("panic", p), runlog.Any("stack", string(debug.Stack())))
			done <- fmt.Errorf("panic: %v", p)
		}
	}()
	if s.Yields {
		sink.Pace = r.yield(s)
	}
	done <- s.Collect(ctx, sink)
}

// yield lowers the calling goroutine's priority and returns what is to be
// called as it goes on.
func (r *Runner) yield(s Source) func(int) {
	t, err := priority.Yield()
	if err != nil {
		r.Log.Warn("priority", runlog.Any("source", s.Name), runlog.Any("error", err))
	}
	return func(n int) {
		if t.Did(n) {
			r.Log.Info("source starves: one step up", runlog.Any("source", s.Name))
		}
	}
}

// inWords replaces what Go says of deadlines by what a customer understands. A
// row is one line: joined errors stand behind each other.
func inWords(text string) string {
	text = strings.ReplaceAll(text, context.DeadlineExceeded.Error(), "no answer in time")
	text = strings.ReplaceAll(text, context.Canceled.Error(), "ended early")
	return strings.ReplaceAll(text, "\n", "; ")
}

// statusOf gives the row's status for the error of a source.
func statusOf(err error) string {
	p := (*Problem)(nil)
	switch {
	case err == nil:
		return bundles.StatusOK
	case errors.As(err, &p):
		return p.Status
	case errors.Is(err, fs.ErrPermission):
		return bundles.StatusDenied
	case errors.Is(err, context.DeadlineExceeded):
		return bundles.StatusTimeout
	}
	return bundles.StatusFailed
}

// Merge joins the rows of a source that ran more than once: ok only when all
// were, else partial when one gave something.
func Merge(rows []Result) []Result {
	var out []Result
	at := map[string]int{}
	for _, row := range rows {
		i, ok := at[row.Name]
		if !ok {
			at[row.Name] = len(out)
			out = append(out, row)
			continue
		}
		out[i] = join(out[i], row)
	}
	return out
}

func join(a, b Result) Result {
	a.DurationMS += b.DurationMS
	a.TimeoutMS = max(a.TimeoutMS, b.TimeoutMS)
	switch {
	case a.Status == b.Status:
	case useful(a.Status) || useful(b.Status):
		a.Chosen = (a.Chosen || a.Status == bundles.StatusOK) && (b.Chosen || b.Status == bundles.StatusOK)
		a.Status = bundles.StatusPartial
	case a.Status == bundles.StatusSkipped:
		a.Status = b.Status
	}
	switch {
	case a.Error == "":
		a.Error = b.Error
	case !strings.Contains(a.Error, b.Error):
		a.Error += "; " + b.Error
	}
	return a
}

func useful(status string) bool { return status == bundles.StatusOK || status == bundles.StatusPartial }
