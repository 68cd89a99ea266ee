package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/asrdiag/asrdiag/collector"
)

// watchSignals makes the first Ctrl-C end early and the second give up. A
// termination, as at shutdown, ends early and in a hurry.
func watchSignals(finish chan<- collector.Finish, giveUp context.CancelFunc) (stop func()) {
	ch := make(chan os.Signal, 4)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for n := 0; ; n++ {
			sig, ok := <-ch
			switch {
			case !ok:
				return
			case n > 0 && sig == os.Interrupt:
				giveUp()
			case sig == os.Interrupt:
				ask(finish, collector.FinishPhase)
			default:
				ask(finish, collector.FinishAll)
			}
		}
	}()
	return func() { signal.Stop(ch); close(ch) }
}

// ask never waits: requests that nobody takes are not needed any more.
func ask(finish chan<- collector.Finish, f collector.Finish) {
	select {
	case finish <- f:
	default:
	}
}

// watchEnter makes every Enter a request to end early.
func watchEnter(in *os.File, finish chan<- collector.Finish) {
	if in == nil || !term.IsTerminal(int(in.Fd())) {
		return
	}
	go func() {
		sc := bufio.NewScanner(in)
		for sc.Scan() {
			ask(finish, collector.FinishPhase)
		}
	}()
}

// progressLine is the one line of progress on a terminal; elsewhere it is
// nothing.
type progressLine struct {
	mu    sync.Mutex
	w     io.Writer
	fd    int // -1: no terminal
	now   collector.Progress
	width int // of what is drawn
	quit  chan struct{}
	ended chan struct{}
}

func newProgressLine(w io.Writer) *progressLine {
	l := &progressLine{w: w, fd: -1, quit: make(chan struct{}), ended: make(chan struct{})}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		l.fd = int(f.Fd())
		go l.tick()
	} else {
		close(l.ended)
	}
	return l
}

func (l *progressLine) drawn() bool { return l.fd >= 0 }

func (l *progressLine) phase(p collector.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = p
	l.draw()
}

func (l *progressLine) tick() {
	defer close(l.ended)
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-l.quit:
			return
		case <-t.C:
			l.mu.Lock()
			l.draw()
			l.mu.Unlock()
		}
	}
}

func (l *progressLine) draw() {
	if !l.drawn() || l.now.Phase == "" {
		return
	}
	text := l.now.Phase
	if !l.now.Until.IsZero() {
		text = fmt.Sprintf("all collected but long-lived logs; %s: %s left. Enter = finish now", text, clock(time.Until(l.now.Until)))
	}
	if width, _, err := term.GetSize(l.fd); err == nil && width > 1 && len(text) >= width {
		text = text[:width-1]
	}
	l.put(text)
}

// put draws over what is there. Blanks do what an escape sequence would, and
// old consoles know them.
func (l *progressLine) put(text string) {
	fmt.Fprintf(l.w, "\r%-*s", l.width, text)
	l.width = len(text)
}

// clock writes 12:40.
func clock(d time.Duration) string {
	s := int(max(d, 0).Round(time.Second).Seconds())
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func (l *progressLine) close() {
	close(l.quit)
	<-l.ended
	if l.drawn() {
		l.put("")
		fmt.Fprint(l.w, "\r")
	}
}
