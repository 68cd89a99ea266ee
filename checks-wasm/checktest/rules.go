package checktest

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// maxTitle keeps a finding's title on one line of a report.
const maxTitle = 120

var keyRE = regexp.MustCompile(`^[a-z0-9][a-z0-9._:-]*$`)

// checkFindings holds findings to the rules of the host and of the catalogue.
func checkFindings(c *check.Check, b *bundles.Bundle, findings []abi.Finding) []string {
	var problems []string
	for _, f := range findings {
		for _, problem := range append(words(c, f), evidence(b, f)...) {
			problems = append(problems, fmt.Sprintf("%q: %s", f.Title, problem))
		}
		// The SDK puts a number behind the key of another finding.
		if key, _, again := strings.Cut(f.Key, "~"); again {
			problems = append(problems, fmt.Sprintf("%q: key %q is not unique", f.Title, key))
		}
	}
	return problems
}

func words(c *check.Check, f abi.Finding) []string {
	var problems []string
	if !slices.Contains(c.Severities, f.Severity) {
		problems = append(problems, fmt.Sprintf("severity %s is not declared", f.Severity))
	}
	if f.Title == "" || utf8.RuneCountInString(f.Title) > maxTitle || strings.HasSuffix(f.Title, ".") {
		problems = append(problems, fmt.Sprintf("a title has 1 to %d runes and no final period", maxTitle))
	}
	if !keyRE.MatchString(f.Key) {
		problems = append(problems, fmt.Sprintf("key %q is not of the form %s", f.Key, keyRE))
	}
	if f.Severity.Rank() >= abi.Warning.Rank() && len(f.Remedy) == 0 {
		problems = append(problems, "no remedy")
	}
	return problems
}

func evidence(b *bundles.Bundle, f abi.Finding) []string {
	if len(f.Evidence) == 0 {
		return []string{"no evidence"}
	}
	var problems []string
	for _, e := range f.Evidence {
		if err := inBundle(b, e); err != nil {
			problems = append(problems, fmt.Sprintf("evidence: %v", err))
		}
	}
	return problems
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
	doc, err := bundles.DecodeValue(data)
	if err != nil {
		return err
	}
	want, err := bundles.DecodeValue(e.Value)
	if err != nil {
		return err
	}
	got, ok := bundles.ValueAt(doc, *e.Pointer)
	switch {
	case !ok:
		return fmt.Errorf("%s has no %s", e.File, *e.Pointer)
	case !bundles.EqualValues(got, want):
		return fmt.Errorf("%s%s is %v, not %v", e.File, *e.Pointer, got, want)
	}
	return nil
}

func sameLine(data []byte, e abi.Evidence) error {
	lines := strings.Split(string(data), "\n")
	if e.Line < 1 || e.Line > int64(len(lines)) {
		return fmt.Errorf("%s has no line %d", e.File, e.Line)
	}
	if line := lines[e.Line-1]; !bundles.HasMembers([]byte(line), e.Value) {
		return fmt.Errorf("%s:%d: %s does not have %s", e.File, e.Line, line, e.Value)
	}
	return nil
}
