package zipform

import "encoding/binary"

// Signatures and fields of the zip format (PKWARE's APPNOTE 6.3).
const (
	SigLocal        = 0x04034b50
	SigDescriptor   = 0x08074b50
	SigCentral      = 0x02014b50
	SigEnd          = 0x06054b50
	SigEnd64        = 0x06064b50
	SigEnd64Locator = 0x07064b50

	LenLocal = 30 // bytes of a local header before its name

	MethodStore   = 0
	MethodDeflate = 8

	FlagEncrypted  = 1 << 0
	FlagDescriptor = 1 << 3
	FlagUTF8       = 1 << 11

	Version20 = 20 // deflate
	Version45 = 45 // zip64

	ExtraZip64 = 1
	Max16      = 1<<16 - 1 // marks of a number that stands in the zip64 field
	Max32      = 1<<32 - 1
)

// LE appends little-endian fields.
type LE []byte

// U16 appends two bytes.
func (b *LE) U16(v uint16) { *b = binary.LittleEndian.AppendUint16(*b, v) }

// U32 appends four bytes.
func (b *LE) U32(v uint32) { *b = binary.LittleEndian.AppendUint32(*b, v) }

// U64 appends eight bytes.
func (b *LE) U64(v uint64) { *b = binary.LittleEndian.AppendUint64(*b, v) }
