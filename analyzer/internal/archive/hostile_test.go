package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mholt/archiver/v4"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// small are caps that small archives reach.
func small() caps {
	return caps{bytes: 1 << 20, entries: 500, ratio: 100, ratioFloor: 64 << 10, inner: 4, problems: 50, notes: 5}
}

// openSmall opens bytes with small caps, and reads all that comes out.
func openSmall(t testing.TB, name string, ra io.ReaderAt, size int64) (problems []bundles.Problem, err error) {
	t.Helper()
	temp, err := os.MkdirTemp("", "asrdiag-test-")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
			t.Errorf("%s: %d folders are left, %v", name, len(left), err)
		}
		os.RemoveAll(temp)
	}()
	d := newDoor(temp, small())
	tree, err := d.open(context.Background(), source{ra: ra, size: size, name: name}, 1)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	a, err := d.finish(context.Background(), tree, Options{})
	if err != nil {
		return nil, err
	}
	defer a.Close()
	err = fs.WalkDir(a, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			_, err = fs.ReadFile(a, name)
		}
		return err
	})
	return a.Problems, err
}

// overlapping makes a zip all of whose rows lead to one entry, which a program
// that believes them inflates again and again.
func overlapping(t *testing.T) []byte {
	raw := makeZip(t, entry{name: "bundle.json", content: "{}"}, entry{name: "zeros", content: strings.Repeat("0", 100_000)})
	end := bytes.LastIndex(raw, []byte("PK\x05\x06"))
	dir := int(binary.LittleEndian.Uint32(raw[end+16:]))
	row := raw[bytes.LastIndex(raw[:end], []byte("PK\x01\x02")):end]
	out := bytes.Clone(raw[:end])
	const copies = 200
	for i := range copies {
		r := bytes.Clone(row)
		copy(r[46:], fmt.Sprintf("z%04d", i))
		out = append(out, r...)
	}
	tail := bytes.Clone(raw[end:])
	binary.LittleEndian.PutUint16(tail[8:], copies+2)
	binary.LittleEndian.PutUint16(tail[10:], copies+2)
	binary.LittleEndian.PutUint32(tail[12:], uint32(len(out)-dir))
	return append(out, tail...)
}

// sevenZipClaiming makes a 7z whose header claims a number of files.
func sevenZipClaiming(files uint32) []byte {
	header := []byte{0x01, 0x05, 0xf0}
	header = binary.LittleEndian.AppendUint32(header, files)
	header = append(header, 0x11, 2, 0, 0, 0, 0)
	raw := makeSevenZip("bundle.json", "{}")[:32]
	binary.LittleEndian.PutUint64(raw[12:], 0)
	binary.LittleEndian.PutUint64(raw[20:], uint64(len(header)))
	binary.LittleEndian.PutUint32(raw[28:], crc(header))
	binary.LittleEndian.PutUint32(raw[8:], crc(raw[12:32]))
	return append(raw, header...)
}

func header() entry { return entry{name: "bundle.json", content: `{"format":"asr-bundle"}`} }

// TestHostile: whatever is wrong with an archive ends in an error, or in a bundle
// with the problem told.
func TestHostile(t *testing.T) {
	zeros := string(make([]byte, 4<<20))
	noise := make([]byte, 2<<20)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	var many, dirs []entry
	for i := range 600 {
		many = append(many, entry{name: fmt.Sprintf("f%d", i), content: "x"})
		dirs = append(dirs, entry{name: fmt.Sprintf("d%d/", i), kind: tar.TypeDir})
	}
	tarOf := func(entries ...entry) []byte { return makeTar(t, append([]entry{header()}, entries...)...) }
	gzipped := func(raw []byte) []byte { return compress(t, raw, gz) }
	tests := map[string]struct {
		raw  []byte
		says string // in the error or in the problems
	}{
		"bomb.tar.gz":      {gzipped(tarOf(entry{name: "z", content: zeros})), "for each packed one"},
		"bomb.tar.zst":     {compress(t, tarOf(entry{name: "z", content: zeros}), packer(archiver.Zstd{})), "unpacked"},
		"bomb.gz":          {gzipped(makeZip(t, header(), entry{name: "z", content: string(noise)})), "bytes unpacked"},
		"large.tar":        {tarOf(entry{name: "z", content: string(noise)}), "bytes unpacked"},
		"large.rar":        {makeRar5(0, header(), entry{name: "z", content: string(noise)}), "bytes unpacked"},
		"many.tar":         {tarOf(many...), "more than 500 entries"},
		"folders.tar":      {tarOf(dirs...), "more than 500 entries"},
		"many.rar":         {makeRar4(0, append(many, header())...), "more than 500 entries"},
		"many in.zip":      {makeZip(t, in("x", many...)...), "more than 500 entries"},
		"zip in zip bomb":  {makeZip(t, entry{name: "a.tar.gz", content: string(gzipped(tarOf(entry{name: "z", content: zeros})))}), "for each packed one"},
		"overlapping.zip":  {overlapping(t), "another name"},
		"up.tar":           {tarOf(entry{name: "../x", content: "x"}), "unsafe name"},
		"inner up.tar":     {tarOf(entry{name: "a/../../x", content: "x"}), "unsafe name"},
		"absolute.tar":     {tarOf(entry{name: "/x", content: "x"}), "unsafe name"},
		"drive.tar":        {tarOf(entry{name: "C:/x", content: "x"}), "unsafe name"},
		"UNC.tar":          {tarOf(entry{name: `\\server\share\x`, content: "x"}), "unsafe name"},
		"stream.tar":       {tarOf(entry{name: "x:y", content: "x"}), "unsafe name"},
		"backslash.tar":    {tarOf(entry{name: `a\b`, content: "x"}), "unsafe name"},
		"escape.tar":       {tarOf(entry{name: "\x1b[2J", content: "x"}), "unsafe name"},
		"name of 5000.tar": {tarOf(entry{name: strings.Repeat("x", 5000), content: "x"}), "unsafe name"},
		"deep.tar":         {tarOf(entry{name: strings.Repeat("x/", 100) + "x", content: "x"}), "unsafe name"},
		"link.tar":         {tarOf(entry{name: "l", link: "/etc/passwd", kind: tar.TypeSymlink}), "link or a device"},
		"hardlink.tar":     {tarOf(entry{name: "l", link: "bundle.json", kind: tar.TypeLink}), "link or a device"},
		"fifo.tar":         {tarOf(entry{name: "l", kind: tar.TypeFifo}), "link or a device"},
		"device.tar":       {tarOf(entry{name: "l", kind: tar.TypeBlock}), "link or a device"},
		"through link.tar": {tarOf(entry{name: "l", link: "/tmp", kind: tar.TypeSymlink}, entry{name: "l/x", content: "x"}), "link or a device"},
		"twice.tar":        {tarOf(header()), "came before"},
		"file as dir.tar":  {tarOf(entry{name: "bundle.json/x", content: "x"}), "is a file"},
		"dir as file.tar":  {tarOf(entry{name: "a/x", content: "x"}, entry{name: "a", content: "x"}), "folder of that name"},
		"up.rar":           {makeRar5(0, header(), entry{name: "../x", content: "x"}), "unsafe name"},
		"drive.7z":         {makeSevenZip(`C:\x`, "x"), "not an ASR support bundle"},
		"files.7z":         {sevenZipClaiming(1 << 20), "cut off or damaged"},
		"cut.rar":          {makeRar5(0, header(), entry{name: "z", content: "zzzzzzzzz"})[:70], "ends or is damaged"},
		"bad sum.tar":      {badSum(tarOf(entry{name: "a", content: "x"}, entry{name: "b", content: "x"})), "ends or is damaged"},
		"quine.zip":        {makeZip(t, entry{name: "r.zip", content: string(makeZip(t, entry{name: "r.zip", content: "PK\x03\x04 and so on"}))}), "not looked into"},
		"NUL.tar":          {tarOf(entry{name: "a", content: "x"}, entry{name: "b", link: "x", kind: tar.TypeSymlink}), "link or a device"},
	}
	for name, test := range tests {
		problems, err := openSmall(t, name, bytes.NewReader(test.raw), int64(len(test.raw)))
		if text := fmt.Sprint(problems, err); !strings.Contains(text, test.says) {
			t.Errorf("%s: %s, want %q", name, text, test.says)
		}
	}
}

// badSum breaks the checksum of the second but last header of a tar.
func badSum(raw []byte) []byte {
	at := bytes.LastIndex(raw, []byte("ustar"))
	raw[at-257+148] ^= 1
	return raw
}

// TestHarmlessNames: what only looks strange is read.
func TestHarmlessNames(t *testing.T) {
	long := strings.Repeat("x", 300)
	raw := makeTar(t, header(),
		entry{name: "logs/" + long + "/" + long, content: "long"}, entry{name: "logs/CON", content: "con"},
		entry{name: "logs/nul.log", content: "nul"}, entry{name: "logs/dot.", content: "dot"}, entry{name: "logs/Büro ä", content: "umlaut"},
		entry{name: "logs/A", content: "upper"}, entry{name: "logs/a", content: "lower"}, entry{name: "logs/*?\"<>|", content: "wild"},
	)
	a, err := openAs(t, "sent.tar", raw)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"logs/" + long + "/" + long: "long", "logs/CON": "con", "logs/dot.": "dot", "logs/Büro ä": "umlaut", "logs/A": "upper", "logs/a": "lower", "logs/*?\"<>|": "wild"} {
		if got, err := fs.ReadFile(a, name); string(got) != want || err != nil {
			t.Errorf("%q = %q, %v", name, got, err)
		}
	}
	if err := a.Close(); err != nil || len(a.Problems) > 0 {
		t.Errorf("problems %v, %v", a.Problems, err)
	}
}

// TestProblemsAreCapped keeps reports readable, and says what is left out.
func TestProblemsAreCapped(t *testing.T) {
	entries := []entry{header()}
	for i := range 200 {
		entries = append(entries, entry{name: fmt.Sprintf("../%d", i)})
	}
	raw := makeZip(t, entries...)
	problems, err := openSmall(t, "sent.zip", bytes.NewReader(raw), int64(len(raw)))
	if err != nil || len(problems) != 51 || !strings.Contains(problems[50].Detail, "150") {
		t.Errorf("%d problems, %v", len(problems), err)
	}
}

// samples are small archives of every kind that is read.
func samples(t testing.TB) map[string][]byte {
	var tarred bytes.Buffer
	w := tar.NewWriter(&tarred)
	for _, e := range bundle {
		if e.kind == 0 {
			if err := errors.Join(w.WriteHeader(&tar.Header{Name: e.name, Mode: 0o600, Size: int64(len(e.content))}), second(io.WriteString(w, e.content))); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.Close()
	list := map[string][]byte{
		"a.zip": makeZip(t, bundle...), "a.tar": tarred.Bytes(), "a.7z": makeSevenZip("bundle.json", "{}"), "a.rar": makeRar5(0, bundle...),
		"old.rar": makeRar4(0, bundle...), "two.zip": makeZip(t, entry{name: "a.zip", content: string(makeZip(t, bundle...))}, entry{name: "b.rar", content: string(makeRar4(0, bundle...))}),
	}
	for name, c := range map[string]archiver.Compressor{
		"a.tar.gz": archiver.Gz{}, "a.tar.zst": archiver.Zstd{}, "a.tar.bz2": archiver.Bz2{}, "a.tar.xz": archiver.Xz{},
		"a.tar.lz4": archiver.Lz4{}, "a.tar.sz": archiver.Sz{}, "a.tar.lz": archiver.Lzip{}, "a.tar.br": archiver.Brotli{},
	} {
		var buf bytes.Buffer
		cw, err := c.OpenWriter(&buf)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(second(cw.Write(tarred.Bytes())), cw.Close()); err != nil {
			t.Fatal(err)
		}
		list[name] = buf.Bytes()
	}
	return list
}

func second(_ int, err error) error { return err }

// TestCutAnywhere: a file that did not arrive whole is never a whole bundle.
func TestCutAnywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, raw := range samples(t) {
		whole, err := openSmall(t, name, bytes.NewReader(raw), int64(len(raw)))
		var several *SeveralError
		if (err != nil && !errors.As(err, &several)) || len(whole) > 0 {
			t.Fatalf("%s: %v, %v", name, whole, err)
		}
		end := len(raw)
		if strings.Contains(name, ".tar") || name == "a.tar" || strings.HasSuffix(name, ".rar") {
			end = len(raw) * 2 / 3 // what follows may be padding or the end's own mark
		}
		for range 40 {
			n := r.IntN(end)
			problems, err := openSmall(t, name, bytes.NewReader(raw[:n]), int64(n))
			if err == nil && len(problems) == 0 && name != "old.rar" { // which has no mark at its end: the manifest tells
				t.Errorf("%s, cut at %d of %d, is taken for whole", name, n, len(raw))
			}
			if errors.As(err, &several) && !anyFailed(several) {
				t.Errorf("%s, cut at %d of %d: all bundles are there: %v", name, n, len(raw), several)
			}
		}
	}
}

func anyFailed(s *SeveralError) bool {
	for _, in := range s.Inner {
		if in.Err != nil || len(in.Problems) > 0 {
			return true
		}
	}
	return false
}

// faulty fails from the n-th read on.
type faulty struct {
	io.ReaderAt
	left int
}

var errDisk = errors.New("input/output error")

func (f *faulty) ReadAt(p []byte, off int64) (int, error) {
	if f.left--; f.left < 0 {
		return 0, errDisk
	}
	return f.ReaderAt.ReadAt(p, off)
}

// TestReadErrors: a disk or a share that fails at any read is told, and nothing
// is taken for whole.
func TestReadErrors(t *testing.T) {
	for name, raw := range samples(t) {
		for n := 0; ; n++ {
			f := &faulty{bytes.NewReader(raw), n}
			problems, err := openSmall(t, name, f, int64(len(raw)))
			if f.left >= 0 {
				if n == 0 {
					t.Errorf("%s was not read", name)
				}
				break
			}
			if err == nil && len(problems) == 0 {
				t.Errorf("%s: an error at read %d is not told", name, n)
			}
		}
	}
}

// TestFull: a full temporary folder is a fault of this machine, and says so.
func TestFull(t *testing.T) {
	dir := os.Getenv("ASRDIAG_SMALL_TMPFS")
	if dir == "" {
		dir = tmpfs(t, 1<<20)
	}
	noise := make([]byte, 4<<20)
	for i := range noise {
		noise[i] = byte(i * i >> 3)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(makeTar(t, header(), entry{name: "x", content: string(noise)})); err != nil {
		t.Fatal(err)
	}
	w.Close()
	name := filepath.Join(t.TempDir(), "sent.tar.gz")
	if err := os.WriteFile(name, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), name, Options{Temp: filepath.Join(dir, "job")})
	if !errors.Is(err, ErrSpool) || !strings.Contains(err.Error(), "space") && !strings.Contains(err.Error(), "free") {
		t.Errorf("%v, want %v for want of space", err, ErrSpool)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "job", "*")); err != nil || len(left) > 0 {
		t.Errorf("%q is left, %v", left, err)
	}
}

// FuzzOpen opens bytes as a file of some name, with tiny caps.
func FuzzOpen(f *testing.F) {
	names := []string{"a.zip", "a.tar.br", "a.zip.001", "a"}
	for name, raw := range samples(f) {
		f.Add(raw, uint8(0))
		if name == "a.tar.br" {
			f.Add(raw, uint8(1))
		}
	}
	var empty bytes.Buffer
	zip.NewWriter(&empty).Close()
	f.Add(empty.Bytes(), uint8(2))
	f.Add([]byte("%PDF-1.7"), uint8(3))
	f.Fuzz(func(t *testing.T, raw []byte, name uint8) {
		_, err := openSmall(t, names[int(name)%len(names)], bytes.NewReader(raw), int64(len(raw)))
		if errors.Is(err, ErrSpool) && !errors.Is(err, bundlezip.ErrLimit) {
			t.Errorf("a fault of this machine: %v", err)
		}
	})
}

func crc(b []byte) uint32 { return crc32.ChecksumIEEE(b) }
