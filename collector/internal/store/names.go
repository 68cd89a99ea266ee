package store

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// names are the paths of a bundle that are taken, in lower case: whoever unpacks
// it on Windows must not lose one of two names that differ by case.
type names struct{ files, dirs map[string]bool }

// unique takes a path and changes it as little as makes it the only one: "~2",
// "~3" and so on come behind the element that is in the way. The path of a file
// is never that of a folder.
func (n *names) unique(path string) string {
	elems := strings.Split(path, "/")
	dir := ""
	for i, e := range elems {
		last := i == len(elems)-1
		free := e
		for k := 2; n.inTheWay(dir+free, last); k++ {
			free = fmt.Sprintf("%s~%d", e, k)
		}
		if dir += free; !last {
			n.dirs[strings.ToLower(dir)] = true
			dir += "/"
		}
	}
	n.files[strings.ToLower(dir)] = true
	return dir
}

func (n *names) inTheWay(path string, file bool) bool {
	path = strings.ToLower(path)
	return n.files[path] || file && n.dirs[path]
}

// room is what a name must leave for the numbers that make it unique, and for
// bundles.TailSuffix.
const room = 64

// cleanPath replaces what an archive's name must not have, and what Windows could
// not unpack. A file that is named like the tail of another gets "_" at its end.
func cleanPath(p string) string {
	p = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\<>"|?*`, r) || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(p, "_"))
	elems := strings.FieldsFunc(p, func(r rune) bool { return r == '/' })
	for i, e := range elems {
		elems[i] = legal(e)
	}
	p = strings.Join(shorten(elems), "/")
	if strings.HasSuffix(strings.ToLower(p), bundles.TailSuffix) {
		p += "_"
	}
	return p
}

// legal makes an element one that Windows can have: without dots and blanks at
// its end, and none that is the name of a device, whatever is behind its dot.
func legal(e string) string {
	if n := len(strings.TrimRight(e, ". ")); n < len(e) {
		e = e[:n] + "_"
	}
	device, _, _ := strings.Cut(e, ".")
	device = strings.ToUpper(strings.TrimRight(device, " "))
	if r, size := utf8.DecodeLastRuneInString(device); strings.ContainsRune("0123456789¹²³", r) {
		device = device[:len(device)-size] + "0"
	}
	switch device {
	case "CON", "PRN", "AUX", "NUL", "COM0", "LPT0", "CONIN$", "CONOUT$":
		return "_" + e
	}
	return e
}

// shorten leaves out folders of a path that is too long or too deep. The first
// two elements, which name the source, and the last ones stay.
func shorten(elems []string) []string {
	size := len(elems) + room
	for _, e := range elems {
		size += len(e)
	}
	keep := 2
	for keep < len(elems)-1 && (size > zipform.MaxName || len(elems)-keep+3 > zipform.MaxDepth) {
		size -= len(elems[keep]) + 1
		keep++
	}
	if keep == 2 {
		return elems
	}
	return append([]string{elems[0], elems[1], "_"}, elems[keep:]...)
}

// bundlePath makes a path in the bundle of a full source path: the drive becomes
// a folder. A file that is unpacked loses the ending that says it is packed.
func bundlePath(path, storedFrom string) string {
	p := filepath.ToSlash(path)
	if len(p) > 1 && p[1] == ':' {
		p = p[:1] + "/" + strings.TrimLeft(p[2:], "/")
	}
	if n := len(p) - len(".gz"); storedFrom != "" && n > 0 && strings.EqualFold(p[n:], ".gz") {
		p = p[:n]
	}
	return strings.TrimLeft(p, "/")
}

// readable is a path for people: bytes that are no UTF-8 are written \xff.
func readable(path string) string {
	if utf8.ValidString(path) {
		return path
	}
	var b strings.Builder
	for i, r := range path {
		if _, n := utf8.DecodeRuneInString(path[i:]); r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, path[i])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
