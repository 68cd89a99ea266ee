package analyzer

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/internal/archive"
	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// Kinds of what was analyzed.
const (
	kindBundle = "bundle"
	kindRaw    = "raw"
)

// What is said of raw logs.
const (
	rawReason  = "raw logs, no collector"
	rawVerdict = "there are only raw logs: services, settings and metrics are not known"
	rawFinding = "from raw logs, without services, settings and metrics"
	// rawExtras is the folder of what the script collector took besides logs.
	rawExtras = "raw/"
)

// Limits of reading raw logs.
const (
	rawHead    = 64 << 10 // bytes looked at to know a log
	rawLines   = 50       // lines of these
	maxRawLogs = 5000
	// maxRawTried is how many files with names that say nothing are looked into.
	maxRawTried = 2000
	maxRawNotes = 20
)

// rawOptions say how logs without a bundle are read.
type rawOptions struct {
	// packs gives those that know logs. Nil: such logs are not read.
	packs    func() ([]*packfile.Pack, error)
	role     string // given by the user
	zone     string // of local times; empty: UTC
	location *time.Location
}

// rawBundle is what a bundle of raw logs has besides a bundle.
type rawBundle struct {
	fs       *rawFS
	location *time.Location
	unread   int // files that are no known logs
}

// openAny opens a bundle, or what holds known logs and no bundle.
func openAny(ctx context.Context, name string, o archive.Options, raw rawOptions) (*bundles.Bundle, Integrity, error) {
	o.Loose = raw.packs != nil
	a, err := archive.Open(ctx, name, o)
	if err != nil {
		return nil, Integrity{}, openError(name, err)
	}
	if a.Loose == nil {
		return bundleIn(a, name)
	}
	b, in, err := raw.open(ctx, a, name)
	if err != nil {
		return nil, Integrity{}, errors.Join(err, a.Close())
	}
	return b, in, nil
}

// open makes a bundle of the known logs among loose files. Without one it fails
// as if nobody had asked for them.
func (o rawOptions) open(ctx context.Context, a *archive.Archive, name string) (*bundles.Bundle, Integrity, error) {
	location, err := locationOf(o.zone)
	if err != nil {
		return nil, Integrity{}, err
	}
	o.location = location
	packs, err := o.packs()
	if err != nil {
		return nil, Integrity{}, err
	}
	known, err := newLogKnowledge(packs)
	if err != nil {
		return nil, Integrity{}, err
	}
	r := &rawReader{options: o, known: known, loose: a.Loose, fs: newRawFS(a), votes: votes{}}
	if err := r.read(ctx); err != nil {
		return nil, Integrity{}, openError(name, err)
	}
	if r.logs == 0 {
		return nil, Integrity{}, openError(name, a.Loose.Err)
	}
	b := r.bundle(cmp.Or(a.SHA256, "of-a-folder"))
	in := Integrity{
		File: filepath.Base(name), SHA256: a.SHA256, Notes: slices.Concat(a.Notes, r.said()), private: a.Private,
		raw: &rawBundle{r.fs, location, r.unread},
	}
	in.Problems = slices.Concat(a.Problems, r.problems)
	return b, in, nil
}

// rawReader sorts loose files into the places where a bundle has them.
type rawReader struct {
	options rawOptions
	known   *logKnowledge
	loose   *archive.Loose
	fs      *rawFS

	logs     int
	tried    int
	files    []bundles.File
	problems []bundles.Problem
	notes    []string
	votes    votes
	crlf     int // logs with line ends as Windows writes them, less the others
	newest   time.Time
	index    rawIndex // of the script collector
	unread   int
}

// read goes through all files.
func (r *rawReader) read(ctx context.Context) error {
	for _, f := range r.loose.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if path.Base(f.Name) == rawIndexName && r.index.at == "" {
			r.readIndex(f)
		}
	}
	for _, f := range r.loose.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.file(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// file takes one file, if it is a log that is known, or what the script says
// that it took.
func (r *rawReader) file(ctx context.Context, f *archive.LooseFile) error {
	if extra, ok := r.index.extra(f.Name); ok {
		r.add(f, extra, "")
		return nil
	}
	if r.logs >= maxRawLogs {
		r.unread++
		return nil
	}
	place, ok := r.place(f)
	if !ok {
		r.unread++
		return nil
	}
	stored := f.Size
	cut, err := r.loose.Unpack(ctx, f)
	if err != nil {
		return err
	}
	row := r.add(f, place.path, place.encoding)
	if f.Packed == "gz" {
		row.OriginalSize, row.StoredFrom = &stored, "gzip"
	}
	if cut != nil {
		r.problems = append(r.problems, bundles.Problem{
			Kind: bundles.ProblemUnreadable, Path: row.Path, Detail: fmt.Sprintf("its compression (%s) ends or is damaged: %v", f.Packed, cut),
		})
	}
	r.logs++
	r.votes.add(r.known, row.Path)
	if place.crlf {
		r.crlf++
	} else {
		r.crlf--
	}
	return nil
}

// add puts a file at a path of the bundle, or one beside it that is free.
func (r *rawReader) add(f *archive.LooseFile, at, encoding string) *bundles.File {
	at = r.fs.add(at, func() (fs.File, error) { return r.loose.Open(f) })
	row := bundles.File{Path: at, SourcePath: f.Name, Source: bundles.SourceOf(at), Size: f.Size, Encoding: encoding}
	if mtime := f.MTime.UTC(); mtime.Year() > 1980 { // a zip's time begins there
		row.MTime = &mtime
		if mtime.After(r.newest) {
			r.newest = mtime
		}
	}
	r.files = append(r.files, row)
	return &r.files[len(r.files)-1]
}

// bundle puts together header and manifest, as far as they are known before the
// logs are read.
func (r *rawReader) bundle(id string) *bundles.Bundle {
	h := bundles.Header{Format: bundles.Format, Version: bundles.Version, Minor: bundles.Minor, ID: "raw-" + id[:min(len(id), 16)], Created: r.newest}
	m := bundles.Manifest{
		Format: h.Format, Version: h.Version, Minor: h.Minor, ID: h.ID, Created: h.Created,
		Profile: bundles.Profile{Name: bundles.RawProfile}, Privacy: bundles.Privacy{Mode: "none"},
		Host: r.host(), Window: bundles.Window{Start: h.Created, End: h.Created},
		Sources: r.sources(), Files: r.files,
	}
	slices.SortFunc(m.Files, func(a, b bundles.File) int { return strings.Compare(a.Path, b.Path) })
	b := bundles.New(r.fs, h, m, r.fs.paths())
	r.fs.describe(b)
	return b
}

// host guesses what machine the logs are from.
func (r *rawReader) host() bundles.Host {
	role := cmp.Or(r.options.role, r.votes.role())
	h := bundles.Host{
		Name: r.index.host, OS: cmp.Or(r.index.os, r.votes.system(role, r.crlf > 0)), Role: r.votes.role(),
		TimeZone: r.options.zone, UTCOffsets: r.options.offsets(r.newest),
		RoleEvidence: []string{"guessed from the logs: " + strings.Join(r.votes.sources(), ", ")},
	}
	return h
}

// sources has a row for all that a pack reads: what is there is a part, and
// nobody looked for the rest.
func (r *rawReader) sources() []bundles.Source {
	have := map[string]bool{}
	for _, f := range r.files {
		have[f.Source] = true
	}
	var list []bundles.Source
	for _, name := range r.known.sources {
		s := bundles.Source{Name: name, Status: bundles.StatusSkipped, Error: rawReason}
		switch status, why := r.index.status(name); {
		case have[name]:
			s.Status, s.Error = bundles.StatusPartial, rawReason+": only what was sent is known"
		case status != "":
			s.Status, s.Error = status, rawReason+": the script says: "+why
		case r.index.at != "" && !strings.HasPrefix(name, "logs/"):
			s.Error = rawReason + ": the script's texts are for people, asrdiag bundle ls lists them"
		}
		list = append(list, s)
	}
	return list
}

// said are the notes that go with the report.
func (r *rawReader) said() []string {
	list := []string{"raw logs, no collector: the role is guessed, and services, settings and metrics are not known"}
	if r.options.zone == "" {
		list = append(list, "local times in the logs are taken for UTC; --tz says what zone they are of")
	} else {
		list = append(list, "local times in the logs are read as those of "+r.options.zone)
	}
	if r.unread > 0 {
		list = append(list, fmt.Sprintf("files that are no known logs were not read: %d", r.unread))
	}
	return append(list, r.notes...)
}

// settle gives the bundle the time that it speaks of: that of the newest line
// or, when no line has one, that of the newest file.
func (raw *rawBundle) settle(b *bundles.Bundle, logs []report.Log) {
	var oldest, newest time.Time
	for _, l := range logs {
		if l.Last != nil && l.Last.After(newest) {
			newest = *l.Last
		}
		if l.First != nil && (oldest.IsZero() || l.First.Before(oldest)) {
			oldest = *l.First
		}
	}
	m := &b.Manifest
	if !newest.IsZero() {
		b.Header.Created = newest
		m.Host.UTCOffsets = within(m.Host.UTCOffsets, oldest, newest)
	}
	m.Created = b.Header.Created
	m.Window.Start, m.Window.End = m.Created, m.Created
	raw.fs.describe(b)
}

// verify reads to its end what nobody has read: no manifest says what the files
// should be, so they can only be unreadable. It keeps the sums that they have.
func (raw *rawBundle) verify(ctx context.Context, b *bundles.Bundle, known map[string]bundles.Sum) ([]bundles.Problem, error) {
	var list []bundles.Problem
	for i := range b.Manifest.Files {
		row := &b.Manifest.Files[i]
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if sum, ok := known[row.Path]; ok {
			row.Size, row.SHA256 = sum.Size, sum.SHA256
			continue
		}
		n, sum, err := sumOf(raw.fs, row.Path)
		if err != nil {
			list = append(list, bundles.Problem{Kind: bundles.ProblemUnreadable, Path: row.Path, Detail: err.Error()})
			continue
		}
		row.Size, row.SHA256 = n, sum
	}
	return list, nil
}

func sumOf(fsys fs.FS, name string) (n int64, sum string, err error) {
	f, err := fsys.Open(name)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	h := sha256.New()
	if n, err = io.Copy(h, f); err != nil {
		return 0, "", err
	}
	return n, hex.EncodeToString(h.Sum(nil)), nil
}

// describe keeps header and manifest for the modules, which read them as files.
func (r *rawFS) describe(b *bundles.Bundle) {
	header, errHeader := json.Marshal(b.Header)
	manifest, errManifest := json.Marshal(b.Manifest)
	if errHeader == nil && errManifest == nil { // they are plain data
		r.mu.Lock()
		defer r.mu.Unlock()
		r.fixed = map[string][]byte{bundles.HeaderPath: header, bundles.ManifestPath: manifest}
	}
}
