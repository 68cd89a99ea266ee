package wasmhost

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// section gives one section of a module; its content must be below 128 bytes.
func section(id byte, content string) string { return string([]byte{id, byte(len(content))}) + content }

// name gives a name as modules hold it.
func name(s string) string { return string(rune(len(s))) + s }

const header = "\x00asm\x01\x00\x00\x00"

var (
	typeVoid   = section(1, "\x01\x60\x00\x00")
	funcVoid   = section(3, "\x01\x00")
	onePage    = section(5, "\x01\x00\x01")
	codeEmpty  = section(10, "\x01\x02\x00\x0b")
	exportBoth = section(7, "\x02"+name("_start")+"\x00\x00"+name("memory")+"\x02\x00")
	minimal    = header + typeVoid + funcVoid + onePage + exportBoth + codeEmpty
)

func imported(module, function string) string {
	return header + typeVoid + section(2, "\x01"+name(module)+name(function)+"\x00\x00") + funcVoid + onePage +
		section(7, "\x02"+name("_start")+"\x00\x01"+name("memory")+"\x02\x00") + codeEmpty
}

func TestCompileRefuses(t *testing.T) {
	tests := map[string]struct{ wasm, want string }{
		"empty":           {"", "not a WebAssembly module"},
		"ELF":             {"\x7fELF\x01\x00\x00\x00", "not a WebAssembly module"},
		"component":       {"\x00asm\x0d\x00\x01\x00", "a WebAssembly component"},
		"version":         {"\x00asm\x02\x00\x00\x00", "WebAssembly version"},
		"truncated":       {minimal[:len(minimal)-3], "compile module"},
		"noise":           {header + "\xff\xff\xff", "compile module"},
		"no _start":       {header + typeVoid + funcVoid + onePage + section(7, "\x01"+name("memory")+"\x02\x00") + codeEmpty, "does not export _start"},
		"no memory":       {header + typeVoid + funcVoid + onePage + section(7, "\x01"+name("_start")+"\x00\x00") + codeEmpty, "does not export its memory"},
		"parameters":      {header + section(1, "\x01\x60\x01\x7f\x00") + funcVoid + onePage + exportBoth + codeEmpty, "_start with parameters"},
		"4 GiB":           {header + typeVoid + funcVoid + section(5, "\x01\x00\x80\x80\x04") + exportBoth + codeEmpty, "starts with 4096 MiB of memory, more than 128 MiB"},
		"socket":          {imported(wasiModule, "sock_send"), `"wasi_snapshot_preview1.sock_send"`},
		"unknown":         {imported(wasiModule, "fd_novel"), `"wasi_snapshot_preview1.fd_novel"`},
		"other module":    {imported("env", "fd_read"), `"env.fd_read"`},
		"imported memory": {header + typeVoid + section(2, "\x01"+name("env")+name("memory")+"\x02\x00\x01") + funcVoid + section(7, "\x02"+name("_start")+"\x00\x00"+name("memory")+"\x02\x00") + codeEmpty, "imports a memory"},
		"too large":       {header + strings.Repeat("x", abi.MaxModuleBytes), "more than 8 MiB"},
	}
	for _, cached := range []bool{false, true} {
		dir := ""
		if cached {
			dir = t.TempDir()
			if err := os.Chmod(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		h, err := New(dir, testTime)
		if err != nil {
			t.Fatal(err)
		}
		for what, test := range tests {
			m, err := h.Compile(context.Background(), []byte(test.wasm), packfile.Limits{})
			if err == nil {
				m.Close()
				t.Errorf("%s: compiled, want an error: %s", what, test.want)
			} else if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v, want %s", what, err, test.want)
			}
		}
	}
}

func TestMinimalModule(t *testing.T) {
	h, err := New("", testTime)
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.Compile(context.Background(), []byte(minimal), packfile.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	answers, err := m.Run(context.Background(), request(t, "a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	for id, a := range answers {
		if a.Outcome != abi.OutcomeError || a.Reason != "no status" {
			t.Errorf("%s: %s %q, want an error: no status", id, a.Outcome, a.Reason)
		}
	}
	if _, err := m.Describe(context.Background()); err == nil {
		t.Error("a module that prints nothing has a description")
	}
}

// The _start of this module calls itself for ever.
func TestNativeRecursionTraps(t *testing.T) {
	wasm := header + typeVoid + funcVoid + onePage + exportBoth + section(10, "\x01\x04\x00\x10\x00\x0b")
	h, err := New("", testTime)
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.Compile(context.Background(), []byte(wasm), packfile.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	answers, err := m.Run(context.Background(), request(t, "a"))
	if err != nil {
		t.Fatal(err)
	}
	if a := answers["a"]; a.Reason != "trap: stack overflow" {
		t.Errorf("%s %q, want trap: stack overflow", a.Outcome, a.Reason)
	}
}

func TestUnreachableTraps(t *testing.T) {
	wasm := header + typeVoid + funcVoid + onePage + exportBoth + section(10, "\x01\x03\x00\x00\x0b")
	h, err := New("", testTime)
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.Compile(context.Background(), []byte(wasm), packfile.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	answers, err := m.Run(context.Background(), request(t, "a"))
	if err != nil {
		t.Fatal(err)
	}
	if a := answers["a"]; a.Reason != "trap: unreachable" {
		t.Errorf("%s %q, want trap: unreachable", a.Outcome, a.Reason)
	}
}

func TestCacheFolder(t *testing.T) {
	top := t.TempDir()
	fresh := filepath.Join(top, "a", "b")
	h, err := New(fresh, testTime)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := h.Compile(context.Background(), []byte(minimal), packfile.Limits{}); err != nil {
		t.Fatal(err)
	} else {
		m.Close()
	}
	if info, err := os.Stat(fresh); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("cache folder %v, %v, want it private", info, err)
	}
	if len(cached(t, fresh)) == 0 {
		t.Error("nothing was cached")
	}
	file := filepath.Join(top, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(file, testTime); err == nil {
		t.Error("a file is taken for a cache folder")
	}
	open := filepath.Join(top, "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := New(open, testTime); err == nil && os.PathSeparator == '/' {
		t.Error("a folder that all can write to is taken for a cache folder")
	}
}

// cached lists the files of a cache.
func cached(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestDamagedCacheIsMadeAnew(t *testing.T) {
	for name, damage := range map[string]func(file string, raw []byte) error{
		"changed": func(file string, raw []byte) error {
			raw[len(raw)/2] ^= 0xff
			return os.WriteFile(file, raw, 0o600)
		},
		"cut":   func(file string, raw []byte) error { return os.WriteFile(file, raw[:len(raw)/2], 0o600) },
		"empty": func(file string, _ []byte) error { return os.WriteFile(file, nil, 0o600) },
	} {
		dir := filepath.Join(t.TempDir(), "cache")
		h, err := New(dir, testTime)
		if err != nil {
			t.Fatal(err)
		}
		compileMinimal(t, h)
		before := map[string][]byte{}
		for _, file := range cached(t, dir) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			before[file] = raw
			if err := damage(file, bytes.Clone(raw)); err != nil {
				t.Fatal(err)
			}
		}
		compileMinimal(t, h)
		for file, want := range before {
			if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %s was not made anew: %v", name, filepath.Base(file), err)
			}
		}
	}
}

// TestFolderInTheCache: what is in a cached file's place and is none costs time.
func TestFolderInTheCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	h, err := New(dir, testTime)
	if err != nil {
		t.Fatal(err)
	}
	compileMinimal(t, h)
	for _, file := range cached(t, dir) {
		if err := errors.Join(os.Remove(file), os.Mkdir(file, 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	compileMinimal(t, h)
}

func compileMinimal(t *testing.T, h *Host) {
	t.Helper()
	m, err := h.Compile(context.Background(), []byte(minimal), packfile.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
}

// TestCacheThatCannotBeUsed costs time and nothing else.
func TestCacheThatCannotBeUsed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	h, err := New(dir, testTime)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := h.Compile(context.Background(), []byte(minimal), packfile.Limits{})
	if err != nil {
		t.Fatalf("with a file in the cache folder's place: %v", err)
	}
	m.Close()
}

// TestDescribedIsOfOneModule: what one module says is no word about another.
func TestDescribedIsOfOneModule(t *testing.T) {
	h, err := New(filepath.Join(t.TempDir(), "cache"), testTime)
	if err != nil {
		t.Fatal(err)
	}
	load := func(h *Host, wasm string) *Module {
		t.Helper()
		m, err := h.Compile(context.Background(), []byte(wasm), packfile.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(m.Close)
		return m
	}
	one, other := load(h, minimal), load(h, minimal+section(0, name("x")))
	one.NoteDescribed([]byte("words"))
	if again := load(h, minimal); !again.Described([]byte("words")) || again.Described([]byte("other words")) || other.Described([]byte("words")) {
		t.Errorf("described: again %v, in other words %v, the other module %v; want only the first",
			again.Described([]byte("words")), again.Described([]byte("other words")), other.Described([]byte("words")))
	}
	without := load(&Host{}, minimal)
	without.NoteDescribed([]byte("words"))
	if without.Described([]byte("words")) {
		t.Error("without a folder something is remembered")
	}
}

func TestModulesOfOneHostDoNotShareACacheFolder(t *testing.T) {
	d := cacheDir("x")
	if d.module("a") == d.module("b") {
		t.Error("two modules have one folder")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	a := arena{limit: 1 << 20}
	if mem := a.Reallocate(64 << 10); len(mem) != 64<<10 || mem[0] != 0 {
		t.Fatalf("first %d bytes", len(mem))
	}
	mem := a.Reallocate(1 << 20)
	if len(mem) != 1<<20 {
		t.Fatalf("grown to %d bytes, want 1 MiB", len(mem))
	}
	mem[1<<20-1] = 1
	if a.Reallocate(1<<20+1) != nil || !a.refused {
		t.Error("more than the limit is given")
	}
	if a.peak != 1<<20 {
		t.Errorf("peak = %d, want 1 MiB", a.peak)
	}
	a.Free()
	a.Free()
}

func TestHostileStart(t *testing.T) {
	var huge [4]byte
	binary.LittleEndian.PutUint32(huge[:], 1<<31)
	h, err := New("", testTime)
	if err != nil {
		t.Fatal(err)
	}
	// A data section whose length goes beyond the file.
	if _, err := h.Compile(context.Background(), []byte(minimal+"\x0b\xff\xff\xff\xff\x0f"+string(huge[:])), packfile.Limits{}); err == nil {
		t.Error("a module with a section beyond its end is compiled")
	}
}

func TestCacheIsPruned(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	compile := func(wasm string, now time.Time) {
		t.Helper()
		h, err := New(dir, now)
		if err != nil {
			t.Fatal(err)
		}
		m, err := h.Compile(context.Background(), []byte(wasm), packfile.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		m.Close()
	}
	other := minimal + section(0, name("x")) // the same with a custom section
	compile(minimal, testTime)
	compile(other, testTime.Add(-unusedFor))
	if err := os.Mkdir(filepath.Join(dir, "mine"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dir, "mine"), time.Time{}, testTime.Add(-2*unusedFor)); err != nil {
		t.Fatal(err)
	}
	if _, err := New(dir, testTime.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		cacheDir(dir).module(digest([]byte(minimal))): true,
		cacheDir(dir).module(digest([]byte(other))):   false,
		filepath.Join(dir, "mine"):                    true,
	} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", filepath.Base(path), err == nil, want)
		}
	}
}
