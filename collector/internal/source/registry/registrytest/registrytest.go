// Package registrytest has a registry in memory, for tests on any system.
package registrytest

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/asrdiag/asrdiag/collector/internal/source/registry"
)

// Tree has keys by their whole path, `HKLM\...`. Keys between are there, too.
type Tree map[string]Values

// Values of a key by name: string, []string, uint32, uint64, []byte, or an
// error that reading gives. An error under the name "!" is that of opening.
type Values map[string]any

// Open is registry.Open for this tree.
func (t Tree) Open(path string) (registry.Key, error) {
	k := key{values: Values{}, below: map[string]bool{}}
	found := false
	for p, v := range t {
		switch rest, under := cut(p, path); {
		case !under:
		case rest == "":
			k.values, found = v, true
		default:
			name, _, _ := strings.Cut(rest, `\`)
			k.below[name], found = true, true
		}
	}
	if err, ok := k.values["!"].(error); ok {
		return nil, err
	}
	if !found {
		return nil, fs.ErrNotExist
	}
	return k, nil
}

// cut gives what is behind a path; case does not count.
func cut(p, path string) (rest string, under bool) {
	if len(p) < len(path) || !strings.EqualFold(p[:len(path)], path) {
		return "", false
	}
	rest = p[len(path):]
	return strings.TrimPrefix(rest, `\`), rest == "" || rest[0] == '\\'
}

type key struct {
	values Values
	below  map[string]bool
}

// Value implements registry.Key.
func (k key) Value(name string, max int) (uint32, []byte, error) {
	for n, v := range k.values {
		if !strings.EqualFold(n, name) {
			continue
		}
		kind, data, err := encode(v)
		if err == nil && len(data) > max {
			err = fmt.Errorf("it has %d bytes, more than %d", len(data), max)
		}
		return kind, data, err
	}
	return 0, nil, fs.ErrNotExist
}

func encode(v any) (uint32, []byte, error) {
	switch v := v.(type) {
	case string:
		return 1, units(v + "\x00"), nil
	case []string:
		return 7, units(strings.Join(v, "\x00") + "\x00\x00"), nil
	case uint32:
		return 4, binary.LittleEndian.AppendUint32(nil, v), nil
	case uint64:
		return 11, binary.LittleEndian.AppendUint64(nil, v), nil
	case []byte:
		return 3, v, nil
	case error:
		return 0, nil, v
	}
	panic(fmt.Sprintf("BUG: a value of type %T", v))
}

func units(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

// Length implements registry.Key.
func (k key) Length(name string) (uint32, int, error) {
	kind, data, err := k.Value(name, 1<<30)
	return kind, len(data), err
}

// Names implements registry.Key.
func (k key) Names(max int) ([]string, error) { return sorted(k.values, max), nil }

// Subkeys implements registry.Key.
func (k key) Subkeys(max int) ([]string, error) { return sorted(k.below, max), nil }

func sorted[V any](m map[string]V, max int) []string {
	var out []string
	for n := range m {
		out = append(out, n)
	}
	slices.Sort(out)
	return out[:min(max, len(out))]
}

// LastWrite implements registry.Key.
func (k key) LastWrite() (time.Time, error) { return time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC), nil }

// Close implements registry.Key.
func (k key) Close() error { return nil }
