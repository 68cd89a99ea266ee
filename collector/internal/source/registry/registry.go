// Package registry reads allow-listed values of the Windows registry. It only
// reads, and of values that are secrets it asks for the length alone.
package registry

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// maxValue is the most that is kept of one value, in bytes.
const maxValue = 64 << 10

// Key is an open key. What is not there is fs.ErrNotExist.
type Key interface {
	// Value reads a value of at most max bytes; a larger one is an error.
	Value(name string, max int) (kind uint32, data []byte, err error)
	// Length asks for type and size without the data.
	Length(name string) (kind uint32, n int, err error)
	// Names and Subkeys list values and keys below, at most max of them.
	Names(max int) ([]string, error)
	Subkeys(max int) ([]string, error)
	LastWrite() (time.Time, error)
	Close() error
}

// Options of Read.
type Options struct {
	Open func(path string) (Key, error) // nil: of this system
	// Secret tells from its name that a value is a secret.
	Secret func(name string) bool
}

// Read reads the keys of a profile. The error joins those of single ones.
func Read(ctx context.Context, list []profiles.Registry, opt Options) (bundles.Registry, error) {
	if opt.Open == nil {
		opt.Open = Open
	}
	f := bundles.Registry{Taken: time.Now().UTC(), Items: []bundles.RegistryKey{}}
	var errs []error
	for _, r := range list {
		if ctx.Err() != nil {
			errs = append(errs, ctx.Err())
			break
		}
		items, err := readKeys(r, opt)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.Key, err))
		}
		f.Items = append(f.Items, items...)
	}
	return f, errors.Join(errs...)
}

// readKeys reads a key or, where it has a wildcard, all that it stands for.
func readKeys(r profiles.Registry, opt Options) ([]bundles.RegistryKey, error) {
	above, below, ok := strings.Cut(r.Key, `\*`)
	if !ok {
		item, err := readKey(r, opt)
		return []bundles.RegistryKey{item}, err
	}
	names, err := subkeys(above, opt.Open)
	if len(names) == 0 {
		item := bundles.RegistryKey{Key: r.Key}
		if err != nil {
			item.Error = Words(err)
		}
		return []bundles.RegistryKey{item}, err
	}
	errs := []error{err}
	var items []bundles.RegistryKey
	for _, n := range names {
		r.Key = above + `\` + n + below
		item, err := readKey(r, opt)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", n, err))
		}
		items = append(items, item)
	}
	return items, errors.Join(errs...)
}

func readKey(r profiles.Registry, opt Options) (bundles.RegistryKey, error) {
	item := bundles.RegistryKey{Key: r.Key}
	k, err := opt.Open(r.Key)
	if errors.Is(err, fs.ErrNotExist) {
		return item, nil
	}
	if err != nil {
		item.Error = Words(err)
		return item, err
	}
	defer k.Close()
	item.Exists = true
	if t, err := k.LastWrite(); err == nil {
		t = t.UTC()
		item.LastWrite = &t
	}
	var errs []error
	add := func(v bundles.RegistryValue, err error) {
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			v = bundles.RegistryValue{Name: v.Name, Error: Words(err)}
			errs = append(errs, fmt.Errorf("%s: %w", v.Name, err))
		}
		item.Values = append(item.Values, v)
	}
	for _, name := range r.Values {
		add(readValue(k, name, opt.Secret(name)))
	}
	for _, name := range r.Presence {
		add(readValue(k, name, true))
	}
	return item, errors.Join(errs...)
}

func readValue(k Key, name string, secret bool) (bundles.RegistryValue, error) {
	if secret {
		kind, n, err := k.Length(name)
		return present(name, kind, n), err
	}
	kind, data, err := k.Value(name, maxValue)
	if err != nil {
		return bundles.RegistryValue{Name: name}, err
	}
	return Format(name, kind, data)
}

func present(name string, kind uint32, n int) bundles.RegistryValue {
	yes := true
	return bundles.RegistryValue{Name: name, Type: typeName(kind), Present: &yes, Length: &n}
}

// Words adds the word that readers look for.
func Words(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return bundles.StatusDenied + ": " + err.Error()
	}
	return err.Error()
}

// Types of values.
const (
	kindSZ       = 1
	kindExpandSZ = 2
	kindDWORD    = 4
	kindDWORDBig = 5
	kindMultiSZ  = 7
	kindQWORD    = 11
)

var typeNames = [...]string{
	"REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD", "REG_DWORD_BIG_ENDIAN", "REG_LINK", "REG_MULTI_SZ", "REG_RESOURCE_LIST",
	"REG_FULL_RESOURCE_DESCRIPTOR", "REG_RESOURCE_REQUIREMENTS_LIST", "REG_QWORD",
}

func typeName(kind uint32) string {
	if int(kind) < len(typeNames) {
		return typeNames[kind]
	}
	return fmt.Sprintf("REG_TYPE_%d", kind)
}

// Format turns the bytes of a value into its data: text, a number or a list of
// texts. Of other types only presence and length are kept.
func Format(name string, kind uint32, raw []byte) (bundles.RegistryValue, error) {
	v := bundles.RegistryValue{Name: name, Type: typeName(kind)}
	var data any
	switch kind {
	case kindSZ, kindExpandSZ:
		data = text(raw)
	case kindMultiSZ:
		data = texts(raw)
	case kindDWORD, kindDWORDBig, kindQWORD:
		n, err := number(kind, raw)
		if err != nil {
			return v, err
		}
		data = n
	default:
		return present(name, kind, len(raw)), nil
	}
	var err error
	v.Data, err = json.Marshal(data)
	return v, err
}

func number(kind uint32, raw []byte) (uint64, error) {
	want := 4
	if kind == kindQWORD {
		want = 8
	}
	switch {
	case len(raw) != want:
		return 0, fmt.Errorf("a %s of %d bytes", typeName(kind), len(raw))
	case kind == kindQWORD:
		return binary.LittleEndian.Uint64(raw), nil
	case kind == kindDWORDBig:
		return uint64(binary.BigEndian.Uint32(raw)), nil
	}
	return uint64(binary.LittleEndian.Uint32(raw)), nil
}

// text decodes UTF-16LE up to the first NUL. An odd last byte is dropped: some
// programs write wrong lengths.
func text(raw []byte) string {
	s, _, _ := strings.Cut(decode(raw), "\x00")
	return s
}

func texts(raw []byte) []string {
	s := strings.TrimRight(decode(raw), "\x00")
	if s == "" {
		return []string{}
	}
	return strings.Split(s, "\x00")
}

func decode(raw []byte) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(raw[2*i:])
	}
	return string(utf16.Decode(units))
}
