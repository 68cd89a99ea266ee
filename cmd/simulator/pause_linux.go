package simulator

import (
	"os"
	"syscall"
	"time"
)

// pause gives a process no time for a while.
func pause(p *os.Process, d time.Duration) {
	_ = p.Signal(syscall.SIGSTOP) // it may have ended
	time.Sleep(d)
	_ = p.Signal(syscall.SIGCONT)
}
