package cmd

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
	"github.com/asrdiag/asrdiag/cmd/simulator"
	"github.com/asrdiag/asrdiag/cmd/wine"
)

// Three incidents end to end: the Windows asrcollect on simulated servers. All
// of them are run by make incidents.
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
	for _, name := range []string{"healthy", "proxy-differs", "tmansvc-stopped-443-blocked"} {
		in, err := simulator.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, in)
	}
	opt := simulator.Options{Programs: programs, Window: 6 * time.Second, Jobs: len(list), Work: t.TempDir(), Out: dir}
	err = simulator.RunAll(t.Context(), list, opt, func(r simulator.Result) {
		t.Logf("%s: %.1f s", r.Name, r.Took.Seconds())
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
	verify := exec.Command("go", "run", "./cmd/asrdiag", "bundle", "verify", filepath.Join(dir, "healthy.zip"))
	verify.Dir = root
	if out, err := verify.CombinedOutput(); err != nil {
		t.Errorf("asrdiag bundle verify: %v\n%s", err, out)
	}
}
