package collector

import (
	"context"
	"errors"
)

// Review is what a bundle holds that has not got its name yet.
type Review struct {
	Path  string // that it would have
	Size  int64  // bytes so far; the manifest comes on top
	Files []ReviewFile
	// Counts is how often each rule removed something or put a pseudonym in its
	// place, in all files and messages.
	Counts map[string]int
}

// ReviewFile is a file of the bundle.
type ReviewFile struct {
	Path   string
	Source string // on this machine; empty: the collector's own
	Size   int64
	Cut    bool // only a part of the file is in the bundle
	// Counts is how often each rule removed something of it, and Samples are a few
	// of the places, as the bundle has them: without what was removed.
	Counts  map[string]int
	Samples []string
}

// ErrUnwanted means that the user has seen a bundle and did not want it.
var ErrUnwanted = errors.New("the bundle was not wanted")

// review asks whether the bundle is wanted, before it gets its name. It fails
// when it is not, or when ctx ends.
func (s *session) review(ctx context.Context) error {
	if err := ctx.Err(); err != nil || s.opt.Review == nil {
		return err
	}
	samples := s.store.Samples()
	r := Review{Path: s.path, Size: s.archive.Written(), Counts: s.store.Counts()}
	for _, f := range s.archive.Files() {
		r.Files = append(r.Files, ReviewFile{Path: f.Path, Source: f.SourcePath, Size: f.Size, Cut: f.Truncated, Counts: f.Redactions, Samples: samples[f.Path]})
	}
	wanted := s.opt.Review(ctx, r)
	if err := ctx.Err(); err != nil {
		return err
	}
	if !wanted {
		return ErrUnwanted
	}
	return nil
}

// checkReview refuses what cannot be reviewed before it is there.
func (o *Options) checkReview() error {
	if o.Review != nil && o.Out == "-" {
		return &OptionError{"--review and --out - exclude each other: what went through a pipe cannot be taken back", "write it into a folder: --out FOLDER --review"}
	}
	return nil
}
