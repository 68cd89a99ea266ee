package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/cmd/simulator"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "mine.txtar")
	if err := os.WriteFile(mine, []byte("A try of mine.\n-- base --\nstandalone\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		out  string
	}{
		{[]string{"-h"}, 0, ""},
		{[]string{"-x"}, 2, ""},
		{[]string{"-list"}, 0, "proxy-differs"},
		{[]string{"-list", mine}, 0, "mine                             A try of mine.\n"},
		{[]string{"-list", "none"}, 1, ""},
		{[]string{"-list", filepath.Join(dir, "none.txtar")}, 1, ""},
	} {
		var out, errs bytes.Buffer
		if code := run(c.args, &out, &errs); code != c.code || !strings.Contains(out.String(), c.out) {
			t.Errorf("run(%q) = %d, want %d\n%s%s", c.args, code, c.code, out.String(), errs.String())
		}
	}
}

func TestTell(t *testing.T) {
	t.Setenv("REQUIRE_ALL", "0")
	volume := fmt.Errorf("%w of 64m", simulator.ErrVolume)
	for _, c := range []struct {
		r    simulator.Result
		ok   bool
		want string
	}{
		{simulator.Result{Name: "a", Took: time.Second}, true, "ok   a                                1.0 s\n"},
		{simulator.Result{Name: "a", Problems: []string{"one\ntwo"}}, false, "     one\n       two\n"},
		{simulator.Result{Name: "a", Err: errors.New("broken")}, false, "     broken\n"},
		{simulator.Result{Name: "a", Err: volume}, true, "skip a"},
	} {
		var out bytes.Buffer
		if ok := tell(&out, c.r); ok != c.ok || !strings.Contains(out.String(), c.want) {
			t.Errorf("tell(%+v) = %v, %q", c.r, ok, out.String())
		}
	}
	t.Setenv("REQUIRE_ALL", "1")
	if tell(&bytes.Buffer{}, simulator.Result{Err: volume}) {
		t.Error("what is required may be skipped")
	}
}
