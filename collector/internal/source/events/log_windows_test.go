package events

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/asrdiag/asrdiag/collector/profiles"
)

// TestSystem asks the real event log. Wine's gives neither records nor errors.
func TestSystem(t *testing.T) {
	e := profiles.Event{Provider: "Microsoft-Windows-Kernel-General", IDs: []int{12, 13}}
	list, err := system("System", Expression(e), 5)
	if errors.Is(err, errSilent) {
		t.Skip("skipped: there is no event log here: ", err)
	}
	if err != nil || len(list) > 5 {
		t.Errorf("%d records, %v", len(list), err)
	}
	for _, text := range list {
		if r, err := Parse(text); err != nil || r.Provider != e.Provider {
			t.Errorf("%+v, %v\n%s", r, err, text)
		}
	}
	if _, err := system("No such channel", Expression(e), 5); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a channel that is not there: %v", err)
	}
}
