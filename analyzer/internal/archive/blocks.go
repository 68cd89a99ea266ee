package archive

import (
	"fmt"
	"io"
	"sync"
)

// What is kept of a decrypted file, for readers that read little at a time, and
// several side by side.
const (
	blockBytes = 64 << 10 // that age encrypts together
	keptBlocks = 32
)

// blocks reads a decrypted file in whole blocks and keeps the last ones. It is
// safe for concurrent use.
type blocks struct {
	ra   io.ReaderAt
	size int64

	mu    sync.Mutex
	kept  map[int64][]byte // by number
	order []int64          // in which they came
}

func newBlocks(ra io.ReaderAt, size int64) *blocks {
	return &blocks{ra: ra, size: size, kept: map[int64][]byte{}}
}

// ReadAt implements io.ReaderAt.
func (b *blocks) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("offset %d", off)
	}
	for n < len(p) && off < b.size {
		block, err := b.block(off / blockBytes)
		if err != nil {
			return n, err
		}
		took := copy(p[n:], block[off%blockBytes:])
		n, off = n+took, off+int64(took)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// block gives a whole block.
func (b *blocks) block(i int64) ([]byte, error) {
	b.mu.Lock()
	block, ok := b.kept[i]
	b.mu.Unlock()
	if ok {
		return block, nil
	}
	begin := i * blockBytes
	block = make([]byte, min(blockBytes, b.size-begin))
	if n, err := b.ra.ReadAt(block, begin); n < len(block) {
		return nil, fmt.Errorf("%w, at byte %d of what is in it: %v", errBlock, begin, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.kept[i]; !ok {
		if len(b.order) == keptBlocks {
			delete(b.kept, b.order[0])
			b.order = b.order[1:]
		}
		b.kept[i], b.order = block, append(b.order, i)
	}
	return block, nil
}
