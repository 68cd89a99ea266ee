package bundlezip

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// oldNames reads the names that old programs write: with backslashes between
// their elements, and in the code page of a console. What it gives still has to
// go through CleanName.
type oldNames struct {
	backslashes bool // are separators in this zip
	decoded     int  // names that were no UTF-8
}

// newOldNames decides what backslashes mean in a zip.
//
// They are separators when the zip was made on a FAT or NTFS host throughout,
// where no file name can have one, and when no name has a slash besides: that
// is what Compress-Archive of old PowerShells makes. A mixture is nobody's
// habit, and is left to CleanName to refuse.
func newOldNames(files []*zip.File) *oldNames {
	n := &oldNames{}
	for _, f := range files {
		if !dosHost(f) || strings.Contains(f.Name, "/") {
			return &oldNames{}
		}
		n.backslashes = n.backslashes || strings.Contains(f.Name, `\`)
	}
	return n
}

// Hosts in the upper byte of "version made by".
const (
	hostFAT  = 0
	hostNTFS = 10
	hostVFAT = 14
)

func dosHost(f *zip.File) bool {
	host := f.CreatorVersion >> 8
	return host == hostFAT || host == hostNTFS || host == hostVFAT
}

// of gives the name of an entry.
func (n *oldNames) of(f *zip.File) string {
	name := f.Name
	if !utf8.ValidString(name) && f.Flags&zipform.FlagUTF8 == 0 {
		name = decodeName(f)
		n.decoded++
	}
	if n.backslashes {
		name = strings.ReplaceAll(name, `\`, "/")
	}
	return name
}

// notes says what was done to the names of a zip.
func (n *oldNames) notes() []string {
	var list []string
	if n.backslashes {
		list = append(list, "the zip has backslashes in its names, as old PowerShells write them; they were read as slashes")
	}
	if n.decoded > 0 {
		list = append(list, fmt.Sprintf("names that are not UTF-8 were read as code page 437: %d", n.decoded))
	}
	return list
}

// extraUnicodePath is the extra field in which Info-ZIP repeats a name as UTF-8.
const extraUnicodePath = 0x7075

// decodeName reads a name that is not UTF-8: from the field that repeats it, if
// that belongs to it, else as code page 437, which is what the zip format says.
func decodeName(f *zip.File) string {
	for extra := f.Extra; len(extra) >= 4; {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			break
		}
		if field := extra[:n]; id == extraUnicodePath && n > 5 && field[0] == 1 &&
			binary.LittleEndian.Uint32(field[1:]) == crc32.ChecksumIEEE([]byte(f.Name)) && utf8.Valid(field[5:]) {
			return string(field[5:])
		}
		extra = extra[n:]
	}
	return fromCP437(f.Name)
}

// cp437 has the characters of the bytes from 0x80 on.
const cp437 = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0"

func fromCP437(s string) string {
	high := []rune(cp437)
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < utf8.RuneSelf {
			b.WriteByte(c)
			continue
		}
		b.WriteRune(high[c-utf8.RuneSelf])
	}
	return b.String()
}
