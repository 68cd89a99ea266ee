package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

const root = "../.."

// TestCurrent: the files in the tree are those that the checks give, no more and no
// less.
func TestCurrent(t *testing.T) {
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil || string(got) != want {
			t.Errorf("%s is not current (%v): go run ./cmd/checkdocs", name, err)
		}
	}
	err = fs.WalkDir(os.DirFS(root), "docs/checks", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && files[name] == "" {
			t.Errorf("%s belongs to no check: go run ./cmd/checkdocs", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAnswers(t *testing.T) {
	step := part{id: "step 1"}
	for _, c := range []struct {
		check abi.Check
		want  bool
	}{
		{abi.Check{Article: []string{"step 1"}}, true},
		{abi.Check{URL: "https://x.example/a#step-1-look"}, true},
		{abi.Check{URL: "https://x.example/a#step-10-look"}, false},
		{abi.Check{URL: "https://x.example/a"}, false},
	} {
		if got := answers(c.check, step); got != c.want {
			t.Errorf("answers(%+v) = %v", c.check, got)
		}
	}
}

func TestUnknownPart(t *testing.T) {
	text, err := coverage([]pack{{"asr-x", abi.Describe{Checks: []abi.Check{{ID: "a", Article: []string{"step 99"}}}}}})
	if err == nil || !strings.Contains(err.Error(), `asr-x/a answers "step 99"`) {
		t.Errorf("coverage = %v", err)
	}
	if !strings.Contains(text, "| step 2 |") || !strings.Contains(text, "all of it") {
		t.Errorf("a part without a check is not told:\n%s", text)
	}
}
