package profiles

import (
	"os"
	"strings"
	"testing"
)

func TestBuiltin(t *testing.T) {
	list, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range list {
		seen[p.Name] = true
		if q, err := Named(p.Name); err != nil || q.SHA256 != p.SHA256 || len(p.SHA256) != 64 {
			t.Errorf("Named(%q) = %v, %v, want the profile of that file name", p.Name, q, err)
		}
		if p.Title == "" {
			t.Errorf("profile %s has no title", p.Name)
		}
	}
	if !seen[Generic] || !seen["asr-source-machine"] {
		t.Errorf("embedded profiles are %v", seen)
	}
}

// TestDecodeErrorLines wants the line of the member that is wrong, or of its
// owner when it is missing.
func TestDecodeErrorLines(t *testing.T) {
	_, err := Decode([]byte("{\"name\":\"a\",\n\"version\":\"1\",\n\"logs\":[\n{\"id\":\"a\",\"globs\":[\"/a/x\"],\"why\":\"x\"},\n{\"id\":\"b\",\n\"globs\":[\"x\"]}]}"))
	for _, want := range []string{"line 6: logs[1].globs[0]: \"x\" has to be an absolute path", "line 5: logs[1].why: is missing"} {
		if got := errText(err); !strings.Contains(got, want) {
			t.Errorf("Decode fails with %q, want %q in it", got, want)
		}
	}
}

// TestDocument decodes the example of the format's text.
func TestDocument(t *testing.T) {
	raw, err := os.ReadFile("../../docs/profile-format.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(raw), "```json\n")
	example, _, end := strings.Cut(rest, "```")
	if !ok || !end {
		t.Fatal("the text has no example")
	}
	p, err := Decode([]byte(example))
	if err != nil || len(p.Roles) != 1 || len(p.Logs) != 1 || len(p.Probes) != 1 || p.Logs[0].MaxFile != 32<<20 {
		t.Errorf("the example gives %+v, %v", p, err)
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestParseSize(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "5": 5, "5B": 5, "1k": 1024, "1KiB": 1024, "100MiB": 100 << 20, "1.5 MB": 3 << 19, "2GiB": 2 << 30, "1t": 1 << 40} {
		if got, err := ParseSize(in); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v, want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "x", "-1", "1XB", "NaN", "1e30G", "MiB"} {
		if got, err := ParseSize(in); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", in, got)
		}
	}
}

func TestWatches(t *testing.T) {
	p := &Profile{Processes: Processes{Watch: []string{"SvAgents"}}, Connections: Connections{Processes: []string{"*"}}}
	if !p.Watches("svagents") || p.Watches("svagents2") || !p.Connects("anything") {
		t.Error("names are matched as patterns, without case")
	}
}
