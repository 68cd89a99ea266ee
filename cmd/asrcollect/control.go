package main

import (
	"context"
	"errors"
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

// stuck is how long the end of a run that was given up is waited for: a pipe
// that nobody reads, or a share that is gone, holds whoever writes to it.
const stuck = 3 * time.Second

// abandoner gives a run up, and the program too when the run does not end.
func abandoner(cancel context.CancelFunc, s streams, exit func(int)) func() {
	var once sync.Once
	return func() {
		once.Do(func() {
			cancel()
			time.AfterFunc(stuck, func() {
				exit(fail(s, exitNoBundle, errors.New("given up; what takes the bundle does not answer"), "delete what is left there: it is not whole"))
			})
		})
	}
}

// watchSignals makes the first Ctrl-C end early and the second give up, as
// Ctrl-\ does at once. A termination, as at shutdown, ends early and in a hurry.
// Signals that are ignored, as under nohup, stay so. A reader of stdout that
// goes away is told by the write, not by a signal.
func watchSignals(finish chan<- collector.Finish, giveUp func()) (stop func()) {
	signal.Ignore(syscall.SIGPIPE)
	ch := make(chan os.Signal, 4)
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(sig) {
			signal.Notify(ch, sig)
		}
	}
	go func() {
		for n := 0; ; n++ {
			sig, ok := <-ch
			switch {
			case !ok:
				return
			case n > 0 && sig == os.Interrupt, sig == syscall.SIGQUIT:
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

// canEnter reports whether someone can press Enter.
func canEnter(in *os.File) bool { return in != nil && term.IsTerminal(int(in.Fd())) }

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// watchEnter makes every Enter a request to end early, until stop is called.
func watchEnter(k *keyboard, finish chan<- collector.Finish) (stop func()) {
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-quit:
				return
			case _, ok := <-k.read():
				if !ok {
					return
				}
				ask(finish, collector.FinishPhase)
			}
		}
	}()
	var once sync.Once
	return func() {
		once.Do(func() { close(quit) })
		<-ended
	}
}

// progressLine is the one line of progress on a terminal; elsewhere it is
// nothing. It is drawn by a goroutine of its own: a terminal whose user selects
// text holds whoever writes to it, and must not hold the collection.
type progressLine struct {
	w     io.Writer
	fd    int // -1: no terminal
	mu    sync.Mutex
	now   collector.Progress
	width int    // of what is drawn
	key   string // that finishes now
	news  chan struct{}
	quit  chan struct{}
	ended chan struct{}
	once  sync.Once
}

// newProgressLine draws on w when that is a terminal; key is what finishes now.
func newProgressLine(w io.Writer, key string) *progressLine {
	l := &progressLine{w: w, fd: -1, key: key, news: make(chan struct{}, 1), quit: make(chan struct{}), ended: make(chan struct{})}
	if isTerminal(w) && os.Getenv("TERM") != "dumb" { // that cannot go back to the begin of a line
		l.fd = int(w.(*os.File).Fd())
		go l.tick()
	} else {
		close(l.ended)
	}
	return l
}

func (l *progressLine) drawn() bool { return l.fd >= 0 }

// phase never waits.
func (l *progressLine) phase(p collector.Progress) {
	l.mu.Lock()
	l.now = p
	l.mu.Unlock()
	select {
	case l.news <- struct{}{}:
	default:
	}
}

func (l *progressLine) current() collector.Progress {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

func (l *progressLine) tick() {
	defer close(l.ended)
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-l.quit:
			return
		case <-l.news:
		case <-t.C:
		}
		l.draw()
	}
}

func (l *progressLine) draw() {
	width, _, err := term.GetSize(l.fd)
	if err != nil || width < 2 {
		width = 80
	}
	if text := l.text(width - 1); text != "" {
		l.put(text)
	}
}

// text is what the line says in so many columns: less where it is narrow, but
// how to finish for as long as possible.
func (l *progressLine) text(columns int) string {
	now := l.current()
	if now.Until.IsZero() {
		return now.Phase[:min(len(now.Phase), columns)]
	}
	left := clock(time.Until(now.Until)) + " left"
	long := fmt.Sprintf("all collected; %s: %s", now.Phase, left)
	if now.Then {
		long = fmt.Sprintf("%s: %s, then logs", now.Phase, left)
	}
	finish := l.key + " = finish now"
	for _, text := range []string{long + ". " + finish, left + ". " + finish} {
		if len(text) <= columns {
			return text
		}
	}
	return left[:min(len(left), columns)]
}

// put draws over what is there. Blanks do what an escape sequence would, and
// old consoles know them.
func (l *progressLine) put(text string) {
	fmt.Fprintf(l.w, "\r%-*s", l.width, text)
	l.width = len(text) + len("^C") // the terminal shows it where the line ends
	if width, _, err := term.GetSize(l.fd); err == nil {
		l.width = max(0, min(l.width, width-1))
	}
}

// clock writes 12:40.
func clock(d time.Duration) string {
	s := int(max(d, 0).Round(time.Second).Seconds())
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// close ends the line; it may be called again.
func (l *progressLine) close() { l.once.Do(l.end) }

func (l *progressLine) end() {
	close(l.quit)
	<-l.ended
	if l.drawn() {
		l.put("")
		fmt.Fprint(l.w, "\r")
	}
}
