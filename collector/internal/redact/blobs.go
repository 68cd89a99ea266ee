package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	minBlob   = 16 // characters of base64 that are looked into: 12 bytes
	blockLine = 20 // characters of a line that belongs to a block of base64
	maxDepth  = 3  // encodings in encodings that are undone
	carried   = 256
)

// newSextets tells the value of each character of base64, in both of its
// alphabets, and -1 for others.
func newSextets() *[256]int8 {
	t := new([256]int8)
	for i := range t {
		t[i] = -1
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = int8(i)
	}
	return t
}

// blob is the begin of the first run of base64 at or after i in which there may
// be a text or a key, or -1. It looks at every sixteenth character, so that
// other text costs next to nothing.
func (r *Redactor) blob(b []byte, i int) int {
	low := i // no run begins before it
	for i += minBlob - 1; i < len(b); {
		j := i
		for j >= low && r.sextet[b[j]] >= 0 {
			j--
		}
		if i-j < minBlob {
			if j >= low && b[j] == '-' {
				if from := grouped(b, j); from >= 0 {
					return from
				}
			}
			if i-j < 5 && j > low && j+2 < len(b) && isSign(b[j]) && isHexOrX(b[j+2]) {
				if from := spread(b, low, j); from >= 0 {
					return from
				}
			}
			low, i = j+1, j+minBlob
			continue
		}
		start, end := j+1, i+1
		for end < len(b) && r.sextet[b[end]] >= 0 {
			end++
		}
		if r.promising(b[start:end]) || keyMember(b, start, end) >= 0 || starred(b, start, end) {
			return start
		}
		low, i = end, end+minBlob-1
	}
	return -1
}

// promising looks at the first twelve bytes behind each place where base64 may
// begin in a run.
func (r *Redactor) promising(run []byte) bool {
	for _, o := range begins(run) {
		if r.textual(run[o:], o) || r.sealed(run[o:]) {
			return true
		}
	}
	return lone(run) || base32Text(run) != nil || hexText(bytes.TrimPrefix(run, []byte("0x")))
}

// begins are the places of a run where what is encoded may begin: characters
// of a name may stand before it, and those of a path.
func begins(run []byte) []int {
	out := make([]int, 0, 16)
	for o := 0; o < len(run)-(minBlob-4) && len(out) < cap(out); o++ {
		if o < 4 || run[o-1] == '/' {
			out = append(out, o)
		}
	}
	return out
}

// textual reports whether base64 at place o of a run begins with text, of 8 or
// 16 bits a character. Inside of a run, where paths are met, it is of ASCII.
func (r *Redactor) textual(b []byte, o int) bool {
	odd, zeros := 0, [2]int{}
	head := make([]byte, 0, minBlob)
	for k := 0; k+4 <= min(len(b), minBlob); k += 4 {
		v := uint32(r.sextet[b[k]])<<18 | uint32(r.sextet[b[k+1]])<<12 | uint32(r.sextet[b[k+2]])<<6 | uint32(r.sextet[b[k+3]])
		for n, c := range [3]byte{byte(v >> 16), byte(v >> 8), byte(v)} {
			switch {
			case c == 0:
				zeros[(k/4*3+n)%2]++
			case c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f:
				return false
			case c >= 0x80:
				odd++
			}
		}
		head = append(head, byte(v>>16), byte(v>>8), byte(v))
		if zeros[0] > 0 && zeros[1] > 0 || o > 0 && odd > 0 {
			return false
		}
	}
	if odd > 7 && !utf8.Valid(head[:len(head)-2]) && !utf8.Valid(head[:len(head)-1]) && !utf8.Valid(head) {
		return false
	}
	return zeros[0]+zeros[1] == 0 || zeros[0] >= 4 || zeros[1] >= 4
}

// sealed reports whether base64 is a key, a token or a protected secret by its
// first bytes.
func (r *Redactor) sealed(b []byte) bool {
	if strings.IndexByte(sealedFirst, b[0]) < 0 {
		return bytes.HasPrefix(b, []byte("/u3+7Q")) // a store of Java
	}
	var head [24]byte
	n, _ := base64.RawStdEncoding.Decode(head[:], b[:min(len(b), 32)/4*4])
	return secretBytes(head[:n]) || packed(head[:n]) != nil
}

// sealedFirst are the characters that base64 of what secretBytes and packed know
// begins with.
const sealedFirst = "AMTYboHe"

// secretBytes knows the private keys of PKCS 1, 8 and 12 and of SEC 1, the
// blobs of DPAPI, NTLM messages and the tokens of Kerberos and SPNEGO.
func secretBytes(b []byte) bool {
	if len(b) < 12 {
		return false
	}
	switch {
	case bytes.HasPrefix(b, []byte("\x01\x00\x00\x00\xd0\x8c\x9d\xdf")), bytes.HasPrefix(b, []byte("NTLMSSP\x00")), bytes.HasPrefix(b, []byte("openssh-key-v1")):
		return true
	case b[0] == 0x60 && bytes.Contains(b[2:12], []byte{0x06, 0x06, 0x2b, 0x06}), b[0] == 0x60 && bytes.Contains(b[2:12], []byte{0x06, 0x09, 0x2a, 0x86, 0x48}), b[0] == 0xa1 && bytes.Contains(b[2:12], []byte{0xa0, 0x03, 0x0a, 0x01}):
		return true
	case b[0] != 0x30:
		return bytes.HasPrefix(b, []byte("\xfe\xed\xfe\xed")) // a store of Java
	}
	body := b[2:]
	if b[1] >= 0x80 && b[1] <= 0x84 {
		body = b[min(len(b), 2+int(b[1]-0x80)):]
	}
	for _, version := range []string{"\x02\x01\x00\x02\x82", "\x02\x01\x00\x02\x81", "\x02\x01\x00\x02\x41", "\x02\x01\x00\x30", "\x02\x01\x01\x30", "\x02\x01\x01\x04", "\x02\x01\x03\x30"} {
		if bytes.HasPrefix(body, []byte(version)) {
			return true
		}
	}
	return encryptedKey(body)
}

// digest reports whether a run is hexadecimal, all of one case, and long enough
// not to be so by chance.
func digest(b []byte) bool {
	lower := run(b, 0, func(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' })
	upper := run(b, 0, func(c byte) bool { return isDigit(c) || c >= 'A' && c <= 'F' })
	return len(b) >= 2*minBlob-4 && max(lower, upper) == len(b)
}

// hexText reports whether a run is text in hexadecimal.
func hexText(b []byte) bool {
	if len(b) < 24 || len(b)%2 != 0 {
		return false
	}
	var head [12]byte
	if _, err := hex.Decode(head[:], b[:24]); err != nil {
		return false
	}
	high, zeros := false, 0
	for i, c := range head {
		switch {
		case c >= 0x80:
			high = true
		case c == '\n' || c == '\r' || c == '\t' || c >= ' ' && c < 0x7f:
		case c == 0 && (zeros == 0 || zeros == 1+i%2 || head[i-1] != 0):
			zeros = 1 + i%2
		default:
			return secretBytes(head[:]) || packed(head[:]) != nil
		}
	}
	return !high || utf8.Valid(head[:]) || utf8.Valid(head[:11]) || utf8.Valid(head[:10])
}

// encodedAt is the begin of the first run at or after i that is an encoded
// secret, or may be part of one, or -1.
func (r *Redactor) encodedAt(b []byte, i, depth int) int {
	for {
		start := r.blob(b, i)
		if start < 0 {
			return -1
		}
		if text, e := bytesApart(b, start, leastApart); e > 0 {
			if e-start > 3*dumpWidth || depth < maxDepth && r.holdsBytes(text, depth) || len(bytes.TrimSpace(b[bytes.LastIndexByte(b[:start], '\n')+1:start])) == 0 {
				return start
			}
			i = e
			continue
		}
		end := run(b, start, func(c byte) bool { return isBase64URL(c) || c == '+' || c == '/' })
		alone := (start == 0 || isSpace(b[start-1]) || b[start-1] == '\n') && (end == len(b) || b[end] == '\r' || b[end] == '\n' || b[end] == '=')
		if groupedAt(b, start) > 0 || keyMember(b, start, end) >= 0 || alone && end-start >= blockLine || end == len(b) || r.secretPart(b, start, end, depth) {
			return start
		}
		i = end
	}
}

// blobs finds the runs of a line that are encoded secrets.
func (r *Redactor) blobs(l line) []span {
	if l.depth >= maxDepth {
		return nil
	}
	var out []span
	for i := 0; ; {
		start := r.blob(l.b, i)
		if start < 0 {
			return out
		}
		end := run(l.b, start, func(c byte) bool { return isBase64URL(c) || c == '+' || c == '/' })
		if e := groupedAt(l.b, start); e > 0 {
			out = append(out, span{from: start, start: start, end: e, rule: RuleKey})
			i = e
			continue
		}
		if text, e := bytesApart(l.b, start, leastApart); e > 0 {
			if r.holdsBytes(text, l.depth) {
				out = append(out, span{from: start, start: start, end: e, rule: RuleEncoded})
			}
			i = e
			continue
		}
		if from := keyMember(l.b, start, end); from >= 0 {
			end = run(l.b, end, func(c byte) bool { return isBase64URL(c) || isBase64(c) })
			out = append(out, span{from: from, start: from, end: end, rule: RulePrivateKey})
		} else if r.secretPart(l.b, start, end, l.depth) {
			end = run(l.b[:min(len(l.b), end+2)], end, func(c byte) bool { return c == '=' })
			start = runBack(l.b, start, len(l.b), isBase64URL)
			rule := RuleEncoded
			if lone(bytes.TrimRight(l.b[start:end], "=")) {
				rule = RuleKey
			}
			out = append(out, span{from: start, start: start, end: end, rule: rule})
		}
		i = end
	}
}

// secretPart reports whether a run holds a secret, by itself or with what stands
// before it in the alphabet of addresses.
func (r *Redactor) secretPart(b []byte, start, end, depth int) bool {
	if starred(b, start, end) || r.secretRun(b[start:end], depth) || lone(b[start:end]) && !hashed(b[max(0, start-24):start]) {
		return true
	}
	back := runBack(b, start, 64, isBase64URL)
	return back < start && r.secretRun(b[back:end], depth)
}

// secretRun reports whether a run of base64 or hexadecimal holds a secret.
func (r *Redactor) secretRun(b []byte, depth int) bool {
	for _, o := range begins(b) {
		if digest(b[o:]) {
			break // what it would mean as base64 is chance
		}
		if text := decode64(b[o:]); r.holds(text, depth) {
			return true
		}
	}
	if text := base32Text(b); text != nil {
		return r.holds(text, depth)
	}
	if bytes.HasPrefix(b, []byte("0x")) {
		b = b[2:]
	}
	if text := make([]byte, len(b)/2); hexText(b) {
		n, _ := hex.Decode(text, b)
		return r.holds(text[:n], depth)
	}
	return false
}

// decode64 decodes as much of a run as is base64, of either alphabet.
func decode64(b []byte) []byte {
	std := bytes.Map(func(c rune) rune {
		switch c {
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return c
	}, b)
	if len(std)%4 == 1 {
		std = std[:len(std)-1]
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(std)))
	n, _ := base64.RawStdEncoding.Decode(out, std)
	return out[:n]
}

// holds reports whether decoded bytes are a secret or a text with one.
func (r *Redactor) holds(b []byte, depth int) bool {
	if secretBytes(b) {
		return true
	}
	if z := packed(b); z != nil && depth < maxDepth-1 {
		text, _ := io.ReadAll(io.LimitReader(z, maxPacked)) // as far as it goes
		return len(text) > 0 && r.holds(text, depth+1)
	}
	if list := listed(b); bytes.IndexByte(list, 0) > 0 && (r.finds(bytes.ReplaceAll(list, []byte{0}, []byte{' '}), depth) || r.finds(bytes.ReplaceAll(list, []byte{0}, []byte{'\n'}), depth)) {
		return true
	}
	text, ok := text8(b)
	whole := len(text) == len(b) || len(text) == len(b)/2
	return ok && (whole && pairOf(text) || r.finds(text, depth))
}

// finds reports whether the rules remove something from a text.
func (r *Redactor) finds(text []byte, depth int) bool {
	w := &Writer{r: r, w: io.Discard, buf: make([]byte, 0, min(len(text), bufferSize)), counts: Counts{}, depth: depth + 1, names: r.newSearch("")}
	_, _ = w.Write(text) // nothing below can fail
	_ = w.Close()
	return len(w.Counts()) > 0
}

// text8 is the text that b begins with, one byte a character, made of UTF-16 if
// it is that. It reports false for what is no text.
func text8(b []byte) ([]byte, bool) {
	b = bytes.TrimPrefix(bytes.TrimPrefix(b, []byte{0xff, 0xfe}), []byte{0xfe, 0xff})
	if n := run(b, 0, func(c byte) bool { return c >= ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0x1b }); n == len(b) || n >= minBlob/4*3 {
		return b[:n], written(b[:n])
	}
	zeros := [2]int{}
	for i, c := range b {
		if c == 0 {
			zeros[i%2]++
		}
	}
	low := 0 // UTF-16LE has its zeros at odd places
	if zeros[0] > zeros[1] {
		low = 1
	}
	if zeros[1-low] < len(b)/4 {
		return nil, false
	}
	out := make([]byte, 0, len(b)/2)
	for i := low; i < len(b); i += 2 {
		c := b[i]
		if hi := i + 1 - 2*low; hi < len(b) && b[hi] != 0 {
			c = c&0x7f | 0x80 // as the view of a text in UTF-16 has it
		}
		if c != 0 { // of a list of strings
			out = append(out, c)
		} else {
			out = append(out, '\n')
		}
	}
	return out, true
}

// written reports whether bytes are a text of some language: random ones have
// too many above ASCII.
func written(b []byte) bool {
	high := 0
	for _, c := range b {
		if c >= 0x80 {
			high++
		}
	}
	return high <= len(b)/2 || utf8.Valid(b)
}

// pairOf reports whether a text is user:password and nothing else.
func pairOf(b []byte) bool {
	user, password, ok := strings.Cut(string(bytes.TrimSpace(b)), ":")
	if !ok || len(user) < 2 || len(user) > 64 || len(password) < 4 || len(password) > 256 || digits(user) || plain(password) {
		return false
	}
	return run([]byte(user), 0, func(c byte) bool { return isKey(c) || c == '\\' || c == '@' }) == len(user) &&
		!strings.ContainsAny(password, " \t\r\n/\\") && strings.IndexFunc(password, func(c rune) bool { return c < ' ' || c >= 0x7f }) < 0
}
