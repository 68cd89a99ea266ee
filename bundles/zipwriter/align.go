package zipwriter

import (
	"encoding/binary"

	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// extraPadding is the extra field with which zipalign pads headers.
const extraPadding = 0xd935

// Align has the next entry begin behind padding: what is written before it then
// lies in whole blocks of n bytes, of which the underlying writer has all and one
// byte more. That is for a writer that holds blocks back until they are full. At
// most 64 KiB are added.
func (w *Writer) Align(n int64) { w.align = n }

// padding is the extra field of a local header with a name of so many bytes.
func (w *Writer) padding(name int) []byte {
	if w.align == 0 {
		return nil
	}
	const fixed = 4 // bytes of the field before its content
	end := (w.out.n/w.align+1)*w.align + 1
	w.align = 0
	pad := make([]byte, min(max(end-w.out.n-zipform.LenLocal-int64(name), fixed), zipform.Max16-1))
	binary.LittleEndian.PutUint16(pad, extraPadding)
	binary.LittleEndian.PutUint16(pad[2:], uint16(len(pad)-fixed))
	return pad
}
