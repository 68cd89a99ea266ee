package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

// TestOpensListed traces a run: it opens what its profile names, and besides what
// docs/privacy.md lists, no more. The program is built as it is for customers:
// what C libraries open is not its own.
func TestOpensListed(t *testing.T) {
	strace := program.Path(t, "strace")
	listed := listedFiles(t)
	dir, profile := previewFolder(t)
	exe, trace, out := filepath.Join(t.TempDir(), "asrcollect"), filepath.Join(t.TempDir(), "trace"), t.TempDir()
	build := exec.Command("go", "build", "-o", exe, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if msg, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, msg)
	}
	msg, err := exec.Command(strace, "-f", "-qq", "-o", trace, "-e", "trace=open,openat,openat2", exe, "-d", "200ms", "--interval", "100ms", "-p", profile, "-o", out, "--yes", "--min-free", "0", "--log-age", "0", "--privacy", "strict").CombinedOutput()
	if err != nil && strings.Contains(string(msg), "ptrace") {
		program.Missing(t, "strace may not trace here: %s", msg)
	}
	raw, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)open(?:at|at2)?\((?:AT_FDCWD, )?"(/[^"]*)"`).FindAllStringSubmatch(string(raw), -1) {
		path := m[1]
		if own := strings.HasPrefix(path, dir) || strings.HasPrefix(path, out); !own && !seen[path] && !listed.MatchString(path) {
			t.Errorf("opened, and not in docs/privacy.md: %s", path)
		}
		seen[path] = true
	}
	if !seen[dir+"/needed.conf"] || !seen["/proc/stat"] {
		t.Errorf("the trace does not show what was opened:\n%s\n%s", msg, raw)
	}
}

// listedFiles matches the paths of the list in docs/privacy.md.
func listedFiles(t *testing.T) *regexp.Regexp {
	t.Helper()
	raw, err := os.ReadFile("../../docs/privacy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, ok := strings.Cut(string(raw), "<!-- opened on Linux -->")
	list, _, end := strings.Cut(list, "<!-- end -->")
	if !ok || !end {
		t.Fatal("docs/privacy.md has no list of what is opened")
	}
	var all []string
	for _, m := range regexp.MustCompile("`(/[^`]*)`").FindAllStringSubmatch(list, -1) {
		re := regexp.QuoteMeta(m[1])
		re = strings.ReplaceAll(re, `\*\*`, ".*")
		all = append(all, strings.ReplaceAll(re, `\*`, "[^/]*"))
	}
	return regexp.MustCompile("^(" + strings.Join(all, "|") + ")$")
}
