package packfile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Source is what a pack is built from.
type Source struct {
	// Manifest without Modules and Files, which Build fills in. Format 0 is
	// taken as the current one.
	Manifest Manifest
	Modules  []SourceModule
	Files    map[string][]byte // further files by path; docs are generated
}

// SourceModule is one module of a pack.
type SourceModule struct {
	Name     string // identifier; gives modules/<Name>.wasm
	Wasm     []byte
	Describe abi.Describe // what the module prints for "describe"
	Limits   Limits
}

// Build writes a pack. The same source gives the same bytes. What it writes is
// opened once before, so that no pack is built which Open refuses.
func Build(w io.Writer, src Source) error {
	m := src.Manifest
	m.Format = cmp.Or(m.Format, Format)
	m.Modules, m.Files = []Module{}, []File{}
	b := builder{files: map[string][]byte{}}
	for name, data := range src.Files {
		b.add(name, data)
	}
	for _, mod := range src.Modules {
		m.Modules = append(m.Modules, b.module(m, mod))
	}
	if b.err != nil {
		return fmt.Errorf("build pack: %w", b.err)
	}
	raw, err := b.encode(m)
	if err != nil {
		return fmt.Errorf("build pack: %w", err)
	}
	if _, err := Open(raw); err != nil {
		return fmt.Errorf("build pack: %w", err)
	}
	_, err = w.Write(raw)
	return err
}

// builder collects entries; the first error stays.
type builder struct {
	files map[string][]byte
	wasm  []entry
	err   error
}

func (b *builder) add(name string, data []byte) {
	if _, twice := b.files[name]; twice {
		b.fail(fmt.Errorf("file %q is there twice", name))
	}
	if !validName(name) || name == ManifestPath || strings.HasSuffix(name, ".wasm") {
		b.fail(fmt.Errorf("file name %q is not allowed", name))
	}
	b.files[name] = data
}

func (b *builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *builder) module(m Manifest, mod SourceModule) Module {
	path := "modules/" + mod.Name
	describe, err := json.MarshalIndent(mod.Describe, "", " ")
	if err != nil {
		b.fail(err)
	}
	b.add(path+".describe.json", append(describe, '\n'))
	for _, c := range mod.Describe.Checks {
		b.add("docs/"+c.ID+".md", []byte(CheckDoc(m.Name, c)))
	}
	b.wasm = append(b.wasm, entry{path + ".wasm", mod.Wasm})
	return Module{
		Path: path + ".wasm", SHA256: digest(mod.Wasm), Size: int64(len(mod.Wasm)),
		Describe: path + ".describe.json", Limits: mod.Limits,
	}
}

// encode lists the files in the manifest and puts everything in order.
func (b *builder) encode(m Manifest) ([]byte, error) {
	entries := slices.Clone(b.wasm)
	for name, data := range b.files {
		m.Files = append(m.Files, File{Path: name, SHA256: digest(data), Size: int64(len(data))})
		entries = append(entries, entry{name, data})
	}
	slices.SortFunc(m.Files, func(x, y File) int { return cmp.Compare(x.Path, y.Path) })
	slices.SortFunc(entries, func(x, y entry) int { return cmp.Compare(x.name, y.name) })
	manifest, err := m.encode()
	if err != nil {
		return nil, err
	}
	entries = slices.Insert(entries, 0, entry{ManifestPath, manifest})
	total := 0
	for _, e := range entries {
		if total += len(e.data); total > MaxPackBytes {
			return nil, fmt.Errorf("its content has more than %d bytes", MaxPackBytes)
		}
	}
	return encodeContainer(entries), nil
}

// CheckDoc is the page of a check: what stands in the pack as docs/<check>.md.
func CheckDoc(pack string, c abi.Check) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", c.Title)
	fmt.Fprintf(&b, "`%s/%s`, revision %d", pack, c.ID, c.Rev)
	if c.Since != "" {
		fmt.Fprintf(&b, ", since %s", c.Since)
	}
	fmt.Fprintf(&b, "; reports %s", joinWords(c.Severities))
	if c.Stage == abi.StageShadow {
		b.WriteString("; on trial: its findings do not count")
	}
	b.WriteString(".\n")
	if where := applies(c); where != "" {
		fmt.Fprintf(&b, "Applies to: %s.\n", where)
	}
	fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(c.Doc))
	if c.URL != "" {
		fmt.Fprintf(&b, "\nMore: <%s>\n", c.URL)
	}
	return b.String()
}

func joinWords[S ~string](list []S) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

// applies says on which machines a check can answer; empty for any.
func applies(c abi.Check) string {
	var parts []string
	for _, list := range [][]string{c.Roles, c.OS, c.Deployments} {
		if len(list) > 0 {
			parts = append(parts, strings.Join(list, ", "))
		}
	}
	return strings.Join(parts, "; ")
}
