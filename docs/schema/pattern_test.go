package schema_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/pattern"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const patternSchema = "pattern.schema.json"

// TestPatterns: the patterns of the packs, and the guide's, are right by the schema.
func TestPatterns(t *testing.T) {
	s := compilePatterns(t)
	files, err := filepath.Glob("../../checks-wasm/*/patterns/*.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("patterns: %v, %v", files, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := validatePattern(t, s, raw); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	text, err := os.ReadFile("../check-authoring.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "### Checks without code")
	_, rest, _ = strings.Cut(rest, "```json\n")
	example, _, _ := strings.Cut(rest, "```")
	if err := validatePattern(t, s, []byte(example)); err != nil {
		t.Errorf("the guide's example: %v", err)
	}
	for _, wrong := range []struct{ old, new string }{
		{`"severity": "warning"`, `"severity": "bad"`}, {`"any"`, `"some"`}, {`"1h"`, `"1 hour"`}, {`"fire"`, `"fires"`}, {`"remedy"`, `"remedies"`},
	} {
		if text := strings.Replace(example, wrong.old, wrong.new, 1); text == example || validatePattern(t, s, []byte(text)) == nil {
			t.Errorf("with %s the example is valid, or the same", wrong.new)
		}
	}
}

// TestPatternMembers: the schema has the members of the Go types, and no others.
func TestPatternMembers(t *testing.T) {
	defs := readJSON(t, patternSchema).(map[string]any)["$defs"].(map[string]any)
	for name, typ := range map[string]reflect.Type{
		"pattern": reflect.TypeFor[pattern.Pattern](), "search": reflect.TypeFor[pattern.Search](),
		"fault": reflect.TypeFor[pattern.Fault](), "share": reflect.TypeFor[pattern.Share](), "proof": reflect.TypeFor[pattern.FileProof](),
		"output": reflect.TypeFor[pattern.Output](), "same": reflect.TypeFor[pattern.Same](), "setting": reflect.TypeFor[pattern.Setting](),
	} {
		props := defs[name].(map[string]any)["properties"].(map[string]any)
		fields := jsonFields(typ)
		for member := range props {
			if _, ok := fields[member]; !ok {
				t.Errorf("%s: member %q is not in %v", name, member, typ)
			}
		}
		for member := range fields {
			if props[member] == nil {
				t.Errorf("%s: member %q of %v is missing", name, member, typ)
			}
		}
	}
}

func compilePatterns(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(noLoader{})
	if err := c.AddResource(baseURL+patternSchema, readJSON(t, patternSchema)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(baseURL + patternSchema)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validatePattern(t *testing.T, s *jsonschema.Schema, raw []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}
