package zipwriter

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipform"
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
	version := uint16(zipform.Version20)
	if len(extra) > 0 {
		version = zipform.Version45
	}
	var b zipform.LE
	b.U32(zipform.SigCentral)
	b.U16(madeByUnix | version)
	b.U16(version)
	w.common(&b)
	b.U32(r.crc)
	b.U32(capped(r.packed, r.big()))
	b.U32(capped(r.size, r.big()))
	b.U16(uint16(len(r.name)))
	b.U16(uint16(len(extra)))
	b.U16(0) // comment
	b.U16(0) // disk
	b.U16(0) // internal attributes
	b.U32(modeRegular)
	b.U32(capped(r.offset, false))
	b = append(b, r.name...)
	return append(b, extra...)
}

// zip64 is the extra field with the numbers that do not fit into 4 bytes, in
// the order that the format wants: size, packed, offset.
func (r record) zip64() []byte {
	var body zipform.LE
	if r.big() {
		body.U64(r.size)
		body.U64(r.packed)
	}
	if r.offset >= zipform.Max32 {
		body.U64(r.offset)
	}
	if len(body) == 0 {
		return nil
	}
	var b zipform.LE
	b.U16(zipform.ExtraZip64)
	b.U16(uint16(len(body)))
	return append(b, body...)
}

// capped is v, or the mark for "see the zip64 record".
func capped(v uint64, elsewhere bool) uint32 {
	if elsewhere || v >= zipform.Max32 {
		return zipform.Max32
	}
	return uint32(v)
}

// endRecords ends the archive; count, offset and size are of the central
// directory.
func endRecords(count, offset, size uint64) []byte {
	var b zipform.LE
	if count >= zipform.Max16 || offset >= zipform.Max32 || size >= zipform.Max32 {
		end64(&b, count, offset, size)
	}
	n := uint16(min(count, zipform.Max16))
	b.U32(zipform.SigEnd)
	b.U16(0) // disks
	b.U16(0)
	b.U16(n)
	b.U16(n)
	b.U32(capped(size, false))
	b.U32(capped(offset, false))
	b.U16(0) // comment
	return b
}

func end64(b *zipform.LE, count, offset, size uint64) {
	b.U32(zipform.SigEnd64)
	b.U64(44) // bytes that follow
	b.U16(madeByUnix | zipform.Version45)
	b.U16(zipform.Version45)
	b.U32(0) // disks
	b.U32(0)
	b.U64(count)
	b.U64(count)
	b.U64(size)
	b.U64(offset)
	b.U32(zipform.SigEnd64Locator)
	b.U32(0)
	b.U64(offset + size)
	b.U32(1)
}
