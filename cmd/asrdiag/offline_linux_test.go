package main

import (
	"os/exec"
	"sync"
	"syscall"
)

// offline takes the network away from a program, where this user may do so.
func offline(cmd *exec.Cmd) {
	if canUnshare() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	}
}

var canUnshare = sync.OnceValue(func() bool {
	cmd := exec.Command("/bin/true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	return cmd.Run() == nil
})
