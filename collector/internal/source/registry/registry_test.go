package registry

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

func units(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		kind uint32
		raw  []byte
		want string // JSON of type and data
	}{
		{1, units("grün\x00"), `REG_SZ "grün"`},
		{1, units("no end"), `REG_SZ "no end"`},
		{1, units("a\x00rest"), `REG_SZ "a"`},
		{1, append(units("odd\x00"), 7), `REG_SZ "odd"`},
		{1, nil, `REG_SZ ""`},
		{2, units(`%ProgramFiles%\x` + "\x00"), `REG_EXPAND_SZ "%ProgramFiles%\\x"`},
		{7, units("a\x00b c\x00\x00"), `REG_MULTI_SZ ["a","b c"]`},
		{7, units("\x00"), `REG_MULTI_SZ []`},
		{7, units("a\x00\x00b\x00\x00"), `REG_MULTI_SZ ["a","","b"]`},
		{4, []byte{0x98, 0x1f, 0, 0}, `REG_DWORD 8088`},
		{5, []byte{0, 0, 1, 2}, `REG_DWORD_BIG_ENDIAN 258`},
		{11, []byte{1, 0, 0, 0, 0, 0, 0, 0x80}, `REG_QWORD 9223372036854775809`},
		{3, []byte{1, 2, 3}, `REG_BINARY present 3`},
		{0, nil, `REG_NONE present 0`},
		{77, []byte{1}, `REG_TYPE_77 present 1`},
		{4, []byte{1}, `error a REG_DWORD of 1 bytes`},
		{11, []byte{1, 2, 3, 4}, `error a REG_QWORD of 4 bytes`},
	} {
		v, err := Format("n", c.kind, c.raw)
		got := fmt.Sprintf("%s %s", v.Type, v.Data)
		if v.Present != nil {
			got = fmt.Sprintf("%s present %d", v.Type, *v.Length)
		}
		if err != nil {
			got = "error " + err.Error()
		}
		if got != c.want {
			t.Errorf("Format(%d, %v) = %s, want %s", c.kind, c.raw, got, c.want)
		}
	}
}

// fake is a key with values, all of them texts; one is denied.
type fake struct {
	below  []string
	values map[string]string
	asked  *[]string
}

func (f fake) Value(name string, max int) (uint32, []byte, error) {
	*f.asked = append(*f.asked, name)
	v, ok := f.values[name]
	switch {
	case !ok:
		return 0, nil, fs.ErrNotExist
	case v == "denied":
		return 0, nil, fs.ErrPermission
	case len(v) > max:
		return 0, nil, errors.New("too large")
	}
	return kindSZ, units(v), nil
}

func (f fake) Length(name string) (uint32, int, error) {
	v, ok := f.values[name]
	if !ok {
		return 0, 0, fs.ErrNotExist
	}
	return 3, len(v), nil
}

func (f fake) LastWrite() (time.Time, error) {
	return time.Date(2026, 3, 5, 10, 0, 0, 0, time.FixedZone("", 3600)), nil
}
func (f fake) Close() error { return nil }

func TestRead(t *testing.T) {
	var asked []string
	opt := Options{
		Open: func(path string) (Key, error) {
			switch path {
			case `HKLM\NONE`:
				return nil, fs.ErrNotExist
			case `HKLM\DENIED`:
				return nil, fs.ErrPermission
			}
			return fake{values: map[string]string{"A": "x", "Password": "secret!", "Blob": "12345", "D": "denied", "Big": strings.Repeat("x", maxValue+1)}, asked: &asked}, nil
		},
		Secret: func(name string) bool { return name == "Password" },
	}
	f, err := Read(context.Background(), []profiles.Registry{
		{Key: `HKLM\X`, Values: []string{"A", "Password", "Missing", "D", "Big"}, Presence: []string{"Blob", "Gone"}},
		{Key: `HKLM\NONE`, Values: []string{"A"}},
		{Key: `HKLM\DENIED`, Values: []string{"A"}},
	}, opt)
	if err == nil || !strings.Contains(err.Error(), `HKLM\X: D: permission denied`) || !strings.Contains(err.Error(), `HKLM\DENIED`) {
		t.Errorf("error = %v", err)
	}
	at := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
	yes, seven, five := true, 7, 5
	want := []bundles.RegistryKey{
		{Key: `HKLM\X`, Exists: true, LastWrite: &at, Values: []bundles.RegistryValue{
			{Name: "A", Type: "REG_SZ", Data: json.RawMessage(`"x"`)},
			{Name: "Password", Type: "REG_BINARY", Present: &yes, Length: &seven},
			{Name: "D", Error: "denied: permission denied"},
			{Name: "Big", Error: "too large"},
			{Name: "Blob", Type: "REG_BINARY", Present: &yes, Length: &five},
		}},
		{Key: `HKLM\NONE`},
		{Key: `HKLM\DENIED`, Error: "denied: permission denied"},
	}
	if diff := cmp.Diff(want, f.Items); diff != "" {
		t.Error(diff)
	}
	for _, name := range asked {
		if name == "Password" || name == "Blob" {
			t.Errorf("the data of %s was read", name)
		}
	}
}

func FuzzFormat(f *testing.F) {
	f.Add(uint32(1), units("a\x00"))
	f.Add(uint32(7), units("a\x00b\x00\x00"))
	f.Fuzz(func(t *testing.T, kind uint32, raw []byte) {
		v, err := Format("n", kind, raw)
		if err == nil && v.Data != nil && !json.Valid(v.Data) {
			t.Errorf("Format(%d, %x) = %s", kind, raw, v.Data)
		}
	})
}

// Names implements Key.
func (f fake) Names(int) ([]string, error) { return nil, nil }

// Subkeys implements Key.
func (f fake) Subkeys(max int) ([]string, error) { return f.below[:min(max, len(f.below))], nil }

// TestWildcard reads the keys that a wildcard stands for.
func TestWildcard(t *testing.T) {
	var many, asked []string
	for i := range maxSubkeys + 5 {
		many = append(many, fmt.Sprint(i))
	}
	opt := Options{Secret: func(string) bool { return false }, Open: func(path string) (Key, error) {
		switch path {
		case `HKLM\A\Interfaces`:
			return fake{below: []string{"{1}", "{2}"}}, nil
		case `HKLM\A\Interfaces\{1}\Parameters`:
			return fake{values: map[string]string{"IP": "10.0.0.1"}, asked: &asked}, nil
		case `HKLM\A\Many`:
			return fake{below: many}, nil
		case `HKLM\A\Denied`:
			return nil, fs.ErrPermission
		}
		return nil, fs.ErrNotExist
	}}
	read := func(key string) ([]bundles.RegistryKey, error) {
		f, err := Read(context.Background(), []profiles.Registry{{Key: key, Values: []string{"IP"}}}, opt)
		return f.Items, err
	}
	items, err := read(`HKLM\A\Interfaces\*\Parameters`)
	if err != nil || len(items) != 2 || items[0].Key != `HKLM\A\Interfaces\{1}\Parameters` || string(items[0].Values[0].Data) != `"10.0.0.1"` || items[1].Exists {
		t.Errorf("%+v, %v", items, err)
	}
	if items, err = read(`HKLM\A\Gone\*`); err != nil || len(items) != 1 || items[0].Exists || items[0].Key != `HKLM\A\Gone\*` {
		t.Errorf("of no key: %+v, %v", items, err)
	}
	if items, err = read(`HKLM\A\Denied\*`); err == nil || len(items) != 1 || !strings.HasPrefix(items[0].Error, "denied: ") {
		t.Errorf("of a denied key: %+v, %v", items, err)
	}
	if items, err = read(`HKLM\A\Many\*`); err == nil || !strings.Contains(err.Error(), "more than 256 keys") || len(items) != maxSubkeys {
		t.Errorf("of many keys: %d, %v", len(items), err)
	}
}
