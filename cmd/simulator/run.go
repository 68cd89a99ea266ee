package simulator

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// Run is how asrcollect is run.
type Run struct {
	Args      []string
	Exit      int           // what its exit code must be
	Interrupt time.Duration // Ctrl-C so long after its start; 0: never
	// It gets no time for Starve in each Every, as on a machine whose processors
	// are taken; 0: as it comes.
	Starve, Every time.Duration
	// Raw are folders that are packed in its place, without a collector.
	Raw []string
}

// line is "exit CODE", "interrupt AGE", "starve AGE every AGE", "raw FOLDER", or
// arguments for the command line.
func (r *Run) line(l string) (err error) {
	verb, rest, _ := strings.Cut(l, " ")
	switch verb {
	case "interrupt":
		r.Interrupt, err = parseAge(rest)
	case "exit":
		_, err = fmt.Sscanf(rest, "%d", &r.Exit)
	case "starve":
		err = r.starve(rest)
	case "raw":
		if !isPath(rest) {
			return fmt.Errorf("%q is no path", rest)
		}
		r.Raw = append(r.Raw, rest)
	default:
		r.Args = append(r.Args, strings.Fields(l)...)
	}
	return err
}

func (r *Run) starve(rest string) (err error) {
	stopped, every, ok := strings.Cut(rest, " every ")
	if !ok {
		return fmt.Errorf("want starve AGE every AGE")
	}
	if r.Starve, err = parseAge(stopped); err != nil {
		return err
	}
	if r.Every, err = parseAge(every); err == nil && (r.Starve <= 0 || r.Every <= r.Starve) {
		err = fmt.Errorf("want a time without a processor, and a longer one in which it comes once")
	}
	return err
}

// disturb does to asrcollect what the incident wants, until end is called.
func (r *Run) disturb(p *os.Process) (end func()) {
	if r.Interrupt > 0 {
		timer := time.AfterFunc(r.Interrupt, func() { _ = p.Signal(os.Interrupt) }) // it may have ended
		return func() { timer.Stop() }
	}
	if r.Starve == 0 {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(r.Every - r.Starve):
			}
			pause(p, r.Starve)
		}
	}()
	return func() { close(done) }
}
