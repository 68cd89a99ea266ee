package collector

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/source"
)

// plan is what a run does, in this order.
type plan struct {
	Start []source.Source // volatile state, while the collector itself is quiet
	Paths []source.Source // what the globs of logs refer to
	First []source.Source // logs that live for minutes
	Facts []source.Source // what changes slowly, or takes long: never before First
	// Window samples for a quarter of an hour.
	Window source.Source
	End    []source.Source // volatile state again
	Logs   []source.Source // logs that live for hours
	Tails  []source.Source // what the logs of First have gained meanwhile
}

// plan lists what is collected.
func (s *session) plan() plan {
	return plan{
		Start:  []source.Source{s.processesStart(), s.connectionsStart(), s.servicesStart()},
		Paths:  append(s.registrySources(), s.configuration(), s.hostStart()),
		First:  s.logSources(true),
		Facts:  s.facts(),
		Window: s.windowSource(),
		End:    append([]source.Source{s.servicesEnd(), s.connectionsEnd(), s.processesEnd()}, s.cacheSources(true)...),
		Logs:   s.logSources(false),
		Tails:  s.tailSources(),
	}
}

// Bounds of a run, from its begin. The sources have their own timeouts besides.
const (
	firstBy = 2 * time.Minute // logs that live for minutes are in the bundle
	factsBy = 5 * time.Minute // the window begins
	// Overtime is how long a run may take beside its window. After that the
	// bundle is written with what there is.
	Overtime = 10 * time.Minute
	// hurry is how long a run may go on when the machine shuts down.
	hurry = 3 * time.Second
)

// errEarly is the reason of what was not read because the user ended the run.
var errEarly = &source.Problem{Status: bundles.StatusSkipped, Err: fmt.Errorf("finished early")}

// errLate is the reason of what was not read at the deadline of the run.
func (s *session) errLate() error {
	return &source.Problem{Status: bundles.StatusTimeout, Err: fmt.Errorf("the run has reached its deadline of %s", FormatDuration(s.opt.Duration+s.overtime()))}
}

// overtime is how long the run may take beside its window.
func (s *session) overtime() time.Duration { return cmp.Or(s.opt.test.overtime, s.scale(Overtime)) }

// step is one phase of a run.
type step struct {
	phase string // in words
	list  []source.Source
	by    time.Time       // when it has to be over
	end   context.Context // ends with the run, or when the user asks for it
}

// steps puts a plan in order.
func (s *session) steps(p plan) []step {
	last := s.begin.Add(s.opt.Duration + s.overtime())
	first, facts := s.begin.Add(s.scale(firstBy)), s.begin.Add(s.scale(factsBy))
	return []step{
		{phaseState, append(p.Start, p.Paths...), last, s.ends.run},
		{phaseFirst, p.First, first, s.ends.run},
		{phaseFacts, p.Facts, facts, s.ends.facts},
		{phaseWindow, []source.Source{p.Window}, last, s.ends.run},
		{phaseAgain, p.End, last, s.ends.run},
		{phaseLogs, p.Logs, last, s.ends.logs},
		{phaseTails, p.Tails, last, s.ends.logs},
	}
}

// run runs the sources of a step one after the other. It fails when the bundle
// is lost or ctx ends. A step that has to be over at a time shares what is left
// of it, so that a source that hangs leaves time to those behind it.
func (s *session) run(ctx context.Context, st step) error {
	for i, src := range st.list {
		limit := s.scale(src.Timeout)
		if src.Name == metricsSource { // the user has said how long it takes
			limit = src.Timeout
		}
		src.Timeout = min(limit, time.Until(st.by)/time.Duration(len(st.list)-i))
		s.rows = append(s.rows, s.runOne(st.end, src))
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.store.Err(); err != nil {
			return errLost(err)
		}
	}
	return nil
}

// runOne runs one source, if there is time left for it.
func (s *session) runOne(ctx context.Context, src source.Source) source.Result {
	if ctx.Err() != nil {
		return s.runner.Refuse(src, context.Cause(ctx))
	}
	if src.Timeout <= 0 {
		return s.runner.Refuse(src, s.errLate())
	}
	res := s.runner.Run(ctx, src)
	if res.Abandoned {
		s.log.Warn("source is left behind", runlog.Any("source", src.Name))
		s.abandon(src.Name)
	}
	return res
}

// abandon gives up the part that a source which hangs may still work on.
func (s *session) abandon(name string) {
	switch name {
	case "connections":
		s.tracker = nil
	case "services":
		s.units = nil
	case metricsSource:
		s.tracker, s.units = nil, nil
	}
}

// ends are the ways in which parts of a run end early.
type ends struct {
	run, facts, logs          context.Context
	endRun, endFacts, endLogs context.CancelCauseFunc
}

// newEnds gives contexts below ctx; close releases them.
func newEnds(ctx context.Context) ends {
	var e ends
	e.run, e.endRun = context.WithCancelCause(ctx)
	e.facts, e.endFacts = context.WithCancelCause(e.run)
	e.logs, e.endLogs = context.WithCancelCause(e.run)
	return e
}

func (e ends) close() { e.endRun(nil) }

// watchFinish takes requests to end early. The first ends the window and what
// takes long before it; one that comes when the window is over ends the reading
// of logs.
func (s *session) watchFinish(quit <-chan struct{}) {
	for {
		select {
		case <-quit:
			return
		case f, ok := <-s.opt.Finish:
			if !ok {
				return
			}
			s.finish(f)
		}
	}
}

func (s *session) finish(f Finish) {
	s.log.Info("asked to finish early", runlog.Any("kind", int(f)))
	if s.inLogs.Load() && f == FinishPhase {
		s.ends.endLogs(errEarly)
	}
	s.stopOnce.Do(func() { close(s.stop) })
	if f == FinishPhase {
		time.AfterFunc(hurry, func() { s.ends.endFacts(errEarly) })
	} else { // the logs matter more
		time.AfterFunc(hurry/3, func() { s.ends.endFacts(errEarly) })
		time.AfterFunc(hurry, func() { s.ends.endRun(errEarly) })
	}
}

// Phases of a run, in words.
const (
	phaseState  = "reading the state of the machine"
	phaseFirst  = "reading logs that live for minutes"
	phaseFacts  = "reading configuration, disks and network"
	phaseWindow = "averaging CPU, memory, disk"
	phaseAgain  = "reading the state of the machine again"
	phaseLogs   = "reading logs"
	phaseTails  = "reading what logs have gained"
	phaseWrite  = "writing the bundle"
)

// progress tells the begin of a phase.
func (s *session) progress(p Progress) {
	s.log.Info("phase", runlog.Any("phase", p.Phase))
	p.Took = time.Since(s.begin)
	if s.opt.Progress != nil {
		s.opt.Progress(p)
	}
}
