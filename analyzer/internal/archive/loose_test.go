package archive

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// looseIn opens a folder of these files with caps.
func looseIn(t *testing.T, c caps, files map[string][]byte) *Archive {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := newDoor(t.TempDir(), c)
	tree, err := d.path(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.finish(context.Background(), tree, Options{Loose: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// TestLoose: files as they are, decompressed, out of archives; links are told.
func TestLoose(t *testing.T) {
	text := []byte("a line\n")
	packed := compress(t, []byte(strings.Repeat("a line\n", 1000)), gz)
	a := looseIn(t, defaultCaps(), map[string][]byte{
		"plain.log": text, "packed.log.gz": packed, "other.xz": compress(t, text, xzip), "cut.log.gz": packed[:len(packed)-12], ".DS_Store": text,
		"sent.tar": makeTar(t, entry{name: "dir/in.log", content: "inner\n"}, entry{name: "link.log", link: "/etc/passwd", kind: '2'}),
	})
	if a.Loose == nil || a.Loose.Err == nil {
		t.Fatal("no loose files, or no reason")
	}
	got := map[string]string{}
	for _, f := range a.Loose.Files {
		head, err := a.Loose.Head(f, 6)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		cut, err := a.Loose.Unpack(context.Background(), f)
		if err != nil || (cut != nil) != (f.Name == "cut.log") {
			t.Errorf("%s: cut %v, %v", f.Name, cut, err)
		}
		in, err := a.Loose.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(in)
		if err != nil || int64(len(all)) != f.Size || !strings.HasPrefix(string(all), string(head)) {
			t.Errorf("%s has %d bytes, said %d, %v", f.Name, len(all), f.Size, err)
		}
		in.Close()
		got[f.Name] = string(head)
	}
	want := map[string]string{"plain.log": "a line", "packed.log": "a line", "other": "a line", "cut.log": "a line", "sent.tar/dir/in.log": "inner\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(a.Problems) != 1 || a.Problems[0].Path != "sent.tar/link.log" {
		t.Errorf("problems: %v", a.Problems)
	}
}

// TestLooseLimits: what a file grows to is held to the caps.
func TestLooseLimits(t *testing.T) {
	bomb := compress(t, make([]byte, 1<<20), gz)
	for name, change := range map[string]func(*caps){
		"bytes": func(c *caps) { c.bytes = 1 << 19 },
		"ratio": func(c *caps) { c.ratio, c.ratioFloor = 10, 1<<16 },
	} {
		c := defaultCaps()
		change(&c)
		a := looseIn(t, c, map[string][]byte{"bomb.log.gz": bomb})
		if _, err := a.Loose.Unpack(context.Background(), a.Loose.Files[0]); !errors.Is(err, bundlezip.ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLooseNotAsked: without the option the error is as ever, and with it a
// bundle is a bundle.
func TestLooseNotAsked(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.log")
	if err := os.WriteFile(name, []byte("a line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, want := Open(context.Background(), name, Options{})
	a, err := Open(context.Background(), name, Options{Loose: true})
	if err != nil || want == nil {
		t.Fatalf("%v, %v", err, want)
	}
	defer a.Close()
	if a.Loose.Err.Error() != want.Error() || a.SHA256 == "" {
		t.Errorf("asked for: %v, else %v", a.Loose.Err, want)
	}
	whole := filepath.Join(t.TempDir(), "b.tar")
	if err := os.WriteFile(whole, makeTar(t, bundle...), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := Open(context.Background(), whole, Options{Loose: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if b.Loose != nil {
		t.Error("a bundle is taken for loose files")
	}
}
