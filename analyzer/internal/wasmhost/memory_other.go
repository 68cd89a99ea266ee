//go:build !unix && !windows

package wasmhost

// reserve takes the memory from the Go heap.
func reserve(n int) ([]byte, error) { return make([]byte, n), nil }

func commit([]byte, int) error { return nil }

func release([]byte) {}
