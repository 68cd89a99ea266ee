package collector

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// TestPreviewTakes holds what a preview says of logs against what a run takes:
// a file of several names is taken once.
func TestPreviewTakes(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	put(t, filepath.Join(m.dir, "many/a.log"), []byte("one\ntwo\n"))
	put(t, filepath.Join(m.dir, "many/b.log"), []byte("three\n"))
	if err := os.Link(m.dir+"/many/a.log", m.dir+"/many/hard.log"); err != nil {
		t.Fatal(err)
	}
	// what a link leads to was found already, so it does not count
	if err := os.Symlink("b.log", m.dir+"/many/soft.log"); err != nil {
		t.Fatal(err)
	}
	writeProfile(t, &m, obj{"logs": []obj{logOf(m, "many", "")}})
	p, err := ShowRun(context.Background(), m.options())
	if err != nil {
		t.Fatal(err)
	}
	sum, err := Run(context.Background(), m.options())
	if err != nil {
		t.Fatal(err)
	}
	var size int64
	for _, f := range openBundle(t, sum.Path).Manifest.Files {
		if f.Source == "logs/many" {
			size += f.Size
		}
	}
	if p.Takes != size || p.LogSize != size || p.LogFiles != 3 {
		t.Errorf("preview: %d files of %d bytes, takes %d; the run took %d", p.LogFiles, p.LogSize, p.Takes, size)
	}
}
