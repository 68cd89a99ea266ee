package scan

import (
	"container/heap"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// tally counts the hits of a scan. What it keeps does not depend on the order
// in which they come. It is safe for concurrent use.
type tally struct {
	spec decl.Tally

	mu      sync.Mutex
	rows    map[string]*tallyRow
	heap    rowHeap
	ceiling []string // the smallest key of the rows left out; nil: none was
	dropped int64
}

// tallyRow is one combination of the fields.
type tallyRow struct {
	id      string
	key     []string
	stats   stats
	sums    []exactSum
	buckets map[int64]*tallyBucket
	floor   int64 // newest bucket left out
}

type tallyBucket struct {
	count int64
	sums  []exactSum
}

func newTally(spec decl.Tally) *tally { return &tally{spec: spec, rows: map[string]*tallyRow{}} }

func (t *tally) add(at *time.Time, fields map[string]string) {
	key, values := t.spec.TallyKey(fields), t.values(fields)
	id := rowID(key)
	t.mu.Lock()
	defer t.mu.Unlock()
	row := t.row(id, key)
	if row == nil {
		t.dropped++
		return
	}
	row.stats.add(at)
	addSums(row.sums, values)
	if at == nil || t.spec.BucketSeconds == 0 {
		return
	}
	if b := row.bucket(t.spec.Bucket(*at), len(t.spec.Sum)); b != nil {
		b.count++
		addSums(b.sums, values)
	}
}

// values are the fields to be summed; NaN stands for what is no number.
func (t *tally) values(fields map[string]string) []float64 {
	out := make([]float64, len(t.spec.Sum))
	for i, name := range t.spec.Sum {
		v, ok := decl.Number(fields[name])
		if !ok {
			v = math.NaN()
		}
		out[i] = v
	}
	return out
}

func addSums(sums []exactSum, values []float64) {
	for i, v := range values {
		if !math.IsNaN(v) {
			sums[i].add(v)
		}
	}
}

// row finds or makes a row; nil: it is left out.
func (t *tally) row(id string, key []string) *tallyRow {
	if row, ok := t.rows[id]; ok {
		return row
	}
	if t.ceiling != nil && slices.Compare(key, t.ceiling) >= 0 {
		return nil
	}
	row := &tallyRow{id: id, key: key, sums: make([]exactSum, len(t.spec.Sum)), floor: math.MinInt64}
	t.rows[id] = row
	heap.Push(&t.heap, row)
	if len(t.heap) <= t.spec.MaxRows() {
		return row
	}
	out := heap.Pop(&t.heap).(*tallyRow)
	delete(t.rows, out.id)
	t.dropped += out.stats.count
	t.ceiling = out.key
	if out == row {
		return nil
	}
	return row
}

// rowID tells keys apart.
func rowID(key []string) string {
	if len(key) == 1 {
		return key[0]
	}
	var b strings.Builder
	for _, k := range key {
		b.WriteString(strconv.Itoa(len(k)))
		b.WriteByte(' ')
		b.WriteString(k)
	}
	return b.String()
}

// bucket finds or makes a bucket; nil: it is left out.
func (r *tallyRow) bucket(start int64, sums int) *tallyBucket {
	if b, ok := r.buckets[start]; ok {
		return b
	}
	if start <= r.floor {
		return nil
	}
	if r.buckets == nil {
		r.buckets = map[int64]*tallyBucket{}
	}
	b := &tallyBucket{sums: make([]exactSum, sums)}
	r.buckets[start] = b
	if len(r.buckets) <= decl.MaxTallyBuckets {
		return b
	}
	r.floor = oldest(r.buckets)
	delete(r.buckets, r.floor)
	if start == r.floor {
		return nil
	}
	return b
}

func oldest(buckets map[int64]*tallyBucket) int64 {
	start := int64(math.MaxInt64)
	for s := range buckets {
		start = min(start, s)
	}
	return start
}

func (t *tally) result() *decl.TallyResult {
	rows := slices.SortedFunc(maps.Values(t.rows), func(a, b *tallyRow) int { return slices.Compare(a.key, b.key) })
	out := &decl.TallyResult{Rows: []decl.TallyRow{}, Dropped: t.dropped}
	for _, r := range rows {
		row := decl.TallyRow{Key: t.spec.KeyFields(r.key), Count: r.stats.count, Sum: t.total(r.sums), First: r.stats.first, Last: r.stats.last}
		for _, start := range slices.Sorted(maps.Keys(r.buckets)) {
			b := r.buckets[start]
			row.Buckets = append(row.Buckets, decl.TallyBucket{Start: time.Unix(start, 0).UTC(), Count: b.count, Sum: t.total(b.sums)})
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func (t *tally) total(sums []exactSum) map[string]float64 {
	var out map[string]float64
	for i, name := range t.spec.Sum {
		if !sums[i].any {
			continue
		}
		if out == nil {
			out = map[string]float64{}
		}
		out[name] = sums[i].total()
	}
	return out
}

// rowHeap has the row with the largest key on top.
type rowHeap []*tallyRow

func (h rowHeap) Len() int           { return len(h) }
func (h rowHeap) Less(i, j int) bool { return slices.Compare(h[i].key, h[j].key) > 0 }
func (h rowHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *rowHeap) Push(x any)        { *h = append(*h, x.(*tallyRow)) }

func (h *rowHeap) Pop() any {
	old := *h
	n := len(old) - 1
	x := old[n]
	old[n] = nil
	*h = old[:n]
	return x
}

// exactSum adds float64 values without error: partials do not overlap and have
// the exact sum (Shewchuk, "Adaptive Precision Floating-Point Arithmetic",
// 1997). So the total, rounded once, does not depend on the order of values.
type exactSum struct {
	any      bool
	partials []float64 // by increasing magnitude
}

func (s *exactSum) add(x float64) {
	s.any = true
	n := 0
	for _, y := range s.partials {
		if math.Abs(x) < math.Abs(y) {
			x, y = y, x
		}
		hi := x + y
		if lo := y - (hi - x); lo != 0 {
			s.partials[n] = lo
			n++
		}
		x = hi
	}
	s.partials = append(s.partials[:n], x)
}

// total rounds half to even, as one addition does.
func (s *exactSum) total() float64 {
	n := len(s.partials) - 1
	hi := 0.0
	if n < 0 {
		return hi
	}
	hi += s.partials[n]
	for n--; n >= 0; n-- {
		x, y := hi, s.partials[n]
		hi = x + y
		lo := y - (hi - x)
		if lo == 0 {
			continue
		}
		// What is left decides when lo is exactly half a unit.
		if n > 0 && (lo < 0) == (s.partials[n-1] < 0) {
			if twice := lo * 2; twice == (hi+twice)-hi {
				hi += twice
			}
		}
		break
	}
	return hi
}
