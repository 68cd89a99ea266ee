package cmd

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
	"github.com/asrdiag/asrdiag/cmd/simulator"
	"github.com/asrdiag/asrdiag/cmd/wine"
)

// Some incidents end to end: the Windows asrcollect on simulated servers, one of
// which has all the bad conditions at once. All are run by make incidents.
func TestWindowsIncidents(t *testing.T) {
	program.Path(t, wine.Program)
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	build(t, root, dir, "windows", "asrcollect.exe")
	build(t, root, dir, "linux", "asrcollect")
	programs, err := simulator.BuildPrograms(t.Context(), filepath.Join(dir, "asrcollect.exe"), filepath.Join(dir, "asrcollect"), dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []*simulator.Incident
	for _, name := range []string{"healthy", "proxy-differs", "tmansvc-stopped-443-blocked", "bad-conditions"} {
		in, err := simulator.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, in)
	}
	opt := simulator.Options{Programs: programs, Window: 6 * time.Second, Jobs: len(list), Work: t.TempDir(), Out: dir, Strict: true}
	analyzed(t, root, dir, &opt)
	runIncidents(t, list, opt)
	openedByOthers(t, filepath.Join(dir, "bad-conditions.zip"))
	verify := exec.Command("go", "run", "./cmd/asrdiag", "bundle", "verify", filepath.Join(dir, "healthy.zip"))
	verify.Dir = root
	if out, err := verify.CombinedOutput(); err != nil {
		t.Errorf("asrdiag bundle verify: %v\n%s", err, out)
	}
}

// A source machine with Linux end to end, and files without a collector.
func TestLinuxIncidents(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	build(t, root, dir, "linux", "asrcollect")
	programs, err := simulator.BuildPrograms(t.Context(), "", filepath.Join(dir, "asrcollect"), dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []*simulator.Incident
	for _, name := range []string{"source-linux-healthy", "raw-logs"} {
		in, err := simulator.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, in)
	}
	opt := simulator.Options{Programs: programs, Window: 4 * time.Second, Jobs: len(list), Work: t.TempDir(), Out: dir, Strict: true}
	analyzed(t, root, dir, &opt)
	runIncidents(t, list, opt)
	if bundle := filepath.Join(dir, "source-linux-healthy.zip"); exists(bundle) {
		openedByOthers(t, bundle)
	}
}

// What is interrupted while it collects leaves neither files nor processes.
func TestIncidentsInterrupted(t *testing.T) {
	program.Path(t, wine.Program)
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir, work := t.TempDir(), t.TempDir()
	build(t, root, dir, "linux", "asrcollect")
	build(t, root, dir, "windows", "asrcollect.exe")
	programs, err := simulator.BuildPrograms(t.Context(), filepath.Join(dir, "asrcollect.exe"), filepath.Join(dir, "asrcollect"), dir)
	if err != nil {
		t.Fatal(err)
	}
	in, err := simulator.Parse("both", []byte("A case.\n-- base --\nsource-linux\n-- machine other --\n-- base --\nsource-windows\n"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	results, lacking := 0, false
	go func() {
		opt := simulator.Options{Programs: programs, Window: 5 * time.Second, Jobs: 1, Work: work, Out: dir}
		done <- simulator.RunAll(ctx, []*simulator.Incident{in}, opt, func(r simulator.Result) {
			results++
			lacking = r.Err != nil && simulator.Lacking(r.Err) && os.Getenv("REQUIRE_ALL") != "1"
			if !lacking && !errors.Is(r.Err, context.Canceled) {
				t.Errorf("%v, %q", r.Err, r.Problems)
			}
		})
	}()
	for !exists(filepath.Join(work, "both.other", "drive_c", "bundle")) { // it collects
		select {
		case err := <-done:
			if lacking {
				t.Skip("skipped: a machine with Linux takes the rights of root")
			}
			t.Fatalf("RunAll = %v before it was interrupted", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || results != 1 {
		t.Errorf("RunAll = %v, %d results", err, results)
	}
	left, err := os.ReadDir(work)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	environ, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range environ {
		if raw, err := os.ReadFile(name); err == nil && bytes.Contains(raw, []byte(work)) {
			t.Errorf("%s goes on", filepath.Dir(name))
		}
	}
}

// analyzed lets asrdiag look at the bundles, and compares what comes out with what
// the incidents say and with their golden reports. It takes the packs that are built
// into it: without them only the bundles are looked at.
func analyzed(t *testing.T, root, dir string, opt *simulator.Options) {
	t.Helper()
	packs, err := filepath.Glob(filepath.Join(root, "cmd/asrdiag/packs/*.asrpack"))
	switch {
	case err != nil:
		t.Fatal(err)
	case len(packs) == 0 && os.Getenv("REQUIRE_ALL") == "1":
		t.Error("required: the check packs are not built")
	case len(packs) == 0:
		t.Log("skipped: the check packs are not built: no bundle is analyzed")
	default:
		build(t, root, dir, "linux", "asrdiag")
		opt.Analyzer, opt.Golden = filepath.Join(dir, "asrdiag"), filepath.Join(root, "cmd/simulator/golden")
	}
}

func runIncidents(t *testing.T, list []*simulator.Incident, opt simulator.Options) {
	t.Helper()
	err := simulator.RunAll(t.Context(), list, opt, func(r simulator.Result) {
		t.Logf("%s: %.1f s", r.Name, r.Took.Seconds())
		if r.Err != nil && simulator.Lacking(r.Err) && os.Getenv("REQUIRE_ALL") != "1" {
			t.Logf("%s: skipped: %v", r.Name, r.Err)
			return
		}
		if r.Err != nil {
			t.Errorf("%s: %v", r.Name, r.Err)
		}
		for _, p := range r.Problems {
			t.Errorf("%s: %s", r.Name, p)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
