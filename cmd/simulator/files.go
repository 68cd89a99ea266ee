package simulator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// File is one path of the simulated server.
type File struct {
	Path    string
	Content *string // variables are expanded
	Size    int64   // of a file without content: zeros that take no room,
	Filled  bool    // or bytes that do,
	Lines   bool    // or lines of text
	Wide    bool    // the content is written in UTF-16, with a byte order mark
	Link    string  // what the path, a junction, leads to
	Dir     bool
	Age     time.Duration
}

// fileLine reads PATH | -AGE | WHAT; without WHAT it is about a file whose content
// stands in a section. WHAT is "dir", "size N" (sparse), "filled N", "lines N", "link to PATH", "absent",
// or "utf-16" of such a file.
func (in *Incident) fileLine(l string) error {
	c := append(cells(l), "", "")[:3]
	if !isPath(c[0]) {
		return fmt.Errorf("%q is no path", c[0])
	}
	f := in.file(c[0])
	if c[1] != "" {
		offset, err := parseOffset(c[1])
		if err != nil {
			return err
		}
		f.Age = -offset
	}
	switch verb, rest, _ := strings.Cut(c[2], " "); {
	case verb == "dir":
		f.Dir = true
	case verb == "utf-16":
		f.Wide = true
	case verb == "size" || verb == "filled" || verb == "lines":
		f.Filled, f.Lines = verb == "filled", verb == "lines"
		n, err := strconv.ParseInt(rest, 10, 64)
		f.Size = n
		return err
	case verb == "link":
		f.Link = strings.TrimPrefix(rest, "to ")
	case verb == "absent":
		in.Files = slices.DeleteFunc(in.Files, func(o File) bool { return strings.EqualFold(o.Path, c[0]) })
	case verb != "":
		return fmt.Errorf("want dir, size N, filled N, lines N, link to PATH, utf-16 or absent")
	}
	return nil
}

// file finds a file or adds one.
func (in *Incident) file(path string) *File {
	i := slices.IndexFunc(in.Files, func(f File) bool { return strings.EqualFold(f.Path, path) })
	if i < 0 {
		i = len(in.Files)
		in.Files = append(in.Files, File{Path: path, Age: defaultAge})
	}
	return &in.Files[i]
}

// isPath reports whether a path begins with a drive, with the root of Linux or
// with a variable.
func isPath(s string) bool {
	if strings.HasPrefix(s, "{") || strings.HasPrefix(s, "/") || strings.HasPrefix(s, `"`) && isPath(s[1:]) {
		return true
	}
	return len(s) > 3 && s[0] >= 'A' && s[0] <= 'Z' && s[1:3] == `:\`
}

// disk is the tree of a machine as a folder of this system: drive_c and others
// below it, or the root of Linux itself.
type disk struct {
	dir   string
	linux bool
}

// at gives the path of this system for one of the machine. The letters of
// Windows have no case: what is there already counts.
func (d disk) at(path string) (string, error) {
	out, names, sep := d.dir, "", `\`
	switch {
	case d.linux && strings.HasPrefix(path, "/"):
		names, sep = path[1:], "/"
	case !d.linux && len(path) > 3 && path[1:3] == `:\`:
		out, names = filepath.Join(d.dir, "drive_"+strings.ToLower(path[:1])), path[3:]
	default:
		return "", fmt.Errorf("%q is no path of this machine", path)
	}
	for _, name := range strings.Split(names, sep) {
		if name == "" || name == "." || name == ".." {
			return "", fmt.Errorf("%q has an element that is no name", path)
		}
		if !d.linux {
			name = existing(out, name)
		}
		out = filepath.Join(out, name)
	}
	return out, nil
}

// text is a text with the line ends of the machine.
func (d disk) text(s string) []byte {
	if !d.linux {
		s = strings.ReplaceAll(s, "\n", "\r\n")
	}
	return []byte(s)
}

// existing is the name as it is in the folder, else as it is given.
func existing(dir, name string) string {
	if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
		return name
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return name
	}
	for _, e := range list {
		if strings.EqualFold(e.Name(), name) {
			return e.Name()
		}
	}
	return name
}

// put writes a file anew, never into one that is there: that may be a hard link.
func (d disk) put(path string, data []byte, mtime time.Time) error {
	name, err := d.fresh(path)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(name, data, 0o755), os.Chtimes(name, mtime, mtime))
}

// fresh makes room for a file: with its folder, and without what is there.
func (d disk) fresh(path string) (string, error) {
	name, err := d.at(path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return "", err
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return name, nil
}

// placeAll places all files: links first, because others lie behind them.
func (d disk) placeAll(files []File, now time.Time, vars Vars) error {
	for _, links := range []bool{true, false} {
		for _, f := range files {
			if links != (f.Link != "") {
				continue
			}
			if err := d.place(f, now, vars); err != nil {
				return fmt.Errorf("file %s: %w", f.Path, err)
			}
		}
	}
	return nil
}

// place puts one file of the incident where it belongs.
func (d disk) place(f File, now time.Time, vars Vars) error {
	path := vars.Expand(f.Path)
	mtime := now.Add(-f.Age)
	switch {
	case f.Link != "":
		target, err := d.at(vars.Expand(f.Link))
		if err != nil {
			return err
		}
		name, err := d.fresh(path)
		if err != nil {
			return err
		}
		if d.linux {
			return os.Symlink(vars.Expand(f.Link), name)
		}
		return errors.Join(os.MkdirAll(target, 0o755), os.Symlink(target, name))
	case f.Dir:
		name, err := d.at(path)
		if err != nil {
			return err
		}
		return errors.Join(os.MkdirAll(name, 0o755), os.Chtimes(name, mtime, mtime))
	case f.Content != nil:
		text := d.text(vars.Expand(*f.Content))
		if f.Wide {
			text = wide("\ufeff" + string(text))
		}
		return d.put(path, text, mtime)
	}
	if f.Lines {
		const line = "a line of a log that has grown, of which nobody has thought of the text\n"
		return d.put(path, d.text(strings.Repeat(line, int(f.Size)/len(line)+1)), mtime)
	}
	if f.Filled {
		return d.put(path, make([]byte, f.Size), mtime)
	}
	name, err := d.fresh(path)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(name, nil, 0o755), os.Truncate(name, f.Size), os.Chtimes(name, mtime, mtime))
}
