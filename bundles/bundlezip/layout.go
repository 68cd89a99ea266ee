package bundlezip

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// A zip says twice what it holds, in its directory and before each entry, and
// programs believe one or the other. What follows finds zips in which these
// differ, or that hold something besides what the directory lists: another
// archive in front of them or behind, entries within entries.

// span is where an entry lies in the zip, its header included.
type span struct {
	file     *zip.File
	from, to int64
}

// layout compares the directory with what stands before the entries, and says
// why some of them cannot be read. Entries without a header are left to fail
// when they are opened.
func (r *Reader) layout(files []*zip.File, last *budgetReaderAt) map[*zip.File]string {
	bad := map[*zip.File]string{}
	spans := make([]span, 0, len(files))
	for _, f := range files {
		data, err := f.DataOffset()
		if err != nil {
			continue
		}
		from := last.offset.Load() // that of the header, which the directory does not tell
		spans = append(spans, span{f, from, data + int64(min(f.CompressedSize64, uint64(r.size)))})
		if why := r.differs(f, from); why != "" {
			bad[f] = "the header before it and the directory differ: " + why
		}
	}
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	end := int64(0)
	for _, s := range spans {
		if s.from < end && bad[s.file] == "" {
			bad[s.file] = "it lies within another entry"
		}
		end = max(end, s.to)
	}
	inside, behind := r.around()
	switch {
	case len(spans) > 0 && spans[0].from > 0:
		r.stray(r.startsLocal(), fmt.Sprintf("%d bytes in front of the zip's first entry are not part of it", spans[0].from))
	case inside != 0:
		r.reject("", "something stands between the zip's directory and its end, maybe another zip; it is not read")
	}
	if behind > 0 {
		r.stray(r.localAt(r.size-behind), fmt.Sprintf("%d bytes behind the zip's end are not part of it", behind))
	}
	return bad
}

// differs says in what an entry's header contradicts the directory.
func (r *Reader) differs(f *zip.File, from int64) string {
	b := make([]byte, zipform.LenLocal+len(f.Name))
	if n, err := r.readAt(b, from); err != nil || n < len(b) {
		return "" // opening it says what is wrong
	}
	u16 := func(i int) uint16 { return binary.LittleEndian.Uint16(b[i:]) }
	u32 := func(i int) uint32 { return binary.LittleEndian.Uint32(b[i:]) }
	size := func(field uint32, want uint64) bool { return field == zipform.Max32 || uint64(field) == want }
	flags := u16(6)
	switch {
	case int(u16(26)) != len(f.Name) || string(b[zipform.LenLocal:]) != f.Name:
		return "another name"
	case u16(8) != f.Method:
		return "another compression method"
	case (flags^f.Flags)&zipform.FlagEncrypted != 0:
		return "one says that it is encrypted"
	case flags&zipform.FlagDescriptor != 0:
		return ""
	case !size(u32(18), f.CompressedSize64) || !size(u32(22), f.UncompressedSize64):
		return "another size"
	case u32(14) != f.CRC32:
		return "another CRC"
	}
	return ""
}

// stray reports bytes that belong to nothing. Another zip among them may be
// another bundle, which would not be read.
func (r *Reader) stray(zip bool, what string) {
	if zip {
		r.reject("", what+": another zip begins there; it is not read")
		return
	}
	r.rejected = append(r.rejected, bundles.Problem{Kind: bundles.ProblemExtra, Detail: what})
}

// Lengths of the records at the end of a zip.
const (
	lenEnd   = 22
	lenEnd64 = 56 + 20 // the zip64 record and its locator
	mostEnd  = 65 << 10
)

// around is how many bytes stand between the directory and the end record, and
// how many behind that and its comment. It finds the end as archive/zip does.
func (r *Reader) around() (inside, behind int64) {
	b := make([]byte, min(mostEnd, r.size))
	if n, err := r.readAt(b, r.size-int64(len(b))); err != nil || n < len(b) {
		return 0, 0
	}
	sig := binary.LittleEndian.AppendUint32(nil, zipform.SigEnd)
	i := bytes.LastIndex(b, sig)
	for i >= 0 && i+lenEnd > len(b) {
		i = bytes.LastIndex(b[:i], sig)
	}
	if i < 0 {
		return 0, 0
	}
	end := b[i:]
	size, offset := binary.LittleEndian.Uint32(end[12:]), binary.LittleEndian.Uint32(end[16:])
	behind = int64(len(end)) - lenEnd - int64(binary.LittleEndian.Uint16(end[20:]))
	if size == zipform.Max32 || offset == zipform.Max32 {
		return 0, behind
	}
	inside = r.size - int64(len(end)) - int64(size) - int64(offset)
	locator := binary.LittleEndian.AppendUint32(nil, zipform.SigEnd64Locator)
	if inside == lenEnd64 && i >= 20 && bytes.HasPrefix(b[i-20:], locator) {
		inside = 0
	}
	return inside, behind
}
