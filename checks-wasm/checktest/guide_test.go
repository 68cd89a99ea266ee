package checktest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/asrdiag/asrdiag/checks-wasm/pattern"
)

// guideFile is a file that docs/check-authoring.md shows: its name in bold on a
// line of its own, then a fenced block.
var guideFile = regexp.MustCompile("(?m)^\\*\\*([a-z][a-z0-9_./-]+)\\*\\*\n\n```[a-z]*\n((?s:.*?)\n)```$")

// The example of the guide compiles, for the host too, and its fixtures hold.
// It is built as a module of its own, as somebody else would.
func TestGuide(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "check-authoring.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var names []string
	for _, m := range guideFile.FindAllStringSubmatch(string(text), -1) {
		names = append(names, m[1])
		write(t, filepath.Join(dir, filepath.FromSlash(m[1])), m[2])
	}
	for _, need := range []string{"main.go", "pack.json", "checks_test.go", "disk-errors.go", "disk-errors.md", "testdata/disk-errors/fire.txtar"} {
		if !slices.Contains(names, need) {
			t.Errorf("the guide does not show %s; found %v", need, names)
		}
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.mod"), foreignMod(string(mod), filepath.ToSlash(root)))
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.sum"), string(sum))
	goRun(t, dir, nil, "vet", ".")
	if out := goRun(t, dir, nil, "test", "-v", "."); !strings.Contains(out, "--- PASS: TestChecks/disk-errors/fire") {
		t.Errorf("the fixture did not run:\n%s", out)
	}
	goRun(t, dir, []string{"GOOS=wasip1", "GOARCH=wasm"}, "build", "-o", filepath.Join(dir, "my-pack.wasm"), ".")
}

// foreignMod is the go.mod of a module that uses this one. It lists all that
// this one needs, so that nothing has to be looked up.
func foreignMod(mod, root string) string {
	const path = "github.com/asrdiag/asrdiag"
	mod = strings.Replace(mod, "module "+path, "module example.com/my-pack", 1)
	return mod + "\nrequire " + path + " v0.0.0\n\nreplace " + path + " => " + root + "\n"
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func goRun(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), append(env, "GOWORK=off", "GOFLAGS=", "GOPROXY=off", "CGO_ENABLED=0")...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// The pattern of the guide holds to the rules, and its fixtures come out.
func TestGuidePattern(t *testing.T) {
	text, err := os.ReadFile("../../docs/check-authoring.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "### Checks without code")
	_, rest, _ = strings.Cut(rest, "```json\n")
	raw, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("the guide shows no pattern")
	}
	Patterns(t, fstest.MapFS{"patterns/disk-errors.json": {Data: []byte(raw)}}, pattern.Known{})
}
