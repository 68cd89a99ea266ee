package bundles

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"
)

// Limits of the reader. A document above its limit is refused, not cut.
const (
	MaxHeaderBytes   = 64 << 10
	MaxManifestBytes = 32 << 20
	MaxFactBytes     = 16 << 20
	MaxSampleBytes   = 1 << 20 // one line of samples.ndjson
)

// Errors of Open.
var (
	// ErrNotBundle means that the tree has no bundle.json of this format.
	ErrNotBundle = errors.New("not an ASR support bundle")
	// ErrNoManifest is the reason why a bundle without manifest.json is Cut.
	ErrNoManifest = errors.New("manifest.json is missing: the bundle was cut off")
)

// VersionError means that the bundle is of a format version that this reader
// does not know.
type VersionError struct{ Have, Want int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("bundle has format version %d, this program reads version %d", e.Have, e.Want)
}

// Bundle is an open bundle. It holds no file open and is safe for concurrent
// use if its FS is.
type Bundle struct {
	FS     fs.FS
	Header Header
	// Manifest is empty when Cut.
	Manifest Manifest
	// Cut is set when the bundle has no readable manifest.
	Cut bool
	// CutReason says why, when Cut.
	CutReason string
	paths     []string
	unmarshal func([]byte, any) error // nil: json.Unmarshal
}

// Open reads the header and the manifest of the bundle in fsys. It fails with
// ErrNotBundle or a *VersionError; a missing or unreadable manifest is not a
// failure but sets Cut.
func Open(fsys fs.FS) (*Bundle, error) { return OpenWith(fsys, json.Unmarshal) }

// OpenWith is Open for who has another way to read JSON than json.Unmarshal that
// comes to the same.
func OpenWith(fsys fs.FS, unmarshal func([]byte, any) error) (*Bundle, error) {
	b := &Bundle{FS: fsys, unmarshal: unmarshal}
	raw, err := ReadLimited(fsys, HeaderPath, MaxHeaderBytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrNotBundle, err)
	}
	if err := b.decode(raw, &b.Header); err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrNotBundle, HeaderPath, err)
	}
	if b.Header.Format != Format {
		return nil, fmt.Errorf("%w: format is %q", ErrNotBundle, b.Header.Format)
	}
	if b.Header.Version != Version {
		return nil, &VersionError{Have: b.Header.Version, Want: Version}
	}
	if err := b.readManifest(); err != nil {
		b.Cut, b.CutReason, b.Manifest = true, err.Error(), Manifest{}
	}
	return b, b.list()
}

// New is a bundle that somebody put together from other things than a bundle's
// archive: header and manifest as given, which fsys need not have, and in fsys
// the files of paths, in any order.
func New(fsys fs.FS, h Header, m Manifest, paths []string) *Bundle {
	return &Bundle{FS: fsys, Header: h, Manifest: m, paths: slices.Sorted(slices.Values(paths))}
}

func (b *Bundle) readManifest() error {
	raw, err := ReadLimited(b.FS, ManifestPath, MaxManifestBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoManifest
	}
	if err != nil {
		return err
	}
	var m Manifest
	if err := b.decode(raw, &m); err != nil {
		return fmt.Errorf("%s: %w", ManifestPath, err)
	}
	if m.Format != Format || m.Version != Version || m.ID != b.Header.ID {
		return fmt.Errorf("%s does not belong to %s", ManifestPath, HeaderPath)
	}
	b.Manifest = m
	return nil
}

// decode reads a document of the bundle.
func (b *Bundle) decode(raw []byte, v any) error {
	if b.unmarshal == nil {
		return json.Unmarshal(raw, v)
	}
	return b.unmarshal(raw, v)
}

// list walks the tree once. Links and devices are left out: no bundle has them.
func (b *Bundle) list() error {
	err := fs.WalkDir(b.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Type().IsRegular() {
			b.paths = append(b.paths, name)
		}
		return nil
	})
	slices.Sort(b.paths)
	return err
}

// Close releases what the bundle's file system holds open, if anything.
func (b *Bundle) Close() error {
	if c, ok := b.FS.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Paths lists the regular files of the bundle, sorted.
func (b *Bundle) Paths() []string { return b.paths }

// Match lists the paths that match a glob (see Glob), sorted.
func (b *Bundle) Match(glob string) []string {
	var out []string
	for _, p := range b.paths {
		if Glob(glob, p) {
			out = append(out, p)
		}
	}
	return out
}

// MatchLogs lists the paths whose log a glob matches: the path itself, that of
// which it is the tail, or the name that was taken when it was stored (see
// LogName). A tail is there when its log is.
func (b *Bundle) MatchLogs(glob string) []string {
	var out []string
	for _, p := range b.paths {
		if b.matchesLog(glob, p) {
			out = append(out, p)
		}
	}
	return out
}

func (b *Bundle) matchesLog(glob, p string) bool {
	log, tail := strings.CutSuffix(p, TailSuffix)
	if tail && !b.Has(log) && Glob(glob, p) {
		return true // named so
	}
	return globLog(glob, log)
}

// GlobLog reports whether a glob means the log of that path, which need not be
// in a bundle: by its own name, or as MatchLogs does.
func GlobLog(glob, p string) bool {
	return Glob(glob, p) || globLog(glob, strings.TrimSuffix(p, TailSuffix))
}

func globLog(glob, log string) bool {
	name := LogName(log)
	return Glob(glob, log) || name != log && Glob(glob, name)
}

// Has reports whether the bundle holds a file.
func (b *Bundle) Has(name string) bool {
	_, ok := slices.BinarySearch(b.paths, name)
	return ok
}

// Host is the manifest's description of the machine or, for a cut bundle, that
// of facts/host.json. Without either the role is unknown.
func (b *Bundle) Host() Host {
	if !b.Cut {
		return b.Manifest.Host
	}
	if h, err := Fact[HostFact](b, "host"); err == nil {
		return h.Host
	}
	return Host{Role: RoleUnknown}
}

// Now is the time that the bundle speaks of: the end of the window or, for a cut
// bundle, the start of the collection.
func (b *Bundle) Now() time.Time {
	if b.Cut {
		return b.Header.Created
	}
	return b.Manifest.Window.End
}

// Source finds a row of the manifest's sources.
func (b *Bundle) Source(name string) (Source, bool) {
	for _, s := range b.Manifest.Sources {
		if strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return Source{}, false
}

// File finds a row of the manifest's files.
func (b *Bundle) File(name string) (File, bool) {
	for _, f := range b.Manifest.Files {
		if f.Path == name {
			return f, true
		}
	}
	return File{}, false
}

// FactPath is where the newest reading of a fact is: facts/<kind>.json or,
// when the collection ended early, facts/start/<kind>.json. Without either it
// is the former.
func (b *Bundle) FactPath(kind string) string {
	name := "facts/" + kind + ".json"
	if start := "facts/start/" + kind + ".json"; !b.Has(name) && b.Has(start) {
		return start
	}
	return name
}

// Fact reads a fact: Fact[Services](b, "services"). It fails with
// fs.ErrNotExist when the bundle does not have it.
func Fact[T any](b *Bundle, kind string) (T, error) {
	var v T
	name := b.FactPath(kind)
	raw, err := ReadLimited(b.FS, name, MaxFactBytes)
	if err != nil {
		return v, err
	}
	if err := b.decode(raw, &v); err != nil {
		return v, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

// Samples reads metrics/samples.ndjson in order and stops at the first bad
// line, with its error.
func (b *Bundle) Samples() iter.Seq2[Sample, error] {
	return func(yield func(Sample, error) bool) {
		f, err := b.FS.Open(SamplesPath)
		if err != nil {
			yield(Sample{}, err)
			return
		}
		defer f.Close()
		sc := bufio.NewScanner(f)
		sc.Buffer(nil, MaxSampleBytes)
		for n := 1; sc.Scan(); n++ {
			var s Sample
			if err := json.Unmarshal(sc.Bytes(), &s); err != nil {
				yield(Sample{}, fmt.Errorf("%s:%d: %w", SamplesPath, n, err))
				return
			}
			if !yield(s, nil) {
				return
			}
		}
		if err := sc.Err(); err != nil {
			yield(Sample{}, fmt.Errorf("%s: %w", SamplesPath, err))
		}
	}
}

// ReadLimited reads a whole file of at most limit bytes.
func ReadLimited(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("%q is larger than %d bytes", name, limit)
	}
	return raw, nil
}
