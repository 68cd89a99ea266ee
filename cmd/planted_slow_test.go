//go:build slow

package cmd

import (
	"path/filepath"
	"testing"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
	"github.com/asrdiag/asrdiag/cmd/wine"
)

// TestPlantedServer is TestPlantedLinux on a process server with Windows.
func TestPlantedServer(t *testing.T) {
	program.Path(t, wine.Program)
	g := newGarden(20261)
	in := g.server(t, "standalone", `{R}\etc\amethyst.conf`)
	template, err := wine.Make(t.Context(), filepath.Join(t.TempDir(), "template"))
	if err != nil {
		t.Fatal(err)
	}
	g.collect(t, in, template, map[string]string{
		"*.log": "drive_c/Program Files (x86)/Microsoft Azure Site Recovery/agent/svagents_", "*.gz": "drive_e/Program Files (x86)/Microsoft Azure Site Recovery/home/svsystems/transport/log/cxps.xfer.",
	})
}
