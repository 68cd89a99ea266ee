package timeline

import (
	"fmt"
	"time"
)

// Limits of Older.
const (
	// longBefore is how long before the first line of a log a last write is of no
	// concern.
	longBefore = 7 * 24 * time.Hour
	minOlder   = 3      // fewer are told as they are
	maxOlder   = 10_000 // that are held back
)

// Older tells the last writes of settings and the states of services from long
// before the first line of a log or record as one event. A machine has some of
// every year of its life, and they come first. Events are given in order of time.
type Older struct {
	give  func(*Event) error
	held  []Event
	begun bool // nothing is held back any more
}

// NewOlder hands events on to give.
func NewOlder(give func(*Event) error) *Older { return &Older{give: give} }

// Add takes the next event.
func (o *Older) Add(e *Event) error {
	if o.begun {
		return o.give(e)
	}
	switch e.Kind {
	case KindRegistry, KindConfig, KindService, KindStart:
		o.held = append(o.held, *e)
		if len(o.held) <= maxOlder {
			return nil
		}
		return o.End()
	}
	o.sum(e.Time.Add(-longBefore))
	if err := o.End(); err != nil {
		return err
	}
	return o.give(e)
}

// sum puts one event in the place of those held before a time, but for starts of
// the machine.
func (o *Older) sum(before time.Time) {
	var rest []Event
	var last Event
	n := 0
	for _, e := range o.held {
		if e.Kind == KindStart || !e.Time.Before(before) {
			rest = append(rest, e)
			continue
		}
		last = e
		n++
	}
	if n < minOlder {
		return
	}
	e := Event{
		Time: last.Time, HostTime: last.HostTime, Host: last.Host, Bundle: last.Bundle, Kind: KindOlder, Source: "services, settings",
		Text: fmt.Sprintf("%d services and settings, unchanged since then, a week or more before the logs begin; --each lists them", n),
	}
	at := 0
	for at < len(rest) && rest[at].Time.Before(e.Time) {
		at++
	}
	o.held = append(append(append([]Event{}, rest[:at]...), e), rest[at:]...)
}

// End gives what is held back.
func (o *Older) End() error {
	o.begun = true
	for i := range o.held {
		if err := o.give(&o.held[i]); err != nil {
			return err
		}
	}
	o.held = nil
	return nil
}
