package bounds

import "github.com/asrdiag/asrdiag/analyzer/internal/wasmbytes"

// Instructions that are told apart.
const (
	opUnreachable  = 0x00
	opNop          = 0x01
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opReturn       = 0x0f
	opCall         = 0x10
	opCallIndirect = 0x11
	opDrop         = 0x1a
	opSelect       = 0x1b
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opI32Load      = 0x28
	opI32Load8U    = 0x2d
	opI32Store     = 0x36
	opI64Store32   = 0x3e
	opMemorySize   = 0x3f
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opF32Const     = 0x43
	opF64Const     = 0x44
	opI32Eqz       = 0x45
	opI64Eqz       = 0x50
	opI32Clz       = 0x67
	opI32Sub       = 0x6b
	opI64Clz       = 0x79
	opI64Add       = 0x7c
	opF32Abs       = 0x8b
	opF32Add       = 0x92
	opF64Abs       = 0x99
	opF64Add       = 0xa0
	opI32Wrap      = 0xa7
	opI64ExtendU   = 0xad
	opI64Extend32S = 0xc4
	opMore         = 0xfc
)

// sizes are those of what the instructions from i32.load to i64.store32 read or
// write.
var sizes = [...]int64{4, 8, 4, 8, 1, 1, 2, 2, 1, 1, 2, 2, 4, 4, 4, 8, 4, 8, 1, 2, 1, 2, 4}

// instr is one instruction.
type instr struct {
	op         byte
	start, end int
	x          uint32 // local, or offset of an access
	v          int64  // constant
	offset     int    // where the offset of an access begins
}

// reader reads functions.
type reader struct{ wasmbytes.Reader }

// next reads an instruction of those that are understood, or sets Bad.
func (r *reader) next() (in instr) {
	in.start = r.At
	in.op = r.Byte()
	switch op := in.op; {
	case op == opBlock || op == opLoop || op == opIf:
		r.Signed()
	case op == opBr || op == opBrIf || op == opCall:
		r.U32()
	case op == opBrTable:
		for n := int64(r.U32()); n >= 0 && !r.Bad; n-- {
			r.U32()
		}
	case op == opCallIndirect:
		r.U32()
		r.U32()
	case op >= opLocalGet && op <= opGlobalSet:
		in.x = r.U32()
	case op >= opI32Load && op <= opI64Store32:
		r.Bad = r.Bad || r.U32() >= 1<<6 // else it names a memory
		in.offset = r.At
		in.x = r.U32()
	case op == opMemorySize || op == opMemoryGrow:
		r.Byte()
	case op == opI32Const || op == opI64Const:
		in.v = r.Signed()
	case op == opF32Const:
		r.Bytes(4)
	case op == opF64Const:
		r.Bytes(8)
	case op == opMore:
		r.more(&in)
	case op == opUnreachable, op == opNop, op == opElse, op == opEnd, op == opReturn, op == opDrop, op == opSelect,
		op >= opI32Eqz && op <= opI64Extend32S:
	default:
		r.Bad = true
	}
	in.end = r.At
	return in
}

// more reads conversions that do not trap, and copying and filling of memory.
func (r *reader) more(in *instr) {
	switch in.x = r.U32(); in.x {
	case 0, 1, 2, 3, 4, 5, 6, 7:
	case memoryCopy:
		r.Bytes(2)
	case memoryFill:
		r.Bytes(1)
	default:
		r.Bad = true
	}
}

const (
	memoryCopy = 10
	memoryFill = 11
)

// pops is how many values an instruction takes that gives one and is nothing
// special here.
func (in instr) pops() int {
	switch op := in.op; {
	case op == opI32Eqz, op == opI64Eqz, op >= opI32Clz && op < opI32Clz+3, op >= opI64Clz && op < opI64Clz+3,
		op >= opF32Abs && op < opF32Add, op >= opF64Abs && op < opF64Add, op >= opI32Wrap:
		return 1
	case op == opSelect:
		return 3
	case op >= opI32Eqz && op < opI32Wrap:
		return 2
	}
	return 0
}
