package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/tools/txtar"

	"github.com/asrdiag/asrdiag/bundles/bundletest"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// packsVariable names, in tests, the folder whose "packs" stands for the
// embedded one. Without it there are no embedded packs, whatever was built.
const packsVariable = "ASRDIAG_TEST_PACKS"

// shared is a folder of one run of the tests: packs, modules, their native code.
var shared string

// suite removes what all tests share when the last one has ended, however often
// each was run.
type suite struct{ *testing.M }

func (s suite) Run() int {
	dir, err := os.MkdirTemp("", "asrdiag-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	shared = dir
	return s.M.Run()
}

func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){program: func() {
		packs := fs.FS(fstest.MapFS{packsDir + "/.gitkeep": {}})
		if dir := os.Getenv(packsVariable); dir != "" {
			packs = os.DirFS(dir)
		}
		os.Exit(newApp(os.Stdin, os.Stdout, os.Stderr, packs).run(os.Args[1:]))
	}})
}

// tiny is the pack of testdata/tinypack, built and signed once.
type tiny struct {
	source  string // its folder
	embed   string // a folder with packs/tiny-1.2.3.asrpack and packs/dev.pub
	pack    string // a signed pack that is not embedded
	private string // the key that signed it
	wasm    string // its module
	cache   string // where workers keep compiled modules
}

// buildTiny builds it with the program under test.
var buildTiny = sync.OnceValues(func() (tiny, error) {
	dir := shared
	var err error
	t := tiny{
		embed: filepath.Join(dir, "embed"), pack: filepath.Join(dir, "tiny-1.2.3.asrpack"),
		private: filepath.Join(dir, "dev.key"), cache: filepath.Join(dir, "cache"),
	}
	if t.source, err = filepath.Abs("testdata/tinypack"); err != nil {
		return tiny{}, err
	}
	packs := filepath.Join(t.embed, packsDir)
	if err := errors.Join(os.MkdirAll(packs, 0o700), os.Mkdir(t.cache, 0o700)); err != nil {
		return tiny{}, err
	}
	for _, args := range [][]string{
		{"pack", "keygen", "--out", strings.TrimSuffix(t.private, ".key")},
		{"pack", "build", "--out", t.pack, "--key", t.private, t.source},
	} {
		cmd := exec.Command(program, args...)
		cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.cache, "LocalAppData="+t.cache)
		if out, err := cmd.CombinedOutput(); err != nil {
			return tiny{}, fmt.Errorf("asrdiag %q: %v\n%s", args, err, out)
		}
	}
	t.wasm = filepath.Join(dir, "tiny.wasm")
	return t, errors.Join(
		extractModule(t.pack, t.wasm),
		os.Link(t.pack, filepath.Join(packs, filepath.Base(t.pack))),
		os.Link(filepath.Join(dir, "dev.pub"), filepath.Join(packs, "dev.pub")),
	)
})

// hostilePack builds the pack of testdata/hostilepack once, and gives its bytes.
var hostilePack = sync.OnceValues(func() ([]byte, error) {
	tiny, err := buildTiny()
	if err != nil {
		return nil, err
	}
	out := filepath.Join(filepath.Dir(tiny.pack), "hostile.asrpack")
	cmd := exec.Command(program, "pack", "build", "--out", out, "testdata/hostilepack")
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+tiny.cache, "LocalAppData="+tiny.cache)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the hostile pack: %v\n%s", err, text)
	}
	return os.ReadFile(out)
})

// hostile: writes hostile.asrpack, signed by the key of the embedded packs.
func hostile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: hostile")
	}
	raw, err := hostilePack()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("hostile.asrpack"), raw, 0o600))
	ts.Check(ts.Exec(program, "pack", "sign", "--key", ts.Getenv("KEY"), "hostile.asrpack"))
}

func extractModule(pack, to string) error {
	raw, err := os.ReadFile(pack)
	if err != nil {
		return err
	}
	p, err := packfile.Open(raw)
	if err != nil {
		return err
	}
	wasm, err := p.Module("modules/tiny.wasm")
	if err != nil {
		return err
	}
	return os.WriteFile(to, wasm, 0o600)
}

// A script without a command passes whatever the program does.
func TestScriptsSaySomething(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("scripts: %v, %v", files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(txtar.Parse(data).Comment, []byte("asrdiag")) {
			t.Errorf("%s runs nothing", file)
		}
	}
}

func TestScripts(t *testing.T) {
	env := goEnvironment(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			tiny, err := buildTiny()
			if err != nil {
				return err
			}
			e.Vars = append(e.Vars, env...)
			e.Vars = append(e.Vars,
				"TINY="+tiny.source, "TILL="+filepath.Join(filepath.Dir(tiny.source), "tillpack"), "EMBED="+tiny.embed, "PACK="+tiny.pack, "KEY="+tiny.private, "WASM="+tiny.wasm,
				"XDG_CACHE_HOME="+tiny.cache, "LocalAppData="+tiny.cache,
				"XDG_CONFIG_HOME="+filepath.Join(e.WorkDir, "config"), "AppData="+filepath.Join(e.WorkDir, "config"),
				"XDG_DATA_HOME="+filepath.Join(e.WorkDir, "data"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "bundle": makeBundle, "flip": flip, "cut": cut, "trust": trust, "sameas": sameAs, "hostile": hostile, "rezip": rezip,
			"damage": damage, "zipup": zipUp, "cutanywhere": cutanywhere, "guestc": moduleInC, "grow": grow, "lie": lie, "cuts": cuts,
			"patternmodule": patternModuleAt, "agekey": agekey, "encrypt": encrypt, "samebut": sameBut,
		},
		Condition: condition,
	})
}

// condition knows [slow], [minisign] and [wasi], a C compiler for WASI.
func condition(name string) (bool, error) {
	switch name {
	case "slow":
		return !testing.Short(), nil
	case "minisign":
		_, err := exec.LookPath("minisign")
		return there(err)
	case "wasi":
		_, err := guestC()
		return there(err)
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// there is the condition that a program is there.
func there(err error) (bool, error) {
	if err != nil && os.Getenv("REQUIRE_ALL") == "1" {
		return false, fmt.Errorf("REQUIRE_ALL is set: %w", err)
	}
	return err == nil, nil
}

// guestC compiles the example in C once, and gives the module.
var guestC = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "asrdiag-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "host_name.wasm")
	cmd := exec.Command("make", "-C", filepath.Join("..", "..", "checks-wasm", "examples", "c"), "OUT="+out)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, text)
	}
	return os.ReadFile(out)
})

// moduleInC OUT.wasm: writes the module of the example in C.
func moduleInC(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: guestc OUT.wasm")
	}
	wasm, err := guestC()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), wasm, 0o600))
}

// goEnvironment lets scripts compile: HOME is not the user's there.
func goEnvironment(t *testing.T) []string {
	t.Helper()
	var env []string
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOFLAGS", "GOPROXY"} {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatalf("go env %s: %v", name, err)
		}
		env = append(env, name+"="+strings.TrimSpace(string(out)))
	}
	return env
}

// exits CODE PROGRAM ARGS...: runs a program that must end with this code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%q: %v", args[1:], err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("%q: exit code %d, want %d", args[1:], code, want)
	}
}

// bundle SOURCE.txtar OUT.zip: makes a bundle from text, where lines starting
// with "== " stand for the "-- " of the inner archive.
func makeBundle(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: bundle SOURCE.txtar OUT.zip")
	}
	text := "\n" + ts.ReadFile(args[0])
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\n== ", "\n-- "), " ==\n", " --\n")
	archive := txtar.Parse([]byte(text[1:]))
	ts.Check(encodeFiles(archive))
	tree, err := bundletest.Parse(archive)
	ts.Check(err)
	var zip bytes.Buffer
	ts.Check(tree.WriteZip(&zip))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), zip.Bytes(), 0o600))
}

// flip FILE TEXT: changes one bit of the first byte of TEXT in the file.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip FILE TEXT")
	}
	data := []byte(ts.ReadFile(args[0]))
	at := bytes.Index(data, []byte(args[1]))
	if at < 0 {
		ts.Fatalf("%s has no %q", args[0], args[1])
	}
	data[at] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// cut FILE PERCENT: keeps so much of the file.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cut FILE PERCENT")
	}
	percent, err := strconv.Atoi(args[1])
	ts.Check(err)
	data := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(data[:len(data)*percent/100]), 0o600))
}

// trust FILE.pub NAME: puts a public key into the script's trust store.
func trust(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: trust FILE.pub NAME")
	}
	dir := filepath.Join(ts.Getenv("XDG_CONFIG_HOME"), program, "trust")
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Check(os.WriteFile(filepath.Join(dir, args[1]+".pub"), []byte(ts.ReadFile(args[0])), 0o600))
}

// sameas A B: the files have the same bytes.
func sameAs(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: sameas A B")
	}
	if same := ts.ReadFile(args[0]) == ts.ReadFile(args[1]); same == neg {
		ts.Fatalf("%s and %s: same bytes is %v", args[0], args[1], same)
	}
}
