package bundles_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
)

// zipTree is a bundle as the writer makes it, unpacked.
func zipTree(t *testing.T, files map[string]string) fstest.MapFS {
	t.Helper()
	var buf bytes.Buffer
	w, err := zipwriter.NewWriter(&buf, bundles.Header{ID: "v", Created: time.Unix(1772704800, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		e, err := w.Create(bundles.File{Path: name})
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(e, data)
		if err := errors.Join(err, e.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(bundles.Manifest{}); err != nil {
		t.Fatal(err)
	}
	r, err := bundlezip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, name := range open(t, r).Paths() {
		data, err := fs.ReadFile(r, name)
		if err != nil {
			t.Fatal(err)
		}
		fsys[name] = &fstest.MapFile{Data: data}
	}
	return fsys
}

func TestVerify(t *testing.T) {
	const row = `{"path":"gone","source":"","size":0,"sha256":""}`
	files := map[string]string{"facts/host.json": "{}", "logs/a/one": "one", "logs/a/two": "two", "collect.log": ""}
	for name, tc := range map[string]struct {
		change func(fstest.MapFS)
		want   []string // kind and path
	}{
		"whole":            {func(fstest.MapFS) {}, nil},
		"changed byte":     {func(f fstest.MapFS) { f["logs/a/one"].Data[1] ^= 1 }, []string{"changed logs/a/one"}},
		"longer":           {func(f fstest.MapFS) { f["logs/a/one"].Data = []byte("one!") }, []string{"changed logs/a/one"}},
		"missing":          {func(f fstest.MapFS) { delete(f, "logs/a/two") }, []string{"missing logs/a/two"}},
		"extra":            {func(f fstest.MapFS) { f["logs/a/three"] = &fstest.MapFile{} }, []string{"extra logs/a/three"}},
		"no manifest":      {func(f fstest.MapFS) { delete(f, bundles.ManifestPath) }, []string{"cut "}},
		"another header":   {func(f fstest.MapFS) { replace(f, bundles.HeaderPath, `2026`, `2027`) }, []string{"changed bundle.json"}},
		"two rows":         {func(f fstest.MapFS) { replace(f, bundles.ManifestPath, `"logs/a/two"`, `"logs/a/one"`) }, []string{"changed logs/a/one", "extra logs/a/two"}},
		"same row twice":   {func(f fstest.MapFS) { replace(f, bundles.ManifestPath, `"files": [`, `"files": [`+row+`,`+row+`,`) }, []string{"changed gone", "missing gone"}},
		"row of header":    {func(f fstest.MapFS) { replace(f, bundles.ManifestPath, `"logs/a/one"`, `"bundle.json"`) }, []string{"changed bundle.json", "extra logs/a/one"}},
		"several, ordered": {several, []string{"extra a", "changed logs/a/one", "missing logs/a/two"}},
	} {
		fsys := zipTree(t, files)
		tc.change(fsys)
		got, err := open(t, fsys).Verify(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, kinds(got)); diff != "" || got.OK != (tc.want == nil) {
			t.Errorf("%s: ok %v (-want +got):\n%s", name, got.OK, diff)
		}
	}
}

func several(f fstest.MapFS) {
	f["a"] = &fstest.MapFile{}
	f["logs/a/one"].Data = nil
	delete(f, "logs/a/two")
}

func replace(f fstest.MapFS, name, from, to string) {
	f[name].Data = bytes.Replace(f[name].Data, []byte(from), []byte(to), 1)
}

func kinds(in bundles.Integrity) (out []string) {
	for _, p := range in.Problems {
		out = append(out, p.Kind+" "+p.Path)
	}
	return out
}

// brokenFS fails when one file is read.
type brokenFS struct {
	fs.FS
	name string
	err  error
}

func (b brokenFS) Open(name string) (fs.File, error) {
	f, err := b.FS.Open(name)
	if err != nil || name != b.name {
		return f, err
	}
	return brokenFile{f, b.err}, nil
}

type brokenFile struct {
	fs.File
	err error
}

func (b brokenFile) Read([]byte) (int, error) { return 0, b.err }

func TestVerifyReadErrors(t *testing.T) {
	for kind, err := range map[string]error{
		bundles.ProblemUnreadable: io.ErrUnexpectedEOF,
		bundles.ProblemChanged:    bundles.ErrChecksum,
	} {
		fsys := brokenFS{zipTree(t, map[string]string{"logs/a/one": "one"}), "logs/a/one", err}
		got, verr := open(t, fsys).Verify(context.Background())
		if diff := cmp.Diff([]string{kind + " logs/a/one"}, kinds(got)); diff != "" || verr != nil {
			t.Errorf("read fails with %v: %v (-want +got):\n%s", err, verr, diff)
		}
	}
}

// TestVerifyCutReads: without a manifest a file can still be unreadable, and
// nothing is extra.
func TestVerifyCutReads(t *testing.T) {
	fsys := zipTree(t, map[string]string{"logs/a/one": "one", "logs/a/two": "two"})
	delete(fsys, bundles.ManifestPath)
	got, err := open(t, brokenFS{fsys, "logs/a/two", io.ErrUnexpectedEOF}).Verify(context.Background())
	if diff := cmp.Diff([]string{"cut ", "unreadable logs/a/two"}, kinds(got)); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if !strings.Contains(got.Problems[0].Detail, "cut off") {
		t.Errorf("detail %q", got.Problems[0].Detail)
	}
}

func TestVerifyStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := open(t, tree()).Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
