package collector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/disks"
)

// TestBudgets fills bundles of several sizes with kinds of logs that do not
// pack: none is larger than allowed, no kind evicts another, a small kind is
// there in full, and of a large one the newest lines are.
func TestBudgets(t *testing.T) {
	m := newMachine(t)
	const last = "the newest line of all\n"
	large := append(noise(20<<20), last...)
	for _, id := range []string{"short-large", "long-large", "long-huge"} {
		put(t, filepath.Join(m.dir, id, "a.log"), large)
	}
	put(t, m.dir+"/short-small/a.log", noise(40_000))
	put(t, m.dir+"/long-small/a.log", noise(40_000))
	writeProfile(t, &m, obj{"logs": []obj{
		logOf(m, "long-huge", ""), logOf(m, "short-large", "first"), logOf(m, "long-large", ""), logOf(m, "short-small", "first"), logOf(m, "long-small", ""),
	}})
	for _, size := range []int64{2 << 20, 5 << 20, 15 << 20, 100 << 20} {
		opt := m.options()
		opt.MaxSize = size
		sum, err := Run(context.Background(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if fi, err := os.Stat(sum.Path); err != nil || fi.Size() > size || fi.Size() != sum.Size {
			t.Errorf("limit %d: %d bytes, the summary says %d", size, fi.Size(), sum.Size)
		}
		b := openBundle(t, sum.Path)
		stored := map[string]int64{}
		for _, f := range b.Manifest.Files {
			if strings.HasPrefix(f.Path, "logs/") {
				stored[f.Source] += f.StoredSize
			}
			if strings.HasPrefix(f.Path, "logs/") && strings.Contains(f.Path, "large") {
				raw, err := bundles.ReadLimited(b.FS, f.Path, 1<<25)
				if err != nil || !bytes.HasSuffix(raw, []byte(last)) {
					t.Errorf("limit %d: %s of %d bytes does not hold the newest line: %+v", size, f.Path, len(raw), f)
				}
			}
		}
		all := size >= 100<<20
		if s := rowOf(t, b, "logs/short-large"); (s.Status == bundles.StatusOK) != all || !all && !strings.Contains(s.Error, "--max-size") || sum.Complete != all && s.Status != bundles.StatusOK {
			t.Errorf("limit %d: %+v", size, s)
		}
		for _, id := range []string{"short-small", "long-small"} {
			if s := rowOf(t, b, "logs/"+id); s.Status != bundles.StatusOK {
				t.Errorf("limit %d: a small kind is not there in full: %+v", size, s)
			}
		}
		for _, id := range []string{"short-large", "long-large", "long-huge"} {
			if got := stored["logs/"+id]; got < min(size/10, 10<<20) {
				t.Errorf("limit %d: %s has %d bytes only: %v", size, id, got, stored)
			}
		}
		t.Logf("limit %d: %d bytes, %v", size, sum.Size, stored)
	}
}

// volume mounts a volume of its own size.
func volume(t *testing.T, size string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("skipped: mounting a volume needs root")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skip("skipped: cannot mount a volume here: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, 0) })
	return dir
}

func freeOf(t *testing.T, dir string) int64 {
	t.Helper()
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	return int64(st.Bavail) * st.Bsize
}

// TestMinFree watches a volume while a bundle is written to it: what is to stay
// free does at every moment, also when somebody else fills the volume.
func TestMinFree(t *testing.T) {
	t.Parallel()
	const keep = 3 << 20
	for _, phase := range []string{"", phaseState, phaseFirst, phaseWindow, phaseLogs} {
		m := newMachine(t)
		m.out = volume(t, "9m")
		put(t, m.dir+"/short/a.log", noise(6<<20))
		put(t, m.dir+"/long/a.log", noise(6<<20))
		writeProfile(t, &m, obj{"logs": []obj{logOf(m, "short", "first"), logOf(m, "long", "")}})
		opt := m.options()
		opt.MinFree = keep
		low, quit, ended := int64(1<<40), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for {
				select {
				case <-quit:
					return
				default:
					low = min(low, freeOf(t, m.out))
				}
			}
		}()
		run := func() (Summary, error) { return Run(context.Background(), opt) }
		if phase != "" {
			run = func() (Summary, error) {
				sum, _, err := atPhase(t, phase, m, opt, func() {
					put(t, m.out+"/others", make([]byte, freeOf(t, m.out)-keep-200<<10))
				})
				return sum, err
			}
		}
		sum, err := run()
		close(quit)
		<-ended
		low = min(low, freeOf(t, m.out))
		if err != nil {
			t.Errorf("others in %q: %v", phase, err)
			continue
		}
		if low < keep {
			t.Errorf("others in %q: only %d bytes were free", phase, low)
		}
		b := openBundle(t, sum.Path)
		lack := false
		for _, s := range b.Manifest.Sources {
			lack = lack || strings.Contains(s.Error, "--min-free")
		}
		if sum.Complete || !lack {
			t.Errorf("others in %q: no row says what is lacking: %+v", phase, b.Manifest.Sources)
		}
		t.Logf("others in %q: %d bytes stayed free, the bundle has %d", phase, low, sum.Size)
	}
}

// TestFolder chooses among folders on volumes of their own.
func TestFolder(t *testing.T) {
	cache, other, full := volume(t, "3g"), volume(t, "20m"), volume(t, "1m")
	base := t.TempDir()
	shut, file := filepath.Join(base, "none"), filepath.Join(base, "file")
	put(t, file, nil)
	link := filepath.Join(base, "link")
	if err := os.Symlink(cache, link); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		folders []string
		fill    int64 // bytes on the cache's volume
		want    string
		maxSize int64
	}{
		"the first":                       {[]string{other, base}, 0, other, 100 << 20},
		"one that is not there":           {[]string{shut, file, other}, 0, other, 100 << 20},
		"one without room":                {[]string{full, other}, 0, other, 100 << 20},
		"never the cache's volume":        {[]string{cache, other}, 0, other, 100 << 20},
		"not through a link either":       {[]string{link, other}, 0, other, 100 << 20},
		"unless there is no other":        {[]string{full, cache}, 0, cache, 100 << 20},
		"and then only while it has room": {[]string{full, cache}, 600 << 20, "", 0},
	} {
		m := newMachine(t)
		writeProfile(t, &m, obj{"paths": []obj{{"name": "cache", "path": cache + "/not/there/yet", "resolve": "volume", "why": "w"}}})
		opt := m.options()
		opt.Out, opt.test.folders, opt.MinFree = "", c.folders, 1<<20
		p, err := chooseProfile(context.Background(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if c.fill > 0 {
			f, err := os.Create(filepath.Join(cache, "fill"))
			if err != nil {
				t.Fatal(err)
			}
			err = errors.Join(unix.Fallocate(int(f.Fd()), 0, 0, c.fill), f.Close())
			if err != nil {
				t.Skip("skipped: cannot fill a volume: ", err)
			}
		}
		pl, err := choosePlace(context.Background(), opt, p)
		if none := (*NoFolderError)(nil); c.want == "" && (!errors.As(err, &none) || len(none.Tried) != len(c.folders)) {
			t.Errorf("%s: %+v, %v", name, pl, err)
		}
		if c.want != "" && (err != nil || pl.dir != c.want || pl.maxSize != c.maxSize || (c.want == cache) != (pl.minFree > 2<<30)) {
			t.Errorf("%s: %+v, %v", name, pl, err)
		}
		_ = os.Remove(filepath.Join(cache, "fill"))
	}
	pl, err := (&chooser{opt: Options{MinFree: 2700 << 20}, cache: mustVolume(t, cache)}).choose([]string{cache, base})
	if err != nil || pl.dir != base {
		t.Errorf("with a large --min-free the cache's volume is taken: %+v, %v", pl, err)
	}
	pl, err = (&chooser{opt: Options{MaxSize: 1 << 40}, cache: mustVolume(t, cache)}).choose([]string{cache})
	if err != nil || pl.maxSize != cacheMax {
		t.Errorf("the bundle on the cache's volume may have %d bytes (%v)", pl.maxSize, err)
	}
}

func mustVolume(t *testing.T, dir string) string {
	t.Helper()
	v, err := disks.Volume(dir)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestOutErrors names folders that cannot take a bundle: nothing is left there.
func TestOutErrors(t *testing.T) {
	m := newMachine(t)
	for name, dir := range map[string]string{
		"missing":   m.dir + "/none",
		"a file":    m.profile,
		"a pipe":    m.dir + "/pipe",
		"very long": m.dir + "/" + strings.Repeat("x", 300),
		"deep":      m.dir + strings.Repeat("/"+strings.Repeat("x", 200), 30),
	} {
		if name == "a pipe" {
			if err := unix.Mkfifo(dir, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		opt := m.options()
		opt.Out = dir
		if sum, err := Run(context.Background(), opt); err == nil {
			t.Errorf("%s: %+v", name, sum)
		}
	}
	if os.Geteuid() == 0 {
		dir := volume(t, "9m")
		if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			t.Skip("skipped: cannot make a volume read-only: ", err)
		}
		opt := m.options()
		opt.Out = dir
		if sum, err := Run(context.Background(), opt); !errors.Is(err, unix.EROFS) {
			t.Errorf("read-only: %+v, %v", sum, err)
		}
	}
}

// TestOneAtATime starts a run within another one.
func TestOneAtATime(t *testing.T) {
	m := newMachine(t)
	opt := m.options()
	_, _, err := atPhase(t, phaseWindow, m, opt, func() {
		for _, out := range []string{m.dir, "-"} {
			second := m.options()
			second.Out, second.Stdout = out, new(bytes.Buffer)
			var busy *BusyError
			if _, err := Run(context.Background(), second); !errors.As(err, &busy) || busy.PID != os.Getpid() || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) {
				t.Errorf("a second run: %v", err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), opt); err != nil {
		t.Errorf("a run after the first: %v", err)
	}
}

// TestLeftover finds what a run that was killed has left, tells it and does not
// touch it.
func TestLeftover(t *testing.T) {
	m := newMachine(t)
	left := filepath.Join(m.out, bundlePrefix(hostname())+"20260301T100000Z.zip.partial")
	put(t, left, []byte("PK"))
	put(t, filepath.Join(m.out, "asr-bundle-another.host-20260301T100000Z.zip.partial"), nil)
	strict := filepath.Join(m.out, "asr-bundle-host-abcdefgh2345-20260301T100000Z.zip.partial")
	put(t, strict, []byte("P"))
	folder := filepath.Join(m.out, "DO-NOT-SEND-0123")
	leftMap := filepath.Join(folder, "DO-NOT-SEND-0123.map.partial")
	put(t, leftMap, []byte("DO"))
	put(t, filepath.Join(folder, "DO-NOT-SEND-4567.map.partial"), nil)
	opt := m.options()
	var told []Beginning
	opt.Begin = func(b Beginning) { told = append(told, b) }
	sum, err := Run(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || told[0].Path != sum.Path || !slices.Equal(told[0].Leftovers, []Leftover{{leftMap, 2, true}, {strict, 1, false}, {left, 2, false}}) {
		t.Errorf("told %+v", told)
	}
	if raw, err := os.ReadFile(left); err != nil || string(raw) != "PK" {
		t.Errorf("it has become %q, %v", raw, err)
	}
	raw, err := bundles.ReadLimited(openBundle(t, sum.Path).FS, "collect.log", 1<<20)
	if err != nil || !bytes.Contains(raw, []byte("an earlier run was killed")) {
		t.Errorf("collect.log does not tell it: %v", err)
	}
}

// TestPatience gives up on a folder that does not answer.
func TestPatience(t *testing.T) {
	free := make(chan struct{})
	defer close(free)
	_, err := within(20*time.Millisecond, "look", func() (int, error) { <-free; return 1, nil })
	if err == nil || err.Error() != "look: no answer within 20ms" {
		t.Errorf("%v", err)
	}
	if v, err := within(time.Minute, "look", func() (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
}

// TestRoleChoosesProfile names a role on a machine that does not have it.
func TestRoleChoosesProfile(t *testing.T) {
	for role, want := range map[string]string{"": "generic", bundles.RoleUnknown: "generic", bundles.RoleSourceMachine: "asr-source-machine"} {
		p, err := chooseProfile(context.Background(), Options{Role: role, Bus: "unix:path=/nonesuch"})
		if err != nil || p.Name != want {
			t.Errorf("role %q: profile %v, %v, want %s", role, p.Name, err, want)
		}
	}
}
