package bounds

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/asrdiag/asrdiag/analyzer/internal/wasmbytes"
)

// rewritten gives the text of a function of one narrow parameter after Rewrite.
func rewritten(t *testing.T, locals, code string) (before, after string) {
	t.Helper()
	wasm := moduleOf(locals + code)
	out := Rewrite(wasm)
	r := reader{wasmbytes.Reader{B: out, At: 8}}
	for {
		id := r.Byte()
		content := r.Bytes(r.U32())
		if r.Bad {
			t.Fatalf("no code in %x", out)
		}
		if id == codeSection {
			c := reader{wasmbytes.Reader{B: content}}
			c.U32()
			body := c.Bytes(c.U32())
			if c.Bad || c.At != len(content) {
				t.Fatalf("broken code in %x", out)
			}
			return locals + code, string(body)
		}
	}
}

// moduleOf is a module with a function (i32) -> () and a memory.
func moduleOf(body string) []byte {
	section := func(id byte, content string) string {
		return string(binary.AppendUvarint([]byte{id}, uint64(len(content)))) + content
	}
	code := string(binary.AppendUvarint([]byte{1}, uint64(len(body)))) + body
	return []byte("\x00asm\x01\x00\x00\x00" + section(1, "\x01\x60\x01\x7f\x00") + section(3, "\x01\x00") + section(5, "\x01\x00\x01") + section(10, code))
}

// Pieces of functions.
const (
	noLocals = "\x00"
	oneWide  = "\x01\x01\x7e"         // local 1
	get      = "\x20\x00"             // local.get 0
	one      = "\x42\x01"             // i64.const 1
	load     = "\x29\x03"             // i64.load, without the offset
	store    = "\x37\x03"             // i64.store, without the offset
	drop     = "\x1a"                 // drop
	lower8   = "\x41\x08\x6b"         // i32.const 8, i32.sub
	tee      = "\x22\x00\x24\x00"     // local.tee 0, global.set 0
	end      = "\x0b"                 // end
	plus24   = "\xad\x42\x18\x7c\xa7" // 24 more, in 64 bits
	read31   = "\x20\x00\x2d\x00\x1f" // the byte before 32
)

func TestRewrite(t *testing.T) {
	for _, c := range []struct{ name, locals, code, want string }{
		{"one access", noLocals, get + load + "\x08" + drop + end, noLocals + get + load + "\x08" + drop + end},
		{
			"two, the higher one first", noLocals,
			get + load + "\x18" + drop + get + load + "\x08" + drop + end,
			noLocals + get + load + "\x18" + drop + get + load + "\x08" + drop + end,
		},
		{
			"two, the lower one first", noLocals,
			get + load + "\x08" + drop + get + load + "\x18" + drop + end,
			noLocals + read31 + drop + get + load + "\x08" + drop + get + load + "\x18" + drop + end,
		},
		{
			"the way may part between two", noLocals,
			get + load + "\x08" + drop + "\x10\x00" + get + load + "\x18" + drop + end,
			noLocals + get + load + "\x08" + drop + "\x10\x00" + get + load + "\x18" + drop + end,
		},
		{"a computed address", noLocals, get + plus24 + one + store + "\x08" + end, noLocals + get + one + store + "\x20" + end},
		{
			"a constant too large", noLocals,
			get + "\xad\x42\x80\x80\x80\x01\x7c\xa7" + one + store + "\x08" + end,
			noLocals + get + "\xad\x42\x80\x80\x80\x01\x7c\xa7" + one + store + "\x08" + end,
		},
		{
			"less than nothing", noLocals,
			get + "\xad\x42\x78\x7c\xa7" + one + store + "\x08" + end,
			noLocals + get + "\xad\x42\x78\x7c\xa7" + one + store + "\x08" + end,
		},
		{
			"a call of Go's", noLocals,
			get + one + store + "\x08" + get + lower8 + tee + get + one + store + "\x00" + end,
			"\x01\x01\x7f" + get + lower8 + "\x22\x01\x2d\x00\x17" + drop +
				"\x20\x01" + one + store + "\x10" + "\x20\x01" + tee + get + one + store + "\x00" + end,
		},
		{
			"nothing above", noLocals,
			get + lower8 + tee + get + one + store + "\x00" + end,
			noLocals + get + lower8 + tee + get + one + store + "\x00" + end,
		},
		{
			"looked at already", noLocals,
			get + load + "\x18" + drop + "\x10\x00" + get + load + "\x00" + drop + get + load + "\x08" + drop + end,
			noLocals + get + load + "\x18" + drop + "\x10\x00" + get + load + "\x00" + drop + get + load + "\x08" + drop + end,
		},
		{
			"a loop between", noLocals,
			get + load + "\x18" + drop + "\x03\x40" + get + load + "\x00" + drop + get + load + "\x08" + drop + end + end,
			noLocals + get + load + "\x18" + drop + "\x03\x40" + "\x20\x00\x2d\x00\x0f" + drop + get + load + "\x00" + drop + get + load + "\x08" + drop + end + end,
		},
		{
			"an address in 64 bits", oneWide,
			"\x20\x01\xa7" + load + "\x00" + drop + "\x20\x01\xa7" + load + "\x08" + drop + end,
			oneWide + "\x20\x01\xa7" + load + "\x00" + drop + "\x20\x01\xa7" + load + "\x08" + drop + end,
		},
		{
			"a vector instruction", noLocals,
			get + load + "\x00" + drop + get + load + "\x08" + drop + "\xfd\x00\x00\x00" + end,
			noLocals + get + load + "\x00" + drop + get + load + "\x08" + drop + "\xfd\x00\x00\x00" + end,
		},
		{
			"a local that is not there", noLocals,
			get + load + "\x00" + drop + get + load + "\x08" + drop + "\x20\x09" + end,
			noLocals + get + load + "\x00" + drop + get + load + "\x08" + drop + "\x20\x09" + end,
		},
	} {
		if before, after := rewritten(t, c.locals, c.code); after != c.want {
			t.Errorf("%s: %x becomes\n%x, want\n%x", c.name, before, after, c.want)
		}
	}
}

// TestRewriteBroken: what is not a module comes back as it is.
func TestRewriteBroken(t *testing.T) {
	whole := moduleOf(noLocals + get + load + "\x08" + drop + get + load + "\x18" + drop + end)
	if bytes.Equal(Rewrite(slices.Clone(whole)), whole) {
		t.Fatal("the module is not rewritten")
	}
	for cut := range len(whole) {
		if out := Rewrite(slices.Clone(whole[:cut])); !bytes.Equal(out, whole[:cut]) {
			t.Errorf("of %d bytes: %x, want %x", cut, out, whole[:cut])
		}
	}
	manyLocals := moduleOf("\x01\xff\xff\xff\xff\x0f\x7f" + get + end)
	if out := Rewrite(slices.Clone(manyLocals)); !bytes.Equal(out, manyLocals) {
		t.Errorf("four billion locals: %x", out)
	}
}

func FuzzRewrite(f *testing.F) {
	f.Add([]byte(noLocals + get + one + store + "\x08" + get + lower8 + tee + get + one + store + "\x00" + end))
	f.Add([]byte(oneWide + get + plus24 + load + "\x00" + drop + end))
	f.Fuzz(func(t *testing.T, body []byte) {
		wasm := moduleOf(string(body))
		kept := slices.Clone(wasm)
		once := Rewrite(wasm)
		if !bytes.Equal(wasm, kept) {
			t.Fatal("the module given was changed")
		}
		if m := (&reader{wasmbytes.Reader{B: once, At: 8}}); len(once) >= 8 {
			for m.At < len(once) && !m.Bad {
				m.Byte()
				m.Bytes(m.U32())
			}
			if m.Bad {
				t.Fatalf("the sections of %x are broken", once)
			}
		}
		Rewrite(once)
	})
}
