package bundlezip

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// Salvage reads a zip without its central directory, from its first entry on.
// It inflates everything once and keeps the entries whose length and CRC hold;
// it stops at the first byte that does not fit, and never searches on from
// there, because what looks like an entry could be the content of another. Rejected
// then says where it stopped. It fails with ErrNotZip when ra does not begin
// with an entry, with ErrCut when no entry is whole, with ErrEncrypted, with
// ErrLimit, or with the error of ra.
func Salvage(ra io.ReaderAt, size int64) (*Reader, error) {
	r := &Reader{ra: ra, size: size}
	if !r.startsLocal() {
		return nil, ErrNotZip
	}
	w := &walker{r: r}
	if err := w.walk(); err != nil {
		return nil, err
	}
	if len(w.entries) == 0 {
		return nil, fmt.Errorf("%w: no entry is whole", ErrCut)
	}
	return r, r.build(w.entries)
}

// walker goes from local header to local header.
type walker struct {
	r       *Reader
	pos     int64
	entries []*entry
}

// errStop ends a walk without failing it: the bytes make no further sense.
type errStop struct{ path, why string }

func (e *errStop) Error() string { return e.why }

func (w *walker) walk() error {
	for seen := 0; ; seen++ {
		err := w.next()
		if stop := (*errStop)(nil); errors.As(err, &stop) {
			w.r.rejected = append(w.r.rejected, bundles.Problem{
				Kind: bundles.ProblemCut, Path: stop.path,
				Detail: fmt.Sprintf("the zip ends or is damaged at byte %d of %d: %s", w.pos, w.r.size, stop.why),
			})
			return nil
		}
		if err != nil {
			return err
		}
		if seen == zipform.MaxEntries {
			return fmt.Errorf("%w: %d entries", ErrLimit, zipform.MaxEntries)
		}
	}
}

// local is a local header.
type local struct {
	flags, method uint16
	crc           uint32
	packed, size  int64 // -1: in the data descriptor
	name          string
	data          int64 // offset of the compressed bytes
}

// next reads one entry and moves on behind it. What comes after the last entry
// is an *errStop too.
func (w *walker) next() error {
	var fixed [zipform.LenLocal]byte
	switch n, err := w.r.readAt(fixed[:], w.pos); {
	case err != nil:
		return err
	case n >= 4 && binary.LittleEndian.Uint32(fixed[:]) == zipform.SigCentral:
		return &errStop{why: "its directory cannot be used"}
	case n < zipform.LenLocal:
		return &errStop{why: "no further header"}
	case binary.LittleEndian.Uint32(fixed[:]) != zipform.SigLocal:
		return &errStop{why: "no header where one should be"}
	}
	h, err := w.header(fixed)
	if err != nil {
		return err
	}
	if h.flags&zipform.FlagEncrypted != 0 {
		return fmt.Errorf("%w: entry %q", ErrEncrypted, h.name)
	}
	return w.content(h)
}

// readAt is ReadAt for a read that may meet the end.
func (r *Reader) readAt(p []byte, off int64) (int, error) {
	n, err := r.ra.ReadAt(p[:min(int64(len(p)), max(0, r.size-off))], off)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// header parses the local header at the walker's position.
func (w *walker) header(b [zipform.LenLocal]byte) (local, error) {
	u16 := func(i int) uint16 { return binary.LittleEndian.Uint16(b[i:]) }
	u32 := func(i int) uint32 { return binary.LittleEndian.Uint32(b[i:]) }
	h := local{flags: u16(6), method: u16(8), crc: u32(14), packed: int64(u32(18)), size: int64(u32(22))}
	nameLen, extraLen := int(u16(26)), int(u16(28))
	rest := make([]byte, nameLen+extraLen)
	n, err := w.r.readAt(rest, w.pos+zipform.LenLocal)
	if err != nil {
		return h, err
	}
	if n < len(rest) {
		return h, &errStop{why: "a header is cut off"}
	}
	h.name = string(rest[:nameLen])
	h.data = w.pos + zipform.LenLocal + int64(len(rest))
	switch {
	case h.flags&zipform.FlagDescriptor != 0:
		h.packed, h.size = -1, -1
	case h.packed == zipform.Max32 || h.size == zipform.Max32:
		h.zip64(rest[nameLen:])
	}
	return h, nil
}

// zip64 takes the sizes from the extra fields; in a local header both are there.
func (h *local) zip64(extra []byte) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			return
		}
		if id == zipform.ExtraZip64 && n >= 16 {
			h.size = int64(binary.LittleEndian.Uint64(extra))
			h.packed = int64(binary.LittleEndian.Uint64(extra[8:]))
			return
		}
		extra = extra[n:]
	}
}

// content checks the content of an entry, keeps it when it holds, and moves on.
func (w *walker) content(h local) error {
	known := h.packed >= 0
	if known && (h.packed > w.r.size-h.data || h.size < 0) {
		return &errStop{h.name, "the entry is cut off"}
	}
	got, err := w.measure(h)
	if err != nil {
		return err
	}
	next := h.data + got.packed
	switch {
	case !known:
		n, ok, err := w.descriptor(next, got)
		if err != nil {
			return err
		}
		if !ok {
			return &errStop{h.name, "the entry's check is missing or wrong"}
		}
		next += n
	case got.packed != h.packed || got.size != h.size || got.crc != h.crc:
		return &errStop{h.name, "the entry does not have the length or check that its header says"}
	}
	w.pos = next
	w.keep(h, got)
	return nil
}

// keep takes a whole entry over, unless its name or method is not ours.
func (w *walker) keep(h local, got sums) {
	name, err := zipform.CleanName(h.name)
	if err != nil {
		w.r.reject(h.name, err.Error())
		return
	}
	e := &entry{name: name, method: h.method, crc: got.crc, packed: got.packed, size: got.size}
	e.offset = func() (int64, error) { return h.data, nil }
	e.high.Store(got.size) // booked by measure
	if strings.HasSuffix(h.name, "/") {
		e.mode = fs.ModeDir
	}
	w.entries = append(w.entries, e)
}

// sums are what an entry really is.
type sums struct {
	crc          uint32
	packed, size int64
}

// measure reads an entry's content to its end.
func (w *walker) measure(h local) (sums, error) {
	limit := w.r.size - h.data
	if h.packed >= 0 {
		limit = h.packed
	}
	section := io.NewSectionReader(w.r.ra, h.data, limit)
	switch {
	case h.method == zipform.MethodDeflate:
		return w.inflate(h.name, section)
	case h.method == zipform.MethodStore && h.packed >= 0:
		return w.copy(h.name, section, func() int64 { return h.packed })
	}
	return sums{}, &errStop{h.name, fmt.Sprintf("compression method %d has no end of its own", h.method)}
}

func (w *walker) inflate(name string, section *io.SectionReader) (sums, error) {
	f, err := w.r.inflater(section)
	if err != nil {
		return sums{}, err
	}
	defer w.r.pool.Put(f)
	return w.copy(name, f.flate, func() int64 { return consumed(section, f.buf) })
}

// consumed is how much of a section was taken out of the buffer before it.
func consumed(section *io.SectionReader, buf *bufio.Reader) int64 {
	pos, err := section.Seek(0, io.SeekCurrent)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return pos - int64(buf.Buffered())
}

// copy reads src to its end; packed tells how many compressed bytes it took.
func (w *walker) copy(name string, src io.Reader, packed func() int64) (sums, error) {
	var s sums
	e := &entry{}
	p := make([]byte, bufferSize)
	for {
		n, err := src.Read(p)
		s.crc = crc32.Update(s.crc, crc32.IEEETable, p[:n])
		s.size += int64(n)
		s.packed = packed()
		e.packed = s.packed
		if limit := w.r.account(e, s.size); limit != nil {
			return s, limit
		}
		if err == io.EOF {
			return s, nil
		}
		if err != nil {
			return s, &errStop{name, "the entry is cut off or damaged: " + err.Error()}
		}
	}
}

// descriptor looks for a data descriptor that says what was measured: with and
// without signature, with sizes of 4 and of 8 bytes. Where two forms fit, the
// one before a signature or the end is meant.
func (w *walker) descriptor(off int64, s sums) (int64, bool, error) {
	var b [24 + 4]byte
	n, err := w.r.readAt(b[:], off)
	if err != nil {
		return 0, false, err
	}
	length, found := int64(0), false
	for _, form := range descriptors(s) {
		rest, ok := strings.CutPrefix(string(b[:n]), string(form))
		if !ok {
			continue
		}
		if strings.HasPrefix("PK", rest[:min(2, len(rest))]) {
			return int64(len(form)), true, nil
		}
		length, found = int64(len(form)), true
	}
	return length, found, nil
}

// descriptors are the four forms for one entry.
func descriptors(s sums) [][]byte {
	var short, long zipform.LE
	short.U32(s.crc)
	long.U32(s.crc)
	long.U64(uint64(s.packed))
	long.U64(uint64(s.size))
	short.U32(uint32(s.packed))
	short.U32(uint32(s.size))
	sig := binary.LittleEndian.AppendUint32(nil, zipform.SigDescriptor)
	forms := [][]byte{append(sig[:4:4], long...), append(sig[:4:4], short...), long, short}
	if s.packed > zipform.Max32 || s.size > zipform.Max32 {
		return [][]byte{forms[0], forms[2]}
	}
	return forms
}
