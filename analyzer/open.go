package analyzer

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/asrdiag/asrdiag/analyzer/internal/archive"
	logscan "github.com/asrdiag/asrdiag/analyzer/internal/scan"
	"github.com/asrdiag/asrdiag/bundles"
)

// OpenOptions says how to open.
type OpenOptions struct {
	// TempDir is where archives other than zip are unpacked, into a folder that
	// is removed when the bundle is closed. Empty: the system's.
	TempDir string
}

// Integrity says whether a bundle is what its manifest says, and what it came in.
type Integrity struct {
	bundles.Integrity
	File   string `json:"file"`             // base name of the archive
	SHA256 string `json:"sha256,omitempty"` // of the archive file; empty for a folder
}

// Open opens a bundle: the zip of the collector, what is whole of one that was
// cut off, the same tree in a tar or a 7z, or a folder. It verifies every file. The error is an *Error. The
// caller closes the bundle.
func Open(ctx context.Context, path string, o OpenOptions) (*bundles.Bundle, Integrity, error) {
	b, in, err := openBundle(ctx, path, o.TempDir)
	if err != nil {
		return nil, Integrity{}, err
	}
	if err := in.verify(ctx, b, nil); err != nil {
		b.Close()
		return nil, Integrity{}, openError(path, err)
	}
	return b, in, nil
}

// openBundle opens without reading the files.
func openBundle(ctx context.Context, path, temp string) (*bundles.Bundle, Integrity, error) {
	a, err := archive.Open(ctx, path, temp)
	if err != nil {
		return nil, Integrity{}, openError(path, err)
	}
	b, err := bundles.Open(a)
	if err != nil {
		a.Close()
		if cut := cutDetail(a.Problems); cut != "" && errors.Is(err, bundles.ErrNotBundle) {
			return nil, Integrity{}, errorf(CodeNotArchive, "ask for the file again: this one did not arrive whole", "open %q: %s", path, cut)
		}
		return nil, Integrity{}, openError(path, err)
	}
	in := Integrity{File: filepath.Base(path), SHA256: a.SHA256}
	in.Problems = a.Problems
	return b, in, nil
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
	found, err := b.VerifyKnown(ctx, sums)
	if err != nil {
		return err
	}
	in.Problems = append(in.Problems, found.Problems...)
	slices.SortStableFunc(in.Problems, func(x, y bundles.Problem) int {
		return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.Kind, y.Kind))
	})
	in.OK = len(in.Problems) == 0
	return nil
}
