package bundlezip

import "math/bits"

// Sizes of Huffman decoding tables: the bits of a code that the first look-up
// takes, and room for all second look-ups that a complete code of at most 15
// bits can need.
const (
	litBits  = 11
	distBits = 8
	preBits  = 7
	litRoom  = 2342 // 288 symbols
	distRoom = 402  // 32 symbols
	maxCode  = 15   // bits

	maxLits  = 286 // symbols that a block may define
	maxDists = 30
	endBlock = 256
)

// A table's entry, from the low bits: the bits that it takes (6), kind (2),
// extra bits to read or the bits of the second look-up (8), and a value: a
// literal, the base of a length or distance, or the place of the second table.
// An entry that takes no bits is no code.
type entry32 = uint32

const (
	takes       = 63
	kindLiteral = 1 << 6
	kindEnd     = 2 << 6
	kindSecond  = 3 << 6
	kindMask    = 3 << 6
	extraShift  = 8
	extraMask   = 255
	valueShift  = 16
)

// huffman builds the tables of a block.
type huffman struct {
	lit     [litRoom]entry32
	dist    [distRoom]entry32
	pre     [1 << preBits]entry32
	lengths [maxLits + maxDists]uint8
	sorted  [288]uint16
}

// Bases and extra bits of lengths (symbols from 257 on) and distances.
var (
	lengthBase  = [29]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthExtra = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distBase    = [30]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
	distExtra   = [30]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

// invalidSymbol is the entry of symbols that a fixed code has and no block may
// use: kindSecond without second bits never stands elsewhere.
const invalidSymbol entry32 = kindSecond

func litEntry(sym uint16) entry32 {
	switch {
	case sym < endBlock:
		return kindLiteral | entry32(sym)<<valueShift
	case sym == endBlock:
		return kindEnd
	case sym < maxLits:
		i := sym - endBlock - 1
		return entry32(lengthBase[i])<<valueShift | entry32(lengthExtra[i])<<extraShift
	}
	return invalidSymbol
}

func distEntry(sym uint16) entry32 {
	if sym < maxDists {
		return entry32(distBase[sym])<<valueShift | entry32(distExtra[sym])<<extraShift
	}
	return invalidSymbol
}

func preEntry(sym uint16) entry32 { return kindLiteral | entry32(sym)<<valueShift }

// build fills a table for the code with these lengths of its symbols. Codes
// must be complete, but for one that has no symbol, or one symbol of one bit.
func (h *huffman) build(table []entry32, first uint, lengths []uint8, entry func(uint16) entry32) bool {
	var count, next [maxCode + 2]int
	for _, l := range lengths {
		count[l]++
	}
	clear(table)
	if count[0] == len(lengths) {
		return true
	}
	count[0] = 0
	left := 1
	for l := 1; l <= maxCode; l++ {
		if left = left<<1 - count[l]; left < 0 {
			return false
		}
		next[l+1] = next[l] + count[l]
	}
	total := next[maxCode+1]
	if left > 0 && (total != 1 || count[1] != 1) {
		return false
	}
	for sym, l := range lengths {
		if l != 0 {
			h.sorted[next[l]] = uint16(sym)
			next[l]++
		}
	}
	h.fill(table, first, h.sorted[:total], lengths, &count, entry)
	return true
}

// fill enters symbols in the order of their codes.
func (h *huffman) fill(table []entry32, first uint, sorted []uint16, lengths []uint8, count *[maxCode + 2]int, entry func(uint16) entry32) {
	code, last := uint16(0), uint8(0)
	prefix, second, secondBits := -1, 1<<first, uint(0)
	for _, sym := range sorted {
		l := lengths[sym]
		code <<= l - last
		last = l
		rev := int(bits.Reverse16(code) >> (16 - l))
		code++
		e := entry(sym)
		if uint(l) <= first {
			for i := rev; i < 1<<first; i += 1 << l {
				table[i] = e | entry32(l)
			}
			continue
		}
		if p := rev & (1<<first - 1); p != prefix {
			if prefix >= 0 {
				second += 1 << secondBits
			}
			prefix, secondBits = p, secondSize(uint(l), first, count)
			table[p] = kindSecond | entry32(first) | entry32(secondBits)<<extraShift | entry32(second)<<valueShift
		}
		for i := rev >> first; i < 1<<secondBits; i += 1 << (uint(l) - first) {
			table[second+i] = e | entry32(uint(l)-first)
		}
		count[l]--
	}
}

// secondSize is how many bits a second table needs that begins with a code of
// l bits. Count has the codes that are still to come.
func secondSize(l, first uint, count *[maxCode + 2]int) uint {
	n := l - first
	for left := 1 << n; n+first < maxCode; n++ {
		if left -= count[n+first]; left <= 0 {
			break
		}
		left <<= 1
	}
	return n
}

// fixed builds the tables of blocks that bring none.
func (h *huffman) fixed() {
	var lengths [288]uint8
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	h.build(h.lit[:], litBits, lengths[:], litEntry)
	for i := range 32 {
		lengths[i] = 5
	}
	h.build(h.dist[:], distBits, lengths[:32], distEntry)
}
