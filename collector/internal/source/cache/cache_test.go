package cache

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/asrdiag/asrdiag/bundles"
)

func folders() []string { return []string{"{host}/{disk}/diffs", "{host}/{disk}/resync"} }

// tree writes files of a size and an age in seconds and gives their folder.
func tree(t *testing.T, files map[string][2]int) string {
	t.Helper()
	root, err := os.MkdirTemp(".", "cache")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	for name, f := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, f[0]), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-time.Duration(f[1]) * time.Second)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestWalk(t *testing.T) {
	deep := strings.Repeat("n123456789/", 30)
	root := tree(t, map[string][2]int{
		"h1/{d1}/diffs/a.dat":                {100, 30},
		"h1/{d1}/diffs/AzurePending/b.dat":   {10, 4000},
		"h1/{d1}/resync/c.dat":               {1, 10},
		"h1/{d2}/Diffs/" + deep + "long.dat": {7, 20},
		"h2/{d1}/resync/future.dat":          {5, -500},
		"h2/{d1}/other/x.dat":                {1000, 0},
		"h2/diffs/y.dat":                     {2000, 0},
		"etc/PSSettings.json":                {4000, 0},
		"top.log":                            {8000, 0},
	})
	sum, items, err := Walk(context.Background(), root, folders(), MaxEntries)
	if err != nil || !sum.Complete || sum.PendingBytes != 123 || sum.PendingFiles != 5 || sum.OtherBytes != 15000 {
		t.Errorf("Walk = %+v, %v", sum, err)
	}
	want := []bundles.CacheFolder{
		{Host: "h1", Disk: "{d1}", Bytes: 111, Files: 3, OldestAgeSeconds: 4000},
		{Host: "h1", Disk: "{d2}", Bytes: 7, Files: 1, OldestAgeSeconds: 20},
		{Host: "h2", Disk: "{d1}", Bytes: 5, Files: 1},
	}
	if diff := cmp.Diff(want, items, cmpopts.EquateApprox(0, 5)); diff != "" {
		t.Error(diff)
	}
}

// TestLimits ends walks early: what waits is counted first, and the numbers are
// said to be lower bounds.
func TestLimits(t *testing.T) {
	files := map[string][2]int{"h/d/diffs/a": {1, 0}, "h/d/diffs/b": {1, 0}}
	for i := range 50 {
		files[fmt.Sprintf("far/a/%02d/x", i)] = [2]int{10, 0}
	}
	root := tree(t, files)
	sum, _, err := Walk(context.Background(), root, folders(), 58)
	if err == nil || sum.Complete || sum.PendingFiles != 2 {
		t.Errorf("Walk = %+v, %v", sum, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	sum, items, err := Walk(ctx, root, folders(), MaxEntries)
	if err == nil || sum.Complete || items == nil {
		t.Errorf("without time: %+v, %v, %v", sum, items, err)
	}
	if sum, _, err = Walk(context.Background(), filepath.Join(root, "none"), folders(), MaxEntries); err == nil || sum.Complete {
		t.Errorf("of no folder: %+v, %v", sum, err)
	}
}
