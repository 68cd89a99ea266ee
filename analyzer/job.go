package analyzer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/asrdiag/asrdiag/analyzer/internal/archive"
	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// AnalyzeJob asks for the report of one bundle.
type AnalyzeJob struct {
	Path       string    `json:"-"` // crosses as job.Path
	Packs      []PackRef `json:"packs"`
	Role       string    `json:"role,omitempty"`       // overrides the bundle's
	Deployment string    `json:"deployment,omitempty"` // overrides the bundle's
	Zone       string    `json:"zone,omitempty"`       // of local times in raw logs; see CheckZone
	// Refused are packs that had to be left out, for the report.
	Refused []report.RefusedPack `json:"refused,omitempty"`
	// Several says that other bundles are analyzed in the same run: a small one
	// then takes one core and leaves the others to them.
	Several bool `json:"-"`
	// Progress, if not nil, is called while the job runs, from one goroutine.
	Progress func(Progress) `json:"-"`
}

// PackRef names a pack that the caller has verified. The worker reads it anew
// and uses it only when the hash is the same.
type PackRef struct {
	Embedded string `json:"embedded,omitempty"` // path in the file system given to Serve
	File     string `json:"file,omitempty"`
	SHA256   string `json:"sha256,omitempty"` // may be empty for one that is embedded
	SignedBy string `json:"signed_by,omitempty"`
	Unsigned bool   `json:"unsigned,omitempty"`
}

// BundleJob asks for text about a bundle.
type BundleJob struct {
	Verb string `json:"verb"` // info, ls, cat, verify
	Path string `json:"-"`    // crosses as job.Path
	// Inner names the bundle in an archive that holds several.
	Inner string   `json:"inner,omitempty"`
	Args  []string `json:"args,omitempty"` // ls: globs; cat: paths
	// Raw makes cat give bytes as they are, for files and pipes. Else it gives
	// text that cannot act on a terminal.
	Raw bool `json:"raw,omitempty"`
	// Packs know the logs of which something that is no bundle may consist.
	Packs []PackRef `json:"packs,omitempty"`
	// Note, if not nil, is told what there is to say of a bundle besides the
	// text, once it was opened.
	Note func(string) `json:"-"`
}

// job is a request to a worker: one of those that come first.
type job struct {
	Analyze  *AnalyzeJob  `json:"analyze,omitempty"`
	Bundle   *BundleJob   `json:"bundle,omitempty"`
	Describe []byte       `json:"describe,omitempty"` // a module
	Prepare  *PackRef     `json:"prepare,omitempty"`
	Grep     *GrepJob     `json:"grep,omitempty"`
	Timeline *TimelineJob `json:"timeline,omitempty"`

	Name  string `json:"name,omitempty"`  // of the bundle to take of an archive that holds several
	Path  []byte `json:"path,omitempty"`  // of the bundle; a name need not be UTF-8
	Inner *Inner `json:"inner,omitempty"` // the bundle in that, which an earlier job found
	Steps bool   `json:"steps,omitempty"` // somebody wants to know how far the work has come
	// OneCore has the bundle's logs read on one core.
	OneCore  bool   `json:"one_core,omitempty"`
	CacheDir string `json:"cache_dir,omitempty"`
	TempDir  string `json:"temp_dir,omitempty"` // of the job alone: the worker may make it, the parent removes it
	// KeepTemp leaves several bundles of one archive in TempDir, for later jobs.
	KeepTemp bool              `json:"keep_temp,omitempty"`
	Version  string            `json:"version,omitempty"`
	Build    string            `json:"build,omitempty"`
	OneByOne []string          `json:"one_by_one,omitempty"`
	Fresh    []string          `json:"fresh,omitempty"`
	Skip     []Skip            `json:"skip,omitempty"`
	GivenUp  map[string]string `json:"given_up,omitempty"`
}

// small reports whether the job is an analysis among several of a bundle that is
// soon done.
func (j *job) small() bool { return j.Analyze != nil && j.OneCore }

// open opens the bundle of an analysis.
func (j *job) open(ctx context.Context, packs []*packfile.Pack, keys archive.Unlocker) (*bundles.Bundle, Integrity, error) {
	if j.Inner != nil {
		return j.Inner.reopen(string(j.Path), keys)
	}
	raw := rawOptions{packs: given(packs)}
	if j.Analyze != nil {
		raw.role, raw.zone = j.Analyze.Role, j.Analyze.Zone
	}
	return openAny(ctx, string(j.Path), archive.Options{Temp: j.TempDir, Keep: j.KeepTemp, Unlocker: keys}, raw)
}

// openPacks opens the packs of a job.
func openPacks(list []PackRef, embedded fs.FS) (packs []*packfile.Pack, err error) {
	for _, ref := range list {
		p, err := ref.open(embedded)
		if err != nil {
			return nil, err
		}
		packs = append(packs, p)
	}
	return packs, nil
}

// name is what a pack is called in messages.
func (r PackRef) name() string {
	if r.Embedded != "" {
		return r.Embedded
	}
	return r.File
}

// open reads a pack and compares its hash before it looks into it. One that is
// part of the program needs no hash.
func (r PackRef) open(embedded fs.FS) (p *packfile.Pack, err error) {
	if r.Embedded != "" {
		p, err = r.openEmbedded(embedded)
	} else {
		p, err = r.openFile()
	}
	if err != nil {
		return nil, err
	}
	p.SignedBy, p.Unsigned = r.SignedBy, r.Unsigned
	return p, nil
}

func (r PackRef) openEmbedded(embedded fs.FS) (*packfile.Pack, error) {
	f, err := embedded.Open(r.Embedded)
	if err != nil {
		return nil, packError(r.name(), err)
	}
	bytes, ok := f.(io.ReaderAt)
	info, err := f.Stat()
	if err != nil || !ok {
		return nil, errorf(CodeInternal, internalHint, "pack %q cannot be read in place: %v", r.name(), err)
	}
	sum, _ := fs.ReadFile(embedded, r.Embedded+packfile.SumExt) // without it the pack is hashed
	p, err := packfile.OpenEmbedded(bytes, info.Size(), string(sum))
	switch {
	case err != nil:
		return nil, packError(r.name(), err)
	case r.SHA256 != "" && p.SHA256 != r.SHA256:
		return nil, r.changed()
	}
	return p, nil
}

func (r PackRef) openFile() (*packfile.Pack, error) {
	raw, err := r.read()
	if err != nil {
		return nil, packError(r.name(), err)
	}
	sum := sha256.Sum256(raw)
	have := hex.EncodeToString(sum[:])
	if have != r.SHA256 {
		return nil, r.changed()
	}
	p, err := packfile.OpenHashed(raw, have)
	if err != nil {
		return nil, packError(r.name(), err)
	}
	return p, nil
}

func (r PackRef) changed() error {
	return errorf(CodePack, "run the command again", "pack %q has changed since it was verified", r.name())
}

func (r PackRef) read() ([]byte, error) {
	f, err := os.Open(r.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > packfile.MaxPackBytes {
		return nil, fmt.Errorf("it has more than %d bytes", packfile.MaxPackBytes)
	}
	raw := make([]byte, info.Size())
	_, err = io.ReadFull(f, raw)
	return raw, err
}
