package wasmhost

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

func TestHollow(t *testing.T) {
	twoBodies := section(10, "\x02\x04\x00\x10\x00\x0b\x02\x00\x0b")
	data := section(11, "\x01\x00\x41\x00\x0b\x01x")
	funcs := section(3, "\x02\x00\x00")
	in := header + section(0, name("x")) + typeVoid + funcs + onePage + exportBoth + twoBodies + data + section(0, name("y"))
	want := header + typeVoid + funcs + onePage + exportBoth + section(10, "\x02\x03\x00\x00\x0b\x03\x00\x00\x0b") + data
	got, err := hollow([]byte(in))
	if err != nil || string(got) != want {
		t.Fatalf("hollow = %q, %v\nwant %q", got, err, want)
	}
	if again, err := hollow(got); err != nil || !bytes.Equal(again, got) {
		t.Errorf("hollow of it = %q, %v, want the same", again, err)
	}
	for cut := range len(in) {
		if form, err := hollow([]byte(in[:cut])); err == nil && len(form) > len(want) {
			t.Errorf("of the first %d bytes: %d bytes", cut, len(form))
		}
	}
	for _, broken := range []string{"", header + "\x0a", header + "\x0a\xff", header + "\x0a\x02\xff\xff", header + "\x0a\x01\x7f"} {
		if form, err := hollow([]byte(broken)); !errors.Is(err, errSections) {
			t.Errorf("hollow(%q) = %q, %v, want %v", broken, form, err, errSections)
		}
	}
}

// keptModule gives a host that keeps code of the test's guest, and its sum.
func keptModule(t *testing.T, wasm []byte) (*Host, string) {
	t.Helper()
	h, err := New(filepath.Join(t.TempDir(), "cache"), testTime)
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.Compile(context.Background(), wasm, packfile.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
	return h, digest(wasm)
}

// stackOverflow is a module whose end tells its code from an empty body.
const stackOverflow = header + "\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x05\x03\x01\x00\x01\x07\x13\x02\x06_start\x00\x00\x06memory\x02\x00\x0a\x06\x01\x04\x00\x10\x00\x0b"

func ends(t *testing.T, m *Module) string {
	t.Helper()
	defer m.Close()
	answers, err := m.Run(context.Background(), request(t, "a"))
	if err != nil {
		t.Fatal(err)
	}
	return answers["a"].Reason
}

// TestKeptCodeNeedsNoModule: what is kept runs as the whole module did.
func TestKeptCodeNeedsNoModule(t *testing.T) {
	h, sum := keptModule(t, []byte(stackOverflow))
	if !h.Keeps(sum) {
		t.Fatal("nothing is kept")
	}
	unread := func() ([]byte, error) { return nil, errors.New("the module was read") }
	m, err := h.CompileHashed(context.Background(), sum, unread, packfile.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := ends(t, m); got != "trap: stack overflow" {
		t.Errorf("it ended with %q, want the whole module's stack overflow", got)
	}
	if left, err := filepath.Glob(filepath.Join(string(h.dir), unfinished+"*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// TestHollowFormNeverRunsItself: without native code for this engine and
// processor the module is compiled anew, and its empty bodies are not.
func TestHollowFormNeverRunsItself(t *testing.T) {
	damage := map[string]func(dir string) error{
		"no code":   func(dir string) error { native, _ := onlyFile(dir); return os.Remove(native) },
		"no engine": func(dir string) error { native, _ := onlyFile(dir); return os.RemoveAll(filepath.Dir(native)) },
		"other code": func(dir string) error {
			native, _ := onlyFile(dir)
			return os.Rename(native, filepath.Join(filepath.Dir(native), "00"))
		},
		"other form": func(dir string) error {
			form, _ := hollow([]byte(minimal + section(11, "\x00")))
			return os.WriteFile(filepath.Join(dir, hollowFile), form, 0o600)
		},
		"no form": func(dir string) error { return os.Remove(filepath.Join(dir, hollowFile)) },
	}
	for what, do := range damage {
		t.Run(what, func(t *testing.T) {
			h, sum := keptModule(t, []byte(stackOverflow))
			if err := do(h.dir.module(sum)); err != nil {
				t.Fatal(err)
			}
			for _, wantRead := range []bool{true, false} { // mended once
				read := false
				m, err := h.CompileHashed(context.Background(), sum, func() ([]byte, error) {
					read = true
					return []byte(stackOverflow), nil
				}, packfile.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				if got := ends(t, m); got != "trap: stack overflow" || read != wantRead {
					t.Errorf("it ended with %q, the module was read: %v; want stack overflow, %v", got, read, wantRead)
				}
			}
		})
	}
}
