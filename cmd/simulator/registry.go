package simulator

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Key is one key of the registry, below HKLM or HKU\.DEFAULT.
type Key struct {
	Path   string
	Age    time.Duration // of the last write, before now
	Values []Value
}

// Value is one value. Data is as it stands in the text.
type Value struct{ Name, Type, Data string }

// Types of values, as the text writes them in front of the data.
var valueTypes = []string{"dword", "qword", "multi", "expand", "binary"}

// defaultAge is that of everything the installation has left.
const defaultAge = 90 * 24 * time.Hour

// registryText reads the section "registry":
//
//	[KEY] -AGE                last written so long ago; without, 90 days
//	NAME = text               REG_SZ
//	NAME = dword 2            also qword, multi a|b, expand %x%, binary 00ff
//	NAME = -                  without this value
//	[-KEY]                    without this key
func (in *Incident) registryText(text string) error {
	var key *Key
	return eachLine(text, func(l string) error {
		if path, ok := strings.CutPrefix(l, "[-"); ok {
			path = strings.TrimSuffix(path, "]")
			in.Registry = slices.DeleteFunc(in.Registry, func(k Key) bool { return strings.EqualFold(k.Path, path) })
			key = nil
			return nil
		}
		if strings.HasPrefix(l, "[") {
			k, err := in.openKey(l)
			key = k
			return err
		}
		if key == nil {
			return fmt.Errorf("a value without a key")
		}
		return key.set(l)
	})
}

func (in *Incident) openKey(l string) (*Key, error) {
	path, when, ok := strings.Cut(l[1:], "]")
	if !ok || !strings.HasPrefix(path, `HKLM\`) && !strings.HasPrefix(path, `HKU\.DEFAULT\`) {
		return nil, fmt.Errorf(`want [HKLM\...] or [HKU\.DEFAULT\...]`)
	}
	i := slices.IndexFunc(in.Registry, func(k Key) bool { return strings.EqualFold(k.Path, path) })
	if i < 0 {
		i = len(in.Registry)
		in.Registry = append(in.Registry, Key{Path: path, Age: defaultAge})
	}
	if when = strings.TrimSpace(when); when != "" {
		offset, err := parseOffset(when)
		if err != nil {
			return nil, err
		}
		in.Registry[i].Age = -offset
	}
	return &in.Registry[i], nil
}

func (k *Key) set(l string) error {
	name, data, ok := strings.Cut(l, "=")
	if !ok {
		return fmt.Errorf("want NAME = VALUE")
	}
	v := Value{Name: strings.TrimSpace(name), Data: strings.TrimSpace(data)}
	k.Values = slices.DeleteFunc(k.Values, func(o Value) bool { return strings.EqualFold(o.Name, v.Name) })
	if v.Data == "-" {
		return nil
	}
	for _, typ := range valueTypes {
		if data, ok := strings.CutPrefix(v.Data, typ+" "); ok {
			v.Type, v.Data = typ, strings.TrimSpace(data)
		}
	}
	k.Values = append(k.Values, v)
	return nil
}

// filetimeEpoch is 1970 in the 100 ns of a FILETIME, which count from 1601.
const filetimeEpoch = 116444736000000000

// wine writes a key as Wine's own files have it, which the server reads when it
// starts: nothing has to run for it, and the last write is what it should be.
func (k *Key) wine(path string, now time.Time, vars Vars) (string, error) {
	at := now.Add(-k.Age)
	var b strings.Builder
	fmt.Fprintf(&b, "\n[%s] %d\n#time=%x\n", escape(vars.Expand(path)), at.Unix(), at.UnixNano()/100+filetimeEpoch)
	for _, v := range k.Values {
		data, err := v.wine(vars)
		if err != nil {
			return "", fmt.Errorf("value %s of %s: %w", v.Name, k.Path, err)
		}
		name := `"` + escape(vars.Expand(v.Name)) + `"`
		if v.Name == "@" {
			name = "@"
		}
		fmt.Fprintf(&b, "%s=%s\n", name, data)
	}
	return b.String(), nil
}

func (v Value) wine(vars Vars) (string, error) {
	data := vars.Expand(v.Data)
	switch v.Type {
	case "dword":
		n, err := strconv.ParseUint(data, 0, 32)
		return fmt.Sprintf("dword:%08x", n), err
	case "qword":
		n, err := strconv.ParseUint(data, 0, 64)
		raw := make([]byte, 8)
		for i := range raw {
			raw[i] = byte(n >> (8 * i))
		}
		return "hex(b):" + hexBytes(raw), err
	case "multi":
		return `str(7):"` + strings.ReplaceAll(escape(data), "|", `\0`) + `\0"`, nil
	case "expand":
		return `str(2):"` + escape(data) + `"`, nil
	case "binary":
		raw, err := hex.DecodeString(strings.ReplaceAll(data, " ", ""))
		return "hex:" + hexBytes(raw), err
	}
	return `"` + escape(data) + `"`, nil
}

func hexBytes(raw []byte) string {
	out := make([]string, len(raw))
	for i, b := range raw {
		out[i] = fmt.Sprintf("%02x", b)
	}
	return strings.Join(out, ",")
}

// escape writes a string as Wine's files have it: UTF-16 units beyond ASCII in
// four hexadecimal digits.
func escape(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		switch {
		case u == '\\' || u == '"' || u == '[' || u == ']':
			b.WriteByte('\\')
			b.WriteByte(byte(u))
		case u < ' ' || u > '~':
			fmt.Fprintf(&b, `\x%04x`, u)
		default:
			b.WriteByte(byte(u))
		}
	}
	return b.String()
}

// registryFiles gives what is appended to each of Wine's files.
func registryFiles(keys []Key, now time.Time, vars Vars) (map[string]string, error) {
	out := map[string]string{}
	for _, k := range keys {
		file, path := "system.reg", strings.TrimPrefix(k.Path, `HKLM\`)
		if rest, ok := strings.CutPrefix(k.Path, `HKU\.DEFAULT\`); ok {
			file, path = "userdef.reg", rest
		}
		text, err := k.wine(path, now, vars)
		if err != nil {
			return nil, err
		}
		out[file] += text
	}
	return out, nil
}
