package winetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A Go program must start under the prefix, with its exit code passed on.
func TestRun(t *testing.T) {
	p := New(t)
	dir := t.TempDir()
	src := `package main

import (
	"crypto/rand"
	"fmt"
	"os"
)

func main() {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err)
	}
	fmt.Println("runs with", len(os.Args)-1, "arguments")
	os.Exit(7)
}
`
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(src), 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", "p.exe", "main.go")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	got := p.Run(t, dir, "p.exe", "a b", "c")
	if got.Code != 7 || string(got.Stdout) != "runs with 2 arguments\n" {
		t.Errorf("code %d, stdout %q, stderr %q; want 7 and two arguments", got.Code, got.Stdout, got.Stderr)
	}
}
