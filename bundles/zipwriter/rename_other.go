//go:build !windows

package zipwriter

import (
	"errors"
	"os"
)

// renameNew renames a file and fails when the new name exists. rename(2)
// replaces, and not every file system has links, so the new name is first taken
// with an empty file, which cannot be somebody else's.
func renameNew(from, to string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return nil
}
