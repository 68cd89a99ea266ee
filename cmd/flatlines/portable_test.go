package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPortable builds a program with and without the assembly of a package and
// looks whether the functions that it has in assembly are there.
func TestPortable(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "program.go")
	text := "package main\n\nimport (\"crypto/sha1\"; \"crypto/sha256\"; \"os\")\n\nfunc main() { println(sha1.Sum([]byte(os.Args[0]))[0], sha256.Sum256([]byte(os.Args[0]))[0]) }\n"
	if err := os.WriteFile(program, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOS", "windows")
	t.Setenv("GOARCH", "amd64")
	for _, c := range []struct {
		portable []string
		sha1     bool
	}{{nil, true}, {[]string{"crypto/sha1"}, false}} {
		if err := run("small", c.portable, filepath.Join(dir, "flat"), []string{program}); err != nil {
			t.Fatal(err)
		}
		exe := filepath.Join(dir, "program.exe")
		build := exec.Command("go", "build", "-overlay", filepath.Join(dir, "flat", "overlay.json"), "-tags", "small", "-o", exe, program)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		names, err := exec.Command("go", "tool", "nm", exe).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, names)
		}
		if got := strings.Contains(string(names), "crypto/sha1.blockAVX2"); got != c.sha1 {
			t.Errorf("%v: the assembly of SHA-1 is there: %v, want %v", c.portable, got, c.sha1)
		}
		if !strings.Contains(string(names), "sha256.blockSHANI") {
			t.Errorf("%v: the assembly of SHA-256 is gone", c.portable)
		}
	}
}

func TestPortableRefused(t *testing.T) {
	for _, c := range []struct{ tags, portable, want string }{
		{"", "crypto/sha1", "needs a tag"},
		{"small", "net/http/pprof", "is not made of it"},
		{"small", "strings", "0 of its files"},
	} {
		dir := t.TempDir()
		if err := run(c.tags, list(c.portable), dir, []string{"."}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "overlay.json")); err == nil {
			t.Errorf("%+v: there is an overlay", c)
		}
	}
}

// TestPortableFiles looks at an overlay's copies: each has the other tag.
func TestPortableFiles(t *testing.T) {
	t.Setenv("GOOS", "linux")
	dir := t.TempDir()
	if err := run("small,other", list("crypto/sha1"), dir, []string{"crypto/sha1"}); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "overlay.json"))
	if err != nil {
		t.Fatal(err)
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(raw, &overlay); err != nil {
		t.Fatal(err)
	}
	n := 0
	for from, to := range overlay.Replace {
		old, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(to)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(filepath.Dir(from)) != "sha1" || !pure.Match(old) {
			continue
		}
		n++
		if pure.Match(text) || !strings.Contains(string(text), "small") {
			t.Errorf("%s:\n%.300s", from, text)
		}
	}
	if n < 3 {
		t.Errorf("%d files, want at least 3", n)
	}
}
