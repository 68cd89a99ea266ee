package bounds

import (
	"encoding/binary"
	"slices"

	"github.com/asrdiag/asrdiag/analyzer/internal/wasmbytes"
)

// settle rewrites the accesses since the last place where the way may part: if one
// is reached, all are, unless the module ends.
func (b *body) settle() {
	done := map[variable]bool{}
	for _, l := range b.lowered {
		if b.settleLowered(l) {
			done[l.from], done[l.to] = true, true
		}
	}
	for i, a := range b.accesses { // as they are after settleLowered
		v := a.at.of
		if !done[v] {
			done[v] = true
			b.settleVariable(v, b.accesses[i:])
		}
		if a.at.k != 0 {
			b.move(a, 0)
		}
	}
	b.accesses, b.lowered = b.accesses[:0], b.lowered[:0]
}

// move writes an access's address as the variable and an offset.
func (b *body) move(a access, more int64) {
	if a.at.got != a.at.end {
		b.edit(a.at.got, a.at.end, nil)
	}
	b.edit(a.offset, a.end, binary.AppendUvarint(nil, uint64(a.low+more)))
}

// settleVariable has the highest address looked at before the first access.
func (b *body) settleVariable(v variable, list []access) {
	seen := b.known[v]
	high, checks, first := seen, 0, -1
	for _, a := range list {
		if a.at.of != v {
			continue
		}
		if first < 0 && a.at.start < 0 {
			seen = max(seen, a.high) // it assigns the variable, so nothing can be put before it
			high = max(high, seen)
			continue
		}
		if first < 0 {
			first = a.at.start
		}
		if a.high > high {
			high = a.high
			checks++
		}
	}
	if checks > 1 {
		b.edit(first, first, look(appendLocal(nil, opLocalGet, v.local), high))
	}
	b.known[v] = high
}

// settleLowered has a variable and what it becomes, less a constant, looked at
// together, where both are used: Go stores what it hands to a function above the
// stack pointer and the return address below.
func (b *body) settleLowered(l lowering) bool {
	var high, above int64
	under := false
	first := l.value.start
	for _, a := range b.accesses {
		switch a.at.of {
		case l.from:
			if a.at.start < 0 || a.at.start > l.value.start {
				return false
			}
			first = min(first, a.at.start)
			above = max(above, a.high)
		case l.to:
			high = max(high, a.high)
			under = true
		}
	}
	if !under || above <= b.known[l.from] || b.chained(l) || first < b.spared {
		return false
	}
	high = max(high, above+l.value.k)
	b.spared = l.value.end
	text := appendLocal(nil, opLocalGet, l.from.local)
	text = append(wasmbytes.AppendSigned(append(text, opI32Const), l.value.k), opI32Sub)
	b.edit(first, first, look(appendLocal(text, opLocalTee, b.spare), high))
	for i, a := range b.accesses {
		if a.at.of == l.from {
			b.edit(a.at.start, a.at.got, appendLocal(nil, opLocalGet, b.spare))
			b.move(a, l.value.k)
			b.accesses[i].at.k = 0 // it is done
		}
	}
	b.edit(l.value.start, l.value.end, appendLocal(nil, opLocalGet, b.spare))
	b.known[l.to] = high
	return true
}

// chained reports whether another lowering begins or ends with a variable of this
// one.
func (b *body) chained(l lowering) bool {
	return slices.ContainsFunc(b.lowered, func(o lowering) bool { return o.to == l.from || o.from == l.to })
}

// look appends a read of the last byte below an address that is thrown away.
func look(text []byte, high int64) []byte {
	text = binary.AppendUvarint(append(text, opI32Load8U, 0), uint64(high-1))
	return append(text, opDrop)
}

func appendLocal(text []byte, op byte, local uint32) []byte {
	return binary.AppendUvarint(append(text, op), uint64(local))
}
