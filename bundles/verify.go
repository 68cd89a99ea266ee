//go:build !wasip1

// Check modules read bundles and never verify them: hashing would only make
// them larger.

package bundles

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Kinds of an integrity problem.
const (
	ProblemCut        = "cut"        // the bundle ends before its manifest
	ProblemMissing    = "missing"    // in the manifest, not in the bundle
	ProblemChanged    = "changed"    // hash or size is not the manifest's
	ProblemExtra      = "extra"      // in the bundle, not in the manifest
	ProblemUnreadable = "unreadable" // cannot be read to its end
	ProblemRestarts   = "restarts"   // its restart points are wrong; its content is the manifest's
	ProblemRejected   = "rejected"   // in the archive, not in the bundle: an unsafe name, a link, a duplicate
)

// ErrChecksum is the error of a file system whose file has a content that is
// not the one that was stored. Verify reports it as ProblemChanged.
var ErrChecksum = errors.New("content is not what was stored: its checksum differs")

// Problem is one way in which a bundle is not what its manifest says.
type Problem struct {
	Kind   string `json:"kind"`
	Path   string `json:"path,omitempty"`
	Detail string `json:"detail"`
}

// Integrity is the result of Verify. Problems are sorted by path and kind.
type Integrity struct {
	OK       bool      `json:"ok"`
	Problems []Problem `json:"problems,omitempty"`
}

// Verify reads every file and compares it with the manifest. It stops early
// only when ctx ends, with ctx's error.
func (b *Bundle) Verify(ctx context.Context) (Integrity, error) { return b.VerifyKnown(ctx, nil) }

// Sum is what the bytes of a file amount to.
type Sum struct {
	Size   int64
	SHA256 string // lower-case hex
	// Restarts says what is wrong with the file's restart points; empty:
	// nothing that reading it has shown.
	Restarts string
}

// VerifyKnown is Verify for a caller that has read some of the files to their
// end, without error, and knows their sums by path: those are not read again.
func (b *Bundle) VerifyKnown(ctx context.Context, known map[string]Sum) (Integrity, error) {
	var probs []Problem
	if b.Cut {
		probs = append(probs, Problem{Kind: ProblemCut, Detail: b.CutReason})
	} else if m := b.Manifest; b.Header.Minor != m.Minor || !b.Header.Created.Equal(m.Created) {
		probs = append(probs, Problem{Kind: ProblemChanged, Path: HeaderPath, Detail: "it does not repeat the manifest's members"})
	}
	listed, twins := b.Manifest.rows()
	told := make(map[string]bool, len(twins))
	for _, t := range twins {
		told[t.Path] = true
	}
	probs = append(probs, twins...)
	for _, name := range b.paths {
		if err := ctx.Err(); err != nil {
			return Integrity{}, err
		}
		f, ok := listed[name]
		if !ok && (name == HeaderPath || name == ManifestPath) {
			continue
		}
		if !ok && !b.Cut {
			probs = append(probs, Problem{Kind: ProblemExtra, Path: name, Detail: "not in the manifest"})
			continue
		}
		p, bad := Problem{}, false
		if sum, read := known[name]; !read {
			p, bad = b.verifyFile(name, f, ok)
		} else if ok {
			p, bad = f.compare(sum)
		}
		if bad && !(told[name] && p.Kind == ProblemChanged) {
			probs = append(probs, p)
		}
	}
	for name := range listed {
		if !b.Has(name) {
			probs = append(probs, Problem{Kind: ProblemMissing, Path: name, Detail: "in the manifest, not in the bundle"})
		}
	}
	slices.SortFunc(probs, func(x, y Problem) int {
		if c := strings.Compare(x.Path, y.Path); c != 0 {
			return c
		}
		return strings.Compare(x.Kind, y.Kind)
	})
	return Integrity{OK: len(probs) == 0, Problems: probs}, nil
}

// rows gives the row of every file, the last one of several, and tells of which
// files there are several: one cannot be what all of them say.
func (m Manifest) rows() (rows map[string]File, twins []Problem) {
	rows = make(map[string]File, len(m.Files))
	count := make(map[string]int, len(m.Files))
	for _, f := range m.Files {
		rows[f.Path] = f
		if count[f.Path]++; count[f.Path] == 2 {
			twins = append(twins, Problem{Kind: ProblemChanged, Path: f.Path, Detail: "the manifest has several rows of it"})
		}
	}
	return rows, twins
}

// verifyFile reads one file; without a manifest row it only has to be readable.
func (b *Bundle) verifyFile(name string, want File, listed bool) (Problem, bool) {
	want.Path = name
	f, err := want.Open(b.FS)
	if err != nil {
		return Problem{Kind: ProblemUnreadable, Path: name, Detail: err.Error()}, true
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if errors.Is(err, ErrChecksum) {
		return Problem{Kind: ProblemChanged, Path: name, Detail: err.Error()}, true
	}
	if err != nil {
		return Problem{Kind: ProblemUnreadable, Path: name, Detail: err.Error()}, true
	}
	if !listed {
		return Problem{}, false
	}
	sum := Sum{Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}
	if err := RestartsErr(f); err != nil {
		sum.Restarts = err.Error()
	}
	return want.compare(sum)
}

// compare holds a file's sum against its row.
func (f File) compare(have Sum) (Problem, bool) {
	if have.Size != f.Size {
		return Problem{Kind: ProblemChanged, Path: f.Path, Detail: fmt.Sprintf("has %d bytes, the manifest says %d", have.Size, f.Size)}, true
	}
	if have.SHA256 != f.SHA256 {
		return Problem{Kind: ProblemChanged, Path: f.Path, Detail: "its SHA-256 is not the manifest's"}, true
	}
	if have.Restarts != "" {
		return Problem{Kind: ProblemRestarts, Path: f.Path, Detail: have.Restarts}, true
	}
	return Problem{}, false
}
