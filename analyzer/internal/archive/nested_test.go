package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mholt/archiver/v4"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// in puts the entries of a bundle into a folder.
func in(folder string, entries ...entry) (list []entry) {
	for _, e := range entries {
		e.name = folder + "/" + e.name
		list = append(list, e)
	}
	return list
}

// several opens what must hold several bundles, and describes them: names, with
// a question mark those that cannot be opened.
func several(t *testing.T, name string, raw []byte) (*SeveralError, string) {
	t.Helper()
	_, err := openAs(t, name, raw)
	var s *SeveralError
	if !errors.As(err, &s) {
		t.Fatalf("%s: %v, want several bundles", name, err)
	}
	var names []string
	for _, in := range s.Inner {
		if in.Err != nil {
			in.Name += "?"
		}
		names = append(names, in.Name)
	}
	return s, strings.Join(names, " ")
}

func TestOneInner(t *testing.T) {
	one := string(makeZip(t, bundle...))
	junk := []entry{{name: ".DS_Store", content: "x"}, {name: "__MACOSX/._x", content: "x"}, {name: "Desktop.INI", content: "x"}}
	tests := map[string]struct {
		raw   []byte
		inner string
		notes int
	}{
		"one folder.zip":    {makeZip(t, in("asr-bundle-x", bundle...)...), "", 0},
		"two folders.zip":   {makeZip(t, in("a/b", bundle...)...), "", 0},
		"two folders.tar":   {makeTar(t, in("a/b", bundle...)...), "", 0},
		"companions.zip":    {makeZip(t, append(junk, in("asr-bundle-x", bundle...)...)...), "", 3},
		"Mac.zip":           {makeZip(t, append(junk[1:2:2], in("asr-bundle-x", bundle...)...)...), "", 1},
		"beside.zip":        {makeZip(t, append(in("asr-bundle-x", bundle...), entry{name: "mail.txt", content: "hello"})...), "", 1},
		"zip in zip":        {makeZip(t, entry{name: "mail.txt", content: "hello"}, entry{name: "b/one.zip", content: one}), "b/one.zip", 1},
		"zip in tar.gz":     {compress(t, makeTar(t, entry{name: "one.zip", content: one}), gz), "one.zip", 0},
		"zip in rar":        {makeRar5(0, entry{name: "one.zip", content: one}), "one.zip", 0},
		"tar.gz in zip":     {makeZip(t, entry{name: "one.tgz", content: string(compress(t, makeTar(t, bundle...), gz))}), "one.tgz", 0},
		"rar in tar":        {makeTar(t, entry{name: "one.rar", content: string(makeRar4(0, bundle...))}), "one.rar", 0},
		"folder in zip2":    {makeZip(t, entry{name: "one.zip", content: string(makeZip(t, in("asr-bundle-x", bundle...)...))}), "one.zip", 0},
		"other archive.zip": {makeZip(t, entry{name: "one.zip", content: one}, entry{name: "z.zip", content: string(makeZip(t, entry{name: "x.txt", content: "x"}))}), "one.zip", 1},
	}
	for name, test := range tests {
		a, err := openAs(t, name, test.raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a.Inner != test.inner || len(a.Notes) != test.notes || len(a.Problems) != 0 || len(a.SHA256) != 64 {
			t.Errorf("%s: inner %q, notes %q, problems %v", name, a.Inner, a.Notes, a.Problems)
		}
		if got := strings.Join(paths(t, a), " "); got != wantBundle {
			t.Errorf("%s: files %q, want %q", name, got, wantBundle)
		}
	}
}

func TestSeveral(t *testing.T) {
	one := string(makeZip(t, bundle...))
	deep := string(makeZip(t, entry{name: "deep.zip", content: one}))
	tests := map[string]struct {
		raw  []byte
		want string
	}{
		"zips":        {makeZip(t, entry{name: "b.zip", content: one}, entry{name: "a.zip", content: one}), "a.zip b.zip"},
		"folders":     {makeZip(t, append(in("x/a", bundle...), in("x/b", bundle...)...)...), "x/a x/b"},
		"tar":         {makeTar(t, append(in("a", bundle...), entry{name: "b.zip", content: one})...), "a b.zip"},
		"two in one":  {makeZip(t, entry{name: "a.zip", content: string(makeZip(t, append(in("x", bundle...), in("y", bundle...)...)...))}), "a.zip/x a.zip/y"},
		"damaged":     {makeZip(t, entry{name: "a.zip", content: one}, entry{name: "b.zip", content: one[:20]}, entry{name: "c.zip"}), "a.zip b.zip? c.zip?"},
		"encrypted":   {makeZip(t, entry{name: "a.zip", content: one}, entry{name: "b.zip.age", content: "age-encryption.org/v1\n"}), "a.zip b.zip.age?"},
		"third level": {makeZip(t, entry{name: "a.zip", content: one}, entry{name: "b.zip", content: deep}), "a.zip b.zip/deep.zip?"},
		"no header":   {makeZip(t, append(in("a", bundle...), entry{name: "b/manifest.json", content: "{}"}, entry{name: "b/facts/x.json", content: "{}"})...), "a b"},
	}
	for name, test := range tests {
		if s, got := several(t, name, test.raw); got != test.want {
			t.Errorf("%s: %q (%v), want %q", name, got, s.Inner, test.want)
		}
	}
}

// TestTooDeep: what is not looked into is told, and does not look like nothing.
func TestTooDeep(t *testing.T) {
	raw := makeZip(t, bundle...)
	for range 2 {
		raw = makeZip(t, entry{name: "in.zip", content: string(raw)})
	}
	_, err := openAs(t, "sent.zip", raw)
	var in *InnerError
	if !errors.As(err, &in) || in.Name != "in.zip/in.zip" || !errors.Is(err, bundlezip.ErrLimit) {
		t.Errorf("third level: %v", err)
	}
	raw = compress(t, compress(t, makeZip(t, bundle...), gz), gz)
	if _, err := openAs(t, "sent.zip.gz.gz", raw); !errors.Is(err, bundlezip.ErrLimit) {
		t.Errorf("gz in gz: %v", err)
	}
}

func TestAtMost32(t *testing.T) {
	one := string(makeZip(t, bundle...))
	var entries []entry
	for i := range 35 {
		entries = append(entries, entry{name: fmt.Sprintf("%02d.zip", i), content: one})
	}
	s, _ := several(t, "sent.zip", makeZip(t, entries...))
	if len(s.Inner) != 33 || s.Inner[31].Err != nil || s.Inner[32].Err == nil || !strings.Contains(s.Inner[32].Err.Error(), ": 3;") {
		t.Errorf("%d bundles, the last %v", len(s.Inner), s.Inner[len(s.Inner)-1])
	}
}

// TestReopen opens bundles at the places where they were found.
func TestReopen(t *testing.T) {
	one := string(makeZip(t, bundle...))
	raw := compress(t, makeTar(t, append(in("x/a", bundle...),
		entry{name: "b.zip", content: one},
		entry{name: "c.tar.gz", content: string(compress(t, makeTar(t, in("c", bundle...)...), gz))},
		entry{name: "../evil", content: "x"},
	)...), packer(archiver.Zstd{}))
	path, temp := filepath.Join(t.TempDir(), "sent.tar.zst"), t.TempDir()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), path, Options{Temp: temp, Keep: true})
	var s *SeveralError
	if !errors.As(err, &s) || len(s.Inner) != 3 {
		t.Fatalf("%v, want three bundles", err)
	}
	for _, in := range s.Inner {
		if rel, err := filepath.Rel(temp, in.Path); err != nil || !filepath.IsLocal(rel) {
			t.Errorf("%s is at %s, not in %s", in.Name, in.Path, temp)
		}
		a, err := Reopen(in, nil)
		if err != nil {
			t.Errorf("%s: %v", in.Name, err)
			continue
		}
		if len(a.SHA256) != 64 || a.Inner != in.Name || len(a.Problems) != 1 || a.Problems[0].Path != "../evil" {
			t.Errorf("%s: hash %q, inner %q, problems %v", in.Name, a.SHA256, a.Inner, a.Problems)
		}
		if got := strings.Join(paths(t, a), " "); got != wantBundle {
			t.Errorf("%s: files %q", in.Name, got)
		}
	}
}

func TestNamedInner(t *testing.T) {
	one := string(makeZip(t, bundle...))
	path := filepath.Join(t.TempDir(), "sent.zip")
	raw := makeZip(t, entry{name: "x/a.zip", content: one}, entry{name: "y/a.zip", content: one}, entry{name: "b.zip", content: one}, entry{name: "d/c.zip", content: one[:9]})
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, ok := range map[string]bool{"x/a.zip": true, "b.zip": true, "a.zip": false, "none": false, "c.zip": false} {
		a, err := Open(context.Background(), path, Options{Temp: t.TempDir(), Inner: want})
		if (err == nil) != ok {
			t.Errorf("%s: %v", want, err)
		}
		if err == nil {
			a.Close()
		}
		var none *NoInnerError
		if want == "none" && (!errors.As(err, &none) || len(none.Have) != 4) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, raw []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("a.zip", makeZip(t, bundle...))
	put("sub/sent.zip", makeZip(t, entry{name: "b.zip", content: string(makeZip(t, bundle...))}))
	put("notes.txt", []byte("x"))
	for _, e := range in("unpacked", bundle...) {
		if e.kind == 0 {
			put(e.name, []byte(e.content))
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link.zip")); err != nil {
		t.Skip("no links here:", err)
	}
	_, err := Open(context.Background(), dir, Options{Temp: t.TempDir()})
	var s *SeveralError
	if !errors.As(err, &s) || len(s.Inner) != 3 || len(s.Notes) != 1 {
		t.Fatalf("%v: %+v", err, s)
	}
	for i, want := range []string{"unpacked", "a.zip", "sub/sent.zip/b.zip"} {
		if in := s.Inner[i]; in.Name != want || in.Err != nil || len(in.Problems) != 0 {
			t.Errorf("bundle %d is %+v, want %s", i, in, want)
		}
	}
}

// TestFolderLimit: a folder may be anything, and is not read to its end.
func TestFolderLimit(t *testing.T) {
	dir := t.TempDir()
	for i := range 30 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := defaultCaps()
	c.entries = 20
	d := newDoor(t.TempDir(), c)
	tree, err := d.path(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.finish(context.Background(), tree, Options{}); !errors.Is(err, bundlezip.ErrLimit) {
		t.Errorf("%v, want %v", err, bundlezip.ErrLimit)
	}
}

// TestLogIsNoBundle: the content of a bundle is not searched for bundles, and
// neither is what is deep.
func TestLogIsNoBundle(t *testing.T) {
	evil := append(bundle[:len(bundle):len(bundle)], in("logs/x/evil", bundle...)...)
	evil = append(evil, entry{name: "logs/x.zip", content: string(makeZip(t, bundle...))})
	a, err := openAs(t, "sent.zip", makeZip(t, evil...))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, err := fs.Stat(a, "logs/x/evil/bundle.json"); err != nil {
		t.Errorf("the bundle's own file: %v", err)
	}
	if _, err := openAs(t, "deep.zip", makeZip(t, in("1/2/3/4/5", bundle...)...)); !errors.Is(err, bundles.ErrNotBundle) {
		t.Errorf("a bundle five folders down: %v", err)
	}
}
