package pseudonym

import (
	"slices"
	"strings"
)

// words are the known names, found by their first two characters.
type words struct {
	pairs [1 << 16 / 64]uint64
	// parts are for a quick look: in which of 16 parts of the pairs a character
	// ends some, and in the upper half, in which it begins some.
	parts [256]uint32
	by    map[uint16][]known
	tlds  []string
	all   map[string]bool
	never []string // words that are no names
	// domains are those of the known hosts, as a whole.
	domains map[string]bool
}

type known struct {
	text  string // in lower case
	class Class
}

func newWords(mode Mode, k Known) words {
	w := words{by: map[uint16][]known{}, all: map[string]bool{}, domains: map[string]bool{}, never: k.Words}
	for _, u := range k.Users {
		w.add(u, User)
		if i := strings.LastIndexByte(u, '\\'); i >= 0 {
			w.add(u[i+1:], User)
		}
	}
	for _, id := range k.Ids {
		w.add(id, Account)
	}
	for _, h := range k.Hosts {
		w.host(mode, strings.TrimSuffix(fold(h), "."))
	}
	for _, announcing := range []string{"user", "for", "tty", "ip", "port"} {
		w.mark(pair(announcing[0], announcing[1]))
	}
	return w
}

// host takes a host name and its domain.
func (w *words) host(mode Mode, name string) {
	labels := strings.Split(name, ".")
	w.all[labels[0]] = true
	if n := len(labels); n > 1 && strings.Trim(labels[n-1], "0123456789") != "" {
		w.tlds = append(w.tlds, labels[n-1])
		w.all[labels[1]] = true
		w.domain(mode, labels[1:])
	}
	if mode == Strict && strings.ContainsFunc(name, func(r rune) bool { return r > '9' && r != ':' }) {
		w.add(name, Host)
		w.add(labels[0], Host)
	}
}

// domain takes the domain of a host. Its labels are looked for, too: one is the
// name of the domain in accounts.
func (w *words) domain(mode Mode, labels []string) {
	text := strings.Join(labels, ".")
	w.all[text], w.domains[text] = true, true
	for _, l := range labels[:len(labels)-1] {
		if mode == Strict && !genericTLD([]byte(l)) && !countryTLD([]byte(l)) {
			w.add(l, Domain)
		}
	}
}

// add takes a name that is no ordinary word.
func (w *words) add(name string, c Class) {
	name = fold(strings.TrimSpace(name))
	b := []byte(name)
	if len(b) < 3 || !is(b[0], word) || wellKnownUser(b) || notHost(b) || ordinary(name) || strings.Trim(name, "0123456789") == "" || slices.Contains(w.never, name) {
		return
	}
	w.put(name, c)
	if n := narrowed(name); n != name {
		w.put(n, c)
	}
	w.all[name] = true
}

// put makes a text findable; longer ones come first.
func (w *words) put(text string, c Class) {
	p, i := pair(text[0], text[1]), 0
	list := w.by[p]
	if slices.ContainsFunc(list, func(k known) bool { return k.text == text }) {
		return
	}
	for i < len(list) && len(list[i].text) >= len(text) {
		i++
	}
	w.mark(p)
	list = append(list, known{})
	copy(list[i+1:], list[i:])
	list[i], w.by[p] = known{text, c}, list
}

// narrowed is a name as Latin-1 and the view of UTF-16 have it.
func narrowed(name string) string {
	var out []byte
	for _, r := range name {
		c := byte(r)
		if r >= 0x80 {
			c |= 0x80
		}
		out = append(out, c)
	}
	return string(out)
}

// ordinary matches words that logs are full of: a machine of that name is found
// in fields, shares and URLs alone.
func ordinary(name string) bool {
	return lists().ordinary.has([]byte(name))
}

func (w *words) mark(p uint16) {
	w.pairs[p/64] |= 1 << (p % 64)
	part := uint32(1) << ((p>>8*3 + p) % 16)
	for c := range w.parts {
		if lowered[c] == byte(p>>8) {
			w.parts[c] |= part << 16
		}
		if lowered[c] == byte(p) {
			w.parts[c] |= part
		}
	}
}

func pair(a, b byte) uint16 { return uint16(lower(a))<<8 | uint16(lower(b)) }

// has reports whether a word is a known name or domain.
func (w *words) has(text []byte) bool {
	var buf [64]byte
	return len(w.all) > 0 && w.all[string(folded(buf[:], text))]
}

func (w *words) isTLD(t []byte) bool {
	for _, k := range w.tlds {
		if k == string(t) {
			return true
		}
	}
	return false
}

// words finds the known names, and users that sentences speak of.
func (s *search) words() {
	b, parts := s.b, &s.known.parts
	var heads uint32
	for i, c := range b {
		k := parts[c]
		if heads&k != 0 && (i == 1 || kinds[b[i-2]]&word == 0) {
			if p := pair(b[i-1], c); s.known.pairs[p/64]&(1<<(p%64)) != 0 {
				s.word(i-1, p)
			}
		}
		heads = k >> 16
	}
}

// word looks at the word that begins at i with the pair p.
func (s *search) word(i int, p uint16) {
	for _, k := range s.known.by[p] {
		if end := i + len(k.text); startsFold(s.b, i, k.text) && !is(at(s.b, end), word) {
			s.add(i, end, k.class)
			return
		}
	}
	if !s.whole {
		s.phrase(i)
	}
}
