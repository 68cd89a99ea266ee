package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// entry is one entry of a test's tar.
type entry struct {
	name, content, link string
	kind                byte
}

var bundle = []entry{
	{name: "bundle.json", content: `{"format":"asr-bundle"}`},
	{name: "facts/services.json", content: "{}"},
	{name: "logs/a/", kind: tar.TypeDir},
	{name: "logs/a/x.log", content: "line\n"},
}

func makeTar(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.content)), Linkname: e.link, Typeflag: e.kind, Format: tar.FormatPAX}
		if e.kind == 0 {
			h.Typeflag = tar.TypeReg
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// compress packs bytes with a writer.
func compress(t *testing.T, raw []byte, open func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := open(&buf)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func gz(w io.Writer) (io.WriteCloser, error)  { return gzip.NewWriter(w), nil }
func zst(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }
func xzip(w io.Writer) (io.WriteCloser, error) {
	return xz.NewWriter(w)
}

// open writes an archive and opens it.
func open(t *testing.T, raw []byte) (*Archive, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "sent.bin")
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	t.Cleanup(func() {
		left, err := os.ReadDir(temp)
		if err != nil || len(left) > 0 {
			t.Errorf("%d folders are left, %v", len(left), err)
		}
	})
	return Open(context.Background(), name, Options{Temp: temp})
}

// paths lists the files of an archive and closes it.
func paths(t *testing.T, a *Archive) (list []string) {
	t.Helper()
	defer a.Close()
	err := fs.WalkDir(a, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			list = append(list, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestOpenFormats(t *testing.T) {
	plain := makeTar(t, bundle...)
	var inFolder []entry
	for _, e := range bundle {
		e.name = "asr-bundle-x/" + e.name
		inFolder = append(inFolder, e)
	}
	const want = "bundle.json facts/services.json logs/a/x.log"
	for name, raw := range map[string][]byte{
		"tar":     plain,
		"tar.gz":  compress(t, plain, gz),
		"tar.zst": compress(t, plain, zst),
		"tar.xz":  compress(t, plain, xzip),
		"folder":  makeTar(t, inFolder...),
	} {
		a, err := open(t, raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a.SHA256 == "" || len(a.Problems) != 0 {
			t.Errorf("%s: hash %q, problems %v", name, a.SHA256, a.Problems)
		}
		if got := strings.Join(paths(t, a), " "); got != want {
			t.Errorf("%s: files %q, want %q", name, got, want)
		}
	}
}

// makeSevenZip makes a 7z of one file, stored without compression. Name and
// content are short, so that every number in the header is one byte.
func makeSevenZip(name, content string) []byte {
	le := binary.LittleEndian
	var names []byte
	for _, u := range utf16.Encode([]rune(name + "\x00")) {
		names = le.AppendUint16(names, u)
	}
	size := byte(len(content))
	header := []byte{
		0x01, 0x04, // header, streams
		0x06, 0, 1, 0x09, size, 0, // one packed stream
		0x07, 0x0b, 1, 0, 1, 0x01, 0x00, 0x0c, size, // one folder with one coder: copy
		0x0a, 1,
	}
	header = le.AppendUint32(header, crc32.ChecksumIEEE([]byte(content)))
	header = append(header, 0, 0, 0x05, 1, 0x11, byte(1+len(names)), 0)
	header = append(append(header, names...), 0, 0)

	start := le.AppendUint64(nil, uint64(len(content)))
	start = le.AppendUint64(start, uint64(len(header)))
	start = le.AppendUint32(start, crc32.ChecksumIEEE(header))
	out := le.AppendUint32([]byte("7z\xbc\xaf\x27\x1c\x00\x04"), crc32.ChecksumIEEE(start))
	return append(append(append(out, start...), content...), header...)
}

func TestOpenRejects(t *testing.T) {
	raw := makeTar(t,
		entry{name: "bundle.json", content: "{}"},
		entry{name: "../up", content: "x"},
		entry{name: "/abs", content: "x"},
		entry{name: `..\..\Temp\evil.txt`, content: "x"},
		entry{name: "C:evil", content: "x"},
		entry{name: "logs/\x1b[2J", content: "x"},
		entry{name: "logs/link", link: "/etc/passwd", kind: tar.TypeSymlink},
		entry{name: "logs/hard", link: "bundle.json", kind: tar.TypeLink},
		entry{name: "logs/fifo", kind: tar.TypeFifo},
		entry{name: "bundle.json", content: "second"},
		entry{name: "bundle.json/below", content: "x"},
		entry{name: "logs/good", content: "x"},
	)
	a, err := open(t, raw)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Problems) != 10 {
		t.Errorf("%d problems, want 10: %v", len(a.Problems), a.Problems)
	}
	if got, err := fs.ReadFile(a, "bundle.json"); string(got) != "{}" || err != nil {
		t.Errorf("bundle.json = %q, %v, want the first", got, err)
	}
	if got := strings.Join(paths(t, a), " "); got != "bundle.json logs/good" {
		t.Errorf("files %q, want the two good ones", got)
	}
}

func TestOpenDamaged(t *testing.T) {
	plain := makeTar(t, append(bundle, entry{name: "logs/a/z.log", content: strings.Repeat("z", 5000)})...)
	a, err := open(t, plain[:len(plain)-4000])
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Problems) != 1 || a.Problems[0].Kind != bundles.ProblemCut {
		t.Errorf("problems = %v, want that it is cut", a.Problems)
	}
	if got := strings.Join(paths(t, a), " "); got != "bundle.json facts/services.json logs/a/x.log" {
		t.Errorf("files %q, want those that are whole", got)
	}
}

func TestOpenErrors(t *testing.T) {
	bomb := compress(t, makeTar(t, entry{name: "zeros", content: string(make([]byte, 20<<20))}), gz)
	for name, test := range map[string]struct {
		raw  []byte
		want error
	}{
		"text":         {[]byte("a line\n"), ErrUnknown},
		"empty":        {nil, ErrUnknown},
		"gzipped text": {compress(t, []byte("a line of a log\n"), gz), ErrUnknown},
		"cut gzip":     {compress(t, makeTar(t, bundle...), gz)[:20], ErrUnknown},
		"broken 7z":    {[]byte("7z\xbc\xaf\x27\x1c and nothing that follows it in a true one"), ErrUnknown},
		"age":          {[]byte("age-encryption.org/v1\n"), ErrAge},
		"bomb":         {bomb, bundlezip.ErrLimit},
	} {
		a, err := open(t, test.raw)
		if err == nil {
			a.Close()
		}
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestOpenEndsWithContext(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.tar")
	if err := os.WriteFile(name, makeTar(t, bundle...), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, name, Options{Temp: t.TempDir()}); !errors.Is(err, context.Canceled) {
		t.Errorf("Open gives %v, want that it was canceled", err)
	}
}

func TestOpenSevenZip(t *testing.T) {
	a, err := open(t, makeSevenZip("bundle.json", "{}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := fs.ReadFile(a, "bundle.json"); string(got) != "{}\n" || err != nil {
		t.Errorf("bundle.json = %q, %v", got, err)
	}
	if got := strings.Join(paths(t, a), " "); got != "bundle.json" {
		t.Errorf("files %q, want bundle.json", got)
	}
}

// TestOnlyHostileNames: an archive none of whose entries may be read is not an
// empty one.
func TestOnlyHostileNames(t *testing.T) {
	raw := makeTar(t, entry{name: "/etc/bundle.json", content: "{}"}, entry{name: "../b", content: "x"})
	_, err := openSmall(t, "abs.tar", bytes.NewReader(raw), int64(len(raw)))
	if want := `no entry of it may be read: "/etc/bundle.json"`; err == nil || !strings.Contains(err.Error(), want) || !strings.HasSuffix(err.Error(), ": 2") {
		t.Errorf("error %v, want %q and how many", err, want)
	}
}
