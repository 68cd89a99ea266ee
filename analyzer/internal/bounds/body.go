package bounds

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/asrdiag/asrdiag/analyzer/internal/wasmbytes"
)

const (
	// maxLocals is how many local variables a function may have.
	maxLocals = 50_000
	// maxFold is the largest constant that becomes part of an offset, and maxOffset
	// the largest offset that one is added to.
	maxFold   = 1 << 20
	maxOffset = 1 << 30
)

// variable is a local variable from one assignment to the next.
type variable struct {
	local   uint32
	version int
}

// value is what is known of an operand, and where the instructions stand that make
// it and nothing else.
type value struct {
	kind       int
	of         variable
	k          int64
	start, end int // start is that of the first instruction, -1 for one that also assigns
	got        int // end of the first instruction
}

// Kinds of values.
const (
	anything = iota
	address  // the variable, plus k
	wide     // that in 64 bits
	constant // k
	lowered  // the variable, less k
)

// access is an instruction that reads or writes memory at an address.
type access struct {
	at     value
	low    int64 // first byte, from the variable on
	high   int64 // behind the last byte
	offset int   // where the instruction's offset begins
	end    int
}

// lowering is an assignment to a variable of its own value less k.
type lowering struct {
	from, to variable
	value    value
}

// edit replaces a piece of the function.
type edit struct {
	start, end int
	text       []byte
}

// body is a function that is being rewritten.
type body struct {
	types    []byte // of the locals
	versions []int
	stack    []value
	known    map[variable]int64 // below which addresses were looked at, on every way here
	accesses []access           // since the last place where the way may part
	lowered  []lowering         // since then
	spare    uint32             // a local of its own
	spared   int                // up to where it is used
	edits    []edit
}

// rewriteBody gives the text of a function with parameters of these types.
func rewriteBody(text, params []byte) []byte {
	r := reader{wasmbytes.Reader{B: text}}
	b := body{types: append([]byte(nil), params...), known: map[variable]int64{}}
	groups := r.U32()
	afterCount := r.At
	for n := groups; n > 0 && !r.Bad; n-- {
		count, t := r.U32(), r.Byte()
		if int64(len(b.types))+int64(count) > maxLocals {
			return text
		}
		b.types = append(b.types, slices.Repeat([]byte{t}, int(count))...)
	}
	b.versions = make([]int, len(b.types))
	b.spare = uint32(len(b.types))
	beforeCode := r.At
	for r.At < len(text) && !r.Bad {
		in := r.next()
		if r.Bad || !b.step(in) {
			return text
		}
	}
	if r.Bad {
		return text
	}
	b.settle()
	if b.spared > 0 {
		b.edits = slices.Insert(b.edits, 0, edit{0, afterCount, binary.AppendUvarint(nil, uint64(groups)+1)},
			edit{beforeCode, beforeCode, []byte{1, i32Type}})
	}
	return b.apply(text)
}

func (b *body) edit(start, end int, text []byte) { b.edits = append(b.edits, edit{start, end, text}) }

func (b *body) apply(text []byte) []byte {
	slices.SortStableFunc(b.edits, func(x, y edit) int { return cmp.Compare(x.start, y.start) })
	out := make([]byte, 0, len(text))
	at := 0
	for _, e := range b.edits {
		out = append(append(out, text[at:e.start]...), e.text...)
		at = e.end
	}
	return append(out, text[at:]...)
}

func (b *body) push(v value) { b.stack = append(b.stack, v) }

// pop gives what is known of the last operand; of what lies there from before the
// last place where the way may part nothing is.
func (b *body) pop() (v value) {
	if n := len(b.stack); n > 0 {
		v, b.stack = b.stack[n-1], b.stack[:n-1]
	}
	return v
}

// step follows an instruction; it is false for a function that cannot be valid.
func (b *body) step(in instr) bool {
	switch op := in.op; {
	case op == opNop:
	case op == opDrop, op == opGlobalSet:
		b.pop()
	case op == opLocalGet, op == opLocalSet, op == opLocalTee:
		return b.local(in)
	case op == opI32Const, op == opI64Const:
		b.push(value{kind: constant, k: in.v, start: in.start, end: in.end})
	case op == opI32Sub, op == opI64Add:
		y, x := b.pop(), b.pop()
		b.push(combined(in, x, y))
	case op == opI64ExtendU, op == opI32Wrap:
		b.push(converted(in, b.pop()))
	case op >= opI32Load && op <= opI64Store32:
		b.access(in)
	case op == opMore && in.x >= memoryCopy:
		b.stack = nil
	case op == opMore:
		b.pop()
		b.push(value{})
	case op >= opI32Eqz || op == opSelect || op >= opGlobalGet && op != opMemoryGrow:
		for range in.pops() {
			b.pop()
		}
		b.push(value{})
	default:
		b.part(op)
	}
	return true
}

// part is a place where the way may part, or where ways meet.
func (b *body) part(op byte) {
	b.settle()
	b.stack = b.stack[:0]
	if op == opLoop || op == opElse || op == opEnd {
		clear(b.known)
	}
}

// local follows the instructions of local variables.
func (b *body) local(in instr) bool {
	if int(in.x) >= len(b.types) {
		return false
	}
	narrow := b.types[in.x] == i32Type
	v := value{start: in.start, end: in.end, got: in.end}
	if in.op != opLocalGet {
		v.start = -1
		b.assign(in, b.pop())
	}
	if v.of = (variable{in.x, b.versions[in.x]}); narrow {
		v.kind = address
	}
	if in.op != opLocalSet {
		b.push(v)
	}
	return true
}

func (b *body) assign(in instr, v value) {
	from := variable{in.x, b.versions[in.x]}
	b.versions[in.x]++
	if v.kind == lowered && v.of == from && v.end == in.start {
		b.lowered = append(b.lowered, lowering{from, variable{in.x, b.versions[in.x]}, v})
	}
}

// combined is x less or plus y.
func combined(in instr, x, y value) value {
	if y.kind != constant || y.k < 0 || y.start != x.end || y.end != in.start {
		return value{}
	}
	switch {
	case in.op == opI32Sub && x.kind == address && x.k == 0 && x.start >= 0 && y.k > 0 && y.k <= maxFold:
		x.kind, x.k = lowered, y.k
	case in.op == opI64Add && x.kind == wide && x.k+y.k <= maxFold:
		x.k += y.k
	default:
		return value{}
	}
	x.end = in.end
	return x
}

// converted is v in 64 bits, or in 32 again.
func converted(in instr, v value) value {
	if v.end != in.start {
		return value{}
	}
	switch {
	case in.op == opI64ExtendU && v.kind == address:
		v.kind = wide
	case in.op == opI32Wrap && v.kind == wide:
		v.kind = address
	default:
		return value{}
	}
	v.end = in.end
	return v
}

func (b *body) access(in instr) {
	load := in.op < opI32Store
	if !load {
		b.pop()
	}
	at := b.pop()
	if at.kind == address && in.x <= maxOffset {
		low := at.k + int64(in.x)
		b.accesses = append(b.accesses, access{at, low, low + sizes[in.op-opI32Load], in.offset, in.end})
	}
	if load {
		b.push(value{})
	}
}
