//go:build unix && !linux

package wasmhost

func fewerPages([]byte) {}
