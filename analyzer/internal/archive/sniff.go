package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/mholt/archiver/v4"
)

// headBytes of a file are looked at to tell what it is: an ISO image says so
// at 32 KiB.
const headBytes = 40 << 10

// format is a kind of archive: a zip, which is read where it is; files to be
// unpacked by extractor, perhaps out of a compression; or, with neither, a
// compression around some other archive.
type format struct {
	name        string // for people
	zip         bool
	age         bool // encrypted, around some other archive
	compression archiver.Decompressor
	extractor   archiver.Extractor
}

// wrapper reports whether there is another file in the archive, and nothing else.
func (f format) wrapper() bool { return !f.zip && !f.age && f.extractor == nil }

// archives by the bytes with which they begin. archiver's own Identify is not
// asked: it tries its formats in random order, believes file names, and takes
// nearly any bytes for brotli.
var archives = []struct {
	magic  string
	format format
}{
	{"PK\x03\x04", format{name: "zip", zip: true}},
	{"PK\x05\x06", format{name: "zip", zip: true}},           // without an entry
	{"PK00PK\x03\x04", format{name: "zip", zip: true}},       // was to be split and came out as one
	{"PK\x07\x08PK\x03\x04", format{name: "zip", zip: true}}, // likewise
	{"7z\xbc\xaf\x27\x1c", format{name: "7z", extractor: archiver.SevenZip{}}},
	{"Rar!\x1a\x07\x00", format{name: "rar", extractor: archiver.Rar{}}},
	{"Rar!\x1a\x07\x01\x00", format{name: "rar", extractor: archiver.Rar{}}},
}

// compressions by the bytes with which they begin.
var compressions = []struct {
	name, magic string
	open        archiver.Decompressor
}{
	{"gz", "\x1f\x8b", archiver.Gz{}},
	{"zst", "\x28\xb5\x2f\xfd", archiver.Zstd{}},
	{"zst", "\x50\x2a\x4d\x18", archiver.Zstd{}}, // begins with a frame to skip, as pzstd writes it
	{"bz2", "BZh", archiver.Bz2{}},
	{"xz", "\xfd7zXZ\x00", archiver.Xz{}},
	{"lz4", "\x04\x22\x4d\x18", archiver.Lz4{}},
	{"lz4", "\x02\x21\x4c\x18", archiver.Lz4{}}, // of old versions
	{"sz", "\xff\x06\x00\x00sNaPpY", archiver.Sz{}},
	{"lz", "LZIP", archiver.Lzip{}},
}

// identify tells what archive a file is. Without one it gives a *Refusal that
// wraps ErrUnknown or another error of this package. The file is read through
// r, from its beginning, and only where the first bytes, head, say that it is
// compressed.
func identify(head []byte, name string, r io.Reader) (format, error) {
	for _, a := range archives {
		if bytes.HasPrefix(head, []byte(a.magic)) {
			return a.format, partOf(head, name)
		}
	}
	if isTar(head) {
		return format{name: "tar", extractor: archiver.Tar{}}, nil
	}
	if encrypted, _ := isAge(head); encrypted {
		return format{name: "age", age: true}, nil
	}
	for _, c := range compressions {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			return inside(c.name, c.open, name, r)
		}
	}
	if name, open := unmarked(head, name); open != nil {
		if f, err := inside(name, open, "", r); err == nil {
			return f, nil
		}
	}
	return format{}, refuse(head, name)
}

// unmarked gives the compression that a file may have although its first bytes
// do not say so: brotli, by the name alone, and zlib, by two bytes. What comes
// out must then be an archive.
func unmarked(head []byte, name string) (string, archiver.Decompressor) {
	lower := strings.ToLower(name)
	switch {
	case strings.HasSuffix(lower, ".br"), strings.HasSuffix(lower, ".tbr"):
		return "br", archiver.Brotli{}
	case len(head) > 2 && head[0]&0x0f == 8 && binary.BigEndian.Uint16(head)%31 == 0:
		return "zz", archiver.Zlib{}
	}
	return "", nil
}

// inside looks at what is compressed.
func inside(compression string, open archiver.Decompressor, name string, r io.Reader) (f format, err error) {
	defer func() {
		if p := recover(); p != nil {
			f, err = format{}, &Refusal{ErrUnknown, fmt.Sprintf("it begins like %s, and its reader breaks: %v", compression, p), askAgain}
		}
	}()
	head, err := peek(open, r)
	if isTar(head) {
		return format{name: "tar." + compression, compression: open, extractor: archiver.Tar{}}, nil
	}
	for _, a := range archives {
		if bytes.HasPrefix(head, []byte(a.magic)) {
			return format{name: compression, compression: open}, nil
		}
	}
	for _, c := range compressions {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			return format{name: compression, compression: open}, nil
		}
	}
	if encrypted, _ := isAge(head); encrypted {
		return format{name: compression, compression: open}, nil
	}
	switch {
	case err != nil:
		return format{}, partOr(name, &Refusal{ErrUnknown, fmt.Sprintf("it is cut off or damaged: %s: %v", compression, err), askAgain})
	case len(head) == 0:
		return format{}, &Refusal{ErrUnknown, "it is empty: there is nothing in the " + compression, askAgain}
	}
	inner := &Refusal{}
	if errors.As(refuse(head, ""), &inner) && inner.What != notArchive {
		return format{}, &Refusal{inner.kind, compression + " around something: " + inner.What, inner.Do}
	}
	return format{}, &Refusal{errPlain, "it is one compressed file (" + compression + "), and not an archive", sendWhole}
}

// peek decompresses the beginning of a file.
func peek(open archiver.Decompressor, r io.Reader) ([]byte, error) {
	plain, err := open.OpenReader(r)
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	head := make([]byte, headBytes)
	n, err := io.ReadFull(plain, head)
	if errors.Is(err, io.EOF) || (errors.Is(err, io.ErrUnexpectedEOF) && n > 0) {
		err = nil
	}
	return head[:n], err
}

// A tar's header is one block.
const (
	tarBlock    = 512
	tarMagicAt  = 257
	tarMagic    = "ustar"
	tarSumAt    = 148
	tarSumEnd   = 156
	tarKindAt   = 156
	oldTarKinds = "\x0001234567gxLKSDVMNXA"
)

// isTar knows tars by their magic and, for those from before there was one, by
// the checksum of their first header.
func isTar(head []byte) bool {
	if len(head) > tarMagicAt && bytes.HasPrefix(head[tarMagicAt:], []byte(tarMagic)) {
		return true
	}
	if len(head) < tarBlock {
		return false
	}
	field := strings.Trim(string(head[tarSumAt:tarSumEnd]), " \x00")
	want, err := strconv.ParseInt(field, 8, 64)
	if err != nil || head[0] == 0 || !strings.ContainsRune(oldTarKinds, rune(head[tarKindAt])) {
		return false
	}
	var sum int64
	for i, b := range head[:tarBlock] {
		if i >= tarSumAt && i < tarSumEnd {
			b = ' '
		}
		sum += int64(b)
	}
	return sum == want
}

// stream reports whether a format is read from its beginning to its end, so that
// nothing can be had behind a fault.
func (f format) stream() bool {
	_, ok := f.extractor.(archiver.SevenZip)
	return !ok
}

// archiveEnds are ends of names that promise an archive.
var archiveEnds = []string{
	".zip", ".7z", ".rar", ".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tzst", ".tbr", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst",
	".tar.lz4", ".tar.lz", ".tar.sz", ".tar.br", ".tar.z", ".zip.gz", ".zip.zst", ".age", ".gpg", ".pgp", ".p7m", ".partial",
	".cab", ".zipx", ".z01", ".001",
}

// promises reports whether a name says that the file is an archive.
func promises(name string) bool {
	lower := strings.ToLower(path.Base(name))
	for _, end := range archiveEnds {
		if strings.HasSuffix(lower, end) {
			return true
		}
	}
	return strings.HasPrefix(lower, "asr-bundle-")
}
