package bundlezip

import (
	"encoding/binary"
	"time"
)

// Signatures and fields of the zip format (PKWARE's APPNOTE 6.3).
const (
	sigLocal        = 0x04034b50
	sigDescriptor   = 0x08074b50
	sigCentral      = 0x02014b50
	sigEnd          = 0x06054b50
	sigEnd64        = 0x06064b50
	sigEnd64Locator = 0x07064b50

	lenLocal = 30

	methodStore   = 0
	methodDeflate = 8

	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3
	flagUTF8       = 1 << 11

	version20   = 20     // deflate
	version45   = 45     // zip64
	madeByUnix  = 3 << 8 // gives the external attributes their meaning
	modeRegular = 0o100644 << 16

	extraZip64 = 1
	max16      = 1<<16 - 1
	max32      = 1<<32 - 1
)

// le appends little-endian fields.
type le []byte

func (b *le) u16(v uint16) { *b = binary.LittleEndian.AppendUint16(*b, v) }
func (b *le) u32(v uint32) { *b = binary.LittleEndian.AppendUint32(*b, v) }
func (b *le) u64(v uint64) { *b = binary.LittleEndian.AppendUint64(*b, v) }

// dosTime packs a time as MS-DOS does, to two seconds, in UTC. Years before
// 1980 become its first moment.
func dosTime(t time.Time) (date, clock uint16) {
	t = t.UTC()
	if t.Year() < 1980 || t.Year() > 2107 {
		return 1<<5 | 1, 0
	}
	date = uint16(t.Year()-1980)<<9 | uint16(t.Month())<<5 | uint16(t.Day())
	return date, uint16(t.Hour())<<11 | uint16(t.Minute())<<5 | uint16(t.Second()/2)
}
