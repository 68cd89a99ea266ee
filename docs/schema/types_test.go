package schema_test

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// TestTypes compares the schemas with the Go types, both ways: names, whether a
// member may be absent, and the kind of its value.
func TestTypes(t *testing.T) {
	w := walker{t: t, docs: map[string]any{}, seen: map[string]bool{}}
	for ref, typ := range roots() {
		w.object(ref, typ)
	}
	w.object("profile.schema.json#/$defs/profile", reflect.TypeFor[profiles.Profile]())
	for file, defs := range w.defs() {
		for name := range defs {
			if ref := file + "#/$defs/" + name; !w.seen[ref] && !slices.Contains(withoutType, ref) {
				t.Errorf("%s belongs to no Go type", ref)
			}
		}
	}
}

// roots are the Go types of whole documents and lines.
func roots() map[string]reflect.Type {
	out := map[string]reflect.Type{
		"manifest.schema.json#/$defs/header":   reflect.TypeFor[bundles.Header](),
		"manifest.schema.json#/$defs/manifest": reflect.TypeFor[bundles.Manifest](),
		"facts.schema.json#/$defs/sample":      reflect.TypeFor[bundles.Sample](),
		"facts.schema.json#/$defs/event":       reflect.TypeFor[bundles.Event](),
		"report.schema.json#/$defs/report":     reflect.TypeFor[report.Report](),
	}
	for kind, typ := range factTypes {
		out["facts.schema.json#/$defs/"+kind] = typ
	}
	return out
}

var factTypes = map[string]reflect.Type{
	"host":        reflect.TypeFor[bundles.HostFact](),
	"services":    reflect.TypeFor[bundles.Services](),
	"registry":    reflect.TypeFor[bundles.Registry](),
	"config":      reflect.TypeFor[bundles.Config](),
	"network":     reflect.TypeFor[bundles.Network](),
	"connections": reflect.TypeFor[bundles.Connections](),
	"processes":   reflect.TypeFor[bundles.Processes](),
	"disks":       reflect.TypeFor[bundles.Disks](),
	"cache":       reflect.TypeFor[bundles.Cache](),
	"files":       reflect.TypeFor[bundles.Files](),
	"probes":      reflect.TypeFor[bundles.Probes](),
	"time":        reflect.TypeFor[bundles.Time](),

	"antivirus":    reflect.TypeFor[bundles.Antivirus](),
	"firewall":     reflect.TypeFor[bundles.Firewall](),
	"software":     reflect.TypeFor[bundles.Software](),
	"certificates": reflect.TypeFor[bundles.Certificates](),
}

// withoutType are definitions that no Go type stands for: a
// pair of numbers, and forms of text.
var withoutType = []string{
	"manifest.schema.json#/$defs/pair",
	"profile.schema.json#/$defs/label", "profile.schema.json#/$defs/path", "profile.schema.json#/$defs/registryKey", "profile.schema.json#/$defs/size",
}

// walker follows types and schemas side by side.
type walker struct {
	t    *testing.T
	docs map[string]any
	seen map[string]bool
}

func (w *walker) doc(file string) map[string]any {
	if w.docs[file] == nil {
		w.docs[file] = readJSON(w.t, file)
	}
	return w.docs[file].(map[string]any)
}

func readJSON(t *testing.T, file string) any {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return doc
}

func (w *walker) defs() map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, file := range schemaFiles {
		out[file] = w.doc(file)["$defs"].(map[string]any)
	}
	return out
}

// object compares a definition, "file#/$defs/name", with a struct.
func (w *walker) object(ref string, typ reflect.Type) {
	if w.seen[ref] {
		return
	}
	w.seen[ref] = true
	props, required := w.members(ref)
	fields := jsonFields(typ)
	for _, name := range slices.Sorted(maps.Keys(props)) {
		if _, ok := fields[name]; !ok {
			w.t.Errorf("%s: member %q is not in %v", ref, name, typ)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f := fields[name]
		prop, ok := props[name]
		if !ok {
			w.t.Errorf("%s: member %q of %v is missing", ref, name, typ)
			continue
		}
		if must := slices.Contains(required, name); must == f.optional {
			w.t.Errorf("%s: member %q is required: %v, but %v omits it when empty: %v", ref, name, must, typ, f.optional)
		}
		w.value(ref, name, prop, f.typ)
	}
}

// members gives the properties of a definition, with the file that each is
// written in, and the required names. What allOf brings belongs to it.
func (w *walker) members(ref string) (map[string]located, []string) {
	file, name, ok := strings.Cut(ref, "#/$defs/")
	def, found := w.doc(file)["$defs"].(map[string]any)[name].(map[string]any)
	if !ok || !found {
		w.t.Fatalf("%s does not exist", ref)
	}
	props, required := map[string]located{}, []string(nil)
	own, _ := def["properties"].(map[string]any)
	for name, p := range own {
		props[name] = located{file, p.(map[string]any)}
	}
	for _, name := range list(def["required"]) {
		required = append(required, name.(string))
	}
	for _, part := range list(def["allOf"]) {
		target := located{file, part.(map[string]any)}.ref()
		w.seen[target] = true
		more, req := w.members(target)
		maps.Copy(props, more)
		required = append(required, req...)
	}
	return props, required
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// located is a schema and the file it stands in.
type located struct {
	file   string
	schema map[string]any
}

// ref gives the definition that the schema refers to, "" for none.
func (l located) ref() string {
	r, _ := l.schema["$ref"].(string)
	if strings.HasPrefix(r, "#") {
		return l.file + r
	}
	return r
}

// value compares the schema of one member with its Go type.
func (w *walker) value(ref, name string, l located, typ reflect.Type) {
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if all := list(l.schema["allOf"]); len(all) == 1 {
		l = located{l.file, all[0].(map[string]any)}
	}
	if target := l.ref(); target != "" && typ.Kind() == reflect.Struct {
		w.object(target, typ)
		return
	} else if target != "" {
		file, def, _ := strings.Cut(target, "#/$defs/")
		l = located{file, w.doc(file)["$defs"].(map[string]any)[def].(map[string]any)}
	}
	if typ == reflect.TypeFor[json.RawMessage]() || typ == reflect.TypeFor[profiles.Size]() {
		return
	}
	if got, want := schemaType(l.schema), goType(typ); got != want {
		w.t.Errorf("%s: member %q is %s, in Go %s", ref, name, got, want)
		return
	}
	w.elements(ref, name, l, typ)
}

// elements follows arrays and maps.
func (w *walker) elements(ref, name string, l located, typ reflect.Type) {
	switch typ.Kind() {
	case reflect.Slice, reflect.Array:
		w.value(ref, name+"[]", located{l.file, l.schema["items"].(map[string]any)}, typ.Elem())
	case reflect.Map:
		w.value(ref, name+"{}", located{l.file, l.schema["additionalProperties"].(map[string]any)}, typ.Elem())
	}
}

// schemaType is the type of a schema in one word.
func schemaType(s map[string]any) string {
	switch c := s["const"].(type) {
	case string:
		return "string"
	case float64:
		return "integer"
	case nil:
	default:
		return reflect.TypeOf(c).String()
	}
	typ, _ := s["type"].(string)
	if s["format"] == "date-time" {
		return "time"
	}
	return typ
}

func goType(typ reflect.Type) string {
	switch {
	case typ == reflect.TypeFor[time.Time]():
		return "time"
	case typ.Kind() == reflect.Struct || typ.Kind() == reflect.Map:
		return "object"
	case typ.Kind() == reflect.Slice || typ.Kind() == reflect.Array:
		return "array"
	case typ.Kind() == reflect.Bool:
		return "boolean"
	case typ.Kind() == reflect.Float64:
		return "number"
	case typ.Kind() == reflect.String:
		return "string"
	}
	return "integer"
}

// field is a member of a struct.
type field struct {
	typ      reflect.Type
	optional bool
}

// jsonFields lists the members that encoding/json writes; those of an embedded
// struct stand among them, behind its own.
func jsonFields(typ reflect.Type) map[string]field {
	out := map[string]field{}
	for f := range typ.Fields() {
		tag := f.Tag.Get("json")
		if f.Anonymous && tag == "" {
			for name, inner := range jsonFields(f.Type) {
				if _, ok := out[name]; !ok {
					out[name] = inner
				}
			}
			continue
		}
		name, opts, _ := strings.Cut(tag, ",")
		if name == "-" {
			continue
		}
		out[name] = field{f.Type, strings.Contains(opts, "omitempty") || strings.Contains(opts, "omitzero")}
	}
	return out
}
