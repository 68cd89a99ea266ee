package simulator

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// filesOnly is a machine of which only the files are wanted: nothing runs.
type filesOnly struct{ dir string }

func newFilesOnly(dir string) (*filesOnly, error) {
	for _, drive := range []string{"drive_c", "drive_e"} {
		if err := os.MkdirAll(filepath.Join(dir, drive), 0o755); err != nil {
			return nil, err
		}
	}
	return &filesOnly{dir}, nil
}

func (f *filesOnly) disk() disk { return disk{dir: f.dir} }

func (f *filesOnly) places() (profile, bundle string) { return "", "" }

func (f *filesOnly) furnish(*Machine, Programs) error { return nil }

func (f *filesOnly) start(context.Context, *Machine) error { return nil }

func (f *filesOnly) stop() error { return nil }

var errNoPrograms = errors.New("no program runs on a machine whose files are wanted raw")

func (f *filesOnly) profile(context.Context, string) (*output, error) { return nil, errNoPrograms }

func (f *filesOnly) collect(context.Context, *Machine, [][]string) ([]*output, error) {
	return nil, errNoPrograms
}

// pack writes folders into an archive as somebody does who has no collector: each
// under its own name, with the times of its files.
func (m *Machine) pack(folders []string, dest string) error {
	out, err := os.Create(dest)
	if err != nil {
		return err
	}
	w := zip.NewWriter(out)
	for _, folder := range folders {
		folder = m.Vars.Expand(folder)
		if err == nil {
			err = m.packFolder(w, folder)
		}
	}
	return errors.Join(err, w.Close(), out.Close())
}

func (m *Machine) packFolder(w *zip.Writer, folder string) error {
	dir, err := m.disk().at(folder)
	if err != nil {
		return err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		return packFile(w, name, path.Join(base(folder), filepath.ToSlash(rel)), d)
	})
}

func packFile(w *zip.Writer, name, as string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	f, err := w.CreateHeader(&zip.FileHeader{Name: as, Method: zip.Deflate, Modified: info.ModTime()})
	if err != nil {
		return err
	}
	_, err = io.Copy(f, in)
	return err
}

// base is the last element of a path of Windows.
func base(path string) string { return path[strings.LastIndexByte(path, '\\')+1:] }
