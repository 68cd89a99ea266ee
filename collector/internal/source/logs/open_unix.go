//go:build !windows

package logs

import (
	"os"
	"syscall"
)

// openLog opens a file below base that was found to be regular. Should it have
// become a FIFO meanwhile, it does not wait; should it or a folder above it have
// become a link out of base, it does not follow.
func openLog(base, rel string) (*os.File, error) {
	root, err := os.OpenRoot(base)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
