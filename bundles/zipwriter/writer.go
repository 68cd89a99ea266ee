package zipwriter

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// Writer streams a bundle. It is not safe for concurrent use. After an error
// of the underlying writer all methods return that error, wrapped.
type Writer struct {
	header      bundles.Header
	date, clock uint16
	out         counter
	buf         *bufio.Writer
	deflate     *flate.Writer
	open        *entryWriter
	central     []record
	files       []bundles.File
	rows        map[string]int  // path to index in files
	dirs        map[string]bool // folders that the names imply
	align       int64           // see Align; 0: the next entry begins where it does
	finished    bool
	err         error
}

// record is what the central directory says about an entry.
type record struct {
	name         string
	crc          uint32
	packed, size uint64
	offset       uint64
}

// counter counts the bytes of the archive, written or in the buffer.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// NewWriter starts a bundle and writes bundle.json. Format, Version and Minor
// of the header are set to those of package bundles. The header's Created also
// is the time of every zip entry, so that equal input gives equal bytes.
func NewWriter(w io.Writer, h bundles.Header) (*Writer, error) {
	h.Format, h.Version, h.Minor = bundles.Format, bundles.Version, bundles.Minor
	h.Created = h.Created.UTC()
	buf := bufio.NewWriterSize(w, bufferSize)
	zw := &Writer{header: h, buf: buf, out: counter{w: buf}, rows: map[string]int{}, dirs: map[string]bool{}}
	zw.date, zw.clock = dosTime(h.Created)
	deflate, err := flate.NewWriter(io.Discard, deflateLevel)
	if err != nil {
		return nil, err
	}
	zw.deflate = deflate
	raw, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", bundles.HeaderPath, err)
	}
	if _, err := zw.writeWhole(bundles.HeaderPath, append(raw, '\n')); err != nil {
		return nil, err
	}
	return zw, nil
}

// Create starts the entry f.Path; its content is written to the result, whose
// Close fills in Size, SHA256, StoredSize and Restarts, and Source when it is empty. An
// entry has to be closed before the next one is created. The name must pass
// CleanName unchanged, else the error is ErrName; a name that is there already,
// or that is a folder, gives ErrDuplicate; MaxEntries of them give ErrLimit.
func (w *Writer) Create(f bundles.File) (io.WriteCloser, error) {
	if f.Path == bundles.HeaderPath || f.Path == bundles.ManifestPath {
		return nil, fmt.Errorf("%w: %q", ErrDuplicate, f.Path)
	}
	if err := w.claim(f.Path); err != nil {
		return nil, err
	}
	e, err := w.start(f.Path)
	if err != nil {
		return nil, err
	}
	if f.Source == "" {
		f.Source = bundles.SourceOf(f.Path)
	}
	f.Restarts = nil
	w.rows[f.Path] = len(w.files)
	w.files = append(w.files, f)
	e.row = len(w.files) - 1
	return e, nil
}

// claim checks a new name against the names so far.
func (w *Writer) claim(name string) error {
	switch clean, err := zipform.CleanName(name); {
	case err != nil:
		return err
	case clean != name:
		return fmt.Errorf("%w: %q is not in its shortest form", zipform.ErrName, name)
	case len(w.files) >= zipform.MaxEntries-2: // bundle.json and manifest.json
		return fmt.Errorf("%w: %d entries", ErrLimit, zipform.MaxEntries)
	}
	if _, ok := w.rows[name]; ok || w.dirs[name] {
		return fmt.Errorf("%w: %q", ErrDuplicate, name)
	}
	for dir := parent(name); dir != ""; dir = parent(dir) {
		if _, ok := w.rows[dir]; ok || dir == bundles.HeaderPath || dir == bundles.ManifestPath {
			return fmt.Errorf("%w: %q is a file", ErrDuplicate, dir)
		}
	}
	for dir := parent(name); dir != "" && !w.dirs[dir]; dir = parent(dir) {
		w.dirs[dir] = true
	}
	return nil
}

// parent is the folder of a path; "" for one at the root.
func parent(name string) string {
	return name[:max(0, strings.LastIndexByte(name, '/'))]
}

// start writes a local header.
func (w *Writer) start(name string) (*entryWriter, error) {
	switch {
	case w.err != nil:
		return nil, w.err
	case w.finished:
		return nil, errors.New("write to a finished bundle")
	case w.open != nil:
		return nil, fmt.Errorf("create %q: entry %q is still open", name, w.open.rec.name)
	}
	e := &entryWriter{w: w, row: -1, crc: crc32.NewIEEE(), sum: sha256.New()}
	e.rec = record{name: name, offset: uint64(w.out.n)}
	var b zipform.LE
	b.U32(zipform.SigLocal)
	b.U16(zipform.Version20)
	w.common(&b)
	b.U32(0) // CRC and sizes follow in the data descriptor
	b.U32(0)
	b.U32(0)
	b.U16(uint16(len(name)))
	pad := w.padding(len(name))
	b.U16(uint16(len(pad)))
	if err := w.write(append(append(b, name...), pad...)); err != nil {
		return nil, err
	}
	if len(pad) > 0 {
		w.fail(w.buf.Flush())
	}
	e.begin, e.next = w.out.n, zipform.PieceBytes
	w.deflate.Reset(&w.out)
	w.open = e
	return e, nil
}

// common appends the fields that local and central headers share.
func (w *Writer) common(b *zipform.LE) {
	b.U16(zipform.FlagDescriptor | zipform.FlagUTF8)
	b.U16(zipform.MethodDeflate)
	b.U16(w.clock)
	b.U16(w.date)
}

func (w *Writer) write(p []byte) error {
	if w.err == nil {
		_, err := w.out.Write(p)
		w.fail(err)
	}
	return w.err
}

// fail keeps the first error.
func (w *Writer) fail(err error) {
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("write bundle: %w", err)
	}
}

// writeWhole writes an entry that has no row in the manifest.
func (w *Writer) writeWhole(name string, raw []byte) (int, error) {
	e, err := w.start(name)
	if err != nil {
		return 0, err
	}
	n, err := e.Write(raw)
	return n, errors.Join(err, e.Close())
}

// Written is the size of the archive so far. Up to 64 KiB of the open entry may
// still be in buffers; a closed entry has been handed to the underlying writer.
func (w *Writer) Written() int64 { return w.out.n }

// Files are the rows of the manifest so far, in the order of writing.
func (w *Writer) Files() []bundles.File { return slices.Clone(w.files) }

// Update changes the manifest's row of an entry, for what is only known at its
// end. Path, Size, SHA256, StoredSize and Restarts stay the writer's. Without such an
// entry it does nothing.
func (w *Writer) Update(path string, change func(*bundles.File)) {
	i, ok := w.rows[path]
	if !ok {
		return
	}
	f := w.files[i]
	change(&f)
	was := w.files[i]
	f.Path, f.Size, f.SHA256, f.StoredSize, f.Restarts = was.Path, was.Size, was.SHA256, was.StoredSize, was.Restarts
	w.files[i] = f
}

// entryWriter is the open entry.
type entryWriter struct {
	w      *Writer
	rec    record
	row    int // in w.files; -1: none
	begin  int64
	next   uint64 // where the stream starts afresh
	crc    hash.Hash32
	sum    hash.Hash
	closed bool
}

// Write adds to the entry's content.
func (e *entryWriter) Write(p []byte) (int, error) {
	if e.closed {
		return 0, fmt.Errorf("write to closed entry %q", e.rec.name)
	}
	if e.w.err != nil {
		return 0, e.w.err
	}
	done := 0
	for done < len(p) && e.w.err == nil {
		if e.rec.size == e.next {
			e.restart()
		}
		part := p[done:]
		part = part[:min(uint64(len(part)), e.next-e.rec.size)]
		done += e.deflate(part)
	}
	return done, e.w.err
}

// deflate adds what belongs to one piece.
func (e *entryWriter) deflate(p []byte) int {
	n, err := e.w.deflate.Write(p)
	e.crc.Write(p[:n])
	e.sum.Write(p[:n])
	e.rec.size += uint64(n)
	e.w.fail(err)
	return n
}

// restart ends a piece: the stream goes on at a whole byte, behind an empty
// stored block, and refers to nothing before it.
func (e *entryWriter) restart() {
	e.next += zipform.PieceBytes
	if e.row < 0 || len(e.w.files[e.row].Restarts) == zipform.MaxRestarts {
		return
	}
	e.w.fail(e.w.deflate.Flush())
	e.w.deflate.Reset(&e.w.out)
	f := &e.w.files[e.row]
	f.Restarts = append(f.Restarts, [2]int64{int64(e.rec.size), e.w.out.n - e.begin})
}

// Close ends the entry and hands all of it to the underlying writer. A second
// Close does nothing.
func (e *entryWriter) Close() error {
	if e.closed {
		return nil
	}
	e.closed, e.w.open = true, nil
	if e.w.err != nil {
		return e.w.err
	}
	e.w.fail(e.w.deflate.Close())
	e.rec.crc, e.rec.packed = e.crc.Sum32(), uint64(e.w.out.n-e.begin)
	if err := e.w.write(e.rec.descriptor()); err != nil {
		return err
	}
	e.w.fail(e.w.buf.Flush())
	e.w.central = append(e.w.central, e.rec)
	if e.row >= 0 {
		f := &e.w.files[e.row]
		f.Size, f.StoredSize = int64(e.rec.size), int64(e.rec.packed)
		f.SHA256 = hex.EncodeToString(e.sum.Sum(nil))
	}
	return e.w.err
}

// descriptor has 8-byte sizes only where 4 bytes do not do.
func (r record) descriptor() []byte {
	var b zipform.LE
	b.U32(zipform.SigDescriptor)
	b.U32(r.crc)
	if r.big() {
		b.U64(r.packed)
		b.U64(r.size)
	} else {
		b.U32(uint32(r.packed))
		b.U32(uint32(r.size))
	}
	return b
}

func (r record) big() bool { return r.packed >= zipform.Max32 || r.size >= zipform.Max32 }
