package simulator

import (
	"strings"
	"testing"
)

// Changes of one file, of which those with lines are changed line by line.
func TestOverlayOfLines(t *testing.T) {
	for _, c := range []struct{ file, raw, pointer, value, want string }{
		{"a.json", `{"items":[{"name":"x","n":1.50}]}`, "/items/name=X/n", "2", `{"items":[{"n":2,"name":"x"}]}`},
		{"a.json", `{"items":[]}`, "/items/-", `{"a":1}`, `{"items":[{"a":1}]}`},
		{"other.json", `{ "a":1 }`, "/a", "2", `{ "a":1 }`},
		{"a.ndjson", "{\"a\":1}\n{\"a\":1}\n", "/*/a", "2", "{\"a\":2}\n{\"a\":2}\n"},
		{"a.ndjson", "{\"a\":1}\n{\"a\":1}\n", "/-1/a", "2", "{\"a\":1}\n{\"a\":2}\n"},
		{"a.ndjson", "", "/-", `{"a":1}`, "{\"a\":1}\n"},
		{"a.ndjson", "{\"a\":1}\n", "/-", `{"a":2}`, "{\"a\":1}\n{\"a\":2}\n"},
		{"a.ndjson", "{\"a\":1}\n", "/1/a", "2", `error: there is no line "1"`},
		{"a.ndjson", "x\n", "/*/a", "2", "error: invalid character"},
		{"a.json", "[]", "/0/a", "2", `error: there is no element "0"`},
		{"a.json", "x", "/a", "2", "error: invalid character"},
	} {
		file := strings.Replace(c.file, "other", "a", 1)
		raw, err := change([]byte(c.raw), c.file, []Change{{file, c.pointer, c.value}})
		got := string(raw)
		if !strings.HasSuffix(file, ".ndjson") && file == c.file {
			got = strings.Join(strings.Fields(got), "")
		}
		if want, fails := strings.CutPrefix(c.want, "error: "); fails {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}
