package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/asrdiag/asrdiag/analyzer"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

func TestExitCodesCombined(t *testing.T) {
	unreadable := &analyzer.Error{Code: analyzer.CodeNoFile}
	died := &analyzer.Error{Code: analyzer.CodeWorkerDied}
	tests := []struct {
		name   string
		codes  []int
		errors []error
		want   int
	}{
		{"nothing found", []int{0, 0}, nil, 0},
		{"findings", []int{0, 3, 0}, nil, 3},
		{"incomplete beats findings", []int{3, 4, 3}, nil, 4},
		{"one unreadable", []int{0}, []error{unreadable}, 4},
		{"one unreadable beside findings", []int{3}, []error{unreadable}, 4},
		{"none readable", nil, []error{unreadable, errors.New("x")}, 1},
		{"worker died", nil, []error{died}, 4},
		{"worker died beside an unreadable one", nil, []error{unreadable, died}, 4},
	}
	for _, tt := range tests {
		var e exitCodesOf
		for _, code := range tt.codes {
			e.add(code)
		}
		for _, err := range tt.errors {
			e.addError(err)
		}
		if got := e.combined(); got != tt.want {
			t.Errorf("%s: combined = %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"a", "", 1},
		{"", "abc", 3},
		{"cpu", "cpu", 0},
		{"hearbeat", "heartbeat", 1},
		{"kitten", "sitting", 3},
		{"time-sync", "sync-time", 8},
	}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestLookUpFollowsReplacedIDs(t *testing.T) {
	checks := []packCheck{
		{abi.Check{ID: "new-name", Replaces: []string{"old-name"}}, "one"},
		{abi.Check{ID: "other"}, "one"},
		{abi.Check{ID: "other"}, "two"},
	}
	tests := []struct {
		id   string
		want []string
	}{
		{"old-name", []string{"one/new-name"}},
		{"new-name", []string{"one/new-name"}},
		{"other", []string{"one/other", "two/other"}},
		{"two/other", []string{"two/other"}},
		{"none", []string{}},
	}
	for _, tt := range tests {
		if got := qualifiedIDs(lookUp(checks, tt.id)); !slices.Equal(got, tt.want) {
			t.Errorf("lookUp(%q) = %q, want %q", tt.id, got, tt.want)
		}
	}
}

func TestExpand(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.zip", "b.zip", "c[1].zip", "d.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in := []string{filepath.Join(dir, "[ab].zip"), filepath.Join(dir, "c[1].zip"), filepath.Join(dir, "*.7z"), "plain"}
	var got []string
	for _, name := range expand(in) {
		got = append(got, filepath.Base(name))
	}
	if want := []string{"a.zip", "b.zip", "c[1].zip", "*.7z", "plain"}; !slices.Equal(got, want) {
		t.Errorf("expand = %q, want %q", got, want)
	}
}

func TestErrorsCannotActOnTheTerminal(t *testing.T) {
	var stderr bytes.Buffer
	a := newApp(strings.NewReader(""), &bytes.Buffer{}, &stderr, fstest.MapFS{})
	a.printError(failed(errors.New("open \"\x1b]0;x\a\": bad\nsecond line"), "try \u202egpj"))
	want := "asrdiag: error: open \"]0;x\": bad\n    second line\nasrdiag: hint: try gpj\n"
	if got := stderr.String(); strings.ContainsAny(got, "\x1b\a\u202e") || !strings.Contains(got, "\n    second line\nasrdiag: hint: try ") {
		t.Errorf("printed %q, want something like %q", got, want)
	}
}

func TestWriteFileLeavesTheOldOneWhenItFails(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "report.html")
	for _, text := range []string{"first", "second"} {
		if err := writeFile(name, 0o600, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(name); string(got) != "second" || err != nil {
		t.Errorf("file has %q, %v", got, err)
	}
	folder := filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(folder, 0o600, []byte("x")); err == nil {
		t.Error("writeFile over a folder = nil error")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("folder has %v, %v; want no temporary file left", entries, err)
	}
}

func TestReadFileIsBounded(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := readFile(name, 5); string(got) != "12345" || err != nil {
		t.Errorf("readFile of 5 bytes = %q, %v", got, err)
	}
	if _, err := readFile(name, 4); err == nil || !strings.Contains(err.Error(), "more than 4 bytes") {
		t.Errorf("readFile above the limit = %v", err)
	}
}

func TestBuildLabel(t *testing.T) {
	tests := []struct {
		files []string
		want  string
	}{
		{nil, developmentBuild},
		{[]string{"packs/.gitkeep"}, developmentBuild},
		{[]string{"packs/dev.pub"}, developmentBuild},
		{[]string{"packs/development.pub", "packs/release.pub"}, developmentBuild},
		{[]string{"packs/release.pub"}, ""},
	}
	for _, tt := range tests {
		packs := fstest.MapFS{}
		for _, name := range tt.files {
			packs[name] = &fstest.MapFile{}
		}
		if got := newApp(nil, nil, nil, packs).buildLabel(); got != tt.want {
			t.Errorf("buildLabel with %q = %q, want %q", tt.files, got, tt.want)
		}
	}
}

func TestWriteCheckKeepsTo80Columns(t *testing.T) {
	var b bytes.Buffer
	writeCheck(&b, abi.Check{
		ID: "short", Title: "Ünïcode words that go on and on until they fill sixty columns", Severities: []abi.Severity{"info", "critical", "warning"},
	})
	writeCheck(&b, abi.Check{ID: strings.Repeat("long-", 10) + "id", Title: "Title", Severities: []abi.Severity{"info"}})
	want := `  short                       critical  Ünïcode words that go on and on until
                                        they fill sixty columns
  long-long-long-long-long-long-long-long-long-long-id
                              info      Title
`
	if got := b.String(); got != want {
		t.Errorf("writeCheck gives\n%s\nwant\n%s", got, want)
	}
}
