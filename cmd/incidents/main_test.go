package main

import (
	"bytes"
	"context"
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
		{[]string{"-list", mine}, 0, "mine                               A try of mine.\n"},
		{[]string{"-list", "none"}, 1, ""},
		{[]string{"-list", filepath.Join(dir, "none.txtar")}, 1, ""},
	} {
		var out, errs bytes.Buffer
		if code := run(c.args, &out, &errs); code != c.code || !strings.Contains(out.String(), c.out) {
			t.Errorf("run(%q) = %d, want %d\n%s%s", c.args, code, c.code, out.String(), errs.String())
		}
	}
}

func TestSummary(t *testing.T) {
	t.Setenv("REQUIRE_ALL", "0")
	volume := fmt.Errorf("%w of 64m", simulator.ErrVolume)
	for _, c := range []struct {
		r              simulator.Result
		ok, skip, fail int
		want           string
	}{
		{simulator.Result{Name: "a", Took: time.Second}, 1, 0, 0, "ok   a                                     1 s\n1 incidents show what they should, in 0s; their bundles are in d\n"},
		{simulator.Result{Name: "a", Problems: []string{"one\ntwo"}}, 0, 0, 1, "     one\n       two\n     look at d/a*.zip\n"},
		{simulator.Result{Name: "a", Err: errors.New("broken")}, 0, 0, 1, "     broken\n"},
		{simulator.Result{Name: "a", Err: volume}, 0, 1, 0, "skip a"},
		{simulator.Result{Name: "a", Err: fmt.Errorf("start: %w", simulator.ErrNamespace)}, 0, 1, 0, "0 incidents show what they should, 1 skipped"},
		{simulator.Result{Name: "a", Err: context.Canceled}, 0, 0, 0, ""},
	} {
		var out bytes.Buffer
		s := summary{out: &out, dir: "d", all: 1, start: time.Now()}
		s.add(c.r)
		err := s.end()
		if s.ok != c.ok || s.skipped != c.skip || s.bad != c.fail || (err == nil) != (c.fail == 0) || !strings.Contains(out.String(), c.want) {
			t.Errorf("%+v: %+v, %v, %q", c.r, s, err, out.String())
		}
	}
	t.Setenv("REQUIRE_ALL", "1")
	s := summary{out: &bytes.Buffer{}}
	if s.add(simulator.Result{Err: volume}); s.bad != 1 {
		t.Error("what is required may be skipped")
	}
}
