package logs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
)

// TestReportStatus holds the word for what became of the files: partial is only
// where some of them are in the bundle.
func TestReportStatus(t *testing.T) {
	odd := errors.New("odd")
	for want, notes := range map[string][]error{
		bundles.StatusOK:       {nil, errAgain},
		bundles.StatusPartial:  {nil, fs.ErrPermission},
		bundles.StatusDenied:   {fs.ErrPermission, fs.ErrPermission},
		bundles.StatusWithheld: {errBinary, fs.ErrPermission},
		bundles.StatusFailed:   {odd, fs.ErrPermission},
	} {
		r := report{id: "x", log: runlog.New(io.Discard)}
		for _, err := range notes {
			if err := r.note("/a", err); err != nil {
				t.Errorf("%v ends the source", err)
			}
		}
		if got := r.status(context.Background()); got != want {
			t.Errorf("%v: %s, want %s", notes, got, want)
		}
	}
}

// TestReportOnce holds that two globs that find the same file say it once, and
// that the end of a budget names the first file that is missing.
func TestReportOnce(t *testing.T) {
	r := report{id: "x", log: runlog.New(io.Discard)}
	for range 2 {
		r.remark("/p: a named pipe, skipped")
	}
	if err := r.note("/c.log", errBudget); !errors.Is(err, errStop) {
		t.Errorf("the budget is used up, and the source goes on: %v", err)
	}
	want := "/c.log and what is older: " + errBudget.Error() + "; /p: a named pipe, skipped"
	if got := r.words(); got != want || strings.Count(got, "pipe") != 1 {
		t.Errorf("words = %q, want %q", got, want)
	}
}
