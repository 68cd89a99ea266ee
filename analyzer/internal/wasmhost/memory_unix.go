//go:build unix

package wasmhost

import "golang.org/x/sys/unix"

// reserve maps n bytes of zeros; pages cost memory when they are first touched.
func reserve(n int) ([]byte, error) {
	return unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
}

func commit([]byte, int) error { return nil }

func release(mem []byte) { _ = unix.Munmap(mem) }
