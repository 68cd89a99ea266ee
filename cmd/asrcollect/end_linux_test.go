package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/asrdiag/asrdiag/bundles/bundletest/planted"
)

// ending is a way in which a run ends.
type ending struct {
	name    string
	signals []syscall.Signal
	piped   bool // the bundle goes to stdout
}

// TestEndLeavesNoSecret ends runs in all phases by other means than a kill, and
// kills runs whose bundle goes through a pipe. The volume that takes all they
// write is searched as after a kill.
func TestEndLeavesNoSecret(t *testing.T) {
	g := newGarden(t, 20264)
	secrets, strict := planted.NewSearch(g.values), newStrict(t, g)
	rng := rand.New(rand.NewPCG(2026, 12))
	n := 0
	for _, e := range []ending{
		{"terminated", []syscall.Signal{syscall.SIGTERM}, false},
		{"Ctrl-C", []syscall.Signal{syscall.SIGINT}, false},
		{"Ctrl-C twice", []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, false},
		{"quit", []syscall.Signal{syscall.SIGQUIT}, false},
		{"killed, into a pipe", []syscall.Signal{syscall.SIGKILL}, true},
		{"terminated, into a pipe", []syscall.Signal{syscall.SIGTERM}, true},
	} {
		for i, phase := range moments[:6] { // what comes then ends before a signal does
			if n++; leastHits == 0 && (n+i)%3 != 0 {
				continue
			}
			args, search := []string{}, secrets
			if n%2 == 0 {
				args, search = []string{"--privacy", "strict"}, strict
			}
			r := g.startTo(t, smallVolume(t, "64m"), phase, e.piped, args...)
			now := r.until(t, phase, rng)
			left, elsewhere := r.open(search, secrets)
			for _, s := range e.signals {
				_ = syscall.Kill(r.pid, s)
				_ = syscall.Kill(r.pid, syscall.SIGCONT)
				time.Sleep(2 * time.Millisecond) // two of a kind at once are one
			}
			_ = r.cmd.Wait() // the exit code is TestSignals'
			left = append(left, r.search(t, search, secrets)...)
			for _, l := range left {
				t.Errorf("%s in %s: %s: %q, %s", e.name, now, l.Where, l.Secret, l.How)
			}
			if len(elsewhere) > 0 {
				t.Errorf("%s in %s: it writes elsewhere: %q", e.name, now, elsewhere)
			}
		}
	}
}

// TestKillEncrypted kills runs that encrypt, at seeded moments: nothing of the
// bundle is readable, not even that it is a zip.
func TestKillEncrypted(t *testing.T) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	g := newGarden(t, 20265)
	search := newStrict(t, g)
	search.Whole("logs/first/", "facts/start", "manifest.json", `"asr-bundle"`)
	rng := rand.New(rand.NewPCG(2026, 13))
	length, sizes := 2*time.Second, map[int64]bool{}
	for n := range secretKills / 2 {
		r := g.start(t, smallVolume(t, "64m"), "", "--privacy", "strict", "--encrypt-to", key.Recipient().String())
		begin := time.Now()
		if n == 0 {
			_ = r.cmd.Wait() // the first one is to tell how long a run takes
			length = time.Since(begin)
		} else {
			time.Sleep(time.Duration((float64(n) + rng.Float64()) / secretKills * 2 * float64(length))) // the moment is the subject
			_ = syscall.Kill(r.pid, syscall.SIGSTOP)
			r.stopped()
		}
		left, elsewhere := r.open(search, planted.NewSearch(g.values))
		_ = syscall.Kill(r.pid, syscall.SIGKILL)
		_ = r.cmd.Wait() // by force
		for _, l := range append(left, r.search(t, search, planted.NewSearch(g.values))...) {
			t.Errorf("kill %d: %s: %q, %s", n, l.Where, l.Secret, l.How)
		}
		if len(elsewhere) > 0 {
			t.Errorf("kill %d: it writes elsewhere: %q", n, elsewhere)
		}
		files, err := filepath.Glob(r.root + "/out/*.age*")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil || len(raw) > 0 && !strings.HasPrefix(string(raw), "age-encryption.org/v1\n") {
				t.Errorf("kill %d: %s: %v, or it is not encrypted", n, f, err)
			}
			sizes[int64(len(raw))] = true
		}
	}
	if len(sizes) < 2 {
		t.Errorf("all kills left the same: %v", sizes)
	}
}
