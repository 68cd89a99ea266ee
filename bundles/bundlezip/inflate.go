package bundlezip

import (
	"encoding/binary"
	"errors"
)

// A piece is inflated from memory to memory by this package itself: what must
// be known about it, whether it ends at the end of a block and of a byte, and
// whether it refers to what is before it, no library tells. It takes nothing
// that the sequential reader would not take, and may take less.

// Bytes around the buffers of a piece, so that whole words can be read and
// written at its end.
const (
	inSlack  = 24
	outSlack = 320
)

var (
	errBorder = errors.New("a piece does not end where the next one begins")
	errPiece  = errors.New("a piece cannot be inflated by itself")
)

// decoder inflates one piece. It is reusable.
type decoder struct {
	huffman
	in   []byte // the piece and inSlack bytes of 0
	size int    // of the piece
	pos  int    // next byte to take into acc
	acc  uint64
	nb   uint // bits in acc

	out  []byte // room for the piece and outSlack
	want int    // bytes that the piece must give
	n    int    // bytes that it gave
}

var codeOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// inflate inflates the piece, which must give just as many bytes as want. The
// last piece ends with the stream; all others end before a block, at a whole byte.
func (d *decoder) inflate(last bool) error {
	d.pos, d.acc, d.nb, d.n = 0, 0, 0, 0
	for {
		left := d.left()
		if left < 0 || d.n > d.want {
			return errPiece
		}
		if left == 0 {
			return d.ended(!last)
		}
		d.refill()
		final, kind := d.take(1) == 1, d.take(2)
		if err := d.block(kind); err != nil {
			return err
		}
		if final {
			return d.ended(last && d.left() >= 0 && d.left() < 8)
		}
	}
}

// ended judges a piece whose blocks are over.
func (d *decoder) ended(where bool) error {
	if !where || d.n != d.want {
		return errBorder
	}
	return nil
}

// left is how many bits of the piece are not taken; below 0: there were not
// enough.
func (d *decoder) left() int { return (d.size-d.pos)*8 + int(d.nb) }

// refill brings acc to at least 56 bits. Behind the piece they are 0.
func (d *decoder) refill() {
	if d.pos > d.size+8 {
		return
	}
	d.acc |= binary.LittleEndian.Uint64(d.in[d.pos:]) << d.nb
	d.pos += int((63 - d.nb) >> 3)
	d.nb |= 56
}

// take gives the next k bits. What takes more than there are is found by left.
func (d *decoder) take(k uint) uint {
	v := uint(d.acc) & (1<<k - 1)
	d.acc >>= k
	d.nb -= min(k, d.nb)
	return v
}

func (d *decoder) block(kind uint) error {
	switch kind {
	case 0:
		return d.stored()
	case 1:
		d.fixed()
		return d.codes()
	case 2:
		if err := d.dynamic(); err != nil {
			return err
		}
		return d.codes()
	}
	return errPiece
}

// stored copies a block without compression.
func (d *decoder) stored() error {
	d.take(d.nb & 7)
	from := d.pos - int(d.nb/8)
	d.acc, d.nb = 0, 0
	if from+4 > d.size {
		return errPiece
	}
	n, check := binary.LittleEndian.Uint16(d.in[from:]), binary.LittleEndian.Uint16(d.in[from+2:])
	from += 4
	if n != ^check || from+int(n) > d.size || d.n+int(n) > d.want {
		return errPiece
	}
	copy(d.out[d.n:], d.in[from:from+int(n)])
	d.n += int(n)
	d.pos = from + int(n)
	return nil
}

// dynamic reads the codes of a block.
func (d *decoder) dynamic() error {
	d.refill()
	lits, dists, pres := int(d.take(5))+257, int(d.take(5))+1, int(d.take(4))+4
	if lits > maxLits || dists > maxDists {
		return errPiece
	}
	var pre [len(codeOrder)]uint8
	for i := range pres {
		if i%8 == 0 {
			d.refill()
		}
		pre[codeOrder[i]] = uint8(d.take(3))
	}
	if !d.build(d.pre[:], preBits, pre[:], preEntry) || !d.readLengths(d.lengths[:lits+dists]) {
		return errPiece
	}
	if !d.build(d.lit[:], litBits, d.lengths[:lits], litEntry) || !d.build(d.dist[:], distBits, d.lengths[lits:lits+dists], distEntry) {
		return errPiece
	}
	return nil
}

// readLengths reads the lengths of a block's codes.
func (d *decoder) readLengths(to []uint8) bool {
	for i := 0; i < len(to); {
		d.refill()
		e := d.pre[d.acc&(1<<preBits-1)]
		if e&takes == 0 || d.left() < 0 {
			return false
		}
		d.take(uint(e & takes))
		sym := uint8(e >> valueShift)
		if sym < 16 {
			to[i] = sym
			i++
			continue
		}
		value, times := uint8(0), 0
		switch {
		case sym == 16 && i == 0:
			return false
		case sym == 16:
			value, times = to[i-1], 3+int(d.take(2))
		case sym == 17:
			times = 3 + int(d.take(3))
		default:
			times = 11 + int(d.take(7))
		}
		if i+times > len(to) {
			return false
		}
		for range times {
			to[i] = value
			i++
		}
	}
	return true
}

// codes inflates the codes of a block up to its end. It keeps what changes in
// locals: this is where the time goes.
func (d *decoder) codes() error {
	in, out, lit, dist := d.in, d.out, &d.lit, &d.dist
	pos, acc, nb, n := d.pos, d.acc, d.nb, d.n
	for n <= d.want && pos <= d.size+8 {
		acc |= binary.LittleEndian.Uint64(in[pos:]) << (nb & 63)
		pos += int((63 - nb) >> 3)
		nb |= 56
		e := lit[acc&(1<<litBits-1)]
		if e&kindMask == kindLiteral { // up to three, of at most litBits each
			acc, nb = acc>>(e&takes), nb-uint(e&takes)
			out[n] = byte(e >> valueShift)
			n++
			if e = lit[acc&(1<<litBits-1)]; e&kindMask == kindLiteral {
				acc, nb = acc>>(e&takes), nb-uint(e&takes)
				out[n] = byte(e >> valueShift)
				n++
				if e = lit[acc&(1<<litBits-1)]; e&kindMask == kindLiteral {
					acc, nb = acc>>(e&takes), nb-uint(e&takes)
					out[n] = byte(e >> valueShift)
					n++
					continue
				}
			}
		}
		if e&kindMask == kindSecond {
			acc, nb = acc>>(e&takes), nb-uint(e&takes)
			at := uint(e>>valueShift) + uint(acc)&(1<<(e>>extraShift&extraMask)-1)
			if e&(extraMask<<extraShift) == 0 || at >= litRoom {
				return errPiece
			}
			e = lit[at]
		}
		acc, nb = acc>>(e&takes), nb-uint(e&takes)
		switch {
		case e&takes == 0 || e&kindMask == kindSecond:
			return errPiece
		case e&kindMask == kindLiteral:
			out[n] = byte(e >> valueShift)
			n++
			continue
		case e&kindMask == kindEnd:
			d.pos, d.acc, d.nb, d.n = pos, acc, nb, n
			return nil
		}
		extra := e >> extraShift & extraMask
		length := int(e>>valueShift) + int(acc&(1<<extra-1))
		acc, nb = acc>>extra, nb-uint(extra)
		if nb < maxCode+13 { // a distance and its extra bits
			if pos > d.size+8 {
				return errPiece
			}
			acc |= binary.LittleEndian.Uint64(in[pos:]) << (nb & 63)
			pos += int((63 - nb) >> 3)
			nb |= 56
		}
		e = dist[acc&(1<<distBits-1)]
		if e&kindMask == kindSecond {
			acc, nb = acc>>(e&takes), nb-uint(e&takes)
			at := uint(e>>valueShift) + uint(acc)&(1<<(e>>extraShift&extraMask)-1)
			if e&(extraMask<<extraShift) == 0 || at >= distRoom {
				return errPiece
			}
			e = dist[at]
		}
		if e&takes == 0 || e&kindMask == kindSecond {
			return errPiece
		}
		acc, nb = acc>>(e&takes), nb-uint(e&takes)
		extra = e >> extraShift & extraMask
		back := int(e>>valueShift) + int(acc&(1<<extra-1))
		acc, nb = acc>>extra, nb-uint(extra)
		if back > n || n > d.want {
			return errPiece
		}
		repeat(out, n, back, length)
		n += length
	}
	return errPiece
}

// repeat copies length bytes from back before n to n. It may write up to seven
// bytes more.
func repeat(out []byte, n, back, length int) {
	from, to := out[n-back:], out[n:]
	switch {
	case back >= length && length > 32:
		copy(to[:length], from)
	case back >= 8:
		for i := 0; i < length; i += 8 {
			binary.LittleEndian.PutUint64(to[i:], binary.LittleEndian.Uint64(from[i:]))
		}
	default:
		for i := range length {
			to[i] = from[i]
		}
	}
}
