package pseudonym

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
)

// sidHead begins the identifiers of Windows that are of a machine or a domain.
const sidHead = "S-1-5-21-"

// isSID reports whether s is such an identifier, without its last number.
func isSID(s []byte) bool { return len(s) > len(sidHead) && s[0]|0x20 == 's' && s[1] == '-' }

// sid exchanges the three numbers of an identifier. The last one of a pseudonym is
// a hash of the others.
func (m *Mapper) sid(dst, s []byte) []byte {
	var raw [12]byte
	parts := strings.Split(string(s[len(sidHead):]), "-")
	for i, p := range parts[:min(len(parts), 3)] {
		n, _ := strconv.ParseUint(p, 10, 32) // past the bound it is the bound
		binary.BigEndian.PutUint32(raw[4*i:], uint32(n))
	}
	if string(m.checks.sum(raw[:8])[:4]) == string(raw[8:]) {
		return add(dst, s)
	}
	copy(raw[:], m.guids.sum(bytes.ToUpper(s))[:8])
	copy(raw[8:], m.checks.sum(raw[:8])[:4])
	begin := len(dst)
	dst = addText(dst, sidHead[:len(sidHead)-1])
	for i := 0; i < len(raw); i += 4 {
		dst = strconv.AppendUint(addText(dst, "-"), uint64(binary.BigEndian.Uint32(raw[i:])), 10)
	}
	m.told.tell(dst[begin:], s, GUID)
	return dst
}

// wildcard is how many parts of an IPv4 address stand before ".*", 0 for none.
func wildcard(s string) int {
	if !strings.HasSuffix(s, ".*") {
		return 0
	}
	return strings.Count(s, ".")
}

// blockOf is the address that the n parts before ".*" begin, and zeros.
func blockOf(s string, n int) string {
	return s[:len(s)-len(".*")] + strings.Repeat(".0", 4-n)
}

// firstParts is the begin of an address, n parts of it, and ".*".
func firstParts(s string, n int) string {
	return strings.Join(strings.SplitN(s, ".", 5)[:n], ".") + ".*"
}
