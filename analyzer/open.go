package analyzer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/asrdiag/asrdiag/analyzer/internal/archive"
	logscan "github.com/asrdiag/asrdiag/analyzer/internal/scan"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// OpenOptions says how to open.
type OpenOptions struct {
	// TempDir is where archives other than zip are unpacked, into a folder that
	// is removed when the bundle is closed. Empty: the system's.
	TempDir string
	// Inner names the bundle to open in an archive that holds several.
	Inner string
	// Packs know logs. With them, what holds no bundle but such logs is opened
	// as one; see Integrity.Raw.
	Packs []*packfile.Pack
	// Zone is that of local times in such logs: Europe/Berlin, +02:00. Empty: UTC.
	Zone string
	// Identities open what is encrypted with age; nil: there are none.
	Identities *Identities
}

// Integrity says whether a bundle is what its manifest says, and what it came in.
type Integrity struct {
	bundles.Integrity
	// File is the base name of the archive, with the bundle's name in it where it
	// holds others: "sent.zip: ps01.zip".
	File   string   `json:"file"`
	SHA256 string   `json:"sha256,omitempty"` // of the bundle's archive file; empty for a folder
	Notes  []string `json:"notes,omitempty"`  // what else is to be said of the archive

	unlisted []bundles.Problem // those that Problems has no room for
	private  []string          // on files that were to stay with the customer, a sentence each
	raw      *rawBundle        // nil for a bundle of the collector
}

// Raw reports whether there are only logs, without a collector: nothing says
// what they should be, and role and zone are guessed.
func (in *Integrity) Raw() bool { return in.raw != nil }

// all gives all problems, also those that the report leaves out.
func (in *Integrity) all() []bundles.Problem { return slices.Concat(in.Problems, in.unlisted) }

// Open opens a bundle: the zip of the collector, what is whole of one that was
// cut off, the same tree in another archive, a folder, or an archive or a folder
// that holds one of these. It verifies every file. The error is an *Error, with
// CodeSeveral when there are several bundles and none was named. The caller
// closes the bundle.
func Open(ctx context.Context, path string, o OpenOptions) (*bundles.Bundle, Integrity, error) {
	b, in, err := openAny(ctx, path, archive.Options{Temp: o.TempDir, Inner: o.Inner, Unlocker: o.Identities.unlocker()}, rawOptions{packs: given(o.Packs), zone: o.Zone})
	if err != nil {
		return nil, Integrity{}, err
	}
	if err := in.verify(ctx, b, nil); err != nil {
		b.Close()
		return nil, Integrity{}, openError(path, err)
	}
	return b, in, nil
}

// bundleIn reads the head of a bundle in an archive that the user knows as path.
func bundleIn(a *archive.Archive, path string) (*bundles.Bundle, Integrity, error) {
	b, err := bundles.Open(a)
	if err == nil {
		b, err = withoutPrivate(a, b)
	}
	if err != nil {
		a.Close()
		if cut := cutDetail(a.Problems); cut != "" && errors.Is(err, bundles.ErrNotBundle) {
			return nil, Integrity{}, errorf(CodeNotArchive, againHint, "open %q: %s", path, cut)
		}
		return nil, Integrity{}, openError(path, err)
	}
	in := Integrity{File: filepath.Base(path), SHA256: a.SHA256, Notes: a.Notes, private: a.Private}
	if a.Inner != "" {
		in.File += ": " + a.Inner
	}
	in.Problems = a.Problems
	return b, in, nil
}

// withoutPrivate hides maps of pseudonyms and case keys that somebody has put
// into a bundle. They can only be among the files that its manifest does not list.
func withoutPrivate(a *archive.Archive, b *bundles.Bundle) (*bundles.Bundle, error) {
	listed := map[string]bool{}
	for _, f := range b.Manifest.Files {
		listed[f.Path] = true
	}
	var others []string
	for _, name := range b.Paths() {
		if !listed[name] && name != bundles.HeaderPath && name != bundles.ManifestPath {
			others = append(others, name)
		}
	}
	if !a.HidePrivate(others) {
		return b, nil
	}
	return bundles.Open(a)
}

// cutDetail gives the problem of an archive that ends too early, empty for none.
func cutDetail(problems []bundles.Problem) string {
	for _, p := range problems {
		if p.Kind == bundles.ProblemCut {
			return p.Detail
		}
	}
	return ""
}

// verify adds what the bundle's own manifest says to the archive's problems.
// Files whose sums are known are not read again.
func (in *Integrity) verify(ctx context.Context, b *bundles.Bundle, known map[string]logscan.Sum) error {
	sums := make(map[string]bundles.Sum, len(known))
	for name, s := range known {
		sums[name] = bundles.Sum(s)
	}
	problems, err := in.compare(ctx, b, sums)
	if err != nil {
		return err
	}
	for _, p := range problems {
		if p.Kind == bundles.ProblemExtra && archive.Companion(p.Path) {
			in.Notes = append(in.Notes, fmt.Sprintf("%q is not the collector's: an operating system added it", p.Path))
			continue
		}
		in.Problems = append(in.Problems, p)
	}
	slices.SortStableFunc(in.Problems, func(x, y bundles.Problem) int {
		return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.Kind, y.Kind))
	})
	in.OK = len(in.Problems) == 0
	in.Problems, in.unlisted = shortened(in.Problems)
	return nil
}

// given are packs that are open.
func given(packs []*packfile.Pack) func() ([]*packfile.Pack, error) {
	return func() ([]*packfile.Pack, error) { return packs, nil }
}

// compare gives the differences between the files and what they should be.
func (in *Integrity) compare(ctx context.Context, b *bundles.Bundle, known map[string]bundles.Sum) ([]bundles.Problem, error) {
	if in.raw != nil {
		return in.raw.verify(ctx, b, known)
	}
	found, err := b.VerifyKnown(ctx, known)
	return found.Problems, err
}

// maxProblems is how many problems of a bundle are listed.
const maxProblems = 2000

// shortened keeps the list of problems at a length that somebody may read, and
// gives the rest apart.
func shortened(list []bundles.Problem) (short, rest []bundles.Problem) {
	if len(list) <= maxProblems {
		return list, nil
	}
	rest = list[maxProblems:]
	return append(list[:maxProblems:maxProblems], bundles.Problem{
		Kind: rest[0].Kind, Detail: fmt.Sprintf("further problems: %d", len(rest)),
	}), rest
}
