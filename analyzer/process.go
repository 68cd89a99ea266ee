package analyzer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/internal/safetext"
)

// watchEvery is the interval at which a worker's memory and time are looked at.
const watchEvery = 20 * time.Millisecond

// maxWorkerStderr is how much of a worker's last words is kept.
const maxWorkerStderr = 64 << 10

// process is a worker process, seen from the parent.
type process struct {
	config PoolConfig
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	stderr *headBuffer
	broken bool // no further job may be given to it
	jobs   int  // begun
	reap   func() error
	// resident tells the memory that it has.
	resident resident
}

// death says how a worker ended, and in which activity, if in one.
type death struct {
	reason  string // "stopped after 20 s"
	during  *activity
	unheard bool // it sent nothing at all
}

// handler receives what a worker sends besides its result.
type handler struct {
	progress func(Progress)
	output   io.Writer
	size     int64 // bytes of the bundle
	// extra is time that the job may take besides that for its size.
	extra time.Duration
}

func startProcess(c PoolConfig) (*process, error) {
	if len(c.Command) == 0 {
		return nil, errors.New("no command")
	}
	w := &process{config: c, cmd: exec.Command(c.Command[0], c.Command[1:]...), stderr: &headBuffer{limit: maxWorkerStderr}}
	w.cmd.Stderr = w.stderr
	var err error
	if w.stdin, err = w.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if w.stdout, err = w.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := w.cmd.Start(); err != nil {
		return nil, err
	}
	w.reap = sync.OnceValue(w.cmd.Wait)
	w.resident = residentOf(w.cmd.Process.Pid)
	return w, nil
}

// end lets an idle worker go.
func (w *process) end() {
	w.stdin.Close()
	w.kill()
}

// kill ends the worker and waits until it is gone.
func (w *process) kill() {
	_ = w.cmd.Process.Kill()
	_ = w.reap()
	w.resident.close()
}

// run gives the worker a job and reads what it sends until the job's end.
func (w *process) run(ctx context.Context, j job, h handler) (result []byte, died *death, err error) {
	w.jobs++
	guard := newGuard(w, h.size)
	guard.allowed += h.extra
	watched := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(watched)
		guard.watch(ctx, stop)
	}()
	result, err = w.exchange(j, h, guard)
	close(stop)
	<-watched
	if ctx.Err() != nil {
		w.broken = true
		return nil, nil, asError(ctx.Err())
	}
	var remote *Error
	if err == nil || errors.As(err, &remote) {
		return result, nil, err
	}
	w.broken = true
	var mine *outputError
	if errors.As(err, &mine) {
		return nil, nil, mine.err
	}
	w.kill()
	return nil, &death{reason: w.lastWords(guard.reason(), err), during: guard.doing(), unheard: !guard.heard && guard.reason() == ""}, nil
}

// outputError is an error of the caller's writer.
type outputError struct{ err error }

func (e *outputError) Error() string { return e.err.Error() }

// exchange sends the request and reads frames up to the last one. An *Error is
// the worker's answer; any other error means that the worker is of no more use.
func (w *process) exchange(j job, h handler, g *guard) ([]byte, error) {
	to := &frameWriter{w: w.stdin}
	if err := to.writeJSON(frameRequest, j); err != nil {
		return nil, err
	}
	for {
		kind, content, err := readFrame(w.stdout)
		if err != nil {
			return nil, err
		}
		g.heard = true
		switch kind {
		case frameResult:
			return content, nil
		case frameError:
			return nil, remoteError(content)
		case frameLocked:
			if err := to.writeJSON(frameUnlocked, w.config.Identities.answer(content)); err != nil {
				return nil, err
			}
		default:
			if err := g.frame(kind, content, h); err != nil {
				return nil, err
			}
		}
	}
}

func remoteError(content []byte) error {
	var e Error
	if err := json.Unmarshal(content, &e); err != nil {
		return fmt.Errorf("%w: %v", errFrame, err)
	}
	safetext.CleanAll(&e)
	return &e
}

// frame handles what comes before the result.
func (g *guard) frame(kind byte, content []byte, h handler) error {
	switch kind {
	case frameOutput:
		if h.output == nil {
			return fmt.Errorf("%w: output without a reader", errFrame)
		}
		g.hold(true)
		_, err := h.output.Write(content)
		g.hold(false)
		if err != nil {
			return &outputError{err}
		}
		return nil
	case frameProgress:
		var p Progress
		if err := json.Unmarshal(content, &p); err != nil {
			return fmt.Errorf("%w: %v", errFrame, err)
		}
		if h.progress != nil {
			safetext.CleanAll(&p)
			h.progress(p)
		}
		return nil
	case frameBegin:
		var a activity
		if err := json.Unmarshal(content, &a); err != nil {
			return fmt.Errorf("%w: %v", errFrame, err)
		}
		g.begin(a)
		return nil
	case frameEnd:
		g.ended()
		return nil
	}
	return fmt.Errorf("%w: kind %q", errFrame, kind)
}

// lastWords says why a worker is gone. The parent's own reason comes first.
func (w *process) lastWords(reason string, err error) string {
	if reason != "" {
		return reason
	}
	if errors.Is(err, errFrame) {
		return "sent what makes no sense: " + err.Error()
	}
	for line := range strings.Lines(w.stderr.String()) {
		if rest, ok := strings.CutPrefix(line, "fatal error: "); ok {
			return "died: " + safetext.Clean(strings.TrimSpace(rest))
		}
	}
	return "died: " + w.cmd.ProcessState.String()
}

// headBuffer keeps the first bytes written to it.
type headBuffer struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	limit int
}

func (b *headBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf.Write(p[:min(len(p), b.limit-b.buf.Len())])
	return len(p), nil
}

func (b *headBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
