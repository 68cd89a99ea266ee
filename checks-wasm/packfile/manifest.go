package packfile

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Manifest is pack.json. Unknown members are ignored.
type Manifest struct {
	Format    int         `json:"format"`
	Name      string      `json:"name"`    // identifier, see abi.ValidID
	Release   int         `json:"release"` // grows with every release; decides which pack is newer
	Version   string      `json:"version"` // semantic version, for people
	ABI       ABIRange    `json:"abi"`
	EngineMin string      `json:"engine_min"` // oldest engine that can run it
	Bundle    BundleRange `json:"bundle"`
	Built     *time.Time  `json:"built,omitempty"` // absent: not recorded
	Modules   []Module    `json:"modules"`
	Files     []File      `json:"files"` // every other entry but pack.json
	Source    Origin      `json:"source"`
}

// ABIRange is the check ABI that a pack's modules speak.
type ABIRange struct {
	Major    int `json:"major"`
	MinMinor int `json:"min_minor"`
}

// BundleRange is the bundle format that a pack's checks understand.
type BundleRange struct {
	Version  int `json:"version"`
	MinMinor int `json:"min_minor"`
}

// Module is one WASM module. Describe is the path of its stored description.
type Module struct {
	Path     string `json:"path"`
	SHA256   string `json:"sha256"` // lower-case hex
	Size     int64  `json:"size"`   // bytes
	Describe string `json:"describe"`
	Limits   Limits `json:"limits"`
}

// File is an entry that is not a module.
type File struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// Origin says what the pack was built from. It is information only.
type Origin struct {
	Repository string `json:"repository,omitempty"`
	Revision   string `json:"revision,omitempty"`
	Go         string `json:"go,omitempty"` // the Go release that compiled the modules
}

// FileName is the pack's usual file name.
func (m Manifest) FileName() string { return m.Name + "-" + m.Version + Ext }

// SplitFileName takes a pack's usual file name apart. Names have no dots and
// versions begin with a dotted number, so there is one way to do so.
func SplitFileName(file string) (name, version string, ok bool) {
	stem, ok := strings.CutSuffix(file, Ext)
	if !ok {
		return "", "", false
	}
	major, _, _ := strings.Cut(stem, ".")
	i := strings.LastIndexByte(major, '-')
	if i < 0 || !abi.ValidID(stem[:i]) || !ValidVersion(stem[i+1:]) {
		return "", "", false
	}
	return stem[:i], stem[i+1:], true
}

// Compare orders packs of one name: by release, then by version. It is negative
// when m is older.
func (m Manifest) Compare(other Manifest) int {
	return cmp.Or(cmp.Compare(m.Release, other.Release), CompareVersions(m.Version, other.Version))
}

// encode gives the canonical bytes of pack.json.
func (m Manifest) encode() ([]byte, error) {
	raw, err := json.MarshalIndent(m, "", " ")
	return append(raw, '\n'), err
}

// decodeManifest checks the format's version before anything else, because a
// newer format may mean every other member differently.
func decodeManifest(raw []byte) (Manifest, error) {
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return Manifest{}, fmt.Errorf("%w: %s: %v", ErrMalformed, ManifestPath, err)
	}
	if head.Format != Format {
		return Manifest{}, fmt.Errorf("%w: pack has format %d, this program reads format %d", ErrFormat, head.Format, Format)
	}
	var m Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return Manifest{}, fmt.Errorf("%w: %s: %v", ErrMalformed, ManifestPath, err)
	}
	return m, m.validate()
}

func (m Manifest) validate() error {
	if err := m.compatible(); err != nil {
		return err
	}
	switch {
	case !abi.ValidID(m.Name):
		return fmt.Errorf("%w: name %q is not of lower-case words with hyphens", ErrMalformed, m.Name)
	case m.Release < 1:
		return fmt.Errorf("%w: release %d is below 1", ErrMalformed, m.Release)
	case m.Bundle.Version < 1 || m.Bundle.MinMinor < 0:
		return fmt.Errorf("%w: bundle format %d.%d does not exist", ErrMalformed, m.Bundle.Version, m.Bundle.MinMinor)
	case len(m.Modules) == 0:
		return fmt.Errorf("%w: it has no module", ErrMalformed)
	}
	if _, err := parseVersion(m.Version); err != nil {
		return fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	for _, mod := range m.Modules {
		if err := mod.Limits.Validate(); err != nil {
			return fmt.Errorf("%w: module %q: %w", ErrMalformed, mod.Path, err)
		}
	}
	return nil
}

// compatible compares the pack with this program.
func (m Manifest) compatible() error {
	if m.ABI.Major != abi.Major || m.ABI.MinMinor > abi.Minor {
		return fmt.Errorf("%w: pack needs ABI %d.%d, this program speaks %s", ErrABI, m.ABI.Major, m.ABI.MinMinor, abi.Version)
	}
	if m.ABI.MinMinor < 0 {
		return fmt.Errorf("%w: ABI %d.%d does not exist", ErrMalformed, m.ABI.Major, m.ABI.MinMinor)
	}
	need, err := parseVersion(m.EngineMin)
	if err != nil {
		return fmt.Errorf("%w: engine_min: %v", ErrMalformed, err)
	}
	have, err := parseVersion(EngineVersion)
	if err != nil {
		return errors.New("BUG: EngineVersion is no version")
	}
	if have.compare(need) < 0 {
		return fmt.Errorf("%w: pack needs engine %s, this program has %s", ErrEngine, m.EngineMin, EngineVersion)
	}
	return nil
}
