package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/asrdiag/asrdiag/bundles"
)

// ErrPrivate means that a file was to stay with the customer: the map from
// pseudonyms to names, or the key of a case. Nothing of it is shown or unpacked.
var ErrPrivate = errors.New("it was to stay with the customer")

// What to do with a private file.
const deleteIt = "delete it, wherever it was saved, and tell the customer that it was sent"

var (
	errMap = &Refusal{ErrPrivate, "it is a map from pseudonyms to names and addresses, which was to stay with the customer; nothing of it is shown", deleteIt}
	errKey = &Refusal{ErrPrivate, "it is the key of a case, which turns pseudonyms back into addresses and was to stay with the customer; it is not shown", deleteIt}
)

// Marks of private files, as asrcollect writes them.
const (
	mapMark    = "do not send this file"
	mapFormat  = `"format":"asrcollect-map"`
	mapEntry   = `{"token":"`
	mapClass   = `","class":"`
	keyMark    = "asrcollect-case-key-"
	keyPurpose = `"key":"` + keyMark
)

// privateHead is how many bytes tell a private file.
const privateHead = 4 << 10

// private knows maps and keys by their first lines, whatever the file is called
// and whether or not an editor has saved it again, as UTF-16 too; nil: neither.
func private(head []byte) *Refusal {
	text := bytes.ToLower(bytes.TrimSpace(narrow(head[:min(len(head), privateHead)])))
	first, _, _ := bytes.Cut(text, []byte("\n"))
	switch {
	case bytes.HasPrefix(text, []byte(mapMark)), bytes.Contains(text, []byte(mapFormat)), bytes.Contains(text, []byte(keyPurpose)),
		bytes.HasPrefix(first, []byte(mapEntry)) && bytes.Contains(first, []byte(mapClass)):
		return errMap
	case bytes.HasPrefix(text, []byte(keyMark)):
		return errKey
	}
	return nil
}

// narrow gives text without byte order mark, of UTF-16 as UTF-8.
func narrow(head []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	}
	var units []uint16
	for i := 2; i+1 < len(head); i += 2 {
		units = append(units, order.Uint16(head[i:]))
	}
	return []byte(string(utf16.Decode(units)))
}

// privateFile is a private file that was met.
type privateFile struct {
	name string
	why  *Refusal
}

// privateNote says that a private file was not read.
func privateNote(name string, why *Refusal) string {
	return fmt.Sprintf("%q was not read: %s: %s", name, why.What, why.Do)
}

// asPrivate is the refusal of a private file, nil for any other error.
func asPrivate(err error) *Refusal {
	var r *Refusal
	if errors.Is(err, ErrPrivate) && errors.As(err, &r) {
		return r
	}
	return nil
}

// private is why a file of the archive is not to be shown, compressed or not;
// nil: it may be.
func (a *Archive) private(name string) *Refusal {
	return asPrivate((&finder{}).identify(a, name))
}

// HidePrivate takes those of the named files that are private out of the tree,
// and adds a problem for each. It reports whether there was one.
func (a *Archive) HidePrivate(names []string) bool {
	var hide []string
	for _, name := range names {
		if why := a.private(name); why != nil {
			hide = append(hide, name)
			a.Problems = append(a.Problems, bundles.Problem{Kind: bundles.ProblemExtra, Path: name, Detail: why.What + ": " + why.Do})
			a.Private = append(a.Private, privateNote(name, why))
		}
	}
	if len(hide) > 0 {
		a.FS = hiding{a.FS, hide}
	}
	return len(hide) > 0
}

// hiding is a file system without some of its files.
type hiding struct {
	fs.FS
	names []string
}

// Open implements fs.FS.
func (h hiding) Open(name string) (fs.File, error) {
	if slices.Contains(h.names, name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errMap}
	}
	f, err := h.FS.Open(name)
	if d, ok := f.(fs.ReadDirFile); ok && err == nil {
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return hidingDir{d, h, name}, nil
		}
	}
	return f, err
}

// ReadDir implements fs.ReadDirFS.
func (h hiding) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(h.FS, name)
	return h.without(name, list), err
}

// Stat implements fs.StatFS.
func (h hiding) Stat(name string) (fs.FileInfo, error) {
	if slices.Contains(h.names, name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: errMap}
	}
	return fs.Stat(h.FS, name)
}

func (h hiding) without(dir string, list []fs.DirEntry) []fs.DirEntry {
	return slices.DeleteFunc(list, func(e fs.DirEntry) bool { return slices.Contains(h.names, path.Join(dir, e.Name())) })
}

// hidingDir is an open folder of hiding.
type hidingDir struct {
	fs.ReadDirFile
	of   hiding
	name string
}

// ReadDir implements fs.ReadDirFile.
func (d hidingDir) ReadDir(n int) ([]fs.DirEntry, error) {
	for {
		list, err := d.ReadDirFile.ReadDir(n)
		read := len(list)
		if list = d.of.without(d.name, list); len(list) > 0 || read == 0 || n <= 0 || err != nil {
			return list, err
		}
	}
}

// withoutContent gives a file as it is, and of a private one only the mark by
// which it is known: it is not unpacked.
func withoutContent(in io.Reader) io.Reader {
	head := make([]byte, 0, privateHead)
	var err error
	for err == nil && len(head) < cap(head) {
		var n int
		n, err = in.Read(head[len(head):cap(head)])
		head = head[:len(head)+n]
	}
	switch private(head) {
	case errMap:
		return strings.NewReader(mapMark)
	case errKey:
		return strings.NewReader(keyMark)
	}
	if err != nil {
		in = failing{err}
	}
	return io.MultiReader(bytes.NewReader(head), in)
}

// failing gives an error for ever.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
