package analyzer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/analyzer/internal/archive"
	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
)

// Inner is a bundle in an archive that holds several, or what should be one.
type Inner struct {
	Name  string `json:"name"`            // in the archive
	Error *Error `json:"error,omitempty"` // why it cannot be opened

	// Where a worker unpacked it to, and what it found about it. Names of files
	// need not be UTF-8.
	Path     []byte            `json:"path,omitempty"`
	Dir      []byte            `json:"dir,omitempty"`
	SHA256   string            `json:"sha256,omitempty"`
	Problems []bundles.Problem `json:"problems,omitempty"`
	Notes    []string          `json:"notes,omitempty"`
}

// severalError lists the bundles of an archive.
func severalError(name string, several *archive.SeveralError) *Error {
	var names []string
	e := errorf(CodeSeveral, "", "open %q: %v", name, several)
	e.Notes = several.Notes
	for _, in := range several.Inner {
		i := Inner{
			Name: in.Name, Path: []byte(in.Path), Dir: []byte(in.Dir), SHA256: in.SHA256, Problems: in.Problems, Notes: in.Notes,
		}
		if in.Err != nil {
			i.Error = openError(name+": "+in.Name, in.Err)
		} else {
			names = append(names, in.Name)
		}
		e.Inner = append(e.Inner, i)
	}
	e.Hint = oneOf(names)
	return e
}

// oneOf is the hint that names bundles to choose from.
func oneOf(names []string) string {
	const most = 5
	if len(names) == 0 {
		return nameHint
	}
	more := ""
	if len(names) > most {
		names, more = names[:most], " ..."
	}
	return "name one of them with --inner: " + strings.Join(names, ", ") + more
}

// reopen opens a bundle that another job found in the archive that the user
// knows as path.
func (in *Inner) reopen(path string, keys archive.Unlocker) (*bundles.Bundle, Integrity, error) {
	a, err := archive.Reopen(archive.Inner{
		Name: in.Name, Path: string(in.Path), Dir: string(in.Dir), SHA256: in.SHA256, Problems: in.Problems, Notes: in.Notes,
	}, keys)
	if err != nil {
		return nil, Integrity{}, openError(path+": "+in.Name, err)
	}
	return bundleIn(a, path)
}

// within reports whether the place that a worker named is one where it may have
// put something: the file itself, what is in it, or the job's folder.
func (in *Inner) within(places ...string) bool {
	for _, p := range places {
		if rel, err := filepath.Rel(p, string(in.Path)); err == nil && filepath.IsLocal(rel) {
			return true
		}
	}
	return false
}

// place is where the bundle lies, for its size: in the file, or unpacked from it.
func (in *Inner) place(file string) string {
	if in == nil || len(in.Path) == 0 {
		return file
	}
	return string(in.Path)
}

// Answer is what became of one bundle: a report or an *Error.
type Answer struct {
	Inner  string // name of the bundle in its archive; empty: it is the archive
	Report *report.Report
	Err    error
}

// AnalyzeAll gives an answer for every bundle in a file or folder: one, unless
// it holds several, which are then analyzed side by side. Notes say what else
// was in it. The answers are in the order of the names.
func (p *Pool) AnalyzeAll(ctx context.Context, j AnalyzeJob) (answers []Answer, notes []string) {
	temp := tempDir()
	defer os.RemoveAll(temp)
	r, err := p.analyzeIn(ctx, j, temp, nil)
	var several *Error
	if !errors.As(err, &several) || several.Code != CodeSeveral || len(several.Inner) == 0 {
		return []Answer{{Report: r, Err: err}}, nil
	}
	answers = make([]Answer, len(several.Inner))
	j.Progress, j.Several = nil, len(several.Inner) > 1 // of one bundle
	var wait sync.WaitGroup
	for i := range several.Inner {
		in := &several.Inner[i]
		answers[i].Inner = in.Name
		switch {
		case in.Error != nil:
			answers[i].Err = in.Error
			continue
		case !in.within(temp, j.Path):
			answers[i].Err = errorf(CodeInternal, internalHint, "open %q: the worker process names a place that is not its own", j.Path)
			continue
		}
		wait.Go(func() { answers[i].Report, answers[i].Err = p.analyzeIn(ctx, j, temp, in) })
	}
	wait.Wait()
	return answers, several.Notes
}
