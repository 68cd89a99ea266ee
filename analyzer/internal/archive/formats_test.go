package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mholt/archiver/v4"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

const wantBundle = "bundle.json facts/services.json logs/a/x.log"

// makeZip makes a zip of the entries.
func makeZip(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, e := range entries {
		f, err := w.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func rarVint(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

// makeRar5 makes a rar 5 of stored files.
func makeRar5(mainFlags int, entries ...entry) []byte {
	out := []byte("Rar!\x1a\x07\x01\x00")
	block := func(body []byte, data string) {
		head := append(rarVint(len(body)), body...)
		out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
		out = append(append(out, head...), data...)
	}
	block(append([]byte{1, 0}, byte(mainFlags)), "")
	for _, e := range entries {
		if strings.HasSuffix(e.name, "/") {
			continue
		}
		body := append([]byte{2, 2}, rarVint(len(e.content))...) // a file with data
		body = append(body, 4)                                   // with a CRC
		body = append(append(body, rarVint(len(e.content))...), 0x20)
		body = binary.LittleEndian.AppendUint32(body, crc32.ChecksumIEEE([]byte(e.content)))
		body = append(body, 0, 1, byte(len(e.name))) // stored, made on Unix
		block(append(body, e.name...), e.content)
	}
	block([]byte{5, 0, 0}, "")
	return out
}

// makeRar4 makes an old rar of stored files.
func makeRar4(archiveFlags uint16, entries ...entry) []byte {
	le := binary.LittleEndian
	out := []byte("Rar!\x1a\x07\x00")
	block := func(kind byte, flags uint16, body []byte, data string) {
		head := le.AppendUint16([]byte{kind}, flags)
		head = append(le.AppendUint16(head, uint16(7+len(body))), body...)
		out = append(le.AppendUint16(out, uint16(crc32.ChecksumIEEE(head))), append(head, data...)...)
	}
	block(0x73, archiveFlags, make([]byte, 6), "")
	for _, e := range entries {
		if strings.HasSuffix(e.name, "/") {
			continue
		}
		body := le.AppendUint32(le.AppendUint32(nil, uint32(len(e.content))), uint32(len(e.content)))
		body = le.AppendUint32(append(body, 3), crc32.ChecksumIEEE([]byte(e.content)))
		body = append(le.AppendUint32(body, 0), 29, 0x30) // time, version, stored
		body = le.AppendUint32(le.AppendUint16(body, uint16(len(e.name))), 0o100644)
		block(0x74, 0x8000, append(body, e.name...), e.content)
	}
	block(0x7b, 0, nil, "")
	return out
}

// packer is a compression of archiver's.
func packer(c archiver.Compressor) func(io.Writer) (io.WriteCloser, error) { return c.OpenWriter }

// v7 takes the magic out of a tar's headers, as tars had none once.
func v7(raw []byte) []byte {
	out := bytes.Clone(raw)
	for at := 0; at+512 <= len(out); at += 512 {
		if !bytes.HasPrefix(out[at+257:], []byte("ustar")) {
			continue
		}
		clear(out[at+257 : at+512])
		copy(out[at+148:], "        ")
		sum := 0
		for _, b := range out[at : at+512] {
			sum += int(b)
		}
		copy(out[at+148:], []byte{byte('0' + sum>>15&7), byte('0' + sum>>12&7), byte('0' + sum>>9&7), byte('0' + sum>>6&7), byte('0' + sum>>3&7), byte('0' + sum&7), 0, ' '})
	}
	return out
}

// openAs opens bytes under a name.
func openAs(t *testing.T, name string, raw []byte) (*Archive, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	t.Cleanup(func() {
		if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
			t.Errorf("%s: %d folders are left, %v", name, len(left), err)
		}
	})
	return Open(context.Background(), path, Options{Temp: temp})
}

func TestAllFormats(t *testing.T) {
	plain, zipped := makeTar(t, bundle...), makeZip(t, bundle...)
	for name, raw := range map[string][]byte{
		"a.zip":     zipped,
		"a.tar":     plain,
		"v7.tar":    v7(plain),
		"a.rar":     makeRar5(0, bundle...),
		"old.rar":   makeRar4(0, bundle...),
		"a.tar.gz":  compress(t, plain, packer(archiver.Gz{})),
		"a.tar.zst": compress(t, plain, packer(archiver.Zstd{})),
		"a.tar.bz2": compress(t, plain, packer(archiver.Bz2{})),
		"a.tar.xz":  compress(t, plain, packer(archiver.Xz{})),
		"a.tar.lz4": compress(t, plain, packer(archiver.Lz4{})),
		"a.tar.sz":  compress(t, plain, packer(archiver.Sz{})),
		"a.tar.lz":  compress(t, plain, packer(archiver.Lzip{})),
		"a.tar.br":  compress(t, plain, packer(archiver.Brotli{})),
		"a.tbr":     compress(t, plain, packer(archiver.Brotli{})),
		"a.tar.zz":  compress(t, plain, packer(archiver.Zlib{})),
		"a.zip.gz":  compress(t, zipped, gz),
		"a.zip.zst": compress(t, zipped, zst),
		"a.zip.br":  compress(t, zipped, packer(archiver.Brotli{})),
		"misnamed":  compress(t, plain, gz),
	} {
		a, err := openAs(t, name, raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a.SHA256 == "" || len(a.Problems) != 0 || a.Inner != "" {
			t.Errorf("%s: hash %q, problems %v, inner %q", name, a.SHA256, a.Problems, a.Inner)
		}
		if got := strings.Join(paths(t, a), " "); got != wantBundle {
			t.Errorf("%s: files %q, want %q", name, got, wantBundle)
		}
	}
}

// TestOtherPrograms opens what other programs make of a bundle's folder.
func TestOtherPrograms(t *testing.T) {
	tree := t.TempDir()
	for _, e := range bundle {
		name := filepath.Join(tree, e.name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if e.kind == 0 {
			if err := os.WriteFile(name, []byte(e.content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		out  string
		args []string
		err  error
	}{
		{"a.zip", []string{"zip", "-qr", "OUT", "."}, nil},
		{"b.zip", []string{"7z", "a", "-bso0", "-tzip", "OUT", "."}, nil},
		{"c.zip", []string{"bsdtar", "--format=zip", "-cf", "OUT", "."}, nil},
		{"a.7z", []string{"7z", "a", "-bso0", "OUT", "."}, nil},
		{"b.7z", []string{"7z", "a", "-bso0", "-m0=PPMd", "OUT", "."}, nil},
		{"c.7z", []string{"bsdtar", "--format=7zip", "-cf", "OUT", "."}, nil},
		{"a.tar", []string{"tar", "-cf", "OUT", "."}, nil},
		{"v7.tar", []string{"tar", "--format=v7", "-cf", "OUT", "."}, nil},
		{"gnu.tar", []string{"tar", "--format=gnu", "-cf", "OUT", "."}, nil},
		{"a.tar.zst", []string{"tar", "--zstd", "-cf", "OUT", "."}, nil},
		{"a.tar.bz2", []string{"tar", "-cjf", "OUT", "."}, nil},
		{"a.tar.xz", []string{"tar", "-cJf", "OUT", "."}, nil},
		{"a.tar.lz4", []string{"tar", "--use-compress-program=lz4", "-cf", "OUT", "."}, nil},
		{"a.tar.br", []string{"tar", "--use-compress-program=brotli", "-cf", "OUT", "."}, nil},
		{"secret.7z", []string{"7z", "a", "-bso0", "-psecret", "OUT", "."}, bundlezip.ErrEncrypted},
		{"names.7z", []string{"7z", "a", "-bso0", "-mhe=on", "-psecret", "OUT", "."}, bundlezip.ErrEncrypted},
		{"secret.zip", []string{"7z", "a", "-bso0", "-tzip", "-psecret", "OUT", "."}, bundlezip.ErrEncrypted},
		{"aes.zip", []string{"7z", "a", "-bso0", "-tzip", "-mem=AES256", "-psecret", "OUT", "."}, bundlezip.ErrEncrypted},
		{"a.cpio", []string{"bsdtar", "--format=cpio", "-cf", "OUT", "."}, ErrUnknown},
		{"a.xar", []string{"bsdtar", "--format=xar", "-cf", "OUT", "."}, ErrUnknown},
		{"a.tar.Z", []string{"bsdtar", "-Z", "-cf", "OUT", "."}, ErrUnknown},
	}
	for _, test := range tests {
		t.Run(test.out, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), test.out)
			args := test.args[1:]
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "OUT", out)
			}
			cmd := exec.Command(program.Path(t, test.args[0]), args...)
			cmd.Dir = tree
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%q: %v\n%s", test.args, err, text)
			}
			a, err := Open(context.Background(), out, Options{Temp: t.TempDir()})
			if !errors.Is(err, test.err) {
				t.Fatalf("%v, want %v", err, test.err)
			}
			if err != nil {
				return
			}
			if len(a.Problems) != 0 {
				t.Errorf("problems %v", a.Problems)
			}
			if got := strings.Join(paths(t, a), " "); got != wantBundle {
				t.Errorf("files %q, want %q", got, wantBundle)
			}
		})
	}
}

// leastVersions are of the modules that read foreign bytes: older ones have
// known faults. STARRY-S/zip is held at the one version that archiver builds with.
var leastVersions = map[string]string{
	"github.com/ulikunitz/xz":         "v0.5.15",
	"github.com/nwaples/rardecode/v2": "v2.4.6",
	"golang.org/x/text":               "v0.39.0",
	"github.com/klauspost/compress":   "v1.18.7",
	"github.com/bodgit/sevenzip":      "v1.6.5",
	"github.com/pierrec/lz4/v4":       "v4.1.33",
	"github.com/andybalholm/brotli":   "v1.2.8",
	"github.com/klauspost/pgzip":      "v1.3.0",
	"github.com/sorairolake/lzip-go":  "v0.3.8",
	"github.com/golang/snappy":        "v1.0.0",
	"github.com/STARRY-S/zip":         "v0.1.0",
	"github.com/mholt/archiver/v4":    "v4.0.0-alpha.9",
}

func TestVersionsOfReaders(t *testing.T) {
	args := append([]string{"list", "-m", "-f", "{{.Path}} {{.Version}}"}, slices.Sorted(maps.Keys(leastVersions))...)
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatalf("go %q: %v", args, err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		path, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		seen++
		if least := leastVersions[path]; least == "" || older(version, least) {
			t.Errorf("%s is %q, want %q or newer", path, version, least)
		}
		if path == "github.com/STARRY-S/zip" && version != leastVersions[path] {
			t.Errorf("%s is %s: newer ones do not build with archiver, see docs/RATIONALE.md", path, version)
		}
	}
	if seen != len(leastVersions) {
		t.Errorf("%d of %d modules are listed:\n%s", seen, len(leastVersions), out)
	}
	if !older("v0.9.9", "v0.10.0") || older("v4.0.0-alpha.10", "v4.0.0-alpha.9") || older("v1.2.8", "v1.2.8") {
		t.Error("versions are compared wrongly")
	}
}

// older compares versions number by number.
func older(have, want string) bool {
	h, w := numbers(have), numbers(want)
	for i := range min(len(h), len(w)) {
		if h[i] != w[i] {
			return h[i] < w[i]
		}
	}
	return len(h) < len(w)
}

func numbers(version string) (list []int) {
	for field := range strings.FieldsFuncSeq(version, func(r rune) bool { return r < '0' || r > '9' }) {
		n := 0
		for _, c := range field {
			n = n*10 + int(c-'0')
		}
		list = append(list, n)
	}
	return list
}
