package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFlat compares the syntax of files of the standard library with that of
// their flat forms: the same nodes, those in a function on its line and all
// others on theirs.
func TestFlat(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"runtime/*.go", "net/*.go", "crypto/tls/*.go", "strings/*.go", "encoding/json/*.go"} {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src", pattern))
		if err != nil || len(files) < 5 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := flat(name, text)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, name, nodes(t, name, text), nodes(t, name, got))
		}
	}
}

// TestFlatText has what looks like code and is not.
func TestFlatText(t *testing.T) {
	const text = "package p\n\nfunc f() (int, string) { // {\n\ta := `x\n}\n`\n\t/* } */ b := '}'\n\n\treturn int(b),\n\t\ta\n}\n\nvar v = 1 // far\n//go:noinline\nfunc g() { f() }\n"
	const want = "package p\n\nfunc f() (int, string) { // {\n\t/*line :3:1*/a := `x\n}\n`\n\t/* } */ /*line :3:1*/b := '}'\n\n\t/*line :3:1*/return int(b),\n\t\t/*line :3:1*/a\n/*line :3:1*/}\n\n/*line :13:1*/var v = 1 // far\n//go:noinline\nfunc g() { f() }\n"
	if got, err := flat("p.go", []byte(text)); err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
	if _, err := flat("p.go", []byte("package")); err == nil {
		t.Error("half a file is taken")
	}
}

// TestRun makes the overlay of a program's packages.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	if err := run("", nil, dir, []string{"."}); err != nil {
		t.Fatal(err)
	}
	overlay, err := os.ReadFile(filepath.Join(dir, "overlay.json"))
	if err != nil || !bytes.Contains(overlay, []byte("scanner.go")) || bytes.Contains(overlay, []byte("flatlines")) {
		t.Errorf("%v\n%.300s", err, overlay)
	}
	if err := run("", nil, dir, []string{"./nothing"}); err == nil {
		t.Error("a package that is not there is listed")
	}
}

// node is a piece of syntax, and the line of the function that it is in, 0 for
// none.
type node struct {
	kind           string
	line, function int
}

// nodes are all pieces of a file but its comments, at the lines that the line
// directives say.
func nodes(t *testing.T, name string, text []byte) (out []node) {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var body *ast.BlockStmt
	function := 0
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			return true
		}
		if fn, ok := n.(*ast.FuncDecl); ok && fn.Body != nil {
			body, function = fn.Body, set.Position(fn.Pos()).Line
		}
		in := 0
		if body != nil && n.Pos() > body.Pos() && n.Pos() < body.End() {
			in = function
		}
		out = append(out, node{fmt.Sprintf("%T", n), set.Position(n.Pos()).Line, in})
		return true
	})
	return out
}

func compare(t *testing.T, name string, want, got []node) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d nodes, want %d", name, len(got), len(want))
	}
	for i, w := range want {
		if w.function != 0 {
			w.line = w.function
		}
		if got[i] != w {
			t.Fatalf("%s: node %d is %+v, want %+v", name, i, got[i], w)
		}
	}
}
