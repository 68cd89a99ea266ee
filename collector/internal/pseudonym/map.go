package pseudonym

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"io"
	"strings"
	"sync"
)

// MapFirstLine is the first line of a map, by which it is known.
const MapFirstLine = "DO NOT SEND THIS FILE. It turns the pseudonyms in a bundle back into names and addresses; asrcollect reveal reads it.\n"

// MapName begins the names of maps and of their folders.
const MapName = "DO-NOT-SEND-"

// Bounds of a map. The key in its second line turns addresses back that are
// not listed; of names past the bound only the key's owner can tell which they are.
const (
	maxAddresses = 100_000
	maxNames     = 4_000_000
)

// MapHeader is the second line of a map.
type MapHeader struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Mode    string `json:"mode"`
	Key     string `json:"key"`
}

// MapEntry is each other line. One without a token says that entries of its
// class follow no more, because there were too many.
type MapEntry struct {
	Token string `json:"token"`
	Value string `json:"value"`
	Class string `json:"class"`
}

const mapFormat = "asrcollect-map"

// MapWriter writes a map while a bundle is made: every line is handed to the
// writer at once. It holds 512 KiB of what it wrote; a value past that may be
// told twice. A nil one writes nothing.
type MapWriter struct {
	mu              sync.Mutex
	w               io.Writer
	err             error
	seed            maphash.Seed
	seen            [1 << 16]uint64
	buf             []byte
	names, networks int
}

// Private reports whether a text begins as a map does, with its first line or
// without, or as the file of a key.
func Private(text string) bool {
	text = strings.TrimSpace(text)
	for _, begin := range [...]string{MapFirstLine[:32], `{"format":"` + mapFormat, keyLabel} {
		if strings.HasPrefix(text, begin) {
			return true
		}
	}
	return false
}

// NewMapWriter begins a map.
func NewMapWriter(w io.Writer, k Key, mode Mode) (*MapWriter, error) {
	m := &MapWriter{w: w, seed: maphash.MakeSeed()}
	text := k.Text()
	head, _ := json.Marshal(MapHeader{mapFormat, 1, mode.String(), text[:len(text)-1]}) // strings cannot fail
	if _, m.err = io.WriteString(w, MapFirstLine); m.err == nil {
		_, m.err = w.Write(append(head, '\n'))
	}
	return m, m.err
}

// Err is what stopped the map. Pseudonyms are made without it, too.
func (m *MapWriter) Err() error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// tell takes a pseudonym of ASCII. It reports whether the class may have more.
func (m *MapWriter) tell(token, value []byte, c Class) bool {
	if m == nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	count, limit := &m.names, maxNames
	if c == Address {
		count, limit = &m.networks, maxAddresses
	}
	if m.err != nil || *count > limit {
		return false
	}
	if !m.first(token) {
		return true
	}
	if *count++; *count > limit {
		token, value = nil, nil
	}
	m.entry(token, value, c)
	return true
}

// entry writes the line of an entry as a MapEntry would be.
func (m *MapWriter) entry(token, value []byte, c Class) {
	buf := add(addText(m.buf[:0], `{"token":"`), token)
	buf = appendText(addText(buf, `","value":`), value)
	buf = addText(addText(buf, `,"class":"`), c.String())
	m.buf = addText(buf, "\"}\n")
	if _, err := m.w.Write(m.buf); err != nil {
		m.err = fmt.Errorf("write the map of pseudonyms: %w", err)
	}
}

// appendText appends a string of JSON.
func appendText(dst, text []byte) []byte {
	for _, c := range text {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			raw, _ := json.Marshal(valid(string(text))) // a string cannot fail
			return add(dst, raw)
		}
	}
	return addText(add(addText(dst, `"`), text), `"`)
}

// first reports whether a token was not told yet, as far as it remembers.
func (m *MapWriter) first(token []byte) bool {
	const ways = 4
	h := maphash.Bytes(m.seed, token) | 1
	set := m.seen[h>>1%(uint64(len(m.seen))/ways)*ways:][:ways]
	for _, s := range set {
		if s == h {
			return false
		}
	}
	copy(set[1:], set)
	set[0] = h
	return true
}
