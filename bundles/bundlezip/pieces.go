package bundlezip

import (
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// aheadBytes bounds the memory of all pieces of a Reader that are inflated
// before somebody asks for them. The piece that is asked for comes on top.
const aheadBytes = 48 << 20

// pieces reads an entry's content piece by piece, in order, while other cores
// inflate those that come next.
//
// What it gives is what the sequential reader gives: a piece that is inflated
// with nothing before it, and ends before a block at just the byte where the
// next one begins, leaves the sequential reader in just the state in which the
// next piece is begun, but for a past that the next piece may not refer to.
// It fails at the first piece of which that is not true.
type pieces struct {
	r       *Reader
	at      int64      // offset of the compressed bytes
	borders [][2]int64 // [uncompressed, compressed]; one more than pieces
	next    int        // piece to start
	ahead   int        // most pieces under way
	queue   []*piece   // under way, in order
	now     *piece     // being read
	pos     int        // in now
	stop    atomic.Bool
	busy    sync.WaitGroup
	counted bool  // in Reader.reading
	single  bool  // all of an entry without restart points
	held    int64 // of aheadNow, until close
}

// piece is one piece under way.
type piece struct {
	*decoder
	cost  int64
	ahead bool // it is in the books
	err   error
	done  chan struct{} // closed when it is inflated
}

// ahead is how many pieces are to be under way.
func (r *Reader) ahead(borders [][2]int64) int {
	most := int64(1)
	for i := range len(borders) - 1 {
		most = max(most, cost(borders, i))
	}
	return int(min(int64(runtime.GOMAXPROCS(0)+1), max(1, aheadBytes/most)))
}

// cost is the memory that a piece takes.
func cost(borders [][2]int64, i int) int64 {
	return borders[i+1][0] - borders[i][0] + borders[i+1][1] - borders[i][1]
}

// onePiece makes one piece of an entry that is no longer than a piece can be: it
// is inflated from memory to memory when it is first read. Nil: the entry is not
// deflated, or too long, or there is no room for it now.
func (c *contents) onePiece() *pieces {
	e := c.e
	if e.method != zipform.MethodDeflate || e.size <= 0 || e.size > MaxPiece || e.packed <= 0 || e.packed > MaxPiece {
		return nil
	}
	p := &pieces{r: c.r, at: c.at, borders: [][2]int64{{}, {e.size, e.packed}}, single: true}
	if held := cost(p.borders, 0); c.r.aheadNow.Add(held) <= aheadBytes {
		p.held = held
		return p
	}
	c.r.aheadNow.Add(-cost(p.borders, 0))
	return nil
}

func (p *pieces) Read(b []byte) (int, error) {
	for p.now == nil || p.pos == p.now.n {
		if err := p.turn(); err != nil {
			return 0, err
		}
	}
	n := copy(b, p.now.out[p.pos:p.now.n])
	p.pos += n
	return n, nil
}

// turn goes on to the next piece.
func (p *pieces) turn() error {
	p.release()
	p.start()
	if len(p.queue) == 0 {
		if p.next == len(p.borders)-1 {
			return io.EOF
		}
		p.queue = append(p.queue, &piece{})
		p.next++
		p.inflate(p.queue[0], p.next-1)
	} else {
		<-p.queue[0].done
	}
	p.now, p.pos = p.queue[0], 0
	p.queue = p.queue[1:]
	p.r.leave(p.now)
	return p.now.err
}

// start starts pieces, as many as may be under way.
func (p *pieces) start() {
	if !p.counted {
		p.counted = true
		p.r.reading.Add(1)
	}
	for len(p.queue) < p.ahead && p.next < len(p.borders)-1 {
		c := &piece{cost: cost(p.borders, p.next), done: make(chan struct{})}
		if !p.r.enter(c) {
			return
		}
		i := p.next
		p.next++
		p.queue = append(p.queue, c)
		p.busy.Go(func() {
			defer close(c.done)
			if !p.stop.Load() {
				p.inflate(c, i)
			}
		})
	}
}

// enter reports whether a piece may be inflated ahead now, and books it. No more
// are than keep all cores busy: each file that is read by pieces is taken to keep
// one busy already.
func (r *Reader) enter(c *piece) bool {
	most := int32(runtime.GOMAXPROCS(0)) + 1 - r.reading.Load()
	c.ahead = true
	if total, n := r.aheadNow.Add(c.cost), r.underWay.Add(1); total > aheadBytes || n > most {
		r.leave(c)
		return false
	}
	return true
}

// leave takes a piece out of the books.
func (r *Reader) leave(c *piece) {
	if c.ahead {
		r.aheadNow.Add(-c.cost)
		r.underWay.Add(-1)
	}
}

// inflate inflates piece i.
func (p *pieces) inflate(c *piece, i int) {
	from, to := p.borders[i], p.borders[i+1]
	c.decoder = p.r.decoder(int(to[0]-from[0]), int(to[1]-from[1]))
	if n, err := p.r.ra.ReadAt(c.in[:c.size], p.at+from[1]); n < c.size {
		c.err = err
		return
	}
	if err := c.decoder.inflate(i == len(p.borders)-2); err != nil {
		c.err = fmt.Errorf("[%d,%d] to [%d,%d]: %w", from[0], from[1], to[0], to[1], err)
	}
}

// release gives back the piece that was read.
func (p *pieces) release() {
	if p.now != nil && p.now.decoder != nil {
		p.r.decoders.Put(p.now.decoder)
	}
	p.now = nil
}

// close ends what is under way and waits for it: afterwards nobody reads the
// archive on behalf of p.
func (p *pieces) close() {
	p.stop.Store(true)
	p.busy.Wait()
	p.release()
	for _, c := range p.queue {
		p.r.leave(c)
	}
	if p.counted {
		p.counted = false
		p.r.reading.Add(-1)
	}
	p.r.aheadNow.Add(-p.held)
	p.queue, p.next, p.held = nil, len(p.borders)-1, 0
}

// decoder gives a decoder with room for a piece of size bytes that gives want.
func (r *Reader) decoder(want, size int) *decoder {
	d, ok := r.decoders.Get().(*decoder)
	if !ok {
		d = &decoder{}
	}
	d.load(want, size)
	return d
}

// load makes room for a piece; the caller fills d.in[:size].
func (d *decoder) load(want, size int) {
	d.size, d.want = size, want
	if cap(d.in) < size+inSlack {
		d.in = make([]byte, size+inSlack+size/4)
	}
	if d.in = d.in[:size+inSlack]; cap(d.out) < want+outSlack {
		d.out = make([]byte, roomFor(want)+outSlack)
	}
	d.out = d.out[:want+outSlack]
	clear(d.in[size:])
}

// roomFor is how much room to make for a piece, so that decoders can be used
// again. What is not written to takes no memory of the machine.
func roomFor(want int) int {
	if want < zipform.PieceBytes/16 {
		return want
	}
	return max(want, zipform.PieceBytes+zipform.PieceBytes/64)
}
