package pseudonym

import "bytes"

// Identity is a name or an address in a line: bytes Start to End.
type Identity struct {
	Start, End int
	Class      Class
}

// Known are names that are looked for as words wherever they stand, whatever
// their case: the machine's own, configured servers, accounts that facts name.
// Host names with a domain also tell that domain, and are looked for by their
// first label as well. Names under three characters are not looked for.
type Known struct {
	Hosts []string // in strict mode
	Users []string
	Ids   []string // of class Account: vaults, containers, subscriptions by name
	// Words are no names, in lower case: who has the name of one is found only in
	// fields, shares and URLs.
	Words []string
}

// Finder finds identities. It does not change after NewFinder, is safe for
// concurrent use, and allocates nothing but what Find appends to.
type Finder struct {
	mode  Mode
	known words
}

// NewFinder returns a Finder of the identities of a mode.
func NewFinder(mode Mode, known Known) *Finder {
	return &Finder{mode: mode, known: newWords(mode, known)}
}

// search is the search of one line.
type search struct {
	*Finder
	b     []byte
	name  string // of the member that the line is the value of
	found []Identity
	first int  // found before
	whole bool // the name said what the value is
}

// Find appends the identities of a line to found, in order and without
// overlaps. Of UTF-16 it takes the view in which a character is a byte and what
// is not ASCII 0x80.
func (f *Finder) Find(line []byte, found []Identity) []Identity {
	return f.FindNamed("", line, found)
}

// FindNamed finds the identities of the value of a member: what the member is
// called says whether 9.61.1.2 is a version.
func (f *Finder) FindNamed(name string, value []byte, found []Identity) []Identity {
	s := search{Finder: f, b: value, name: name, found: found, first: len(found)}
	if s.whole = name != "" && s.member(); !s.whole {
		s.marks()
	}
	s.words()
	return s.found
}

// add notes an identity. Where two overlap the longer one stays.
func (s *search) add(start, end int, c Class) {
	if start >= end {
		return
	}
	i := len(s.found)
	for i > s.first && s.found[i-1].End > start {
		i--
	}
	j := i
	for j < len(s.found) && s.found[j].Start < end {
		if s.found[j].End-s.found[j].Start >= end-start {
			return
		}
		j++
	}
	if i == j {
		s.found = append(s.found, Identity{})
		copy(s.found[i+1:], s.found[i:])
	} else {
		s.found = append(s.found[:i+1], s.found[j:]...)
	}
	s.found[i] = Identity{start, end, c}
}

// marks looks at each character that every identity but a plain word has.
func (s *search) marks() {
	b, i := s.b, 0
	if s.mode == Strict {
		i = s.prefix()
	}
	for {
		for i < len(b) && marks[b[i]] == 0 {
			i++
		}
		if i >= len(b) {
			return
		}
		switch marks[b[i]] {
		case '.':
			i = s.dot(i)
		case ':':
			i = s.colon(i)
		case '-':
			i = s.dash(i)
		case '@':
			i = s.at(i)
		case '\\':
			i = s.backslash(i)
		case '/':
			i = s.slash(i)
		case '=':
			if end := s.part(i); end > 0 {
				i = end
			} else {
				i = s.field(i, i+1)
			}
		case '>':
			i = s.element(i)
		}
	}
}

// marks are the characters that the search stops at.
var marks = [256]byte{'.': '.', ':': ':', '-': '-', '@': '@', '\\': '\\', '/': '/', '=': '=', '>': '>'}

// Kinds of characters.
const (
	digit   = 1 << iota
	hexa    // letters and digits of hexadecimal numbers
	letter  // and what is not ASCII
	joining // '-', '_'
	dotted  // '.'
	label   = digit | letter | joining
	word    = digit | letter
)

var kinds = func() (k [256]uint8) {
	for c := range 256 {
		switch {
		case c >= '0' && c <= '9':
			k[c] = digit | hexa
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			k[c] = letter | hexa
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80:
			k[c] = letter
		case c == '-' || c == '_':
			k[c] = joining
		case c == '.':
			k[c] = dotted
		}
	}
	return k
}()

func is(c byte, kind uint8) bool { return kinds[c]&kind != 0 }

// run is the end of the characters of a kind from i on.
func run(b []byte, i int, kind uint8) int {
	for i < len(b) && kinds[b[i]]&kind != 0 {
		i++
	}
	return i
}

// back is the begin of the characters of a kind before i, at most 64 of them.
func back(b []byte, i int, kind uint8) int {
	for stop := max(0, i-64); i > stop && kinds[b[i-1]]&kind != 0; i-- {
	}
	return i
}

// at is the character at i, or 0.
func at(b []byte, i int) byte {
	if i < 0 || i >= len(b) {
		return 0
	}
	return b[i]
}

func lower(c byte) byte { return lowered[c] }

var lowered = func() (l [256]byte) {
	for c := range 256 {
		if l[c] = byte(c); c >= 'A' && c <= 'Z' {
			l[c] |= 0x20
		}
	}
	return l
}()

// small writes text in lower case without '_' and '-' to buf, as far as there is room.
func small(buf, text []byte) []byte {
	n := 0
	for _, c := range text {
		if c != '_' && c != '-' && n < len(buf) {
			buf[n] = lower(c)
			n++
		}
	}
	return buf[:n]
}

// equalFold reports whether text is word, which is in lower case.
func equalFold(text []byte, word string) bool {
	if len(text) != len(word) {
		return false
	}
	for i, c := range text {
		if lower(c) != word[i] {
			return false
		}
	}
	return true
}

// startsFold reports whether word, in lower case, stands at i.
func startsFold(b []byte, i int, word string) bool {
	return i >= 0 && i+len(word) <= len(b) && equalFold(b[i:i+len(word)], word)
}

// dash finds a GUID by its first hyphen.
func (s *search) dash(i int) int {
	b := s.b
	if s.isSID(i) {
		if end := s.sid(i); end > 0 {
			return end
		}
	}
	if at(b, i+3) == '-' {
		if end := s.hardware(i - 2); end > 0 {
			return end
		}
	}
	if i < 8 || i+28 > len(b) || b[i+5] != '-' || b[i+10] != '-' || b[i+15] != '-' {
		return i + 1
	}
	if i > 8 && is(b[i-9], word) || is(at(b, i+28), word) {
		return i + 1
	}
	var raw [16]byte
	if !readGUID(b[i-8:i+28], &raw) {
		return i + 1
	}
	if !wellKnownGUID(raw) && !s.isClass(i-9) {
		s.add(i-8, i+28, GUID)
	}
	return i + 28
}

// isClass reports whether what stands before the '{' at i says that a program has
// made the GUID, for a class of objects: CLSID\{...}.
func (s *search) isClass(i int) bool {
	b := s.b
	if at(b, i) != '{' {
		return false
	}
	for n := 0; n < 4 && i > 0 && bytes.IndexByte([]byte(" \\:=\""), b[i-1]) >= 0; n++ {
		i--
	}
	switch string(bytes.ToLower(b[back(b, i, letter):i])) {
	case "clsid", "interface", "typelib", "appid", "iid", "libid", "catid", "classguid":
		return true
	}
	return false
}

// isGUID reports whether b[i:end] is a GUID, with or without braces; the search
// for its hyphens finds it.
func (s *search) isGUID(i, end int) bool {
	if at(s.b, i) == '{' {
		i, end = i+1, end-1
	}
	var raw [16]byte
	b := s.b
	return end-i == 36 && end <= len(b) && b[i+8] == '-' && b[i+13] == '-' && b[i+18] == '-' && b[i+23] == '-' && readGUID(b[i:end], &raw)
}

// readGUID reads the 36 characters of a GUID whose hyphens were seen.
func readGUID(b []byte, raw *[16]byte) bool {
	n, all := 0, uint8(hexa)
	for _, group := range [...][]byte{b[:8], b[9:13], b[14:18], b[19:23], b[24:36]} {
		for i := 0; i < len(group); i += 2 {
			hi, lo := group[i], group[i+1]
			all &= kinds[hi] & kinds[lo]
			raw[n] = nibble(hi)<<4 | nibble(lo)
			n++
		}
	}
	return all&hexa != 0
}

// nibble is the value of a hexadecimal digit.
func nibble(c byte) byte { return c&0x0f + c>>6*9 }

// at finds e-mail addresses, and the user of an address that has no password.
func (s *search) at(i int) int {
	b, start := s.b, i
	for start > max(0, i-64) && (is(b[start-1], label) || bytes.IndexByte([]byte(".%+'"), b[start-1]) >= 0) {
		start--
	}
	for start < i && !is(b[start], word) {
		start++
	}
	end := i + 1
	for end < len(b) && (is(b[end], label) || b[end] == '.' && is(at(b, end+1), word)) {
		end++
	}
	if quoted := at(b, i-1) == '\'' && at(b, i+1) == '\''; !quoted && (start == i || end == i+1 && at(b, end) != '[') {
		return i + 1
	}
	domain := b[i+1 : end]
	dot := bytes.LastIndexByte(domain, '.')
	switch {
	case startsFold(b, start, "git@") && start+3 == i: // the address of a repository
	case dot > 0 && mailTLD(domain[dot+1:]):
		s.add(start, end, Email)
		return end
	case start > 2 && b[start-1] == '/' && b[start-2] == '/':
		s.user(start, i)
	case at(b, i-1) == '\'' && at(b, i+1) == '\'' && s.mode == Strict: // of MySQL
		s.hostText(i+2, i+2+until(b[i+2:], '\''))
	case at(b, end) == ':' && (at(b, end+1) == '/' || at(b, end+1) == '~') || startsFold(b, start-4, "ssh "):
		s.user(start, i)
		if s.mode == Strict {
			s.hostText(i+1, end)
		}
	default:
		if _, _, four := octets(b, i+1); four {
			s.user(start, i)
		}
	}
	return i + 1
}

// mailTLD tells the end of a mail domain from that of a unit of systemd.
func mailTLD(b []byte) bool {
	if ending(b)&noMailEnd != 0 {
		return false
	}
	for _, c := range b {
		if !is(c, letter) {
			return false
		}
	}
	return len(b) >= 2
}
