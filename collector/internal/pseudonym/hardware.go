package pseudonym

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// hardwareEnd is the end of the address of a network card that begins at i: six
// bytes with ':' or '-' between them, and no more. It is 0 when there is none, and
// for addresses that all cards have: of groups, and zero.
func hardwareEnd(b []byte, i int) int {
	const size = len("00:15:5d:01:02:03")
	end := i + size
	if i < 0 || end > len(b) || is(at(b, end), word) || is(at(b, i-1), word) {
		return 0
	}
	sep := b[i+2]
	if sep != ':' && sep != '-' || at(b, end) == sep && is(at(b, end+1), hexa) || at(b, i-1) == sep && i > 2 && is(b[i-2], hexa) && is(b[i-3], hexa) && !is(at(b, i-4), word) {
		return 0
	}
	zero, letters := true, sep == ':' || b[i] == '0' && b[i+1] == '0'
	for k, c := range b[i:end] {
		if (k%3 == 2) != (c == sep) || k%3 != 2 && !is(c, hexa) {
			return 0
		}
		zero = zero && (c == '0' || c == sep)
		letters = letters || is(c, letter) // 24-03-05-14-22-31 is a time
	}
	if nibble(b[i+1])&1 != 0 || zero || !letters {
		return 0
	}
	return end
}

// hardware notes the address of a network card at i, and returns its end or 0.
func (s *search) hardware(i int) int {
	if s.mode != Strict {
		return 0
	}
	const size = len("00:15:5d:01:02:03:")
	if startsFold(s.b, i-4, "mac=") && at(s.b, i+2*size+2) == ':' && at(s.b, i-5) <= ' ' { // as the packet filter of Linux writes both
		for _, start := range [...]int{i, i + size} {
			if start+size > len(s.b) {
				return 0
			}
			if card := append(make([]byte, 0, size), s.b[start:start+size-1]...); hardwareEnd(card, 0) > 0 {
				s.add(start, start+size-1, Address)
			}
		}
		return i + 2*size - 1
	}
	end := hardwareEnd(s.b, i)
	if end > 0 {
		s.add(i, end, Address)
	}
	return end
}

// bare notes the value of a field for an address that is written in hexadecimal
// alone: of a network card, or of IPv4.
func (s *search) bare(v, end int) {
	raw := bareAddress(string(s.b[v:end]))
	switch {
	case len(raw) == 0, len(raw) == 4 && upperCase(raw[0]) && upperCase(raw[1]):
	case v > 2 && startsFold(s.b, v-3, "ip") && !is(at(s.b, v-4), word) && !private4(appendAddr4(nil, binary.BigEndian.Uint32(raw))): // of a processor
	default:
		s.add(v, end, Address)
	}
}

// bareAddress reads the address of a network card, or one of IPv4 in hexadecimal:
// six bytes, or four; nil for all else.
func bareAddress(s string) []byte {
	switch len(s) {
	case 8, 12:
	case 10:
		if s[0] != '0' || s[1]|0x20 != 'x' {
			return nil
		}
		s = s[2:]
	case 17:
		if hardwareEnd([]byte(s), 0) == 0 {
			return nil
		}
		s = replaced(s, ":", "", "-", "")
	default:
		return nil
	}
	raw, err := hex.DecodeString(s)
	if err != nil {
		return nil
	}
	return raw
}

// likeForm writes raw in the form of s.
func likeForm(s string, raw []byte) string {
	digits := hex.EncodeToString(raw)
	if strings.ContainsAny(s, "ABCDEF") {
		digits = strings.ToUpper(digits)
	}
	out := []byte(s)
	n := len(digits)
	for i := len(out) - 1; i >= 0 && n > 0; i-- {
		if is(out[i], hexa) {
			n--
			out[i] = digits[n]
		}
	}
	return string(out)
}

// hideBare is the pseudonym of a bareAddress: of a network card one that is
// administered locally.
func (m *Mapper) hideBare(s string, raw []byte) string {
	if len(raw) == 4 {
		v := binary.BigEndian.Uint32(raw)
		got := m.addresses.hide4(v)
		m.told.tell(appendAddr4(nil, got), appendAddr4(nil, v), Address)
		return likeForm(s, binary.BigEndian.AppendUint32(nil, got))
	}
	out := *m.guids.sum(raw)
	out[0] = out[0]&^1 | 2
	m.told.tell([]byte(likeForm(cardForm, out[:6])), []byte(likeForm(cardForm, raw)), Address)
	return likeForm(s, out[:6])
}

// cardForm is how maps have the addresses of network cards.
const cardForm = "00:00:00:00:00:00"

// showBare turns the pseudonym of a bareAddress back.
func (r *Revealer) showBare(s string, raw []byte) (string, bool) {
	if len(raw) == 6 {
		got, ok, _ := r.lookup(likeForm(cardForm, raw))
		return likeForm(s, bareAddress(got)), ok
	}
	got, ok := r.address(string(appendAddr4(nil, binary.BigEndian.Uint32(raw))))
	v, four := parse4([]byte(got))
	return likeForm(s, binary.BigEndian.AppendUint32(nil, v)), ok && four
}

// dashed notes the name that clouds give a machine by its address: ip-10-1-2-3,
// ip_10_1_2_3.
func (s *search) dashed(i int) {
	b, sep := s.b, at(s.b, i+2)
	if s.mode != Strict || sep != '-' && sep != '_' {
		return
	}
	end := i + 2
	for range 4 {
		e := run(b, end+1, digit)
		if at(b, end) != sep || e == end+1 || e > end+4 {
			return
		}
		end = e
	}
	if !is(at(b, end), label) {
		s.add(i, end, Host)
	}
}

// afterEscape reports whether a percent escape stands before i: %2F, %252F.
func afterEscape(b []byte, i int) bool {
	if i < 3 || !is(b[i-1], hexa) || !is(b[i-2], hexa) {
		return false
	}
	return b[i-3] == '%' || i > 4 && string(b[i-5:i-2]) == "%25"
}

// behindEscape is start, or the place behind the digits of a percent escape that
// stand there, before i.
func behindEscape(b []byte, start, i int) int {
	for n := 4; n > 0; n-- {
		if start+n < i && afterEscape(b, start+n) {
			return start + n
		}
	}
	return start
}

// upperCase matches letters: what an identifier of a clock is made of (GPS, LOCL).
func upperCase(c byte) bool { return c >= 'A' && c <= 'Z' }
