package packstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// lock takes the lock of a file, or gives ErrBusy.
func lock(f *os.File) error {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(windows.Overlapped))
	switch {
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION), errors.Is(err, windows.ERROR_IO_PENDING):
		return ErrBusy
	case err != nil:
		return fmt.Errorf("lock the store: %w", err)
	}
	return nil
}

// private trusts the folder: those of the user inherit rights that let in nobody
// else but administrators.
func private(fs.FileInfo) error { return nil }

// syncFolder has nothing to do: NTFS writes names in order.
func syncFolder(string) error { return nil }
