package collector

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
)

// TestFullDisk fills the volume of the bundle as each phase begins, to the last
// byte or nearly so. Either there is a whole bundle that says what it lacks, or
// an error that names the cause and nothing is left.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	phases := []string{phaseState, phaseFirst, phaseFacts, phaseWindow, phaseAgain, phaseLogs, phaseTails, phaseWrite}
	for _, left := range []int64{0, 64 << 10, 300 << 10} {
		whole := 0
		for _, phase := range phases {
			if fillAt(t, phase, left) {
				whole++
			}
		}
		t.Logf("%d bytes left: %d whole bundles in %d phases", left, whole, len(phases))
		if left >= 300<<10 && whole < len(phases) {
			t.Errorf("with %d bytes left a bundle is possible in each phase, there are %d", left, whole)
		}
	}
}

func fillAt(t *testing.T, phase string, left int64) (whole bool) {
	t.Helper()
	m := newMachine(t)
	m.out = volume(t, "4m")
	put(t, m.dir+"/short/a.log", noise(1<<20))
	put(t, m.dir+"/long/a.log", noise(1<<20))
	writeProfile(t, &m, obj{"logs": []obj{logOf(m, "short", "first"), logOf(m, "long", "")}})
	filler := m.out + "/others"
	opt := m.options()
	opt.Duration, opt.Interval = 200*time.Millisecond, 100*time.Millisecond
	sum, _, err := atPhase(t, phase, m, opt, func() {
		if n := freeOf(t, m.out) - left; n > 0 {
			put(t, filler, make([]byte, n))
		}
	})
	if rerr := os.Remove(filler); rerr != nil {
		t.Fatal(rerr)
	}
	names := leftOver(t, m.out)
	if err != nil {
		if len(names) != 0 || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%d bytes left at %q: %v, left %v", left, phase, err, names)
		}
		return false
	}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, pseudonym.MapName) })
	b := openBundle(t, sum.Path)
	if in, err := b.Verify(context.Background()); err != nil || !in.OK || len(names) != 1 {
		t.Errorf("%d bytes left at %q: %v, %+v, left %v", left, phase, err, in, names)
	}
	lacking, told := false, false
	for _, s := range sum.Lacking {
		late := s.Name == metricsSource && strings.Contains(s.Error, "too late") // a busy machine
		lacking, told = lacking || !late, told || strings.Contains(s.Error, "--min-free")
	}
	if lacking != told {
		t.Errorf("%d bytes left at %q: complete %v, rows %+v", left, phase, sum.Complete, b.Manifest.Sources)
	}
	return true
}
