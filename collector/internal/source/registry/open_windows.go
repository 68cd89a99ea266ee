package registry

import (
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sys/windows/registry"
)

// key is an open key of this system.
type key struct{ registry.Key }

// Open opens the 64-bit view for reading. Names of 32-bit programs are written
// with Wow6432Node.
func Open(path string) (Key, error) {
	root, rest, _ := strings.Cut(path, `\`)
	var hive registry.Key
	switch root {
	case "HKLM":
		hive = registry.LOCAL_MACHINE
	case "HKU":
		hive = registry.USERS
	default:
		return nil, fmt.Errorf("unknown root %q", root)
	}
	k, err := registry.OpenKey(hive, rest, registry.READ|registry.WOW64_64KEY)
	if err != nil {
		return nil, err
	}
	return key{k}, nil
}

// usual is the room that most values need, in bytes.
const usual = 1024

// Names implements Key.
func (k key) Names(max int) ([]string, error) { return listed(k.ReadValueNames(max)) }

// Subkeys implements Key.
func (k key) Subkeys(max int) ([]string, error) { return listed(k.ReadSubKeyNames(max)) }

// listed takes the end of a list for what it is.
func listed(names []string, err error) ([]string, error) {
	if err == io.EOF { //nolint:errorlint // the package gives this very value
		err = nil
	}
	return names, err
}

// Value implements Key.
func (k key) Value(name string, max int) (uint32, []byte, error) {
	buf := make([]byte, min(max, usual))
	n, kind, err := k.GetValue(name, buf)
	if err == registry.ErrShortBuffer && n <= max { //nolint:errorlint // the package gives this very value
		buf = make([]byte, n)
		n, kind, err = k.GetValue(name, buf)
	}
	if err == registry.ErrShortBuffer { //nolint:errorlint // as above
		return kind, nil, fmt.Errorf("it has %d bytes, more than %d", n, max)
	}
	if err != nil {
		return 0, nil, err
	}
	return kind, buf[:n], nil
}

// Length implements Key.
func (k key) Length(name string) (uint32, int, error) {
	n, kind, err := k.GetValue(name, nil)
	return kind, n, err
}

// LastWrite implements Key.
func (k key) LastWrite() (time.Time, error) {
	info, err := k.Stat()
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}
