package simulator

import (
	"errors"
	"fmt"
	"syscall"
)

// ErrVolume means that no volume of a size of its own can be had, which takes
// the right to mount.
var ErrVolume = errors.New("mount a volume")

// mount gives a folder a volume of its own, of a size such as 64m.
func mount(dir, size string) (undo func() error, err error) {
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=755,size="+size); err != nil {
		return nil, fmt.Errorf("%w of %s: %v", ErrVolume, size, err)
	}
	return func() error { return syscall.Unmount(dir, syscall.MNT_DETACH) }, nil
}
