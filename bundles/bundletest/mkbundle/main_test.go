package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// samples are the committed bundles and their sources.
const (
	samples = "../../testdata"
	sources = samples + "/incidents/*.txtar"
)

// maxSample keeps the repository small.
const maxSample = 1 << 20

// TestSamples: the committed bundles are what their sources give, small, and
// whole.
func TestSamples(t *testing.T) {
	files, err := filepath.Glob(sources)
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob(%q) = %d files, %v", sources, len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			want, err := bundleOf(file)
			if err != nil {
				t.Fatal(err)
			}
			zip := filepath.Join(samples, name+".zip")
			have, err := os.ReadFile(zip)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(have, want) {
				t.Errorf("%s is not what %s gives: run go generate ./bundles/bundletest", zip, file)
			}
			if len(have) > maxSample {
				t.Errorf("%s has %d bytes, more than %d", zip, len(have), maxSample)
			}
			checkWhole(t, zip)
		})
	}
}

func checkWhole(t *testing.T, zip string) {
	t.Helper()
	r, err := bundlezip.Open(zip)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := bundles.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	in, err := b.Verify(context.Background())
	if err != nil || !in.OK {
		t.Errorf("Verify = %+v, %v", in, err)
	}
	if s := b.Manifest.Simulated; len(s) != 1 || s[0] != "*" {
		t.Errorf("simulated is %q: a sample must say that it is one", s)
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.txtar")
	if err := os.WriteFile(bad, []byte("-- nonsense.gen --\nx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
	}{
		{"made", []string{"-out", dir, sources}, 0},
		{"help", []string{"-h"}, 0},
		{"no source", []string{"-out", dir}, 2},
		{"unknown flag", []string{"-x"}, 2},
		{"no such source", []string{"-out", dir, filepath.Join(dir, "*.nothing")}, 1},
		{"broken pattern", []string{"-out", dir, "["}, 1},
		{"broken source", []string{"-out", dir, bad}, 1},
		{"no such folder", []string{"-out", filepath.Join(dir, "gone"), sources}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := run(c.args, io.Discard); got != c.code {
				t.Errorf("run(%q) = %d, want %d", c.args, got, c.code)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "healthy.zip")); err != nil {
		t.Error(err)
	}
}
