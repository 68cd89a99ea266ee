package schema_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/collector/profiles"
)

const profileDoc = "../profile-format.md"

var anyExample = regexp.MustCompile("(?ms)^```json\n(.*?)^```$")

// TestProfiles: the profiles that are built in, and every example of the
// format's text, are right by the schema and by the program.
func TestProfiles(t *testing.T) {
	s := newSchemas(t)
	list, err := profiles.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		raw, err := profiles.Text(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range [][]byte{raw, again} {
			if err := s.validate(t, "profile.schema.json", doc); err != nil {
				t.Errorf("%s: %v", p.Name, err)
			}
		}
	}
	text, err := os.ReadFile(profileDoc)
	if err != nil {
		t.Fatal(err)
	}
	examples := anyExample.FindAllSubmatch(text, -1)
	if len(examples) < 5 {
		t.Errorf("the text has %d examples", len(examples))
	}
	for _, m := range examples {
		if err := s.validate(t, "profile.schema.json", m[1]); err != nil {
			t.Errorf("%v\n%s", err, m[1])
		}
		if _, err := profiles.Decode(m[1]); err != nil {
			t.Errorf("%v\n%s", err, m[1])
		}
	}
}

// TestProfileWords: the lists of words in the schema are those of the program.
func TestProfileWords(t *testing.T) {
	defs := readJSON(t, "profile.schema.json").(map[string]any)["$defs"].(map[string]any)
	words := list(defs["command"].(map[string]any)["properties"].(map[string]any)["name"].(map[string]any)["enum"])
	var got []string
	for _, w := range words {
		got = append(got, w.(string))
	}
	if !slices.Equal(got, profiles.CommandNames()) {
		t.Errorf("commands of the schema are %v, of the program %v", got, profiles.CommandNames())
	}
}

// TestProfileDocumented: the text names every member, every required one in
// bold, and every word of a list.
func TestProfileDocumented(t *testing.T) {
	raw, err := os.ReadFile(profileDoc)
	if err != nil {
		t.Fatal(err)
	}
	text := anyExample.ReplaceAllString(string(raw), "")
	for name, def := range readJSON(t, "profile.schema.json").(map[string]any)["$defs"].(map[string]any) {
		documented(t, text, "profile.schema.json#/$defs/"+name, def.(map[string]any))
	}
}

// TestProfileStrict: what is wrong by its form is wrong for both.
func TestProfileStrict(t *testing.T) {
	s := newSchemas(t)
	const head = `{"name":"x","version":"1"`
	for _, doc := range []string{
		`{}`, `[]`, `{"name":"X","version":"1"}`, head + `,"comands":[]}`, head + `,"os":["plan9"]}`, head + `,"os":["linux","linux"]}`,
		head + `,"services":[{"name":"a"}]}`, head + `,"services":[{"name":"a","why":""}]}`, head + `,"services":{}}`,
		head + `,"roles":[{"role":"king","why":"w","all":[{"file":"/a"}]}]}`, head + `,"roles":[{"role":"unknown","why":"w","all":[]}]}`,
		head + `,"roles":[{"role":"unknown","why":"w","all":[{"file":"/a","service":"s"}]}]}`, head + `,"roles":[{"role":"unknown","why":"w","all":[{"file":"/a","key":"k"}]}]}`,
		head + `,"paths":[{"name":"a","path":"/a","resolve":"x","why":"w"}]}`, head + `,"paths":[{"name":"a b","path":"/a","why":"w"}]}`, head + `,"files":[{"name":"a","path":"/a*","why":"w"}]}`,
		head + `,"registry":[{"key":"HKCU\\x","why":"w"}]}`, head + `,"registry":[{"key":"HKLM\\x*","why":"w"}]}`,
		head + `,"config":[{"name":"a","paths":[],"keys":["k"],"why":"w"}]}`,
		head + `,"logs":[{"id":"commands","globs":["/a/b"],"why":"w"}]}`, head + `,"logs":[{"id":"a","globs":["/a/b"],"when":"last","why":"w"}]}`,
		head + `,"logs":[{"id":"a","globs":["/a/b"],"max_file":-1,"why":"w"}]}`, head + `,"logs":[{"id":"a","globs":["/a/b"],"max_file":"many","why":"w"}]}`,
		head + `,"probes":[{"name":"a","why":"w"}]}`, head + `,"probes":[{"name":"a","target":"a:1","legs":["dns"],"why":"w"}]}`, head + `,"probes":[{"name":"a","target":"a:1","legs":["tls","tls"],"why":"w"}]}`,
		head + `,"proxy":[{"why":"w"}]}`, head + `,"proxy":[{"from_env":"PATH","why":"w"}]}`, head + `,"commands":[{"name":"rm","why":"w"}]}`, head + `,"time":[]}`,
	} {
		if err := s.validate(t, "profile.schema.json", []byte(doc)); err == nil {
			t.Errorf("the schema takes %s", doc)
		}
		if _, err := profiles.Decode([]byte(doc)); err == nil {
			t.Errorf("the program takes %s", doc)
		}
	}
	for _, doc := range []string{
		head + `}`, head + `,"logs":[{"id":"a","globs":["/a/b"],"max_file":"1.5 MB","max_total":16000000,"why":"w"}]}`,
		head + `,"probes":[{"name":"a","flag":true,"why":"w"},{"name":"b","target":"a:1","why":"w"}]}`,
	} {
		if err := s.validate(t, "profile.schema.json", []byte(doc)); err != nil {
			t.Errorf("%s: %v", doc, err)
		}
		if _, err := profiles.Decode([]byte(doc)); err != nil {
			t.Errorf("%s: %v", doc, err)
		}
	}
	if text := strings.Repeat(" ", 3); s.validate(t, "profile.schema.json", []byte(text)) == nil {
		t.Error("an empty text is a profile")
	}
}
