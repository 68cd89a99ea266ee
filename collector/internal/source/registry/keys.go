package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// maxSubkeys is how many keys one wildcard stands for.
const maxSubkeys = 256

// subkeys lists what a wildcard stands for. Of a key that is not there it is
// nothing; the error names one that has more than are read.
func subkeys(path string, open func(string) (Key, error)) ([]string, error) {
	k, err := open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer k.Close()
	names, err := k.Subkeys(maxSubkeys + 1)
	if err == nil && len(names) > maxSubkeys {
		names, err = names[:maxSubkeys], fmt.Errorf("there are more than %d keys", maxSubkeys)
	}
	return names, err
}

// Text reads a text, or a number in decimal. What is not there, or is neither,
// gives false.
func Text(k Key, name string) (string, bool) {
	kind, data, err := k.Value(name, maxValue)
	if err != nil {
		return "", false
	}
	switch kind {
	case kindSZ, kindExpandSZ:
		return text(data), true
	case kindMultiSZ:
		return strings.Join(texts(data), ";"), true
	}
	if n, ok := Number(k, name); ok {
		return fmt.Sprint(n), true
	}
	return "", false
}

// Number reads a number. What is not there, or is of another type, gives false.
func Number(k Key, name string) (uint64, bool) {
	kind, data, err := k.Value(name, 8)
	if err != nil || kind != kindDWORD && kind != kindQWORD && kind != kindDWORDBig {
		return 0, false
	}
	n, err := number(kind, data)
	return n, err == nil
}
