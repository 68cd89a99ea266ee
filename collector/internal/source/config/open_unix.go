//go:build !windows

package config

import (
	"os"
	"syscall"
)

// openRegular does not wait for the writer of a FIFO.
func openRegular(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
