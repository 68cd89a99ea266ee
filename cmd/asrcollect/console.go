package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/collector"
)

// keyboard reads lines: one reader for all that wait for a key, because two would
// take each other's.
type keyboard struct {
	in    io.Reader
	once  sync.Once
	lines chan string
}

func newKeyboard(in io.Reader) *keyboard { return &keyboard{in: in, lines: make(chan string, 16)} }

// read begins to read when it is called first. The channel is closed when there
// is no more.
func (k *keyboard) read() <-chan string {
	k.once.Do(func() {
		go func() {
			defer close(k.lines)
			for sc := bufio.NewScanner(k.in); sc.Scan(); {
				k.lines <- sc.Text()
			}
		}()
	})
	return k.lines
}

// drain forgets what was typed before it was asked for.
func (k *keyboard) drain() {
	for {
		select {
		case _, ok := <-k.read():
			if ok {
				continue
			}
		default:
		}
		return
	}
}

// hold keeps the window open that would close with the program.
func (s streams) hold() {
	if !s.own {
		return
	}
	s.keys.drain()
	say(s.err, "press Enter to close this window")
	<-s.keys.read()
}

// Patience with a person, and with the search for what is denied.
const (
	answerPatience = time.Minute
	rightsPatience = 10 * time.Second
)

// rights tells what is missing when the program may not read everything, and
// offers to start it again with more rights where somebody can say yes. It
// reports whether the other program does the work.
func (s streams) rights(f *flags, args []string, restart func([]string) error) (restarted bool) {
	ctx, cancel := context.WithTimeout(context.Background(), rightsPatience)
	defer cancel()
	list, err := collector.Denials(ctx, f.Options)
	for _, l := range rightsLines(list, err) {
		say(s.err, "%s", l)
	}
	if !s.own || restart == nil {
		return false
	}
	say(s.err, "press Enter to start again as administrator, or n and Enter to go on without")
	wait := time.NewTimer(answerPatience)
	defer wait.Stop()
	select {
	case answer, ok := <-s.keys.read():
		if !ok || answer != "" {
			return false
		}
	case <-wait.C:
		say(s.err, "no answer: going on without")
		return false
	}
	if err := restart(args); err != nil {
		say(s.err, "going on without: %v", err)
		return false
	}
	return true
}

// mostDenials is how many denied things are told by name.
const mostDenials = 8

// rightsLines say what will be denied and what that costs.
func rightsLines(list []collector.Denial, err error) []string {
	out := []string{unelevated}
	for i, d := range list {
		if i == mostDenials {
			out = append(out, fmt.Sprintf("and %d more: asrcollect preview marks them with !", len(list)-i))
			break
		}
		line := "denied: " + d.What
		if d.Why != "" {
			line += "; no answer to: " + d.Why
		}
		out = append(out, line)
	}
	if err != nil {
		out = append(out, "not all of what is denied could be found out: "+err.Error())
	}
	return out
}
