//go:build !wasip1

package bundles

import "io/fs"

// RestartFile is an open file of a file system that can make use of restart
// points, as that of bundlezip does.
type RestartFile interface {
	fs.File
	// UseRestarts tells, before the first Read, what the manifest says of the
	// file: stored_size and restarts. They may say anything: what is read, and
	// the error at the end, are the same with them and without.
	UseRestarts(stored int64, restarts [][2]int64)
	// RestartsErr says why the restart points are wrong, once the file was read
	// to its end without error; nil when they hold or were of no use here.
	RestartsErr() error
	// SkipTo goes on at an offset at or behind that of the next Read. Only a
	// file whose restart points held to its end is not inflated up to there;
	// of the rest of such a file, the CRC is not checked again.
	SkipTo(offset int64) error
}

// Open opens the file of a row with the row's restart points.
func (f File) Open(fsys fs.FS) (fs.File, error) {
	file, err := fsys.Open(f.Path)
	if err != nil {
		return nil, err
	}
	if r, ok := file.(RestartFile); ok && len(f.Restarts) > 0 {
		r.UseRestarts(f.StoredSize, f.Restarts)
	}
	return file, nil
}

// RestartsErr is that of a RestartFile, nil for other files.
func RestartsErr(f fs.File) error {
	if r, ok := f.(RestartFile); ok {
		return r.RestartsErr()
	}
	return nil
}
