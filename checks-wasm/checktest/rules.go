package checktest

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// maxTitle keeps a finding's title on one line of a report.
const maxTitle = 120

var keyRE = regexp.MustCompile(`^[a-z0-9][a-z0-9._:-]*$`)

// checkFinding holds a finding to the rules of the host and of the catalogue.
func checkFinding(t *testing.T, c *check.Check, b *bundles.Bundle, f abi.Finding) {
	t.Helper()
	if !slices.Contains(c.Severities, f.Severity) {
		t.Errorf("%q: severity %s is not declared", f.Title, f.Severity)
	}
	if f.Title == "" || utf8.RuneCountInString(f.Title) > maxTitle || strings.HasSuffix(f.Title, ".") {
		t.Errorf("%q: a title has 1 to %d runes and no final period", f.Title, maxTitle)
	}
	if !keyRE.MatchString(f.Key) {
		t.Errorf("%q: key %q is not of the form %s", f.Title, f.Key, keyRE)
	}
	if f.Severity.Rank() >= abi.Warning.Rank() && len(f.Remedy) == 0 {
		t.Errorf("%q: no remedy", f.Title)
	}
	if len(f.Evidence) == 0 {
		t.Errorf("%q: no evidence", f.Title)
	}
	for _, e := range f.Evidence {
		if err := inBundle(b, e); err != nil {
			t.Errorf("%q: evidence: %v", f.Title, err)
		}
	}
}

// inBundle checks that evidence is there.
func inBundle(b *bundles.Bundle, e abi.Evidence) error {
	f, err := b.FS.Open(e.File)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	switch {
	case e.Offset != nil:
		if *e.Offset < 0 || e.Length <= 0 || *e.Offset+e.Length > int64(len(data)) {
			return fmt.Errorf("%s has no bytes %d+%d", e.File, *e.Offset, e.Length)
		}
		return nil
	case e.Pointer != nil:
		return samePointer(data, e)
	}
	return sameLine(data, e)
}

func samePointer(data []byte, e abi.Evidence) error {
	var doc, want any
	if err := json.Unmarshal(data, &doc); err != nil {
		return err
	}
	if err := json.Unmarshal(e.Value, &want); err != nil {
		return err
	}
	for _, tok := range strings.Split(*e.Pointer, "/")[1:] {
		tok = strings.NewReplacer("~1", "/", "~0", "~").Replace(tok)
		switch v := doc.(type) {
		case map[string]any:
			doc = v[tok]
		case []any:
			i, err := strconv.Atoi(tok)
			if err != nil || i < 0 || i >= len(v) {
				return fmt.Errorf("%s has no %s", e.File, *e.Pointer)
			}
			doc = v[i]
		default:
			return fmt.Errorf("%s has no %s", e.File, *e.Pointer)
		}
	}
	if !reflect.DeepEqual(doc, want) {
		return fmt.Errorf("%s%s is %v, not %v", e.File, *e.Pointer, doc, want)
	}
	return nil
}

func sameLine(data []byte, e abi.Evidence) error {
	lines := strings.Split(string(data), "\n")
	if e.Line < 1 || e.Line > int64(len(lines)) {
		return fmt.Errorf("%s has no line %d", e.File, e.Line)
	}
	var have, want map[string]any
	if err := json.Unmarshal([]byte(lines[e.Line-1]), &have); err != nil {
		return err
	}
	if err := json.Unmarshal(e.Value, &want); err != nil {
		return err
	}
	for k, v := range want {
		if !reflect.DeepEqual(have[k], v) {
			return fmt.Errorf("%s:%d: %s is %v, not %v", e.File, e.Line, k, have[k], v)
		}
	}
	return nil
}
