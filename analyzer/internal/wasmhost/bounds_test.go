package wasmhost

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/asrdiag/asrdiag/analyzer/internal/bounds"
	"github.com/asrdiag/asrdiag/analyzer/internal/wasmbytes"
)

// program draws functions of two narrow locals, 0 and 1, a counter, 2, and two
// wide locals, 3 and 4, which use them as addresses in all the ways that are
// rewritten, and in some that are not.
type program struct {
	rand *rand.Rand
	code []byte
	sums bool // addresses are computed, too
}

func (p *program) emit(b ...byte) { p.code = append(p.code, b...) }

func (p *program) constant(op byte, v int) {
	p.code = wasmbytes.AppendSigned(append(p.code, op), int64(int32(v)))
}

// address leaves an address made of a local.
func (p *program) address(local byte) {
	switch kind := p.rand.IntN(6); {
	case kind == 0:
		p.emit(0x20, 3, 0xa7) // wrapped
	case kind == 1:
		p.emit(0x20, local, 0x22, local) // assigned to itself
	case kind <= 3 && p.sums:
		p.emit(0x20, local, 0xad)
		for range 1 + p.rand.IntN(2) {
			p.constant(0x42, p.rand.IntN(40))
			p.emit(0x7c)
		}
		p.emit(0xa7)
	default:
		p.emit(0x20, local)
	}
}

// memory appends an instruction of memory with a small offset.
func (p *program) memory(op byte) {
	p.code = binary.AppendUvarint(append(p.code, op, 0), uint64(p.rand.IntN(64)))
}

// load adds what is at an address to local 4.
func (p *program) load(local byte) {
	p.emit(0x20, 4)
	p.address(local)
	p.memory([]byte{0x29, 0x30, 0x34, 0x35}[p.rand.IntN(4)])
	p.emit(0x7c, 0x21, 4)
}

// store writes local 4, or what is at another address.
func (p *program) store(local byte) {
	p.address(local)
	if p.emit(0x20, 4); p.rand.IntN(3) == 0 {
		p.code = p.code[:len(p.code)-2]
		p.address(byte(p.rand.IntN(2)))
		p.memory(0x29)
	}
	p.memory([]byte{0x37, 0x3c, 0x3d, 0x3e}[p.rand.IntN(4)])
}

// lower takes a constant from a local, as Go does before it calls.
func (p *program) lower(local byte) {
	p.emit(0x20, local)
	p.constant(0x41, p.rand.IntN(3)*8)
	if p.emit(0x6b); p.rand.IntN(3) == 0 {
		p.emit(0x21, local)
		return
	}
	p.emit(0x22, local, 0x1a)
}

func (p *program) odd() { // whether local 4 is
	p.emit(0x20, 4, 0xa7, 0x41, 1, 0x71)
}

func (p *program) statements(n, depth int) {
	for range n {
		p.statement(byte(p.rand.IntN(2)), depth)
	}
}

func (p *program) statement(local byte, depth int) {
	kind := p.rand.IntN(14)
	if depth == 0 {
		kind = min(kind, 9)
	}
	switch kind {
	case 0, 1, 2:
		p.load(local)
	case 3, 4, 5:
		p.store(local)
	case 6, 7:
		p.store(local)
		p.lower(local)
		p.store(local)
	case 8:
		p.emit(0x20, local, 0x41, 16, 0x6a, 0x21, local)
	case 9:
		p.emit(0x10, 1)
	case 10:
		p.odd()
		p.emit(0x04, 0x40)
		p.statements(3, depth-1)
		p.emit(0x05)
		p.statements(3, depth-1)
		p.emit(0x0b)
	case 11:
		p.emit(0x02, 0x40)
		p.statements(2, depth-1)
		p.odd()
		p.emit(0x0d, 0)
		p.statements(2, depth-1)
		p.emit(0x0b)
	default: // at most five times in all
		p.emit(0x03, 0x40)
		p.statements(3, depth-1)
		p.emit(0x20, 2, 0x41, 1, 0x6a, 0x22, 2, 0x41, 5, 0x49, 0x0d, 0, 0x0b)
	}
}

// wasm is a module with the function, "run", and one that it calls.
func (p *program) wasm() []byte {
	p.code = []byte{1, 1, 0x7e}
	p.statements(12, 3)
	p.emit(0x20, 4, 0x0b)
	helper := "\x00\x41\x08\x41\x08\x28\x02\x00\x41\x01\x6a\x36\x02\x00\x0b"
	body := func(b []byte) []byte { return append(binary.AppendUvarint(nil, uint64(len(b))), b...) }
	code := append([]byte{2}, body(p.code)...)
	code = append(code, body([]byte(helper))...)
	out := []byte(header + section(1, "\x02\x60\x04\x7f\x7f\x7f\x7e\x01\x7e\x60\x00\x00") + section(3, "\x02\x00\x01") + onePage +
		section(7, "\x02\x03run\x00\x00\x06memory\x02\x00"))
	out = append(out, 10)
	return append(binary.AppendUvarint(out, uint64(len(code))), code...)
}

// ran is what became of a call: a result and the memory, or a trap.
type ran struct {
	trap   bool
	result uint64
	memory []byte
}

func call(t *testing.T, ctx context.Context, r wazero.Runtime, wasm []byte, args []uint64) ran {
	t.Helper()
	m, err := r.InstantiateWithConfig(ctx, wasm, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatalf("%v\n%x", err, wasm)
	}
	defer m.Close(ctx)
	got, err := m.ExportedFunction("run").Call(ctx, args...)
	if err != nil {
		return ran{trap: true}
	}
	mem, _ := m.ExportedMemory("memory").Read(0, m.ExportedMemory("memory").Size())
	return ran{result: got[0], memory: bytes.Clone(mem)}
}

// TestRewrittenModulesDoTheSame: random functions give the same result and leave
// the same memory, or trap, wherever their addresses lie; those that computed
// addresses begin with do not lie beside 0.
func TestRewrittenModulesDoTheSame(t *testing.T) {
	ctx := context.Background()
	native, plain := wazero.NewRuntime(ctx), wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer native.Close(ctx)
	defer plain.Close(ctx)
	var traps, returns, changed int
	for seed := range uint64(1000) {
		p := program{rand: rand.New(rand.NewPCG(7, seed)), sums: seed%3 > 0}
		wasm := p.wasm()
		rewritten := bounds.Rewrite(wasm)
		if !bytes.Equal(wasm, rewritten) {
			changed++
		}
		r := plain
		if seed%8 == 0 {
			r = native // takes longer
		}
		places := []int32{2000, 30_000, 65_000, 65_200, 65_400, 65_500, 65_530}
		if !p.sums {
			places = append(places, 0, 4, 8, 40, -8, -200)
		}
		for _, at := range places {
			args := []uint64{api.EncodeI32(at), api.EncodeI32(3000 + at/40), 0, api.EncodeI64(4000)}
			want, got := call(t, ctx, r, wasm, args), call(t, ctx, r, rewritten, args)
			if want.trap != got.trap || want.result != got.result || !bytes.Equal(want.memory, got.memory) {
				t.Fatalf("seed %d at %d: trap %v, result %d, want %v, %d; memory the same: %v\n%x\n%x",
					seed, at, got.trap, got.result, want.trap, want.result, bytes.Equal(want.memory, got.memory), wasm, rewritten)
			}
			if want.trap {
				traps++
			} else {
				returns++
			}
		}
	}
	if traps < 300 || returns < 300 || changed < 250 {
		t.Errorf("%d calls trapped, %d returned, %d modules were changed: too few to tell", traps, returns, changed)
	}
}

// TestRewritingSavesNativeCode: of a Go module a fifth at least.
func TestRewritingSavesNativeCode(t *testing.T) {
	wasm, err := hostileGuest()
	if err != nil {
		t.Fatal(err)
	}
	var sizes [2]int64
	for i, code := range [][]byte{wasm, bounds.Rewrite(wasm)} {
		dir := t.TempDir()
		m, err := compile(context.Background(), code, engineOptions{dir: dir}, limitsOf(t))
		if err != nil {
			t.Fatal(err)
		}
		m.Close()
		if name, err := onlyFile(dir); err != nil {
			t.Skip("this engine keeps no native code")
		} else if info, err := os.Stat(filepath.Clean(name)); err == nil {
			sizes[i] = info.Size()
		}
	}
	if sizes[0] == 0 || sizes[1]*5 > sizes[0]*4 {
		t.Errorf("%d bytes of native code, of the rewritten module %d", sizes[0], sizes[1])
	}
}
