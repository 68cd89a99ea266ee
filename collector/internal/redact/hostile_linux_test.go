package redact

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHostileLines fills lines with what makes the rules look: the work has to
// grow with the length and not with its square.
func TestHostileLines(t *testing.T) {
	seen := map[kind]bool{}
	for _, tr := range triggers() {
		if seen[tr.kind] {
			continue
		}
		seen[tr.kind] = true
		for _, form := range []string{"%s", "%s ", "%s=", "x %s:", "get_%s:'", "%s\\\"", " -%s\t", "a://b:%s", "%s: bearer ", ".%s@h:1"} {
			unit := fmt.Sprintf(form, tr.word)
			in := []byte(strings.Repeat(unit, bufferSize/len(unit)))
			begin := used(t)
			redactAll(t, in, StreamOptions{}, len(in))
			if took := used(t) - begin; took > 3*time.Second {
				t.Errorf("a line of %q takes %v of the processor", unit, took)
			}
		}
	}
}

// used is the time of the processor that this process has used.
func used(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
