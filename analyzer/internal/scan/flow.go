package scan

import (
	"context"
	"hash"
	"sync"
	"sync/atomic"
)

// parallelFrom is the size above which a file may be worked at by several cores.
// It is, when there are not enough others for the other cores to do.
const parallelFrom = 2 << 20

// flow takes the blocks of one file, in their order, from reading them over
// preparing to matching.
type flow struct {
	pool   *blockPool
	search *searcher
	sum    hash.Hash      // of all bytes; nil: none is wanted
	read   func(n int)    // told of bytes read
	try    func(b *block) // tries what the block holds by itself, of several blocks at a time; may be nil
	take   func(b *block) // takes the blocks in order; it may keep one with retain
	starts *openings      // before the next block to be read
}

// blockPool keeps blocks for further use.
type blockPool struct{ sync.Pool }

func (p *blockPool) get() *block {
	b, ok := p.Get().(*block)
	if !ok {
		b = &block{}
	}
	b.users = 1
	return b
}

// retain keeps a block until a release more.
func (b *block) retain() { atomic.AddInt32(&b.users, 1) }

// release gives a block back when nobody needs it any more.
func (p *blockPool) release(b *block) {
	if atomic.AddInt32(&b.users, -1) == 0 {
		p.Put(b)
	}
}

// prepare does all that can be done with a block by itself.
func (f *flow) prepare(b *block) {
	b.ends = b.ends[:0]
	if len(b.chunk.data) > 0 || b.chunk.begun.length > 0 {
		b.split()
	}
	b.locate(f.search)
	if f.try != nil {
		f.try(b)
	}
}

// next reads a block and puts it behind the one before.
func (f *flow) next(r *chunker) (*block, bool) {
	b := f.pool.get()
	if !r.next(b) {
		f.pool.release(b)
		return nil, false
	}
	f.read(len(b.chunk.fresh))
	b.before, b.after = f.starts, newOpenings()
	f.starts = b.after
	return b, true
}

// serial works through a file on one core.
func (f *flow) serial(ctx context.Context, r *chunker) {
	for ctx.Err() == nil {
		b, ok := f.next(r)
		if !ok {
			return
		}
		if f.sum != nil {
			f.sum.Write(b.chunk.fresh)
		}
		f.prepare(b)
		f.take(b)
		f.pool.release(b)
	}
}

// parallel does the same with the blocks ahead being read, hashed and prepared
// by others. When it returns all of them have ended.
func (f *flow) parallel(ctx context.Context, r *chunker, ahead int) {
	var busy sync.WaitGroup
	defer busy.Wait()
	blocks, hashed := make(chan *block, ahead), make(chan *block, ahead)
	room := make(chan struct{}, ahead) // one for a block under way
	busy.Go(func() {
		defer close(blocks)
		defer close(hashed)
		f.readAhead(ctx, r, &busy, blocks, hashed, room)
	})
	busy.Go(func() {
		for b := range hashed {
			if f.sum != nil && ctx.Err() == nil {
				f.sum.Write(b.chunk.fresh)
			}
			f.pool.release(b)
			<-room
		}
	})
	for b := range blocks {
		<-b.ready
		if ctx.Err() == nil {
			f.take(b)
		}
		f.pool.release(b)
	}
}

// readAhead reads blocks and starts to prepare them.
func (f *flow) readAhead(ctx context.Context, r *chunker, busy *sync.WaitGroup, blocks, hashed chan<- *block, room chan<- struct{}) {
	for ctx.Err() == nil {
		b, ok := f.next(r)
		if !ok {
			return
		}
		b.retain()
		b.ready = make(chan struct{})
		room <- struct{}{}
		busy.Go(func() {
			defer close(b.ready)
			f.prepare(b)
		})
		blocks <- b
		hashed <- b
	}
}
