package archive

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"time"
)

// repacker writes what comes out of an archive into one zip without
// compression, so that whatever a name means to this machine's file system it
// means nothing, everything is read by one reader afterwards, and another
// process can open it by its path. A file that fails half way is taken back.
type repacker struct {
	f       *os.File
	at      int64 // where the next entry begins
	entries []packedFile
}

// packedFile is an entry of the zip.
type packedFile struct {
	name   string
	crc    uint32
	size   int64
	header int64  // offset of its local header
	mtime  uint32 // seconds since 1970; 0: not known
}

// Fields of a zip; see PKWARE's APPNOTE 6.3.
const (
	sigLocal        = 0x04034b50
	sigCentral      = 0x02014b50
	sigEnd          = 0x06054b50
	sigEnd64        = 0x06064b50
	sigEnd64Locator = 0x07064b50
	zipVersion      = 45      // with 64-bit sizes
	madeByUnix      = 3 << 8  // no names of DOS
	flagUTF8        = 1 << 11 // of names
	lenLocal        = 30
	lenLocalExtra   = 4 + 8 + 8 // the 64-bit field of a local header
	lenEnd64        = 56
	extraTime       = 0x5455    // a field with times of Unix,
	hasMTime        = 1         // here that of the last change
	none16          = 1<<16 - 1 // see the 64-bit field
	none32          = 1<<32 - 1
)

// add copies a file. Errors of writing wrap ErrSpool; after any error the entry
// is not there.
func (p *repacker) add(name string, mtime time.Time, content io.Reader) error {
	data := p.at + lenLocal + int64(len(name)) + lenLocalExtra
	if _, err := p.f.Seek(data, io.SeekStart); err != nil {
		return fmt.Errorf("%w: %v", ErrSpool, err)
	}
	sum := crc32.NewIEEE()
	size, err := io.Copy(io.MultiWriter(spoolWriter{p.f}, sum), content)
	e := packedFile{name, sum.Sum32(), size, p.at, unixSeconds(mtime)}
	if err == nil {
		_, err = spoolWriter{writerAt{p.f, p.at}}.Write(e.local())
	}
	if err != nil {
		if cut := p.f.Truncate(p.at); cut != nil {
			return fmt.Errorf("%w: %v", ErrSpool, cut)
		}
		return err
	}
	p.entries = append(p.entries, e)
	p.at = data + size
	return nil
}

// unixSeconds is a time as a zip has it beside that of DOS, 0 for none.
func unixSeconds(t time.Time) uint32 {
	if s := t.Unix(); s > 0 && s <= math.MaxInt32 {
		return uint32(s)
	}
	return 0
}

// local gives the header before the entry.
func (e packedFile) local() []byte {
	u16, u32, u64 := binary.LittleEndian.AppendUint16, binary.LittleEndian.AppendUint32, binary.LittleEndian.AppendUint64
	b := u16(u16(u32(nil, sigLocal), zipVersion), flagUTF8)
	b = u32(u16(b, 0), 0)                       // method, time
	b = u32(u32(u32(b, e.crc), none32), none32) // sizes: in the 64-bit field
	b = append(u16(u16(b, uint16(len(e.name))), lenLocalExtra), e.name...)
	return u64(u64(u16(u16(b, 1), 8+8), uint64(e.size)), uint64(e.size))
}

// finish writes the directory, and gives the size of the zip.
func (p *repacker) finish() (int64, error) {
	var dir []byte
	for _, e := range p.entries {
		dir = e.appendTo(dir)
	}
	start, length := uint64(p.at), uint64(len(dir))
	u16, u32, u64 := binary.LittleEndian.AppendUint16, binary.LittleEndian.AppendUint32, binary.LittleEndian.AppendUint64
	n := uint64(len(p.entries))
	dir = u64(u32(dir, sigEnd64), lenEnd64-12)
	dir = u16(u16(dir, zipVersion), zipVersion)
	dir = u64(u64(u64(u64(u32(u32(dir, 0), 0), n), n), length), start)
	dir = u32(u64(u32(u32(dir, sigEnd64Locator), 0), start+length), 1)
	dir = u16(u16(u16(u16(u32(dir, sigEnd), 0), 0), none16), none16)
	dir = u16(u32(u32(dir, none32), none32), 0)
	if _, err := (spoolWriter{writerAt{p.f, p.at}}).Write(dir); err != nil {
		return 0, err
	}
	return p.at + int64(len(dir)), nil
}

// appendTo appends the entry's row of the directory.
func (e packedFile) appendTo(b []byte) []byte {
	u16, u32, u64 := binary.LittleEndian.AppendUint16, binary.LittleEndian.AppendUint32, binary.LittleEndian.AppendUint64
	b = u16(u16(u32(b, sigCentral), madeByUnix|zipVersion), zipVersion)
	b = u32(u16(u16(b, flagUTF8), 0), 0)             // method, time
	b = u32(u32(u32(b, e.crc), none32), none32)      // sizes: in the 64-bit field
	b = u16(u16(b, uint16(len(e.name))), 4+8+8+8+9)  // and of that field and the time
	b = u32(u16(u16(u16(b, 0), 0), 0), 0o100600<<16) // a regular file
	b = append(u32(b, none32), e.name...)
	b = u16(u16(b, 1), 8+8+8)
	b = u64(u64(u64(b, uint64(e.size)), uint64(e.size)), uint64(e.header))
	return u32(append(u16(u16(b, extraTime), 1+4), hasMTime), e.mtime)
}

// writerAt writes one piece at an offset.
type writerAt struct {
	w  io.WriterAt
	at int64
}

func (w writerAt) Write(p []byte) (int, error) { return w.w.WriteAt(p, w.at) }

// spoolWriter tells errors of writing from those of reading.
type spoolWriter struct{ w io.Writer }

func (s spoolWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil {
		err = fmt.Errorf("%w: %v", ErrSpool, err)
	}
	return n, err
}
