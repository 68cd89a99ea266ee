package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/cmd/winetest"
)

// windowsSingleRun starts a collection while another one runs: it is refused
// and told which one that is, and the first is not disturbed.
func windowsSingleRun(t *testing.T, prefix *winetest.Prefix, dir string) {
	out := filepath.Join(dir, "single")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	args := []string{"--duration", "8s", "--interval", "1s", "--out", "single", "--no-probes", "--profile", "generic"}
	first := make(chan winetest.Result, 1)
	go func() { first <- prefix.Run(t, dir, "asrcollect.exe", args...) }()
	for limit := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if names, _ := filepath.Glob(out + "/*.partial"); len(names) == 1 {
			break
		}
		if time.Now().After(limit) {
			t.Fatal("the first collection does not begin")
		}
	}
	second := prefix.Run(t, dir, "asrcollect.exe", args...)
	if second.Code != 1 || !bytes.Contains(second.Stderr, []byte("another collection runs on this machine: process ")) {
		t.Errorf("the second: exit code %d\n%s", second.Code, second.Stderr)
	}
	got := <-first
	if name := strings.TrimSpace(string(got.Stdout)); got.Code != 0 && got.Code != 3 || !strings.HasSuffix(name, ".zip") {
		t.Errorf("the first: exit code %d, %q\n%s", got.Code, name, got.Stderr)
	}
}
