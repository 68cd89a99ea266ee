package check

import (
	"slices"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Spans of the rule of recency, for all checks that judge errors in logs.
const (
	// ErrorAge is how far before the log's last sign of life errors count.
	ErrorAge = 24 * time.Hour
	// RecoverySpan is how long nothing may fail until an error counts as over.
	RecoverySpan = 15 * time.Minute
	// ManyRecoveries in ErrorAge make a fault intermittent.
	ManyRecoveries = 3
)

// Errors are the errors of one cause and what is known about their end.
type Errors struct {
	Times []time.Time // of the errors
	// LogEnd is the newest line of the log family. Errors weigh against it or
	// the end of the collection, whichever is earlier; zero: not known.
	LogEnd time.Time
	// Retry is how often the writer tries again while it fails.
	Retry time.Duration
	// Success is the newest proof that it works; zero: none.
	Success time.Time
	// Later is when the last error may have been instead, as its local time came
	// twice; zero: it is certain. What would be over only by the earlier time is not
	// called over.
	Later time.Time
}

// Course is what became of errors.
type Course struct {
	State string // abi.StateOngoing, StateRecovered, StateUnknown; empty: no error counts
	// Recoveries counts the pauses of at least RecoverySpan after an error.
	Recoveries  int
	First, Last time.Time // errors that count
	Count       int
}

// Intermittent reports whether the fault comes and goes.
func (c Course) Intermittent() bool {
	return c.State == abi.StateRecovered && c.Recoveries >= ManyRecoveries
}

// Course applies the rule of recency: ongoing when the last error is younger
// than twice the retry period and no success followed, recovered when success,
// or a log that goes on without error, lasted RecoverySpan after it.
func (p *Pass) Course(e Errors) Course {
	ref := p.Now
	if !e.LogEnd.IsZero() && e.LogEnd.Before(ref) {
		ref = e.LogEnd
	}
	times := slices.DeleteFunc(slices.Clone(e.Times), func(t time.Time) bool { return ref.Sub(t) > ErrorAge })
	if len(times) == 0 {
		return Course{}
	}
	slices.SortFunc(times, time.Time.Compare)
	c := Course{First: times[0], Last: times[len(times)-1], Count: len(times)}
	for i := 1; i < len(times); i++ {
		if times[i].Sub(times[i-1]) >= RecoverySpan+e.Retry {
			c.Recoveries++
		}
	}
	c.State = stateOf(c.Last, ref, e)
	if c.State == abi.StateRecovered && e.Later.After(c.Last) && stateOf(e.Later, ref, e) != abi.StateRecovered {
		c.State = abi.StateUnknown
	}
	if c.State == abi.StateRecovered {
		c.Recoveries++
	}
	return c
}

// stateOf says whether errors that ended at last are over by ref.
func stateOf(last, ref time.Time, e Errors) string {
	succeeded := e.Success.After(last)
	switch {
	case succeeded && e.Success.Sub(last) >= RecoverySpan:
		return abi.StateRecovered
	case succeeded:
		return abi.StateUnknown
	case ref.Sub(last) < 2*e.Retry:
		return abi.StateOngoing
	case ref.Sub(last) >= RecoverySpan:
		return abi.StateRecovered
	}
	return abi.StateUnknown
}
