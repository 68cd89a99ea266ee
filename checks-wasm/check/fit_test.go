package check

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// A finding of whatever a bundle holds stays within what the host takes.
func TestFit(t *testing.T) {
	f := Finding{Title: strings.Repeat("ä", maxTitle), Subject: strings.Repeat("x", maxText), Detail: strings.Repeat("ö", maxText), Remedy: []string{"short", strings.Repeat("y", maxText)}}
	for range 3 * maxEvidence {
		f.Evidence = append(f.Evidence, abi.Evidence{File: "facts/x.json", Value: json.RawMessage(`1`)})
	}
	long := append(json.RawMessage(`"`), append(bytes.Repeat([]byte("z"), maxText), '"')...)
	f.Evidence[0].Value = long
	given := f.Remedy[1]
	got := fit(f)
	line, err := json.Marshal(got)
	if err != nil || len(line) > 64<<10 {
		t.Errorf("a line of %d bytes, %v", len(line), err)
	}
	if len(got.Evidence) != maxEvidence || len(got.Evidence[0].Value) != 1 {
		t.Errorf("%d pieces of evidence, the first of %d bytes", len(got.Evidence), len(got.Evidence[0].Value))
	}
	for _, text := range append([]string{got.Title, got.Subject, got.Detail}, got.Remedy[1:]...) {
		if !utf8.ValidString(text) || !strings.HasSuffix(text, " ...") {
			t.Errorf("cut to %q", text[max(0, len(text)-10):])
		}
	}
	if got.Remedy[0] != "short" || f.Remedy[1] != given {
		t.Error("what fits was changed, or the check's own list was")
	}
	if whole := cutText("as it is", 8); whole != "as it is" {
		t.Errorf("cut to %q", whole)
	}
}

// Values that are small alone are cut off where they are too much together.
func TestFitSumOfValues(t *testing.T) {
	value := append(json.RawMessage(`"`), append(bytes.Repeat([]byte("z"), maxText-2), '"')...)
	var list []abi.Evidence
	for range 9 {
		list = append(list, abi.Evidence{File: "x", Value: value})
	}
	if got := fitEvidence(list); len(got) != 4 {
		t.Errorf("%d pieces kept, want 4", len(got))
	}
}

func TestFitRows(t *testing.T) {
	small := [][]string{{"a", "b"}, {"c", ""}}
	if got := fitRows(small); len(got) != 2 || got[1][0] != "c" {
		t.Errorf("rows that fit became %q", got)
	}
	var rows [][]string
	for range 1200 {
		rows = append(rows, []string{"logs/x", strings.Repeat("denied ", 200)})
	}
	got := fitRows(rows)
	line, err := json.Marshal(abi.Exhibit{Columns: []string{"source", "error"}, Rows: got})
	if err != nil || len(line) > 64<<10 || len(got) < 10 || len(got) > 1000 {
		t.Errorf("%d rows, a line of %d bytes, %v", len(got), len(line), err)
	}
	last := got[len(got)-1]
	if want := Number(int64(len(rows)-len(got)+1)) + " more"; len(last) != 2 || last[0] != want {
		t.Errorf("the last row is %q, want %q", last, want)
	}
}
