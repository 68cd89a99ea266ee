package scan

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
	"sync"

	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// keeper keeps the newest hits of a scan, as many as their number and bytes
// allow. Which ones does not depend on the order in which they come: they are
// always all those seen that are newer than the newest one dropped. It is safe
// for concurrent use.
type keeper struct {
	limit int
	emit  func(h *decl.Hit) // takes every hit, and none is kept; nil: they are kept

	mu    sync.Mutex
	heap  hitHeap
	size  int
	floor *decl.Hit // the newest hit dropped
}

// admits reports whether a hit in this place would be kept now.
func (k *keeper) admits(h *decl.Hit) bool {
	if k.emit != nil {
		return true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.above(h)
}

func (k *keeper) above(h *decl.Hit) bool { return k.floor == nil || placeOrder(h, k.floor) > 0 }

// placeOrder is the order of the hits of one scan as Hit.Compare has it. It does
// without the numbers of lines, which rise with the offsets.
func placeOrder(a, b *decl.Hit) int {
	switch {
	case a.Time == nil && b.Time != nil:
		return -1
	case a.Time != nil && b.Time == nil:
		return 1
	case a.Time != nil:
		if c := a.Time.Compare(*b.Time); c != 0 {
			return c
		}
	}
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Offset, b.Offset))
}

func (k *keeper) add(h *decl.Hit) {
	if k.emit != nil {
		k.emit(h)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.above(h) {
		return
	}
	heap.Push(&k.heap, *h)
	k.size += h.Size()
	for len(k.heap) > k.limit || k.size > decl.MaxHitBytes && len(k.heap) > 1 {
		old := heap.Pop(&k.heap).(decl.Hit)
		k.size -= old.Size()
		k.floor = &decl.Hit{Time: old.Time, File: old.File, Offset: old.Offset}
	}
}

// hits are in order.
func (k *keeper) hits() []decl.Hit {
	out := []decl.Hit(k.heap)
	slices.SortFunc(out, func(a, b decl.Hit) int { return placeOrder(&a, &b) })
	return out
}

// hitHeap has the oldest hit on top.
type hitHeap []decl.Hit

func (h hitHeap) Len() int           { return len(h) }
func (h hitHeap) Less(i, j int) bool { return placeOrder(&h[i], &h[j]) < 0 }
func (h hitHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *hitHeap) Push(x any)        { *h = append(*h, x.(decl.Hit)) }

func (h *hitHeap) Pop() any {
	old := *h
	n := len(old) - 1
	x := old[n]
	old[n] = decl.Hit{}
	*h = old[:n]
	return x
}
