package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// TestMain gives the tests a lock of their own, and each script one, since
// scripts run at the same time.
func TestMain(m *testing.M) {
	if os.Getenv(lockVariable) == "" { // the program itself comes through here, too
		_ = os.Setenv(lockVariable, "asrcollect-test-"+strconv.Itoa(os.Getpid()))
	}
	vouchInTests()
	testscript.Main(m, map[string]func(){"asrcollect": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Condition:           func(cond string) (bool, error) { return cond == "root" && os.Geteuid() == 0, nil },
		Setup: func(e *testscript.Env) error {
			e.Setenv(trustVariable, os.Getenv(trustVariable))
			e.Setenv(lockVariable, "asrcollect-"+filepath.Base(e.WorkDir)+"-"+strconv.Itoa(os.Getpid()))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"code": code, "bundle": scriptBundle, "unpack": unpack, "empty": empty, "sign": scriptSign, "agekey": scriptAgeKey, "opens": scriptOpens},
	})
}

// code runs a command and compares its exit code: code 2 asrcollect --x
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// unpack unpacks the one bundle of a folder: unpack FROM TO
func unpack(ts *testscript.TestScript, _ bool, args []string) {
	found, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*.zip"))
	if err != nil || len(found) != 1 {
		ts.Fatalf("%s holds the bundles %v, %v", args[0], found, err)
	}
	r, err := bundlezip.Open(found[0])
	ts.Check(err)
	defer r.Close()
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), r))
}

// scriptBundle checks that a folder holds one whole bundle and nothing else, but
// for a map.
func scriptBundle(ts *testscript.TestScript, _ bool, args []string) {
	names := slices.DeleteFunc(visible(ts.MkAbs(args[0])), func(name string) bool { return strings.HasPrefix(name, "DO-NOT-SEND-") })
	if len(names) != 1 || !strings.HasSuffix(names[0], ".zip") {
		ts.Fatalf("%s holds %v, want one bundle", args[0], names)
	}
	ts.Check(verify(filepath.Join(ts.MkAbs(args[0]), names[0])))
}

func empty(ts *testscript.TestScript, _ bool, args []string) {
	if names := visible(ts.MkAbs(args[0])); len(names) != 0 {
		ts.Fatalf("%s holds %v, want nothing", args[0], names)
	}
}

// visible lists a folder, without the file that keeps it.
func visible(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, e := range entries {
		if e.Name() != ".keep" {
			out = append(out, e.Name())
		}
	}
	return out
}

// verify opens a bundle and compares it with its manifest.
func verify(path string) error {
	r, err := bundlezip.Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	b, err := bundles.Open(r)
	if err != nil {
		return err
	}
	if b.Cut {
		return errors.New("the bundle is cut off: " + b.CutReason)
	}
	in, err := b.Verify(context.Background())
	if err == nil && !in.OK {
		err = errors.New(in.Problems[0].Kind + " " + in.Problems[0].Path)
	}
	return err
}
