package zipwriter

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipform"
)

var testHeader = bundles.Header{ID: "test", Created: time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC)}

// content is one entry.
type content struct{ path, data string }

// testContents are the entries of the bundle of most tests, in order.
func testContents() []content {
	return []content{
		{"facts/start/services.json", `{"taken":"2026-03-05T10:00:00Z","manager":"scm","items":[]}` + "\n"},
		{"logs/cxps/C/ProgramData/ASR/cxps.err.log", strings.Repeat("a line of a log that repeats itself\r\n", 5000)},
		{"logs/cxps/C/ProgramData/ASR/empty.log", ""},
		{"logs/u/C/utf16.log", "\xff\xfeh\x00i\x00"},
		{"metrics/samples.ndjson", `{"t":"2026-03-05T10:00:00Z","system.cpu.utilization":0.5}` + "\n"},
		{"collect.log", "{}\n"},
	}
}

// writeBundle writes contents into w and finishes.
func writeBundle(t testing.TB, w *Writer, contents []content) {
	t.Helper()
	for _, c := range contents {
		writeEntry(t, w, c)
	}
	if err := w.Finish(bundles.Manifest{Host: bundles.Host{Name: "PS01", OS: "windows", Role: bundles.RoleProcessServer}}); err != nil {
		t.Fatal(err)
	}
}

func writeEntry(t testing.TB, w *Writer, c content) {
	t.Helper()
	e, err := w.Create(bundles.File{Path: c.path})
	if err != nil {
		t.Fatalf("Create(%q): %v", c.path, err)
	}
	if _, err := io.WriteString(e, c.data); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// testZip is a whole bundle.
func testZip(t testing.TB, contents []content) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := NewWriter(&buf, testHeader)
	if err != nil {
		t.Fatal(err)
	}
	writeBundle(t, w, contents)
	return buf.Bytes()
}

func newReader(t testing.TB, raw []byte) *bundlezip.Reader {
	t.Helper()
	r, err := bundlezip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestManifestRows(t *testing.T) {
	raw := testZip(t, testContents())
	b, err := bundles.Open(newReader(t, raw))
	if err != nil {
		t.Fatal(err)
	}
	zr, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(b.Manifest.Files), len(testContents()); got != want {
		t.Fatalf("%d rows, want %d", got, want)
	}
	for i, f := range b.Manifest.Files {
		z := zr.File[i+1]
		if f.Path != z.Name || f.Size != int64(z.UncompressedSize64) || f.StoredSize != int64(z.CompressedSize64) {
			t.Errorf("row %+v, zip has %s %d %d", f, z.Name, z.UncompressedSize64, z.CompressedSize64)
		}
		if f.Source != bundles.SourceOf(f.Path) {
			t.Errorf("%s: source %q", f.Path, f.Source)
		}
	}
}

// TestStandardZip reads the output with the standard library and checks what
// only the zip's headers show.
func TestStandardZip(t *testing.T) {
	raw := testZip(t, testContents())
	zr, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{bundles.HeaderPath}
	for _, c := range testContents() {
		want = append(want, c.path)
	}
	want = append(want, bundles.ManifestPath)
	var got []string
	for _, f := range zr.File {
		got = append(got, f.Name)
		if f.Method != zip.Deflate || f.Flags != zipform.FlagDescriptor|zipform.FlagUTF8 || f.Mode() != 0o644 || !f.Modified.Equal(testHeader.Created) {
			t.Errorf("%s: method %d flags %#x mode %v time %v", f.Name, f.Method, f.Flags, f.Mode(), f.Modified)
		}
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, rc); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order of entries (-want +got):\n%s", diff)
	}
}

func TestDeterministic(t *testing.T) {
	if !bytes.Equal(testZip(t, testContents()), testZip(t, testContents())) {
		t.Error("equal input gives different bytes")
	}
}

func TestUnzip(t *testing.T) {
	unzip := program.Path(t, "unzip")
	name := filepath.Join(t.TempDir(), "b.zip")
	if err := os.WriteFile(name, testZip(t, testContents()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(unzip, "-t", name).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "No errors detected") {
		t.Errorf("unzip -t: %v\n%s", err, out)
	}
}

func TestCreateErrors(t *testing.T) {
	w, err := NewWriter(io.Discard, testHeader)
	if err != nil {
		t.Fatal(err)
	}
	writeEntry(t, w, content{"logs/a/b", "x"})
	for name, want := range map[string]error{
		"logs/a/b":      ErrDuplicate,
		"logs/a":        ErrDuplicate,
		"logs/a/b/c":    ErrDuplicate,
		"bundle.json":   ErrDuplicate,
		"manifest.json": ErrDuplicate,
		"bundle.json/x": ErrDuplicate,
		"/etc/passwd":   zipform.ErrName,
		"a/../b":        zipform.ErrName,
		`a\b`:           zipform.ErrName,
		"C:/x":          zipform.ErrName,
		"./a":           zipform.ErrName,
		"dir/":          zipform.ErrName,
		"":              zipform.ErrName,
	} {
		if _, err := w.Create(bundles.File{Path: name}); !errors.Is(err, want) {
			t.Errorf("Create(%q) = %v, want %v", name, err, want)
		}
	}
	if n := len(w.Files()); n != 1 {
		t.Errorf("%d files after refused names, want 1", n)
	}
}

func TestOneOpenEntry(t *testing.T) {
	w, err := NewWriter(io.Discard, testHeader)
	if err != nil {
		t.Fatal(err)
	}
	e, err := w.Create(bundles.File{Path: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Create(bundles.File{Path: "b"}); err == nil {
		t.Error("a second open entry is accepted")
	}
	if err := w.Finish(bundles.Manifest{}); err == nil {
		t.Error("Finish with an open entry is accepted")
	}
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		t.Errorf("Close twice: %v", err)
	}
	if _, err := e.Write([]byte("x")); err == nil {
		t.Error("write to a closed entry is accepted")
	}
	if err := w.Finish(bundles.Manifest{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Create(bundles.File{Path: "b"}); err == nil {
		t.Error("an entry after Finish is accepted")
	}
	if err := w.Finish(bundles.Manifest{}); err == nil {
		t.Error("a second Finish is accepted")
	}
}

func TestUpdate(t *testing.T) {
	var buf bytes.Buffer
	w, err := NewWriter(&buf, testHeader)
	if err != nil {
		t.Fatal(err)
	}
	writeEntry(t, w, content{"logs/a/x.log", "hello"})
	before := w.Files()[0]
	w.Update("logs/a/x.log", func(f *bundles.File) {
		f.Truncated, f.Redactions = true, map[string]int{"password": 2}
		f.Path, f.Size, f.SHA256, f.StoredSize = "other", 0, "", 0
	})
	w.Update("nowhere", func(*bundles.File) { t.Error("called for an unknown path") })
	if err := w.Finish(bundles.Manifest{}); err != nil {
		t.Fatal(err)
	}
	want := before
	want.Truncated, want.Redactions = true, map[string]int{"password": 2}
	b, err := bundles.Open(newReader(t, buf.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]bundles.File{want}, b.Manifest.Files); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
}

// TestFlushedEntries: a closed entry is with the underlying writer, so that a
// killed collector leaves it.
func TestFlushedEntries(t *testing.T) {
	var buf bytes.Buffer
	w, err := NewWriter(&buf, testHeader)
	if err != nil {
		t.Fatal(err)
	}
	writeEntry(t, w, content{"facts/host.json", "{}"})
	if int64(buf.Len()) != w.Written() {
		t.Errorf("underlying writer has %d bytes, Written is %d", buf.Len(), w.Written())
	}
	r, err := bundlezip.Salvage(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := fs.ReadFile(r, "facts/host.json"); err != nil || string(got) != "{}" {
		t.Errorf("got %q, %v", got, err)
	}
}

var errFull = errors.New("no space left")

// fullWriter takes n bytes.
type fullWriter struct{ n int }

func (w *fullWriter) Write(p []byte) (int, error) {
	if len(p) > w.n {
		n := w.n
		w.n = 0
		return n, errFull
	}
	w.n -= len(p)
	return len(p), nil
}

// TestFullDisk cuts the disk at every few bytes: the error always surfaces,
// keeps its cause, and stays.
func TestFullDisk(t *testing.T) {
	size := len(testZip(t, testContents()))
	for n := 0; n < size; n += 7 {
		err := writeAll(&fullWriter{n})
		if !errors.Is(err, errFull) {
			t.Fatalf("disk of %d bytes: %v", n, err)
		}
	}
	if err := writeAll(&fullWriter{size}); err != nil {
		t.Fatalf("disk of %d bytes: %v", size, err)
	}
}

func writeAll(out io.Writer) error {
	w, err := NewWriter(out, testHeader)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range testContents() {
		e, err := w.Create(bundles.File{Path: c.path})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		_, err = io.WriteString(e, c.data)
		errs = append(errs, err, e.Close())
	}
	err = w.Finish(bundles.Manifest{Host: bundles.Host{Name: "PS01", OS: "windows", Role: bundles.RoleProcessServer}})
	if errors.Join(errs...) != nil && err == nil {
		return fmt.Errorf("Finish forgot %w", errors.Join(errs...))
	}
	return err
}
