package paths

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/collector/profiles"
)

func TestNamed(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(dir+"/real/data", 0o700), os.Symlink("real", dir+"/link"), os.Symlink("nowhere", dir+"/broken")); err != nil {
		t.Skip("no links here: ", err)
	}
	for _, c := range []struct{ path, resolve, want string }{
		{dir + "/link/data", "", dir + "/link/data"},
		{dir + "/link/data", profiles.ResolveLinks, dir + "/real/data"},
		{dir + "/link", profiles.ResolveLinks, dir + "/real"},
		{dir + "/broken", profiles.ResolveLinks, ""},
		{dir + "/none", profiles.ResolveVolume, ""},
		{dir + "/none", "", dir + "/none"},
	} {
		item, got, err := Named(context.Background(), profiles.Path{Name: "p", Resolve: c.resolve}, c.path)
		if err != nil || got != c.want || item.Name != "p" || item.Path != c.path {
			t.Errorf("Named(%s, %q) = %+v, %q, %v, want %q", c.path, c.resolve, item, got, err, c.want)
		}
		if c.resolve != "" && c.want != "" && (item.LinkTarget != c.want || item.Volume == "") {
			t.Errorf("Named(%s, %q) = %+v: no target or volume", c.path, c.resolve, item)
		}
	}
	item, volume, err := Named(context.Background(), profiles.Path{Name: "p", Resolve: profiles.ResolveVolume}, dir)
	if err != nil || volume != item.Volume || !strings.HasPrefix(dir, volume) {
		t.Errorf("the volume of %s is %q, %v", dir, volume, err)
	}
}

// A path that setup has written with a separator at its end is no link.
func TestNoLink(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	item, got, err := Named(context.Background(), profiles.Path{Name: "p", Resolve: profiles.ResolveLinks}, dir+string(filepath.Separator))
	if err != nil || got != dir || item.LinkTarget != "" || item.Volume == "" {
		t.Errorf("Named = %+v, %q, %v, want no target", item, got, err)
	}
	for _, c := range []struct {
		a, b, system string
		want         bool
	}{
		{`C:\Program Files\Agent`, `c:\program files\agent\`, "windows", true}, {`C:\A`, `C:\B`, "windows", false}, {"/a", "/A", "linux", false}, {"/", "/", "linux", true},
	} {
		if got := alike(c.a, c.b, c.system); got != c.want {
			t.Errorf("alike(%q, %q, %s) = %v", c.a, c.b, c.system, got)
		}
	}
}

func TestShortPath(t *testing.T) {
	for in, want := range map[string]string{`\\?\E:\x`: `E:\x`, `\\?\UNC\server\share`: `\\server\share`, `C:\`: `C:\`} {
		if got := shortPath(in); got != want {
			t.Errorf("shortPath(%s) = %s, want %s", in, got, want)
		}
	}
}

// TestBounded leaves a look behind that does not come back.
func TestBounded(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := Bounded(ctx, func() (int, error) { <-release; return 1, nil })
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > wait {
		t.Errorf("a look that hangs gives %v after %v", err, time.Since(begin))
	}
	if n, err := Bounded(context.Background(), func() (int, error) { return 7, nil }); n != 7 || err != nil {
		t.Errorf("Bounded = %d, %v", n, err)
	}
}
