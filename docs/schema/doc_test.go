package schema_test

import (
	"bytes"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const formatDoc = "../bundle-format.md"

var exampleRE = regexp.MustCompile("(?ms)^```json (\\S+)\n(.*?)^```$")

// TestExamples: the examples of the format's text are valid, and every kind
// has one.
func TestExamples(t *testing.T) {
	text, err := os.ReadFile(formatDoc)
	if err != nil {
		t.Fatal(err)
	}
	s, seen := newSchemas(t), map[string]bool{}
	for _, m := range exampleRE.FindAllSubmatch(text, -1) {
		name := string(m[1])
		ref, lines := refOf(name)
		if ref == "" {
			t.Errorf("an example of %s: there is no schema for it", name)
			continue
		}
		seen[strings.TrimSuffix(strings.TrimPrefix(name, "facts/"), ".json")] = true
		docs := [][]byte{m[2]}
		if lines {
			docs = bytes.Split(bytes.TrimSpace(m[2]), []byte("\n"))
		}
		for _, doc := range docs {
			if err := s.validate(t, ref, doc); err != nil {
				t.Errorf("the example of %s: %v", name, err)
			}
		}
	}
	for kind := range factTypes {
		if !seen[kind] {
			t.Errorf("kind %s has no example", kind)
		}
	}
}

// TestDocumented: the text names every member, every required one in bold, and
// every word of a list.
func TestDocumented(t *testing.T) {
	raw, err := os.ReadFile(formatDoc)
	if err != nil {
		t.Fatal(err)
	}
	text := exampleRE.ReplaceAllString(string(raw), "")
	for _, file := range schemaFiles[:2] {
		defs := readJSON(t, file).(map[string]any)["$defs"].(map[string]any)
		for _, def := range slices.Sorted(maps.Keys(defs)) {
			documented(t, text, file+"#/$defs/"+def, defs[def].(map[string]any))
		}
	}
}

func documented(t *testing.T, text, ref string, def map[string]any) {
	t.Helper()
	props, _ := def["properties"].(map[string]any)
	for name, p := range props {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("%s: member %q is not in the text", ref, name)
		}
		for _, word := range list(p.(map[string]any)["enum"]) {
			if w := word.(string); w != "" && !strings.Contains(text, "`"+w+"`") {
				t.Errorf("%s: word %q of %q is not in the text", ref, w, name)
			}
		}
	}
	for _, name := range list(def["required"]) {
		if !strings.Contains(text, "**`"+name.(string)+"`**") {
			t.Errorf("%s: required member %q is not in bold in the text", ref, name)
		}
	}
}
