package bundlezip

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// foreignZip is a zip of somebody else's program: names as given, content "x".
func foreignZip(t testing.TB, names ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for _, name := range names {
		f, err := zw.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			continue
		}
		if _, err := f.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestHostileNames(t *testing.T) {
	raw := foreignZip(t, "bundle.json", "../up", "/abs", `back\slash`, "C:/drive", "logs/a/f:ads", "nul\x00",
		"logs/a/f", "logs/a/f", "logs/a/f/below", "logs/a", "logs/b/", "logs/b", "logs/b/", "ok/dir/", "logs/a/f/")
	r := newReader(t, raw)
	var paths []string
	err := fs.WalkDir(r, ".", func(name string, _ fs.DirEntry, err error) error {
		paths = append(paths, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{".", "bundle.json", "logs", "logs/a", "logs/a/f", "logs/b", "ok", "ok/dir"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	rejected := map[string]int{}
	for _, p := range r.Rejected() {
		if p.Kind != bundles.ProblemRejected || p.Detail == "" {
			t.Errorf("problem %+v", p)
		}
		rejected[p.Path]++
	}
	wantRejected := map[string]int{
		"../up": 1, "/abs": 1, `back\slash`: 1, "C:/drive": 1, "logs/a/f:ads": 1, "nul\x00": 1,
		"logs/a/f": 2, "logs/a/f/below": 1, "logs/a": 1, "logs/b": 1,
	}
	if diff := cmp.Diff(wantRejected, rejected); diff != "" {
		t.Errorf("rejected (-want +got):\n%s", diff)
	}
	if err := fstest.TestFS(r, "logs/a/f"); err != nil {
		t.Error(err)
	}
}

func TestDuplicateFirstWins(t *testing.T) {
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for _, data := range []string{"first", "second"} {
		f, err := zw.Create("a")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := fs.ReadFile(newReader(t, buf.Bytes()), "a"); string(got) != "first" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestLinksAndDevices(t *testing.T) {
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for name, mode := range map[string]fs.FileMode{
		"link": fs.ModeSymlink | 0o777, "device": fs.ModeDevice | 0o600, "fifo": fs.ModeNamedPipe | 0o600, "plain": 0o600,
	} {
		h := &zip.FileHeader{Name: name}
		h.SetMode(mode)
		f, err := zw.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, "/etc/passwd"); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	r := newReader(t, buf.Bytes())
	if got := slices.Collect(maps.Keys(r.files)); !slices.Equal(got, []string{"plain"}) || len(r.Rejected()) != 3 {
		t.Errorf("files %q, rejected %v", got, r.Rejected())
	}
}

func TestTopFolder(t *testing.T) {
	for _, tc := range []struct {
		name     string
		entries  []string
		want     string // a path that must be there
		rejected int
	}{
		{"plain", []string{"bundle.json", "facts/host.json"}, "bundle.json", 0},
		{"re-zipped", []string{"asr-bundle-X/bundle.json", "asr-bundle-X/facts/host.json"}, "facts/host.json", 0},
		{"with folders", []string{"top/", "top/facts/", "top/facts/host.json", "top/bundle.json"}, "facts/host.json", 0},
		{"not a bundle", []string{"svsystems/cxps.log"}, "svsystems/cxps.log", 0},
		{"on a Mac", []string{"top/bundle.json", "__MACOSX/top/._bundle.json"}, "bundle.json", 1},
		{"two folders", []string{"a/bundle.json", "b/bundle.json"}, "b/bundle.json", 0},
		{"a file beside it", []string{"a/bundle.json", "readme"}, "a/bundle.json", 0},
		{"a folder beside it", []string{"a/bundle.json", "b/"}, "a/bundle.json", 0},
		{"two levels", []string{"a/b/bundle.json"}, "a/b/bundle.json", 0},
	} {
		r := newReader(t, foreignZip(t, tc.entries...))
		if _, err := r.Stat(tc.want); err != nil || len(r.Rejected()) != tc.rejected {
			t.Errorf("%s: %v, rejected %v", tc.name, err, r.Rejected())
		}
		if err := fstest.TestFS(r, tc.want); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestNewReaderErrors(t *testing.T) {
	whole := testZip(t, testContents())
	encrypted := foreignZip(t, "bundle.json")
	central := bytes.LastIndex(encrypted, []byte("PK\x01\x02"))
	encrypted[central+8] |= zipform.FlagEncrypted
	for _, tc := range []struct {
		name string
		raw  []byte
		want error
	}{
		{"empty", nil, ErrNotZip},
		{"text", []byte("hello, this is a log and no archive at all"), ErrNotZip},
		{"gzip", []byte("\x1f\x8b\x08 some more bytes so that there is room for a record"), ErrNotZip},
		{"cut", whole[:len(whole)-100], ErrCut},
		{"only its beginning", whole[:40], ErrCut},
		{"encrypted", encrypted, ErrEncrypted},
	} {
		if _, err := NewReader(bytes.NewReader(tc.raw), int64(len(tc.raw))); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
}

func TestTooManyEntries(t *testing.T) {
	names := make([]string, zipform.MaxEntries+1)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	raw := foreignZip(t, names...)
	if _, err := NewReader(bytes.NewReader(raw), int64(len(raw))); !errors.Is(err, ErrLimit) {
		t.Errorf("%d entries: %v", len(names), err)
	}
}

func TestHugeDirectory(t *testing.T) {
	names := make([]string, maxDirectory/60000+2)
	for i := range names {
		names[i] = strings.Repeat(string(rune('a'+i%26)), 60000+i)
	}
	raw := foreignZip(t, names...)
	if _, err := NewReader(bytes.NewReader(raw), int64(len(raw))); !errors.Is(err, ErrLimit) {
		t.Errorf("directory over %d bytes: %v", maxDirectory, err)
	}
}

func TestTooManyFolders(t *testing.T) {
	names := make([]string, zipform.MaxEntries/(zipform.MaxDepth-1)+1)
	for i := range names {
		names[i] = strings.Repeat(fmt.Sprintf("d%d/", i), zipform.MaxDepth-1) + "f"
	}
	raw := foreignZip(t, names...)
	if _, err := NewReader(bytes.NewReader(raw), int64(len(raw))); !errors.Is(err, ErrLimit) {
		t.Errorf("many folders: %v", err)
	}
}

// bomb is a zip with one entry of n zero bytes.
func bomb(t testing.TB, n int64) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	f, err := zw.Create("bomb")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(f, zeroReader{}, n); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestRatio(t *testing.T) {
	small, large := bomb(t, RatioFloor), bomb(t, 2*RatioFloor)
	if _, err := io.Copy(io.Discard, open(t, newReader(t, small), "bomb")); err != nil {
		t.Errorf("%d zeros: %v", RatioFloor, err)
	}
	n, err := io.Copy(io.Discard, open(t, newReader(t, large), "bomb"))
	if !errors.Is(err, ErrLimit) || n >= 2*RatioFloor {
		t.Errorf("%d zeros: %d bytes, %v", 2*RatioFloor, n, err)
	}
	if _, err := Salvage(bytes.NewReader(large), int64(len(large))); !errors.Is(err, ErrLimit) {
		t.Errorf("Salvage of %d zeros: %v", 2*RatioFloor, err)
	}
}

// TestReadAgain: the caps count what an archive holds, not how often it is read.
func TestReadAgain(t *testing.T) {
	raw := testZip(t, testContents())
	r := newReader(t, raw)
	for range 3 {
		if _, err := io.Copy(io.Discard, open(t, r, "logs/cxps/C/ProgramData/ASR/cxps.err.log")); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := r.out.Load(), int64(len(testContents()[1].data)); got != want {
		t.Errorf("%d bytes are booked, want %d", got, want)
	}
}

func open(t testing.TB, r *Reader, name string) fs.File {
	t.Helper()
	f, err := r.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestLyingHeaders changes sizes and CRC in the zip's directory: reading fails
// and never gives more than was claimed plus one buffer.
func TestLyingHeaders(t *testing.T) {
	data := strings.Repeat("abc", 1000)
	for _, tc := range []struct {
		name   string
		offset int // in the central header
		value  uint32
	}{
		{"crc", 16, crc32.ChecksumIEEE([]byte("other"))},
		{"packed shorter", 20, 5},
		{"size longer", 24, 4000},
		{"size shorter", 24, 10},
		{"size zero", 24, 0},
	} {
		raw := testZip(t, []content{{"logs/a/f", data}})
		at := bytes.LastIndex(raw, []byte("logs/a/f")) - 46
		binary.LittleEndian.PutUint32(raw[at+tc.offset:], tc.value)
		got, err := fs.ReadFile(newReader(t, raw), "logs/a/f")
		if err == nil {
			t.Errorf("%s: read %d bytes without an error", tc.name, len(got))
		}
		b, err := bundles.Open(newReader(t, raw))
		if err != nil {
			t.Fatal(err)
		}
		if in, err := b.Verify(context.Background()); err != nil || in.OK || in.Problems[0].Path != "logs/a/f" {
			t.Errorf("%s: Verify = %+v, %v", tc.name, in, err)
		}
	}
}

func TestUnknownMethod(t *testing.T) {
	raw := foreignZip(t, "f")
	binary.LittleEndian.PutUint16(raw[bytes.LastIndex(raw, []byte("PK\x01\x02"))+10:], 9) // deflate64
	binary.LittleEndian.PutUint16(raw[8:], 9)
	_, err := newReader(t, raw).Open("f")
	if err == nil || !strings.Contains(err.Error(), "compression method 9") {
		t.Errorf("Open = %v", err)
	}
}

func TestClosedFile(t *testing.T) {
	f := open(t, newReader(t, testZip(t, testContents())), "collect.log")
	if err := errors.Join(f.Close(), f.Close()); err != nil {
		t.Error(err)
	}
	if _, err := f.Read(make([]byte, 1)); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Read after Close = %v", err)
	}
}

func TestOpenFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "b.zip")
	if _, err := Open(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of nothing = %v", err)
	}
	if err := os.WriteFile(name, testZip(t, testContents()), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.ReadFile(r, "collect.log"); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := fs.ReadFile(r, "collect.log"); err == nil {
		t.Error("read after Close succeeds")
	}
}
