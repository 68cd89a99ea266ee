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

func TestDecodeErrors(t *testing.T) {
	head := `{"name":"x","version":"1","processes":{},"connections":{},"time":{}`
	for in, want := range map[string]string{
		head + "}":                        "",
		head + `,"comands":["ls"]}`:       `unknown field "comands"`,
		head + "}{}":                      "text after the end",
		"{\n\n\"name\":5}":                `line 3: member "name" is a number`,
		"{\n\"name\":}":                   "line 2",
		`{"name":"A B","version":"1"}`:    `name: "A B" has to be`,
		head + `,"files":[{"path":"x"}]}`: `files[0].path: "x" has to be an absolute path`,
		head + `,"files":[{"name":"a","why":"w","path":"/a/../b"}]}`:                                    "must not go up",
		head + `,"logs":[{"id":"a","why":"w","globs":["/*/x.log"]}]}`:                                   "folder before the first wildcard",
		head + `,"logs":[{"id":"a","why":"w","globs":["/var/log/x"],"when":"never"}]}`:                  `"never" is not "first"`,
		head + `,"logs":[{"id":"a","why":"w","globs":["/var/log/x"],"max_file":"many"}]}`:               `"many" is not a size`,
		head + `,"services":[{"name":"a"}]}`:                                                            "services[0].why: is missing",
		head + `,"config":[{"name":"c","why":"w","paths":["/c"],"keys":[]}]}`:                           "keys are read by name only",
		head + `,"roles":[{"role":"r","why":"w","all":[{"config":"c","key":"k"}]}]}`:                    "not in config",
		head + `,"roles":[{"role":"r","why":"w","all":[{"file":"/a","service":"b"}]}]}`:                 "exactly one of",
		head + `,"probes":[{"name":"p","why":"w","target":"host"}]}`:                                    "has to be host:port",
		head + `,"probes":[{"name":"p","why":"w","from_config":{"config":"c","host":"h","port":"p"}}]}`: `"c" is not in config`,
	} {
		_, err := Decode([]byte(in))
		if got := errText(err); (want == "") != (err == nil) || !strings.Contains(got, want) {
			t.Errorf("Decode(%s) = %q, want %q in it", in, got, want)
		}
	}
}

// TestDocument decodes the example of the format's text.
// TestDecodeErrorLines wants the line of the member that is wrong, or of its
// owner when it is missing.
func TestDecodeErrorLines(t *testing.T) {
	_, err := Decode([]byte("{\"name\":\"a\",\n\"version\":\"1\",\n\"logs\":[\n{\"id\":\"a\",\"globs\":[\"/a/x\"],\"why\":\"x\"},\n{\"id\":\"b\",\n\"globs\":[\"x\"]}]}"))
	for _, want := range []string{"line 6: logs[1].globs: \"x\" has to be an absolute path", "line 5: logs[1].why: is missing"} {
		if got := errText(err); !strings.Contains(got, want) {
			t.Errorf("Decode fails with %q, want %q in it", got, want)
		}
	}
}

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

func FuzzDecode(f *testing.F) {
	for _, name := range []string{Generic, "asr-source-machine"} {
		raw, err := embedded.ReadFile(name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p, err := Decode(raw); err == nil && p.Validate() != nil {
			t.Errorf("Decode took a profile that is not valid: %v", p.Validate())
		}
	})
}
