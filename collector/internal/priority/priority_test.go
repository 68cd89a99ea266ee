package priority

import (
	"testing"
	"time"
)

func TestSteps(t *testing.T) {
	var now time.Time
	var levels []level
	th := &Thread{now: func() time.Time { return now }, set: func(_ thread, l level) error { levels = append(levels, l); return nil }}
	pass := func(d time.Duration, n int) bool { now = now.Add(d); return th.Did(n) }
	th.since = now
	if pass(time.Second, 0) {
		t.Error("it is stepped up before the time of a look is over")
	}
	if pass(3*time.Second, 50<<20) {
		t.Error("it is stepped up although it gets enough")
	}
	if !pass(3*time.Second, 1000) || !pass(4*time.Second, 1<<20) {
		t.Error("it is not stepped up although it starves")
	}
	if pass(4*time.Second, 0) {
		t.Error("it is stepped up above normal")
	}
	if len(levels) != 2 || levels[0] != low || levels[1] != normal {
		t.Errorf("levels %v, want low and normal", levels)
	}
}
