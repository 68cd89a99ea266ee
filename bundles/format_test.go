package bundles_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// TestFormats opens the bundle of every format version that there has been. The
// files are never written again: they hold whoever changes the reader to what
// was promised.
func TestFormats(t *testing.T) {
	names, err := filepath.Glob("testdata/format/*.zip")
	if err != nil || len(names) == 0 {
		t.Fatalf("no bundles: %v", err)
	}
	for _, name := range names {
		version := strings.TrimSuffix(filepath.Base(name), ".zip")
		t.Run(version, func(t *testing.T) { testFormat(t, name, version) })
	}
}

func testFormat(t *testing.T, name, version string) {
	r, err := bundlezip.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, r)
	defer b.Close()
	if got := fmt.Sprintf("%d.%d", b.Manifest.Version, b.Manifest.Minor); got != version || b.Cut {
		t.Errorf("is a bundle of %s, cut %q", got, b.CutReason)
	}
	if in, err := b.Verify(context.Background()); err != nil || !in.OK {
		t.Errorf("Verify = %+v, %v", in, err)
	}
	if h := b.Host(); h.Role != bundles.RoleProcessServer || h.Deployment != bundles.DeployStandalone || len(h.UTCOffsets) != 2 {
		t.Errorf("host %+v", h)
	}
	if n, err := readSamples(b); n != b.Manifest.Window.Samples || n == 0 || err != nil {
		t.Errorf("%d samples, %v", n, err)
	}
	testFormatFacts(t, b)
}

// testFormatFacts reads one value of every kind.
func testFormatFacts(t *testing.T, b *bundles.Bundle) {
	t.Helper()
	want(t, b, "host", func(f bundles.HostFact) bool { return f.LogicalCPUs == 8 })
	want(t, b, "services", func(f bundles.Services) bool { return f.Items[0].StartType == bundles.StartAutomatic })
	want(t, b, "registry", func(f bundles.Registry) bool { return *f.Items[0].Values[2].Length == 262 })
	want(t, b, "config", func(f bundles.Config) bool { return f.Items[2].Name == "backup-agent" })
	want(t, b, "network", func(f bundles.Network) bool { return f.DefaultRoutes[0].Gateway == "10.1.0.1" })
	want(t, b, "connections", func(f bundles.Connections) bool { return f.Items[1].States[0] == "SYN_SENT" })
	want(t, b, "processes", func(f bundles.Processes) bool { return f.Items[0].Watched })
	want(t, b, "disks", func(f bundles.Disks) bool { return f.Items[0].TotalBytes == 644245094400 })
	want(t, b, "cache", func(f bundles.Cache) bool { return f.Readings[0].Complete })
	want(t, b, "files", func(f bundles.Files) bool { return f.Items[0].Size == 40112 })
	want(t, b, "probes", func(f bundles.Probes) bool { return f.Items[0].Legs[2].HTTPStatus == 400 })
	want(t, b, "time", func(f bundles.Time) bool { return *f.OffsetSeconds == -1.25 })
}

func want[T any](t *testing.T, b *bundles.Bundle, kind string, ok func(T) bool) {
	t.Helper()
	f, err := bundles.Fact[T](b, kind)
	if err != nil || !ok(f) {
		t.Errorf("%s = %+v, %v", kind, f, err)
	}
}
