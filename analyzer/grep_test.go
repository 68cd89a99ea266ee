package analyzer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/asrdiag/asrdiag/analyzer/internal/safetext"
	"github.com/asrdiag/asrdiag/bundles/bundletest"
	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

// grepIn searches a bundle of a txtar text in this process.
func grepIn(t *testing.T, text string, q GrepQuery) (string, *GrepResult) {
	t.Helper()
	tree, err := bundletest.Parse(txtar.Parse([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := tree.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	r, err := Grep(context.Background(), b, Integrity{File: "b.zip"}, q, nil, &out, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), r
}

func TestGrepText(t *testing.T) {
	const text = "-- logs/a/1.log --\none\ntwo\nthree\nfour\nfive\nsix\n-- logs/b/2.log --\ntwo\n"
	for name, c := range map[string]struct {
		q    GrepQuery
		want string
	}{
		"groups": {GrepQuery{Patterns: []string{"one", "six"}, After: 1, Before: 1}, "logs/a/1.log:1: one\nlogs/a/1.log-2- two\n--\nlogs/a/1.log-5- five\nlogs/a/1.log:6: six\n"},
		"heading": {
			GrepQuery{Patterns: []string{"two"}, Show: GrepShow{Heading: true, Several: true}},
			"b.zip: logs/a/1.log\n2: two\n\nb.zip: logs/b/2.log\n1: two\n\n",
		},
		"colour":  {GrepQuery{Patterns: []string{"W"}, IgnoreCase: true, Inputs: []string{"logs/b"}, Show: GrepShow{Color: true}}, "\x1b[35mlogs/b/2.log\x1b[0m:\x1b[32m1\x1b[0m: t\x1b[1;31mw\x1b[0mo\n"},
		"window":  {GrepQuery{Patterns: []string{"hre"}, Show: GrepShow{Width: 4}}, "logs/a/1.log:3: thre [...]\n"},
		"nothing": {GrepQuery{Patterns: []string{"seven"}, After: 3}, ""},
	} {
		if got, _ := grepIn(t, text, c.q); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestWindow: what is shown of a long line has its first match, and whole
// characters.
func TestWindow(t *testing.T) {
	line := []byte(strings.Repeat("ü", 100) + "HIT" + strings.Repeat("ß", 100))
	for _, width := range []int{1, 3, 10, 50, 150, 1000} {
		from, to := window(line, [][2]int{{200, 203}}, width)
		part := line[from:to]
		if !utf8.Valid(part) || utf8.RuneCount(part) > width && len(line) > width {
			t.Errorf("width %d shows %q", width, part)
		}
		if width >= 10 && !bytes.Contains(part, []byte("HIT")) {
			t.Errorf("width %d leaves out the match: %q", width, part)
		}
	}
}

// TestJSONIsSafe: nothing in it acts on a terminal, and it says what it said.
func TestJSONIsSafe(t *testing.T) {
	said := "a\x1b[31m\x7f\u0085\u202e\u2028\U000e0041ü\u200b\"<\\"
	raw := appendJSON(nil, map[string]string{"text": said})
	for _, r := range strings.TrimSuffix(string(raw), "\n") {
		if r < ' ' || r == 0x7f || safetext.Acts(r) {
			t.Errorf("%q has %U", raw, r)
		}
	}
	var back map[string]string
	if err := json.Unmarshal(raw, &back); err != nil || back["text"] != said {
		t.Errorf("%q says %q, %v", raw, back["text"], err)
	}
}

func TestGrepQueryValidate(t *testing.T) {
	for pattern, want := range map[string]bool{"a(": false, "a\nb": false, "a\xff": false, "": true, "a+": true, `\x{10ffff}`: true} {
		q := GrepQuery{Patterns: []string{"x", pattern}}
		if err := q.Validate(); (err == nil) != want {
			t.Errorf("%q: %v", pattern, err)
		}
		if q.Literal = true; pattern == "a(" && q.Validate() != nil {
			t.Errorf("the text %q: %v", pattern, q.Validate())
		}
	}
}

// TestGrepAsRipgrep counts and lists the lines of an unpacked bundle with
// ripgrep.
func TestGrepAsRipgrep(t *testing.T) {
	rg := program.Path(t, "rg")
	words := []string{"error", "ERROR ", "timed out", "0x80072ee2", "x", "\t", " ", "größer", "(", "78028", "\n", "\n", "\r\n", "heartbeat"}
	random := rand.New(rand.NewPCG(3, 4))
	dir := t.TempDir()
	var text strings.Builder
	for i := range 6 {
		fmt.Fprintf(&text, "-- logs/s%d/C/dir with blanks/%d.log --\n", i%2, i)
		for range 3000 {
			text.WriteString(words[random.IntN(len(words))])
		}
		text.WriteString("\n")
	}
	tree, err := bundletest.Parse(txtar.Parse([]byte(text.String())))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range tree.Data {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o700), os.WriteFile(full, data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		q    GrepQuery
	}{
		{[]string{"-e", "error"}, GrepQuery{Patterns: []string{"error"}}},
		{[]string{"-i", "-e", "error"}, GrepQuery{Patterns: []string{"error"}, IgnoreCase: true}},
		{[]string{"-F", "-e", "(", "-e", "78028"}, GrepQuery{Patterns: []string{"(", "78028"}, Literal: true}},
		{[]string{"-e", `\b0x[0-9a-f]{8}\b`, "-e", "^heart"}, GrepQuery{Patterns: []string{`\b0x[0-9a-f]{8}\b`, "^heart"}}},
		{[]string{"-C2", "-e", "timed out.*größer"}, GrepQuery{Patterns: []string{"timed out.*größer"}, Before: 2, After: 2}},
		{[]string{"-A3", "-e", "^heart"}, GrepQuery{Patterns: []string{"^heart"}, After: 3}},
		{[]string{"-m2", "-e", "x"}, GrepQuery{Patterns: []string{"x"}, Max: 2}},
	} {
		args := append([]string{"--no-config", "--no-heading", "--line-number", "--with-filename", "--sort=path", "--color=never", "--crlf"}, c.args...)
		cmd := exec.Command(rg, append(args, "logs")...)
		cmd.Dir = dir
		want, err := cmd.Output()
		if err != nil {
			t.Fatalf("rg %q: %v", args, err)
		}
		got, _ := grepIn(t, text.String(), c.q)
		if diff := cmp.Diff(plainLines(string(want), ""), plainLines(got, " ")); diff != "" {
			t.Errorf("rg %q:\n%.2000s", c.args, diff)
		}
	}
}

// plainLines makes the two alike: without separators of groups, and what stands
// between number and text.
func plainLines(text, gap string) (list []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "--" {
			continue
		}
		at := strings.Index(line, ".log") + len(".log")
		end := at + 1
		for end < len(line) && line[end] >= '0' && line[end] <= '9' {
			end++
		}
		list = append(list, line[:end+1]+strings.TrimPrefix(line[end+1:], gap))
	}
	slices.Sort(list)
	return list
}

// TestGuardHolds: time in which nobody reads the output is not the worker's.
func TestGuardHolds(t *testing.T) {
	g := aged(t, nil, 0)
	g.allowed = 10 * time.Second
	g.hold(true)
	g.since = time.Now().Add(-time.Hour)
	if g.look() {
		t.Errorf("while output waits: %q", g.reason())
	}
	g.hold(false)
	if g.look() {
		t.Errorf("after output waited: %q", g.reason())
	}
	g.since = time.Now().Add(-time.Minute)
	if !g.look() {
		t.Error("a minute of its own is not too much")
	}
}

// TestPoolGrep: bundles and archives of bundles, in order; one that is none does
// not stop the others.
func TestPoolGrep(t *testing.T) {
	p := testPool(t, "serve", PoolConfig{Jobs: 3})
	var paths []string
	for i := range 5 {
		paths = append(paths, zipOf(t, "-- logs/app/C/app.log --\n"+strings.Repeat("hit "+strconv.Itoa(i)+"\n", 1+i*50_000)))
	}
	dir := t.TempDir()
	for i, name := range []string{"a.zip", "b.zip"} {
		raw, err := os.ReadFile(paths[i])
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	paths = append(paths[:2:2], append([]string{dir, "nowhere.zip"}, paths[2:]...)...)
	var out bytes.Buffer
	answers := p.Grep(context.Background(), GrepJob{Paths: paths, Query: GrepQuery{Patterns: []string{"hit"}, Show: GrepShow{Count: true}}}, &out)
	var counts []int64
	for _, a := range answers {
		if a.Err != nil {
			if a.Path != "nowhere.zip" {
				t.Errorf("%s: %v", a.Path, a.Err)
			}
			counts = append(counts, -1)
			continue
		}
		counts = append(counts, a.Result.Matches)
	}
	if diff := cmp.Diff([]int64{1, 50_001, 1, 50_001, -1, 100_001, 150_001, 200_001}, counts); diff != "" {
		t.Error(diff)
	}
	var lines []string
	for line := range strings.Lines(out.String()) {
		lines = append(lines, line[strings.LastIndexByte(line, ':')+1:len(line)-1])
	}
	if diff := cmp.Diff([]string{"1", "50001", "1", "50001", "100001", "150001", "200001"}, lines); diff != "" {
		t.Error(diff)
	}
}

// TestPoolGrepStops when nobody reads.
func TestPoolGrepStops(t *testing.T) {
	p := testPool(t, "serve", PoolConfig{Jobs: 2})
	zip := zipOf(t, "-- logs/app/C/app.log --\n"+strings.Repeat("hit\n", 500_000))
	gone := errors.New("reader is gone")
	answers := p.Grep(context.Background(), GrepJob{Paths: []string{zip, zip, zip}, Query: GrepQuery{Patterns: []string{"hit"}}}, fails{gone})
	for _, a := range answers {
		if a.Err == nil {
			t.Errorf("%s was searched to its end", a.Path)
		}
	}
	if !errors.Is(answers[0].Err, gone) {
		t.Error(answers[0].Err)
	}
}
