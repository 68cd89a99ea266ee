package collector

import (
	"os"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
)

// TestRotatedInTheWindow has logs that are rotated while the machine is sampled:
// all of their lines are in the bundle, each once.
func TestRotatedInTheWindow(t *testing.T) {
	m := newMachine(t)
	log := m.dir + "/short/a.log"
	put(t, log, []byte("one\npassword=hun"))
	writeProfile(t, &m, obj{"logs": []obj{{"id": "short", "globs": []string{m.dir + "/short/*.log"}, "when": "first", "why": "w"}}})
	sum, _, err := atPhase(t, phaseWindow, m, m.options(), func() {
		rest, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer rest.Close()
		if err := os.Rename(log, log+".1"); err != nil {
			t.Fatal(err)
		}
		if _, err := rest.WriteString("ter2\nthree\n"); err != nil {
			t.Fatal(err)
		}
		put(t, log, []byte("four\n"))
	})
	if err != nil {
		t.Fatal(err)
	}
	b := openBundle(t, sum.Path)
	var texts []string
	for _, path := range b.MatchLogs("logs/short/**/*.log") {
		raw, err := bundles.ReadLimited(b.FS, path, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(raw))
	}
	if got := strings.Join(texts, "|"); got != "one\n|password=[REDACTED:password]\nthree\n|four\n" {
		t.Errorf("stored %q", got)
	}
	if _, ok := b.TailOf("logs/short" + log + ".tail"); !ok {
		t.Errorf("the tail does not go on with its log: %+v", b.Manifest.Files)
	}
	if row := rowOf(t, b, "logs/short"); row.Status != bundles.StatusOK {
		t.Errorf("row %+v", row)
	}
}
