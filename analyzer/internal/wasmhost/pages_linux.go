package wasmhost

import "golang.org/x/sys/unix"

// fewerPages asks for large pages: a guest touches most of its first megabytes,
// and two thousand page faults take longer than clearing what is not needed.
func fewerPages(mem []byte) { _ = unix.Madvise(mem, unix.MADV_HUGEPAGE) }
