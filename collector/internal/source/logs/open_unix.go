//go:build !windows

package logs

import (
	"os"
	"syscall"
)

// openLog opens a file that was found to be regular. Should it have become a
// FIFO or a link meanwhile, it does not wait and does not follow.
func openLog(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
}
