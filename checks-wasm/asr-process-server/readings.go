package main

import (
	"slices"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// pendingTooLong is how long a service may be starting or stopping until it
// counts as down.
const pendingTooLong = 5 * time.Minute

// Conditions of a service over the window.
const (
	conditionUp           = "up"
	conditionDown         = "down" // in every reading
	conditionRestarting   = "restarting"
	conditionPending      = "pending" // starting or stopping, not for long yet
	conditionNotInstalled = "not installed"
	conditionUnknown      = "unknown"
)

// condition is what the readings of a service come to.
type condition struct {
	is             string
	down, readings int
	downTimes      []time.Time
}

// reading is one state, told as up, down or neither.
type reading struct {
	t                 time.Time
	up, down, pending bool
}

// conditionOf judges a service by all its readings.
func conditionOf(s bundles.Service, taken time.Time) condition {
	if s.State == bundles.StateNotInstalled {
		return condition{is: conditionNotInstalled}
	}
	list := readingsOf(s, taken)
	settlePending(list, s)
	var c condition
	pending := false // at the end
	for _, r := range list {
		pending = r.pending
		if r.down {
			c.downTimes = append(c.downTimes, r.t)
		}
		if r.up || r.down {
			c.readings++
		}
	}
	c.down = len(c.downTimes)
	c.is = c.word(pending)
	return c
}

func (c condition) word(pending bool) string {
	switch {
	case pending && c.down == 0:
		return conditionPending
	case c.readings == 0:
		return conditionUnknown
	case c.down == 0:
		return conditionUp
	case c.down == c.readings:
		return conditionDown
	}
	return conditionRestarting
}

func readingsOf(s bundles.Service, taken time.Time) []reading {
	states := s.Readings
	if len(states) == 0 {
		states = []bundles.ServiceReading{{T: taken, State: s.State}}
	}
	var list []reading
	for _, r := range states {
		list = append(list, reading{
			t:       r.T,
			up:      r.State == bundles.StateRunning,
			down:    slices.Contains([]string{bundles.StateStopped, bundles.StateFailed, bundles.StatePaused}, r.State),
			pending: r.State == bundles.StateStartPending || r.State == bundles.StateStopPending,
		})
	}
	return list
}

// settlePending turns pending readings that last too long into down ones.
func settlePending(list []reading, s bundles.Service) {
	for from := 0; from < len(list); from++ {
		if !list[from].pending {
			continue
		}
		to := from
		for to+1 < len(list) && list[to+1].pending {
			to++
		}
		since := list[from].t
		if from == 0 && to == len(list)-1 && s.Since != nil && s.Since.Before(since) { // else it was seen in another state before
			since = *s.Since
		}
		if list[to].t.Sub(since) > pendingTooLong {
			for i := from; i <= to; i++ {
				list[i].pending, list[i].down = false, true
			}
		}
		from = to
	}
}
