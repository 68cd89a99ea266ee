package wasmhost

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// reserve takes n bytes of address space, without memory behind them.
func reserve(n int) ([]byte, error) {
	addr, err := windows.VirtualAlloc(0, uintptr(n), windows.MEM_RESERVE, windows.PAGE_NOACCESS)
	if err != nil {
		return nil, err
	}
	// The address is not of the Go heap; the double conversion says so to vet.
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&addr)), n), nil
}

// commit puts memory behind the first n bytes.
func commit(mem []byte, n int) error {
	if n == 0 {
		return nil
	}
	addr := uintptr(unsafe.Pointer(unsafe.SliceData(mem)))
	_, err := windows.VirtualAlloc(addr, uintptr(n), windows.MEM_COMMIT, windows.PAGE_READWRITE)
	return err
}

func release(mem []byte) {
	_ = windows.VirtualFree(uintptr(unsafe.Pointer(unsafe.SliceData(mem))), 0, windows.MEM_RELEASE)
}
