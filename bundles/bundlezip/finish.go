package bundlezip

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/asrdiag/asrdiag/bundles"
)

// Finish writes manifest.json and the central directory. It sets the
// manifest's Format, Version, Minor, ID, Created and Files; the rest is the
// caller's. It does not close the underlying writer.
func (w *Writer) Finish(m bundles.Manifest) error {
	if w.open != nil {
		return fmt.Errorf("finish bundle: entry %q is still open", w.open.rec.name)
	}
	if w.finished {
		return errors.New("finish bundle: it is finished already")
	}
	raw, err := w.manifest(m)
	if err != nil {
		return err
	}
	if _, err := w.writeWhole(bundles.ManifestPath, raw); err != nil {
		return err
	}
	w.finished = true
	if err := w.writeCentral(); err != nil {
		return err
	}
	w.fail(w.buf.Flush())
	return w.err
}

// manifest encodes m with the writer's own members filled in.
func (w *Writer) manifest(m bundles.Manifest) ([]byte, error) {
	h := w.header
	m.Format, m.Version, m.Minor, m.ID, m.Created = h.Format, h.Version, h.Minor, h.ID, h.Created
	m.Files = append([]bundles.File{}, w.files...)
	if m.Sources == nil {
		m.Sources = []bundles.Source{}
	}
	raw, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", bundles.ManifestPath, err)
	}
	if len(raw) >= bundles.MaxManifestBytes {
		return nil, fmt.Errorf("%w: %s has %d bytes", ErrLimit, bundles.ManifestPath, len(raw))
	}
	return append(raw, '\n'), nil
}

func (w *Writer) writeCentral() error {
	begin := uint64(w.out.n)
	for _, r := range w.central {
		if err := w.write(w.centralHeader(r)); err != nil {
			return err
		}
	}
	return w.write(endRecords(uint64(len(w.central)), begin, uint64(w.out.n)-begin))
}

func (w *Writer) centralHeader(r record) []byte {
	extra := r.zip64()
	version := uint16(version20)
	if len(extra) > 0 {
		version = version45
	}
	var b le
	b.u32(sigCentral)
	b.u16(madeByUnix | version)
	b.u16(version)
	w.common(&b)
	b.u32(r.crc)
	b.u32(capped(r.packed, r.big()))
	b.u32(capped(r.size, r.big()))
	b.u16(uint16(len(r.name)))
	b.u16(uint16(len(extra)))
	b.u16(0) // comment
	b.u16(0) // disk
	b.u16(0) // internal attributes
	b.u32(modeRegular)
	b.u32(capped(r.offset, false))
	b = append(b, r.name...)
	return append(b, extra...)
}

// zip64 is the extra field with the numbers that do not fit into 4 bytes, in
// the order that the format wants: size, packed, offset.
func (r record) zip64() []byte {
	var body le
	if r.big() {
		body.u64(r.size)
		body.u64(r.packed)
	}
	if r.offset >= max32 {
		body.u64(r.offset)
	}
	if len(body) == 0 {
		return nil
	}
	var b le
	b.u16(extraZip64)
	b.u16(uint16(len(body)))
	return append(b, body...)
}

// capped is v, or the mark for "see the zip64 record".
func capped(v uint64, elsewhere bool) uint32 {
	if elsewhere || v >= max32 {
		return max32
	}
	return uint32(v)
}

// endRecords ends the archive; count, offset and size are of the central
// directory.
func endRecords(count, offset, size uint64) []byte {
	var b le
	if count >= max16 || offset >= max32 || size >= max32 {
		b.end64(count, offset, size)
	}
	n := uint16(min(count, max16))
	b.u32(sigEnd)
	b.u16(0) // disks
	b.u16(0)
	b.u16(n)
	b.u16(n)
	b.u32(capped(size, false))
	b.u32(capped(offset, false))
	b.u16(0) // comment
	return b
}

func (b *le) end64(count, offset, size uint64) {
	b.u32(sigEnd64)
	b.u64(44) // bytes that follow
	b.u16(madeByUnix | version45)
	b.u16(version45)
	b.u32(0) // disks
	b.u32(0)
	b.u64(count)
	b.u64(count)
	b.u64(size)
	b.u64(offset)
	b.u32(sigEnd64Locator)
	b.u32(0)
	b.u64(offset + size)
	b.u32(1)
}
