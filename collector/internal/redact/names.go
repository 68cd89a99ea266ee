package redact

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
)

// names finds identities and makes pseudonyms of them.
type names struct {
	mapper *pseudonym.Mapper
	mode   pseudonym.Mode
	finder atomic.Pointer[pseudonym.Finder]

	mu    sync.Mutex
	known pseudonym.Known
}

func newNames(o Options) *names {
	if o.Mode == Secrets || o.Names == nil {
		return nil
	}
	n := &names{mapper: o.Names, known: o.Known}
	if o.Mode == Strict {
		n.mode = pseudonym.Strict
	}
	n.finder.Store(pseudonym.NewFinder(n.mode, n.known))
	return n
}

// Learn adds names that are found wherever they stand from now on. A Writer that
// has begun does not look for them.
func (r *Redactor) Learn(k pseudonym.Known) {
	n := r.names
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known.Hosts = union(n.known.Hosts, k.Hosts)
	n.known.Users = union(n.known.Users, k.Users)
	n.known.Ids = union(n.known.Ids, k.Ids)
	n.finder.Store(pseudonym.NewFinder(n.mode, n.known))
}

func union(list, more []string) []string {
	list = slices.Clone(list)
	for _, m := range more {
		if m != "" && !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}

// Pair is a setting.
type Pair struct{ Name, Value string }

// LearnFrom adds the names that settings have: hosts, users and accounts.
func (r *Redactor) LearnFrom(list []Pair) {
	if r.names == nil {
		return
	}
	var k pseudonym.Known
	s := r.newSearch("")
	for _, p := range list {
		if r.SecretName(p.Name) {
			continue
		}
		b := []byte(p.Value)
		s.name, s.found = p.Name, s.finder.FindNamed(p.Name, b, s.found[:0])
		for _, id := range s.found {
			switch text := string(b[id.Start:id.End]); {
			case id.Class == pseudonym.Host:
				k.Hosts = append(k.Hosts, r.names.mapper.Own(text))
			case id.Class == pseudonym.User:
				k.Users = append(k.Users, text)
			case id.Class == pseudonym.Account:
				k.Ids = append(k.Ids, text)
			}
		}
	}
	r.Learn(k)
}

// gone is what a line has in the place of its secrets while identities are
// looked for: it is part of none, and ends those before it.
const gone = '|'

// search is a search for identities, with its scratch space.
type search struct {
	finder *pseudonym.Finder
	name   string // of the member that a text is the value of
	line   []byte
	found  []pseudonym.Identity
	spans  []span
}

// newSearch returns nil when there is nothing to look for.
func (r *Redactor) newSearch(name string) *search {
	if r.names == nil {
		return nil
	}
	return &search{finder: r.names.finder.Load(), name: name}
}

// in finds the identities of a line without its secrets, which are in order.
// Of plain lines it is known that they have no escapes.
func (s *search) in(b []byte, secrets []span, plain bool) []span {
	if len(secrets) > 0 {
		s.line = append(s.line[:0], b...)
		for _, sp := range secrets {
			for i := sp.start; i < sp.end; i++ {
				s.line[i] = gone
			}
		}
		b = s.line
	}
	s.spans = s.spans[:0]
	var unsure []span
	if !plain && escapes(b) {
		unsure = s.unescaped(b)
	}
	s.found = s.finder.FindNamed(s.name, b, s.found[:0])
	for _, id := range s.found {
		if id.Class == pseudonym.User { // CONTOSO\\nancy
			s.spans = slices.DeleteFunc(s.spans, func(sp span) bool { return sp.class == pseudonym.Domain && sp.start == id.Start })
		}
		s.insert(span{from: id.Start, start: id.Start, end: id.End, class: id.Class})
	}
	for _, sp := range unsure {
		s.insert(sp)
	}
	return s.spans
}

// insert adds an identity where it belongs, unless it overlaps others.
func (s *search) insert(sp span) {
	i := len(s.spans)
	for i > 0 && s.spans[i-1].start >= sp.end {
		i--
	}
	if i == 0 || s.spans[i-1].end <= sp.start {
		s.spans = append(s.spans, span{})
		copy(s.spans[i+1:], s.spans[i:])
		s.spans[i] = sp
	}
}

// unescaped finds what a line shows when its escapes are undone. It returns what
// stands at a doubled backslash: in C:\\Users\\thomas it is no escape.
func (s *search) unescaped(b []byte) (unsure []span) {
	v, ok := unescape(b)
	if !ok {
		return nil
	}
	s.found = s.finder.FindNamed(s.name, v.b, s.found[:0])
	for _, id := range s.found {
		sp := span{from: int(v.at[id.Start]), start: int(v.at[id.Start]), end: int(v.at[id.End]), class: id.Class}
		if sp.end-sp.start > id.End-id.Start {
			sp.text = string(v.b[id.Start:id.End])
		}
		if !doubled(b, int(v.at[max(0, id.Start-1)])) && !doubled(b, sp.start) {
			s.insert(sp)
		} else if c := v.b[id.Start]; c < 'a' || bytes.IndexByte(v.b[id.Start:id.End], '\\') < 0 {
			unsure = append(unsure, sp)
		}
	}
	return unsure
}

// doubled reports whether two backslashes stand at i.
func doubled(b []byte, i int) bool { return i+1 < len(b) && b[i] == '\\' && b[i+1] == '\\' }

// escapes reports whether a line, or one of many, may have some.
func escapes(b []byte) bool {
	for _, c := range []byte(`%&\`) {
		for i := bytes.IndexByte(b, c); i >= 0 && i+3 < len(b); {
			if _, n := escaped(b[i:]); n > 1 {
				return true
			}
			next := bytes.IndexByte(b[i+1:], c)
			if next < 0 {
				break
			}
			i += next + 1
		}
	}
	return false
}

// pseudonym appends what stands for an identity: text in UTF-8, or in an 8-bit
// encoding.
func (r *Redactor) pseudonym(dst []byte, c pseudonym.Class, text []byte) []byte {
	return r.names.mapper.Append(dst, c, text)
}

// decode16 is UTF-16 as UTF-8.
func decode16(dst, raw []byte, enc Encoding) []byte {
	hi, lo := 1, 0
	if enc == UTF16BE {
		hi, lo = 0, 1
	}
	for i := 0; i+1 < len(raw); i += 2 {
		c := rune(raw[i+hi])<<8 | rune(raw[i+lo])
		if utf16.IsSurrogate(c) && i+3 < len(raw) {
			if both := utf16.DecodeRune(c, rune(raw[i+2+hi])<<8|rune(raw[i+2+lo])); both != utf8.RuneError {
				c, i = both, i+2
			}
		}
		dst = utf8.AppendRune(dst, c)
	}
	return dst
}

// encode16 is UTF-8 as UTF-16.
func encode16(dst, text []byte, enc Encoding) []byte {
	for _, u := range utf16.Encode([]rune(string(text))) {
		if enc == UTF16LE {
			dst = append(dst, byte(u), byte(u>>8))
		} else {
			dst = append(dst, byte(u>>8), byte(u))
		}
	}
	return dst
}
