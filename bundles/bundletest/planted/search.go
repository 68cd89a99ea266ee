package planted

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"html"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Trace is one way in which a secret may be found.
type Trace struct {
	Secret string
	How    string // "utf-16le", "base64, 2 bytes before it" ...
	text   string
}

// shortest is the fewest bytes of a trace: those of less would be found by chance.
const shortest = 8

// Search looks for many secrets in all encodings at once. It is safe for
// concurrent use.
type Search struct {
	by    map[uint64][]Trace // by their first bytes
	maybe []uint64           // a bit for what the first four bytes may be
}

// NewSearch prepares a search for secrets: whole ones, and their first and last
// eight characters, so that half of one is found as well.
func NewSearch(secrets []string) *Search {
	s := &Search{by: map[uint64][]Trace{}, maybe: make([]uint64, 1<<20/64)}
	for _, secret := range secrets {
		parts := []string{secret}
		for line := range strings.SplitSeq(secret, "\n") {
			if len(line) >= 2*shortest {
				parts = append(parts, line[:shortest], line[len(line)-shortest:])
			}
		}
		for _, part := range parts {
			for how, text := range Forms(part) {
				s.add(Trace{secret, how, text})
			}
		}
	}
	return s
}

// Whole adds texts that are looked for as a whole alone, such as names.
func (s *Search) Whole(texts ...string) {
	for _, text := range texts {
		for how, form := range Forms(text) {
			s.add(Trace{text, how, form})
		}
	}
}

func (s *Search) add(t Trace) {
	if len(t.text) < shortest {
		return
	}
	key := binary.LittleEndian.Uint64([]byte(t.text))
	for _, other := range s.by[key] {
		if other.text == t.text {
			return
		}
	}
	s.by[key] = append(s.by[key], t)
	bit := hash(uint32(key))
	s.maybe[bit/64] |= 1 << (bit % 64)
}

func hash(v uint32) uint32 { return v * 0x9e3779b1 >> 12 }

// Find returns what of the secrets is in data, each trace once.
func (s *Search) Find(data []byte) []Trace {
	found := map[Trace]bool{}
	for i := 0; i+shortest <= len(data); i++ {
		bit := hash(binary.LittleEndian.Uint32(data[i:]))
		if s.maybe[bit/64]&(1<<(bit%64)) == 0 {
			continue
		}
		for _, t := range s.by[binary.LittleEndian.Uint64(data[i:])] {
			if bytes.HasPrefix(data[i:], []byte(t.text)) {
				found[t] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b Trace) int { return strings.Compare(a.text, b.text) })
}

// Forms are the encodings of a text that are searched, by name.
func Forms(s string) map[string]string {
	raw := []byte(s)
	le, be := Wide(s, binary.LittleEndian), Wide(s, binary.BigEndian)
	js, err := json.Marshal(s)
	if err != nil {
		panic("BUG: a string has JSON: " + err.Error())
	}
	out := map[string]string{
		"plain": s, "utf-16le": string(le), "utf-16be": string(be), "query escape": url.QueryEscape(s), "path escape": url.PathEscape(s), "json": string(js[1 : len(js)-1]), "html": html.EscapeString(s),
		"percent": percent(s, false), "percent of all": percent(s, true), "percent of all, small": strings.ToLower(percent(s, true)), "unicode escapes": escapes(s), "reversed": reversed(s),
		"registry bytes": spread(le, ","), "bytes": spread(raw, " "),
	}
	for name, b := range map[string][]byte{"": raw, " of utf-16": le, " of utf-16be": be} {
		out["hexadecimal"+name], out["hexadecimal, large"+name] = hex.EncodeToString(b), strings.ToUpper(hex.EncodeToString(b))
		for shift := range 3 {
			code := base64.StdEncoding.EncodeToString(append(make([]byte, shift), b...))
			code = code[(shift*8+5)/6 : (shift+len(b))*8/6]
			at := string(rune('0' + shift))
			out["base64"+name+", "+at+" bytes before it"] = code
			out["base64url"+name+", "+at+" bytes before it"] = strings.NewReplacer("+", "-", "/", "_").Replace(code)
		}
	}
	return out
}

func reversed(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}

// spread writes bytes in hexadecimal with a sign between them.
func spread(b []byte, sep string) string {
	out := make([]string, len(b))
	for i := range b {
		out[i] = hex.EncodeToString(b[i : i+1])
	}
	return strings.Join(out, sep)
}
