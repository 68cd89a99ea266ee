package logs

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestNewest(t *testing.T) {
	dir := t.TempDir()
	var long strings.Builder
	for i := 0; long.Len() < newestBytes+50_000; i++ {
		fmt.Fprintf(&long, "line %d\n", i)
	}
	put(t, dir, "a.log", []byte("old\n"), 3*time.Hour)
	put(t, dir, "b.log", []byte(long.String()), time.Hour)
	put(t, dir, "c.log", wide("wide ü\nlast"), time.Minute)
	put(t, dir, "d.log.gz", gz(t, "packed"), 0)
	put(t, dir, "e.log", []byte{0, 1, 2, 3, 0, 0, 0}, 2*time.Minute)
	put(t, dir, "f.log", []byte("too old"), 100*time.Hour)
	got, err := Newest(context.Background(), []string{filepath.Join(dir, "*")}, time.Now().Add(-50*time.Hour))
	if err == nil || !strings.Contains(err.Error(), "e.log: is no text") {
		t.Errorf("error %v, want one about e.log", err)
	}
	if len(got) != 3 || !strings.HasSuffix(got[0], "wide ü\nlast") || got[2] != "old\n" {
		t.Fatalf("%d texts: %.80q", len(got), got)
	}
	if b := got[1]; len(b) > newestBytes || len(b) < newestBytes-20 || !strings.HasPrefix(b, "line ") || !strings.HasSuffix(long.String(), b) {
		t.Errorf("the end of the long file: %d bytes, from %.20q", len(b), b)
	}
	if got, err := Newest(context.Background(), []string{filepath.Join(dir, "none*")}, time.Time{}); len(got) != 0 || err == nil {
		t.Errorf("no file: %q, %v", got, err)
	}
}
