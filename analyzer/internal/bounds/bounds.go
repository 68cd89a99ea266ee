// Package bounds rewrites WebAssembly modules so that native code made of them
// has fewer bounds to check.
//
// The engine checks every access to memory against the memory's size, with 65
// bytes of native code, unless it has checked the same local variable for a higher
// address before. Go's compiler addresses its stack from the bottom up, and what
// it hands to a function by computed addresses, so that nearly every access is
// checked anew. Rewrite folds constants into the offsets of accesses, and looks at
// the highest address first.
//
// A module does the same as before, but that one whose access would trap may trap
// up to a few instructions earlier, between which nothing could leave the module;
// and that an address beyond 4 GiB, made by adding a constant to a local variable,
// traps instead of beginning at 0 again.
package bounds

import (
	"encoding/binary"

	"github.com/asrdiag/asrdiag/analyzer/internal/wasmbytes"
)

// Sections of a module that matter here.
const (
	typeSection     = 1
	importSection   = 2
	functionSection = 3
	codeSection     = 10
)

// Types of values and kinds of imports.
const (
	i32Type      = 0x7f
	funcType     = 0x60
	funcImport   = 0
	tableImport  = 1
	memoryImport = 2
	globalImport = 3
)

// Rewrite gives a module that does the same with fewer checks. What it does not
// understand it leaves as it is; so a module that is not valid stays so.
func Rewrite(wasm []byte) []byte {
	if len(wasm) < 8 {
		return wasm
	}
	m := module{}
	out := append([]byte(nil), wasm[:8]...)
	for r := (reader{wasmbytes.Reader{B: wasm, At: 8}}); r.At < len(wasm); {
		start := r.At
		id := r.Byte()
		content := r.Bytes(r.U32())
		if r.Bad {
			return wasm
		}
		if id != codeSection {
			m.section(id, content)
			out = append(out, wasm[start:r.At]...)
			continue
		}
		code, ok := m.code(content)
		if !ok {
			return wasm
		}
		out = append(binary.AppendUvarint(append(out, codeSection), uint64(len(code))), code...)
	}
	return out
}

// module is what has to be known of a module to read its functions: the types of
// their parameters.
type module struct {
	types     [][]byte
	functions []uint32 // types of those that are defined here
}

func (m *module) section(id byte, content []byte) {
	r := reader{wasmbytes.Reader{B: content}}
	switch id {
	case typeSection:
		for n := r.U32(); n > 0 && !r.Bad; n-- {
			m.types = append(m.types, r.function())
		}
	case functionSection:
		for n := r.U32(); n > 0 && !r.Bad; n-- {
			m.functions = append(m.functions, r.U32())
		}
	}
}

// function reads the type of a function and gives its parameters.
func (r *reader) function() (params []byte) {
	if r.Byte() != funcType {
		r.Bad = true
	}
	params = r.Bytes(r.U32())
	r.Bytes(r.U32())
	return params
}

// code rewrites the functions.
func (m *module) code(content []byte) ([]byte, bool) {
	r := reader{wasmbytes.Reader{B: content}}
	n := r.U32()
	out := binary.AppendUvarint(nil, uint64(n))
	for i := 0; i < int(n) && !r.Bad; i++ {
		body := r.Bytes(r.U32())
		if i < len(m.functions) && int(m.functions[i]) < len(m.types) {
			body = rewriteBody(body, m.types[m.functions[i]])
		}
		out = append(binary.AppendUvarint(out, uint64(len(body))), body...)
	}
	return out, !r.Bad && r.At == len(content)
}
