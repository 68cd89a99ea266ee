package wasmhost

import "github.com/tetratelabs/wazero/experimental"

// arena is the linear memory of one instance: address space for all that the
// guest may have, reserved at once and given back when the instance ends.
// Growing moves nothing, so the cost follows what the guest touches.
type arena struct {
	limit   int64
	mem     []byte
	peak    int64 // bytes
	refused bool  // the guest asked for more than limit
}

// Allocate implements experimental.MemoryAllocator.
func (a *arena) Allocate(_, _ uint64) experimental.LinearMemory { return a }

// Reallocate implements experimental.LinearMemory; nil means no.
func (a *arena) Reallocate(size uint64) []byte {
	if size > uint64(a.limit) {
		a.refused = true
		return nil
	}
	if a.mem == nil {
		mem, err := reserve(int(a.limit))
		if err != nil {
			a.refused = true
			return nil
		}
		a.mem = mem
	}
	if err := commit(a.mem, int(size)); err != nil {
		a.refused = true
		return nil
	}
	a.peak = max(a.peak, int64(size))
	return a.mem[:size:size]
}

// Free implements experimental.LinearMemory.
func (a *arena) Free() {
	if a.mem != nil {
		release(a.mem)
		a.mem = nil
	}
}
