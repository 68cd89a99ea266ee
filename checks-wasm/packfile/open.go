package packfile

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// wasmHeader starts every core WebAssembly module.
const wasmHeader = "\x00asm\x01\x00\x00\x00"

// Pack is an open pack. It holds the bytes that it was opened from, which must
// not be changed, and is safe for concurrent use.
type Pack struct {
	Manifest Manifest
	SHA256   string // of the whole file, lower-case hex
	SignedBy string // name of the key, "embedded", or empty
	Unsigned bool   // the user allowed to run it without a signature
	// validated says that the descriptions were, when the program was built that
	// the pack is part of.
	validated bool
	raw       []byte
	entries   map[string][]byte
	modules   map[string]*io.SectionReader // those that are not in entries
	describe  map[string]abi.Describe      // by path of the module
}

// Open parses a pack whose signature was verified before. It checks every
// digest, that nothing is there which the manifest does not list, the limits,
// the stored descriptions, and whether this program can run the pack. Errors
// are ErrMalformed, ErrFormat, ErrABI or ErrEngine, with the reason.
func Open(raw []byte) (*Pack, error) { return open(raw, digest(raw), true) }

// OpenHashed opens a pack that Open accepted before, here or in another process.
// The caller has computed sum, its SHA-256 in
// lower-case hex, and compared it with what was accepted. Modules are compared
// with their digests when they are used, and not before.
func OpenHashed(raw []byte, sum string) (*Pack, error) { return open(raw, sum, false) }

// open opens a pack whose hash is known; modules says whether to compare the
// digests of all modules at once.
func open(raw []byte, sum string, modules bool) (*Pack, error) {
	entries, err := decodeContainer(raw)
	if err != nil {
		return nil, err
	}
	p := &Pack{raw: raw, SHA256: sum, entries: map[string][]byte{}, describe: map[string]abi.Describe{}}
	for _, e := range entries {
		p.entries[e.name] = e.data
	}
	if err := p.parse(modules); err != nil {
		return nil, err
	}
	return p, nil
}

// parse takes in the documents of a pack and checks it against its manifest.
func (p *Pack) parse(modules bool) (err error) {
	if p.Manifest, err = decodeManifest(p.entries[ManifestPath]); err != nil {
		return err
	}
	if err := p.checkFiles(modules); err != nil {
		return err
	}
	return p.checkDescribes()
}

// OpenSigned verifies the signature and then opens the pack. A pack whose
// signature does not hold is not parsed.
func OpenSigned(raw, sig []byte, keys Keyring) (*Pack, error) {
	return openSigned(raw, sig, keys, true)
}

// OpenSignedLazy is OpenSigned for a pack that was opened in full before, when
// it was installed: modules are compared with their digests when they are used.
func OpenSignedLazy(raw, sig []byte, keys Keyring) (*Pack, error) {
	return openSigned(raw, sig, keys, false)
}

func openSigned(raw, sig []byte, keys Keyring, modules bool) (*Pack, error) {
	signer, err := keys.Verify(raw, sig)
	if err != nil {
		return nil, err
	}
	p, err := open(raw, digest(raw), modules)
	if err != nil {
		return nil, err
	}
	p.SignedBy = signer
	return p, nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// checkFiles compares the entries with the manifest, both ways; modules by
// their digests, too, or by their sizes alone.
func (p *Pack) checkFiles(modules bool) error {
	listed := map[string]bool{ManifestPath: true}
	check := func(f File, hash bool) error {
		size, ok := p.size(f.Path)
		switch {
		case listed[f.Path]:
			return fmt.Errorf("%w: %s lists %q twice", ErrMalformed, ManifestPath, f.Path)
		case !ok:
			return fmt.Errorf("%w: %q is listed and missing", ErrMalformed, f.Path)
		case size != f.Size || hash && digest(p.entries[f.Path]) != f.SHA256:
			return fmt.Errorf("%w: %q is not what %s lists", ErrMalformed, f.Path, ManifestPath)
		}
		listed[f.Path] = true
		return nil
	}
	for _, m := range p.Manifest.Modules {
		if err := check(File{Path: m.Path, SHA256: m.SHA256, Size: m.Size}, modules); err != nil {
			return err
		}
		if !p.isModule(m.Path) || !strings.HasSuffix(m.Path, ".wasm") {
			return fmt.Errorf("%w: %q is not a WebAssembly module", ErrMalformed, m.Path)
		}
	}
	for _, f := range p.Manifest.Files {
		if err := check(f, true); err != nil {
			return err
		}
	}
	for _, name := range slices.Concat(slices.Sorted(maps.Keys(p.entries)), slices.Sorted(maps.Keys(p.modules))) {
		if !listed[name] {
			return fmt.Errorf("%w: %q is not listed", ErrMalformed, name)
		}
	}
	return nil
}

// checkDescribes validates the stored description of every module, and that
// the ids of the checks are unique in the pack.
func (p *Pack) checkDescribes() error {
	owner := map[string]string{}
	for _, m := range p.Manifest.Modules {
		d, err := p.decodeDescribe(m)
		if err != nil {
			return fmt.Errorf("%w: module %q: %w", ErrMalformed, m.Path, err)
		}
		for _, c := range d.Checks {
			if other, taken := owner[c.ID]; taken {
				return fmt.Errorf("%w: check %q is in %q and in %q", ErrMalformed, c.ID, other, m.Path)
			}
			owner[c.ID] = m.Path
		}
		p.describe[m.Path] = d
	}
	return p.checkCauses(owner)
}

// checkCauses looks up the causes without a pack's name: they mean this pack.
func (p *Pack) checkCauses(owner map[string]string) error {
	for _, c := range p.Checks() {
		for _, cause := range c.ExplainedBy {
			id, qualified := strings.CutPrefix(cause.Check, p.Manifest.Name+"/")
			if (qualified || !strings.Contains(id, "/")) && owner[id] == "" {
				return fmt.Errorf("%w: check %q is explained by %q, which the pack does not have", ErrMalformed, c.ID, cause.Check)
			}
		}
	}
	return nil
}

func (p *Pack) decodeDescribe(m Module) (abi.Describe, error) {
	raw, ok := p.entries[m.Describe]
	if !ok || !strings.HasSuffix(m.Describe, ".json") || m.Describe == ManifestPath {
		return abi.Describe{}, fmt.Errorf("description %q is missing", m.Describe)
	}
	var d abi.Describe
	if err := json.Unmarshal(raw, &d); err != nil {
		return abi.Describe{}, fmt.Errorf("%s: %v", m.Describe, err)
	}
	if p.validated {
		return d, nil
	}
	return d, d.Validate()
}

// ReadManifest reads pack.json, the first entry of a pack, and nothing behind it.
// It is for packs that are part of the program: nothing vouches for what it
// says.
func ReadManifest(r io.Reader) (Manifest, error) {
	head := make([]byte, localLen, 4<<10)
	if _, err := io.ReadFull(r, head); err != nil {
		return Manifest{}, fmt.Errorf("%w: cut off in a zip header", ErrMalformed)
	}
	size, name := int64(binary.LittleEndian.Uint32(head[22:])), int64(binary.LittleEndian.Uint16(head[26:]))
	if size > MaxFileBytes || name > MaxNameBytes {
		return Manifest{}, fmt.Errorf("%w: its first entry has %d bytes", ErrMalformed, size)
	}
	rest, err := io.ReadAll(io.LimitReader(r, size+name))
	if err != nil {
		return Manifest{}, err
	}
	e, _, err := decodeEntry(append(head, rest...))
	if err != nil {
		return Manifest{}, err
	}
	if err := checkOrder(0, e.name, ""); err != nil {
		return Manifest{}, err
	}
	return decodeManifest(e.data)
}

// Module gives the bytes of a module, after comparing them with the manifest
// once more: what runs is what was hashed.
func (p *Pack) Module(path string) ([]byte, error) {
	for _, m := range p.Manifest.Modules {
		if m.Path != path {
			continue
		}
		data, err := p.content(path)
		if err != nil {
			return nil, err
		}
		if digest(data) == m.SHA256 {
			return data, nil
		}
		return nil, fmt.Errorf("%w: module %q changed in memory", ErrMalformed, path)
	}
	return nil, fmt.Errorf("pack %q has no module %q", p.Manifest.Name, path)
}

// Describe gives the stored description of a module.
func (p *Pack) Describe(path string) (abi.Describe, error) {
	d, ok := p.describe[path]
	if !ok {
		return abi.Describe{}, fmt.Errorf("pack %q has no module %q", p.Manifest.Name, path)
	}
	return d, nil
}

// Checks lists the checks of all modules, in the manifest's order.
func (p *Pack) Checks() []abi.Check {
	var list []abi.Check
	for _, m := range p.Manifest.Modules {
		list = append(list, p.describe[m.Path].Checks...)
	}
	return list
}

// Docs are the pages of the checks: <check>.md at the top. Empty if there are
// none.
func (p *Pack) Docs() fs.FS {
	z, err := zip.NewReader(bytes.NewReader(p.raw), int64(len(p.raw)))
	if err != nil {
		panic("BUG: a pack in canonical form is no zip: " + err.Error())
	}
	docs, err := fs.Sub(z, "docs")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return docs
}
