package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/collector"
)

func TestKeyboard(t *testing.T) {
	k := newKeyboard(strings.NewReader("early\nmore\n"))
	k.read()
	for len(k.lines) < 2 { // read ahead
		time.Sleep(time.Millisecond)
	}
	k.drain()
	if line, ok := <-k.read(); ok {
		t.Errorf("after all was forgotten there is %q", line)
	}
	k.drain() // of a keyboard that is gone
}

// TestWatchEnter: lines finish until the watch ends, and are others' then.
func TestWatchEnter(t *testing.T) {
	in, keys := io.Pipe()
	k := newKeyboard(in)
	finish := make(chan collector.Finish, 4)
	stop := watchEnter(k, finish)
	_, _ = io.WriteString(keys, "\n")
	if f := <-finish; f != collector.FinishPhase {
		t.Errorf("Enter asks for %v", f)
	}
	stop()
	_, _ = io.WriteString(keys, "last\n")
	select {
	case line := <-k.read():
		if line != "last" {
			t.Errorf("the line is %q", line)
		}
	case <-finish: // the watch saw the line before its end
	}
}

func TestHold(t *testing.T) {
	var out bytes.Buffer
	in, keys := io.Pipe()
	s := streams{err: &out, keys: newKeyboard(in)}
	s.hold() // the window is another program's
	if out.Len() > 0 {
		t.Errorf("says %q to a window that stays", &out)
	}
	s.own = true
	done := make(chan bool)
	go func() { s.hold(); close(done) }()
	select {
	case <-done:
		t.Fatal("the window closes by itself")
	case <-time.After(20 * time.Millisecond):
	}
	_, _ = io.WriteString(keys, "\n")
	<-done
	if !strings.Contains(out.String(), "press Enter to close this window") {
		t.Errorf("says %q", &out)
	}
}

func TestRights(t *testing.T) {
	for name, c := range map[string]struct {
		typed     string
		own       bool
		err       error
		asked     bool
		restarted bool
		says      string
	}{
		"yes":                     {"\n", true, nil, true, true, "press Enter to start again"},
		"no":                      {"n\n", true, nil, false, false, "press Enter to start again"},
		"nobody there":            {"", true, nil, false, false, "press Enter to start again"},
		"Windows was told no":     {"\n", true, errors.New("declined"), true, false, "going on without: declined"},
		"a window that is shared": {"\n", false, nil, false, false, unelevated},
	} {
		var out bytes.Buffer
		asked := false
		s := streams{in: os.Stdin, err: &out, keys: newKeyboard(strings.NewReader(c.typed)), own: c.own}
		f, _ := newFlags()
		f.Profile = "generic"
		got := s.rights(f, []string{"-q"}, func(args []string) error {
			asked = len(args) == 1 && args[0] == "-q"
			return c.err
		})
		if got != c.restarted || asked != c.asked || !strings.Contains(out.String(), c.says) || !c.own && strings.Contains(out.String(), "press") {
			t.Errorf("%s: restarted %v, asked %v\n%s", name, got, asked, &out)
		}
	}
}

func TestRightsLines(t *testing.T) {
	list := []collector.Denial{{What: "logs: cxps", Why: "uploads"}, {What: "x"}}
	got := strings.Join(rightsLines(list, nil), "|")
	if want := unelevated + "|denied: logs: cxps; no answer to: uploads|denied: x"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	many := make([]collector.Denial, mostDenials+3)
	lines := rightsLines(many, errors.New("too slow"))
	if len(lines) != mostDenials+3 || !strings.HasPrefix(lines[mostDenials+1], "and 3 more") || !strings.HasSuffix(lines[mostDenials+2], "too slow") {
		t.Errorf("%q", lines)
	}
}

// stuckWriter is a terminal whose user selects text.
type stuckWriter struct{ release, stuck chan bool }

func (w stuckWriter) Write(p []byte) (int, error) {
	select {
	case w.stuck <- true:
	default:
	}
	<-w.release
	return len(p), nil
}

// TestSelection: a terminal that takes nothing does not hold the collection.
func TestSelection(t *testing.T) {
	w := stuckWriter{make(chan bool), make(chan bool, 1)}
	l := &progressLine{w: w, fd: -1, key: "Enter", news: make(chan struct{}, 1), quit: make(chan struct{}), ended: make(chan struct{})}
	go l.tick()
	l.phase(collector.Progress{Phase: "first"})
	<-w.stuck
	for range 100 {
		l.phase(collector.Progress{Phase: "second"})
	}
	if got := l.current().Phase; got != "second" {
		t.Errorf("the phase is %q", got)
	}
	close(w.release)
	l.close()
}
