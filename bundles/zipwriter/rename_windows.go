package zipwriter

import (
	"os"
	"syscall"
)

// renameNew renames a file and fails when the new name exists. MoveFile does
// that by itself; os.Rename would replace.
func renameNew(from, to string) error {
	src, err := syscall.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	dst, err := syscall.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	if err := syscall.MoveFile(src, dst); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}
