package pseudonym

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

// platform is 168.63.129.16, a part of every virtual machine in Azure: it names
// nobody, and stays.
const platform = 168<<24 | 63<<16 | 129<<8 | 16

// tables spare the permutation of IPv4 addresses most of its AES.
type tables struct {
	class [1 << 16]uint8                   // block by the upper half of an address; no block is smaller
	top   [1 << 16]uint32                  // its pseudonym, plus 1, once it was asked for
	seen  [1 << 12]struct{ v, got uint32 } // the last ones; got is plus 1
	third []network
}

// network is what is known of the permutation of one prefix of 16 bits: of each
// prefix of 16 to 23 bits in it, counted as in a heap, whether the next bit changes.
type network struct {
	top          uint32 // the prefix, plus 1
	known, flips [4]uint64
}

func addr4(v uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}

func appendAddr4(dst []byte, v uint32) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		dst = append(strconv.AppendUint(dst, uint64(byte(v>>shift)), 10), '.')
	}
	return dst[:len(dst)-1]
}

func number4(ip netip.Addr) uint32 {
	b := ip.As4()
	return binary.BigEndian.Uint32(b[:])
}

// parse4 reads four numbers with dots between them, and nothing else.
func parse4(text []byte) (v uint32, ok bool) {
	if len(text) == 0 {
		return 0, false
	}
	end, _, ok := octets(text, 0)
	if !ok || end != len(text) {
		return 0, false
	}
	n := uint32(0)
	for _, c := range text {
		if c == '.' {
			v, n = v<<8|n, 0
		} else {
			n = n*10 + uint32(c-'0')
		}
	}
	return v<<8 | n, true
}

// seen4 is hide4 with a memory. first says that it was not asked for lately.
func (a *addresses) seen4(v uint32) (got uint32, first bool) {
	last := &a.v4.seen[v*2654435761>>20]
	if last.v == v && last.got != 0 {
		return last.got - 1, false
	}
	got = a.hide4(v)
	last.v, last.got = v, got+1
	return got, true
}

// hide4 is the pseudonym of an IPv4 address.
func (a *addresses) hide4(v uint32) uint32 {
	if v == platform {
		return v
	}
	if got := a.permute4(v); got != platform {
		return got
	}
	return a.permute4(platform)
}

// show4 undoes hide4.
func (a *addresses) show4(v uint32) uint32 {
	if v == platform {
		return v
	}
	if got := a.restore4(v); got != platform {
		return got
	}
	return a.restore4(platform)
}

func (a *addresses) permute4(v uint32) uint32 {
	class := a.v4.class[v>>16]
	if a.blocks[class].stays {
		return v
	}
	top := &a.v4.top[v>>16]
	if *top == 0 {
		*top = a.walk(v, class, a.flips)>>16 + 1
	}
	return (*top-1)<<16 | (v^a.third(v)^a.flips(v, 24, 32))&0xffff
}

// third are the bits of the third number of v that change.
func (a *addresses) third(v uint32) (out uint32) {
	n := &a.v4.third[v>>16%uint32(len(a.v4.third))]
	if n.top != v>>16+1 {
		*n = network{top: v>>16 + 1}
	}
	node := uint32(1)
	for i := 16; i < 24; i++ {
		at, bit := node/64, uint64(1)<<(node%64)
		if n.known[at]&bit == 0 {
			n.known[at] |= bit
			if a.flips(v, i, i+1) != 0 {
				n.flips[at] |= bit
			}
		}
		if n.flips[at]&bit != 0 {
			out |= 1 << (31 - i)
		}
		node = node<<1 | v>>(31-i)&1
	}
	return out
}

func (a *addresses) restore4(v uint32) uint32 {
	class := a.v4.class[v>>16]
	if a.blocks[class].stays {
		return v
	}
	v = a.walk(v, class, a.unflips) | v&0xffff
	return v ^ a.unflips(v, 16, 32)
}

// walk permutes the upper half of v until it is of its class again; the lower
// half of what it returns is 0.
func (a *addresses) walk(v uint32, class uint8, flips func(v uint32, from, to int) uint32) uint32 {
	v &= 0xffff0000
	for {
		v ^= flips(v, a.blocks[class].prefix.Bits(), 16)
		if a.v4.class[v>>16] == class {
			return v
		}
	}
}

// flips are the bits, of those from "from" to before "to", that change in v.
func (a *addresses) flips(v uint32, from, to int) uint32 {
	var out uint32
	pad := binary.BigEndian.Uint32(a.pad[:])
	a.in = a.pad
	for i := from; i < to; i++ {
		behind := ^uint32(0) >> i
		word := v&^behind | pad&behind
		a.in[0], a.in[1], a.in[2], a.in[3] = byte(word>>24), byte(word>>16), byte(word>>8), byte(word)
		a.aes.Encrypt(a.out[:], a.in[:])
		out |= uint32(a.out[0]>>7) << (31 - i)
	}
	return out
}

// unflips are the same bits when v is what came out.
func (a *addresses) unflips(v uint32, from, to int) uint32 {
	var out uint32
	for i := from; i < to; i++ {
		out |= a.flips(v^out, i, i+1)
	}
	return out
}
