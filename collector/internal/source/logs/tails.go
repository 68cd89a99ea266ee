package logs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// Tails stores what is new since Collect filled the book: for a file that grew
// the rest as <path>.tail, whether it still has its name, was renamed, copied
// or compressed; other files whole. What is in the bundle is not stored again.
func Tails(ctx context.Context, k *store.Sink, opt Options) error {
	j, files := newJob(ctx, k, opt)
	j.tails = true
	records, used := opt.Book.records(opt.ID)
	j.used = used
	t := &tails{job: j, byID: map[fileID]*record{}}
	for _, r := range records {
		t.byID[r.id] = r
	}
	work := t.recognize(ctx, append(files, t.renamed(files, records)...))
	for _, r := range records {
		if !r.found && !r.packed {
			t.lost = append(t.lost, r)
		}
	}
	for i, w := range work {
		err := j.note(w.Path, t.file(ctx, w, i))
		if errors.Is(err, store.ErrRevoked) {
			return err
		}
		if err != nil || ctx.Err() != nil {
			break
		}
	}
	t.gone(ctx, records)
	return j.result(ctx)
}

// tails is one run of Tails.
type tails struct {
	*job
	byID map[fileID]*record
	lost []*record // whose file is no more what it was
}

// found is a file of the second search.
type found struct {
	File
	record  *record // what is stored of it; nil: nothing that is known yet
	outside bool    // no glob names it: of use only if it goes on with something
}

// renamed finds files that the second search did not: those that no glob names
// any more, in the folder where they were, by nothing but their identity.
func (t *tails) renamed(files []File, records []*record) []File {
	named := map[string]bool{}
	for _, f := range files {
		named[filepath.Join(f.Base, f.Real)] = true
	}
	here := map[string]bool{} // folders of files that are not there or not the same
	var out []File
	for _, r := range records {
		path := filepath.Join(r.Base, r.Real)
		if id, ok := idAt(r.File); !ok || id != r.id {
			here[filepath.Dir(path)] = true
		} else if !named[path] { // there are too many newer ones
			out = append(out, r.File)
		}
	}
	for _, r := range records {
		dir := filepath.Dir(filepath.Join(r.Base, r.Real))
		if !here[dir] {
			continue
		}
		delete(here, dir)
		out = append(out, t.moved(dir, r, named)...)
	}
	return out
}

// moved finds the files of the book in a folder, that of r, which have other
// names now. What is not found is lost, and told.
func (t *tails) moved(dir string, r *record, named map[string]bool) []File {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	var out []File
	for err == nil {
		var entries []fs.DirEntry
		entries, err = d.ReadDir(batch)
		for _, e := range entries {
			if !e.Type().IsRegular() || named[filepath.Join(dir, e.Name())] {
				continue
			}
			f := File{Path: filepath.Join(dir, e.Name()), Base: r.Base, Real: filepath.Join(filepath.Dir(r.Real), e.Name())}
			if id, ok := idAt(f); ok && t.byID[id] != nil {
				out = append(out, f)
			}
		}
	}
	return out
}

// recognize tells which files are those of the book.
func (t *tails) recognize(ctx context.Context, files []File) []found {
	out := make([]found, 0, len(files))
	for _, f := range files {
		w := found{File: f, outside: f.MTime.IsZero()}
		if id, ok := idAt(f); ok {
			if r := t.byID[id]; r != nil && t.same(ctx, f, r) {
				w.record, r.found = r, true
			}
		}
		if w.record != nil || !w.outside {
			out = append(out, w)
		}
	}
	return out
}

// same reports whether a file with the identity of a record begins with what is
// stored. What cannot be read now is taken for the same.
func (t *tails) same(ctx context.Context, f File, r *record) bool {
	src, err := openLog(f.Base, f.Real)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	defer src.Close()
	fi, err := src.Stat()
	if err != nil {
		return true
	}
	if fi.Size() == r.end && fi.ModTime().Equal(r.MTime) {
		return true
	}
	if r.packed && fi.Size() != r.end {
		return false
	}
	c := plainFile{src, fi.Size()}
	return r.goesOn(ctx, c, c.head(ctx))
}

// file stores what is new of a file.
func (t *tails) file(ctx context.Context, w found, i int) error {
	r := w.record
	if r != nil && r.packed {
		return nil
	}
	o, err := t.open(w.File)
	if err != nil {
		return err
	}
	defer o.src.Close()
	if r == nil {
		r = t.match(ctx, o)
	}
	if r == nil {
		return t.store(ctx, o, part{first: 1}, i)
	}
	if r.Path != w.Path {
		t.opt.Log.Info("log file", runlog.Any("source", "logs/"+t.opt.ID), runlog.Any("note", fmt.Sprintf("%s goes on in %s", r.Path, w.Path)))
	}
	return t.tail(ctx, o, r, i)
}

// match finds the record that a file goes on with that is not known by its
// identity: a copy, or a compressed one.
func (t *tails) match(ctx context.Context, o *opened) *record {
	if len(t.lost) == 0 {
		return nil
	}
	head := o.content.head(ctx)
	for i, r := range t.lost {
		if r.end > 0 && r.goesOn(ctx, o.content, head) {
			t.lost = append(t.lost[:i:i], t.lost[i+1:]...)
			r.found = true
			return r
		}
	}
	return nil
}

// tail stores what a file gained. Ranges and sizes are those of the log, also
// when it was compressed since.
func (t *tails) tail(ctx context.Context, o *opened, r *record, i int) error {
	end, state := r.entry.End()
	if _, packed := o.content.(*gzipFile); !packed && o.info.Size() <= end {
		return nil
	}
	in, err := t.text(ctx, o, &part{from: end, first: r.next, enc: r.enc, after: state}, i)
	if err != nil || in.to == end && !in.truncated {
		return err
	}
	mtime := o.info.ModTime().UTC()
	row := bundles.File{
		SourcePath: r.Path, MTime: &mtime, OriginalSize: &in.size, Ranges: [][2]int64{{in.from, in.to}},
		Encoding: in.enc, FirstLine: in.first, Truncated: in.truncated || in.damaged != "",
	}
	if in.packed {
		row.StoredFrom = "gzip"
	}
	e, err := t.sink.Tail(r.entry, row, in.options(), in.from)
	if err != nil {
		return err
	}
	_, err = t.fill(ctx, e, o, in)
	return err
}

// fresh is how long before its reading a file was written to when it may have
// been written to afterwards as well.
const fresh = time.Minute

// gone tells of files of which the rest is not there any more. One that was not
// being written to had no rest.
func (t *tails) gone(ctx context.Context, records []*record) {
	if ctx.Err() != nil {
		return
	}
	for _, r := range records {
		switch {
		case r.found || r.packed:
		case r.read.Sub(r.MTime) < fresh:
			t.lack(r.Path + ": removed, emptied or replaced since it was first read: what it gained in between is lost")
		default:
			t.remark(r.Path + ": removed or replaced since it was read")
		}
	}
}
