package logs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// Most notes of one source.
const (
	maxNotes  = 10  // in its row
	maxLogged = 200 // in collect.log
)

// report is what a source says about what it did not copy.
type report struct {
	id    string
	log   *runlog.Log
	book  *Book
	notes []string // what is lacking
	more  int      // notes that are not in notes
	// remarks are of what is not copied and not lacking either.
	remarks     []string
	moreRemarks int
	logged      int
	// denied and withheld count files, to tell the status of the source.
	denied, withheld, stored int
	other                    bool // something else is lacking
}

// note notes what went wrong with a file. The error is for what ends the source.
func (r *report) note(path string, err error) error {
	switch {
	case err == nil:
		r.stored++
	case errors.Is(err, errAgain):
		r.stored++
		r.remark(path + ": " + err.Error())
	case errors.Is(err, errUnfinished):
		r.stored++ // the tails have it
	case errors.Is(err, fs.ErrNotExist): // rotated away meanwhile
		r.lack(path + ": gone")
	case errors.Is(err, fs.ErrPermission):
		r.deny(path)
	case errors.Is(err, errBinary), errors.Is(err, errPrivate):
		r.withheld++
		r.say(path + ": " + err.Error())
	case errors.Is(err, store.ErrFull), errors.Is(err, store.ErrNoSpace), errors.Is(err, store.ErrShare), errors.Is(err, errBudget):
		r.lack(path + " and what is older: " + err.Error())
		return errStop
	case errors.Is(err, store.ErrRevoked):
		return err
	default:
		r.lack(fmt.Sprintf("%s: %v", path, err))
	}
	return nil
}

// say adds to the row and to collect.log.
func (r *report) say(s string) {
	r.write(runlog.LevelWarn, s)
	switch {
	case slices.Contains(r.notes, s), r.book != nil && r.book.noted(r.id, s):
	case len(r.notes) < maxNotes:
		r.notes = append(r.notes, s)
	default:
		r.more++
	}
}

func (r *report) write(level runlog.Level, s string) {
	if r.logged++; r.logged <= maxLogged {
		r.log.Log(level, "log file", runlog.Any("source", "logs/"+r.id), runlog.Any("note", s))
	}
}

func (r *report) lack(s string) {
	r.other = true
	r.say(s)
}

func (r *report) deny(path string) {
	r.denied++
	r.say(path + ": permission denied")
}

// remark tells of something that does not make the source less than ok.
func (r *report) remark(s string) {
	r.write(runlog.LevelInfo, s)
	switch {
	case slices.Contains(r.remarks, s), r.book != nil && r.book.noted(r.id, s):
	case len(r.remarks) < maxNotes:
		r.remarks = append(r.remarks, s)
	default:
		r.moreRemarks++
	}
}

// words are the notes and then the remarks.
func (r *report) words() string {
	out := slices.Clone(r.notes)
	if r.more > 0 {
		out = append(out, fmt.Sprintf("and %d more like these", r.more))
	}
	out = append(out, r.remarks...)
	if r.moreRemarks > 0 {
		out = append(out, fmt.Sprintf("and %d more that were passed over", r.moreRemarks))
	}
	return strings.Join(out, "; ")
}

// result is the error that gives the source its status.
func (r *report) result(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		r.lack("not all files were read: " + err.Error())
	}
	status := r.status(ctx)
	if status == bundles.StatusOK && len(r.remarks) == 0 {
		return nil
	}
	return &source.Problem{Status: status, Err: errors.New(r.words())}
}

func (r *report) status(ctx context.Context) string {
	lacking := r.other || r.denied+r.withheld > 0
	switch {
	case !lacking:
		return bundles.StatusOK
	case r.stored > 0:
		return bundles.StatusPartial
	case r.other && ctx.Err() != nil:
		return bundles.StatusTimeout
	case r.other:
		return bundles.StatusFailed
	case r.withheld > 0:
		return bundles.StatusWithheld
	}
	return bundles.StatusDenied
}
