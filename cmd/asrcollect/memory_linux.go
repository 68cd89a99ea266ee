package main

import "golang.org/x/sys/unix"

// keepMemory keeps what is in memory there: the texts as they were read. When the
// program crashes, the system writes no image of it, and no other program of the
// same user may look into it.
func keepMemory() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) // fewer is always allowed
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)     // a pipe for images does not mind the limit
}
