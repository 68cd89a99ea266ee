package pseudonym

import (
	"crypto/cipher"
	"encoding/binary"
	"net/netip"
)

// block is a range of addresses that a pseudonym never leaves.
type block struct {
	prefix netip.Prefix
	stays  bool
}

// blocks are the classes of addresses; the longest that holds an address is
// its class. What is in none is public.
func blocks() []block {
	var out []block
	add := func(stays bool, prefixes ...string) {
		for _, p := range prefixes {
			out = append(out, block{netip.MustParsePrefix(p), stays})
		}
	}
	add(false, "0.0.0.0/0", "10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
	// 224/3 holds multicast, what is reserved, broadcast, and every net mask.
	add(true, "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
	add(false, "2000::/3", "fc00::/8", "fd00::/8", "fe80::/64", "fec0::/10")
	// The last one is what Windows gives as name servers when it has none.
	add(true, "::/0", "ff00::/8", "fec0:0:0:ffff::/64")
	return out
}

// addresses permutes addresses within their class. It keeps prefixes: what two
// addresses have in common their pseudonyms have in common.
//
// The permutation is Crypto-PAn (Xu, Fan, Ammar, Moon 2002) with AES-128. The
// bits of the class are put back, and where the result falls into another
// class (10.0.0.0/8 inside of the public addresses) the permutation is applied
// again until it does not. Of IPv4 only the upper half is, which has all
// classes. It is not safe for concurrent use.
type addresses struct {
	aes     cipher.Block
	pad     [16]byte
	blocks  []block
	in, out [16]byte
	v4      tables
}

func newAddresses(key [32]byte) *addresses {
	a := &addresses{blocks: blocks(), aes: newAES(key[:16])}
	a.v4.third = make([]network, 1<<10)
	a.aes.Encrypt(a.pad[:], key[16:])
	for i := range a.v4.class {
		a.v4.class[i] = uint8(a.class(addr4(uint32(i) << 16)))
	}
	return a
}

// class is the index of the longest block that holds ip.
func (a *addresses) class(ip netip.Addr) int {
	best := -1
	for i, b := range a.blocks {
		if b.prefix.Contains(ip) && (best < 0 || b.prefix.Bits() > a.blocks[best].prefix.Bits()) {
			best = i
		}
	}
	return best
}

// inner is the IPv4 address that some IPv6 addresses carry: mapped, compatible
// (::a.b.c.d) and those of NAT64.
func inner(ip netip.Addr) (netip.Addr, bool) {
	b := ip.As16()
	head, nat64 := [12]byte(b[:12]), [12]byte{0, 0x64, 0xff, 0x9b}
	if !ip.Is6() || !ip.Is4In6() && head != [12]byte{} && head != nat64 {
		return netip.Addr{}, false
	}
	return netip.AddrFrom4([4]byte(b[12:])), true
}

// hide is the pseudonym of ip, and show what ip is the pseudonym of. The zone
// stays.
func (a *addresses) hide(ip netip.Addr) netip.Addr { return a.within(ip, a.hide4, a.forward) }

func (a *addresses) show(ip netip.Addr) netip.Addr { return a.within(ip, a.show4, a.backward) }

// within applies a permutation and keeps form and class.
func (a *addresses) within(ip netip.Addr, four func(uint32) uint32, six func([]byte, int)) netip.Addr {
	if ip.Is4() {
		return addr4(four(number4(ip)))
	}
	if v4, ok := inner(ip); ok {
		b := ip.As16()
		binary.BigEndian.PutUint32(b[12:], four(number4(v4)))
		return netip.AddrFrom16(b).WithZone(ip.Zone())
	}
	class := a.class(ip.WithZone(""))
	if class < 0 || a.blocks[class].stays {
		return ip
	}
	raw := ip.As16()
	for {
		six(raw[:], a.blocks[class].prefix.Bits())
		if next := netip.AddrFrom16(raw); a.class(next) == class {
			return next.WithZone(ip.Zone())
		}
	}
}

// forward permutes raw in place, but for its first bits.
func (a *addresses) forward(raw []byte, keep int) {
	a.in = a.pad
	for i := range 8 * len(raw) {
		bit := raw[i/8] >> (7 - i%8) & 1
		if i >= keep {
			raw[i/8] ^= a.flip() << (7 - i%8)
		}
		a.shift(i, bit)
	}
}

// backward undoes forward.
func (a *addresses) backward(raw []byte, keep int) {
	a.in = a.pad
	for i := range 8 * len(raw) {
		if i >= keep {
			raw[i/8] ^= a.flip() << (7 - i%8)
		}
		a.shift(i, raw[i/8]>>(7-i%8)&1)
	}
}

// flip says whether the bit behind the prefix in a.in changes.
func (a *addresses) flip() byte {
	a.aes.Encrypt(a.out[:], a.in[:])
	return a.out[0] >> 7
}

// shift takes bit i of the original into the prefix.
func (a *addresses) shift(i int, bit byte) {
	mask := byte(1) << (7 - i%8)
	a.in[i/8] = a.in[i/8]&^mask | bit<<(7-i%8)
}
