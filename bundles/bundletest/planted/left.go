package planted

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Left is a secret that was found, and where.
type Left struct {
	Where string // a file, and an entry of it
	Trace
}

// File searches bytes as they are and what is packed in them: the entries of a
// zip, also of one that is cut off, and what gzip has compressed.
func (s *Search) File(name string, data []byte) []Left {
	var out []Left
	note := func(where string, found []Trace) {
		for _, t := range found {
			out = append(out, Left{where, t})
		}
	}
	note(name, s.Find(data))
	note("the name "+name, s.Find([]byte(name)))
	for at := range places(data, "PK\x03\x04") {
		if entry, body, ok := entryAt(data[at:]); ok {
			out = append(out, s.File(name+"!"+entry, body)...)
		}
	}
	for at := range places(data, "\x1f\x8b\x08") {
		if r, err := gzip.NewReader(bytes.NewReader(data[at:])); err == nil {
			body, _ := io.ReadAll(r) // as far as it goes
			note(name+", decompressed", s.Find(body))
		}
	}
	return out
}

// places yields where a mark stands.
func places(data []byte, mark string) func(func(int) bool) {
	return func(yield func(int) bool) {
		for at := 0; ; at++ {
			n := bytes.Index(data[at:], []byte(mark))
			if n < 0 {
				return
			}
			if at += n; !yield(at) {
				return
			}
		}
	}
}

// entryAt decompresses the entry of a zip whose header data begins with, as far
// as it goes.
func entryAt(data []byte) (name string, body []byte, ok bool) {
	const header = 30
	if len(data) < header {
		return "", nil, false
	}
	method := binary.LittleEndian.Uint16(data[8:])
	start := header + int(binary.LittleEndian.Uint16(data[26:])) + int(binary.LittleEndian.Uint16(data[28:]))
	if start > len(data) || method != 8 {
		return "", nil, false // what is stored was searched with all else
	}
	body, _ = io.ReadAll(flate.NewReader(bytes.NewReader(data[start:])))
	return string(data[header:][:binary.LittleEndian.Uint16(data[26:])]), body, true
}

// Tree searches all files below a folder, their names and what links lead to.
// Folders whose name begins with one of except are left out.
func (s *Search) Tree(dir string, except ...string) (out []Left, files int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.ContainsFunc(except, func(p string) bool { return strings.HasPrefix(d.Name(), p) }):
			return filepath.SkipDir
		case d.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(path)
			out = append(out, s.File(path, []byte(to))...)
			return err
		case !d.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(path)
		files++
		out = append(out, s.File(path, data)...)
		return err
	})
	return out, files, err
}
