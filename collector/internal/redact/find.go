package redact

import (
	"bytes"
	"sort"
	"strings"

	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
)

// span is a secret or, with a class, an identity in a line: bytes start to end.
// from is where the words that announce it begin; a line must not be cut between
// from and end.
type span struct {
	from, start, end int
	rule             string
	class            pseudonym.Class
	text             string // of an identity, when it is not what stands in the line
}

// line is one line, without its end, or a piece of a very long one.
type line struct {
	b []byte
	// begin is set when b starts where a line starts.
	begin bool
	// more is set when the line goes on behind b.
	more bool
	// depth is how many encodings were undone to get at it.
	depth int
}

// find returns the secrets of a line, in order and without overlaps.
func (r *Redactor) find(l line) []span {
	var spans []span
	ran := map[trigger]int{} // programs looked for, and how far
	escapes, armored := false, 0
	hits := r.words.all(l.b, nil)
	for _, h := range hits {
		if h.kind == kindEncoded {
			escapes = true
			continue
		}
		if h.kind == kindArmor {
			if armored++; armored <= maxArmored {
				spans = append(spans, r.armored(l, h)...)
			}
			continue
		}
		if h.kind == kindProgram || h.kind == kindCall || h.kind == kindPhrase {
			if h.end <= ran[h.trigger] {
				continue
			}
			ran[h.trigger] = len(l.b)
			if h.kind == kindPhrase { // which looks at a part of a long line
				ran[h.trigger] = h.end + phraseRoom/2
			}
		}
		if len(spans) > 0 && h.kind != kindURL && h.kind != kindCall && h.end <= spans[len(spans)-1].end && h.end > spans[len(spans)-1].start {
			continue // inside of a secret
		}
		spans = append(spans, l.at(h)...)
	}
	if (escapes || len(hits) > 0 && escapedText(l.b)) && l.depth < maxDepth {
		spans = r.encoded(l, spans)
	}
	if len(hits) > 0 {
		spans = plus(spans, r.secretObject(l.b))
		if l.depth > 0 {
			spans = plus(spans, new(rows).lists(r, l.b))
		}
	}
	return merge(append(spans, r.blobs(l)...))
}

// escapedText reports whether a line may have strings with escapes in them.
func escapedText(b []byte) bool {
	for {
		i := bytes.IndexByte(b, '\\')
		if i < 0 || i+1 == len(b) {
			return false
		}
		if strings.IndexByte(`"nt`, b[i+1]) >= 0 {
			return true
		}
		b = b[i+1:]
	}
}

// at looks at one trigger word.
func (l line) at(h hit) []span {
	begin := h.end - len(h.word)
	switch h.kind {
	case kindPassword, kindSecret, kindToken, kindKey, kindAuth, kindCookie:
		return l.keyed(h.kind, begin, begin+nameLen(h.word))
	case kindBearer, kindBasic:
		return l.scheme(h.kind, begin, h.end)
	case kindSig:
		return l.signature(begin, h.end)
	case kindJWT:
		return l.jwt(begin)
	case kindPEM:
		return l.pem(begin, h.end)
	case kindURL:
		return l.url(begin, h.end)
	case kindAt:
		return l.endpoint(begin)
	case kindProgram:
		return l.program(h.word, begin)
	case kindVendor:
		return l.vendor(h.word, begin)
	case kindSQL:
		return l.sql(begin, h.end)
	case kindQuery:
		return l.query(begin, h.end)
	case kindCrypt:
		return l.crypt(begin)
	case kindShape:
		if n := keyWord(l.b, begin); n > 0 && h.word == "key" {
			return append(l.keyed(kindKey, begin-n, h.end), l.shaped(begin, h.end)...)
		}
		return l.shaped(begin, begin+nameLen(h.word))
	case kindOption:
		return l.option(begin, h.end)
	case kindHex:
		return nil // the Writer looks at it
	case kindCall:
		return l.call(h.word, begin)
	case kindCode:
		if strings.HasPrefix(h.word, "otp") { // of keys and seeds, too
			return append(l.code(h.word, begin), l.shaped(begin, begin+nameLen(h.word))...)
		}
		return l.code(h.word, begin)
	case kindPhrase:
		return l.phrase(h.word, h.end)
	case kindPlace:
		if l.ofPlace(begin, h.end) {
			return l.keyed(kindPassword, begin, h.end)
		}
		return l.knit(kindPassword, begin, h.end-1, run(l.b[:min(len(l.b), h.end+maxKey)], h.end, isKey))
	}
	return nil
}

// nameLen is the length of a trigger word without the separator that it has so
// that it does not mean other words: "pass=".
func nameLen(word string) int { return len(strings.TrimRight(word, `=:"'> `)) }

// merge sorts and joins what overlaps; the first rule gives the name.
func merge(spans []span) []span {
	sort.SliceStable(spans, func(i, j int) bool {
		a, b := spans[i], spans[j]
		return a.start < b.start || a.start == b.start && a.end > b.end
	})
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.start < out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
			out[n-1].from = min(out[n-1].from, s.from)
			continue
		}
		out = append(out, s)
	}
	return out
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isIdent(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' }

// isKnit matches what makes one word of it and what stands behind it, but for
// the _ that parts words in names of files.
func isKnit(c byte) bool { return isLetter(c) || isDigit(c) }

// isKey matches the characters of names of settings and options.
func isKey(c byte) bool { return isIdent(c) || c == '-' || c == '.' }

func isBase64URL(c byte) bool { return isIdent(c) || c == '-' }

func isBase64(c byte) bool { return isLetter(c) || isDigit(c) || c == '+' || c == '/' || c == '=' }

// run is the end of the characters from i on for which ok holds.
func run(b []byte, i int, ok func(byte) bool) int {
	for i < len(b) && ok(b[i]) {
		i++
	}
	return i
}

// runBack is the begin of the characters before i for which ok holds, at most
// limit of them.
func runBack(b []byte, i, limit int, ok func(byte) bool) int {
	for stop := max(0, i-limit); i > stop && ok(b[i-1]); i-- {
	}
	return i
}

// marked is the end of a mark that starts at i, or i.
func marked(b []byte, i int) int {
	if !bytes.HasPrefix(b[i:], []byte(markPrefix)) {
		return i
	}
	j := run(b, i+len(markPrefix), func(c byte) bool { return c >= 'a' && c <= 'z' || c == '-' })
	if j == i+len(markPrefix) || j >= len(b) || b[j] != ']' {
		return i
	}
	return j + 1
}
