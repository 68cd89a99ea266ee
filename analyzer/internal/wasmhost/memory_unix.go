//go:build unix

package wasmhost

import "golang.org/x/sys/unix"

// reserve maps n bytes of zeros; pages cost memory when they are first touched.
func reserve(n int) ([]byte, error) {
	mem, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err == nil {
		fewerPages(mem)
	}
	return mem, err
}

func commit([]byte, int) error { return nil }

func release(mem []byte) { _ = unix.Munmap(mem) }
