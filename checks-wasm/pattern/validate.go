//go:build !wasip1

package pattern

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

var fieldRE = regexp.MustCompile(`\{([a-z_]+)\}`)

// maxFinding leaves room on a title's line for count and time.
const maxFinding = 80

// Validate checks what the description of a check does not show: the words, the
// counts, the fields that texts name, and that there are fixtures. File is the
// name of the file, which must be the id's. Known are the formats of the module.
func (p Pattern) Validate(file string, known []scan.Format) error {
	switch {
	case file != p.ID+".json":
		return fmt.Errorf("pattern %q is in file %q: want %s.json", p.ID, file, p.ID)
	case p.Severity.Rank() == 0:
		return fmt.Errorf("pattern %q: severity %q is none of info, warning and critical", p.ID, p.Severity)
	case p.Finding == "" || utf8.RuneCountInString(p.Finding) > maxFinding || strings.HasSuffix(p.Finding, "."):
		return fmt.Errorf("pattern %q: finding has 1 to %d characters and no final period", p.ID, maxFinding)
	case p.Detail == "":
		return fmt.Errorf("pattern %q: detail is missing", p.ID)
	case len(p.Remedy) == 0 && p.Severity != abi.Info:
		return fmt.Errorf("pattern %q: remedy is missing", p.ID)
	case p.MinCount < 0 || p.MinCount > MaxHits:
		return fmt.Errorf("pattern %q: min_count is not 0 to %d", p.ID, MaxHits)
	case len(p.Fixtures.Fire) == 0 || len(p.Fixtures.Pass) == 0:
		return fmt.Errorf("pattern %q: fixtures need lines that fire and lines that pass", p.ID)
	}
	return p.validateFields(known)
}

// validateFields checks that every field which is named can be there.
func (p Pattern) validateFields(known []scan.Format) error {
	formats := p.Used(known)
	if err := scan.Validate(formats, p.Scans(), nil); err != nil {
		return fmt.Errorf("pattern %q: %w", p.ID, err)
	}
	have := p.fields(formats)
	for _, text := range append([]string{p.Finding, p.Detail}, p.Remedy...) {
		for _, m := range fieldRE.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(have, m[1]) {
				return fmt.Errorf("pattern %q: a text names the field {%s}, which no expression gives", p.ID, m[1])
			}
		}
	}
	return nil
}

func (p Pattern) fields(formats []scan.Format) []string {
	var have []string
	add := func(expr string) {
		if re, err := regexp.Compile(expr); err == nil {
			have = append(have, re.SubexpNames()...)
		}
	}
	for _, f := range formats {
		if f.ID == p.Scan.Format {
			add(f.Line)
		}
	}
	for _, a := range p.Scan.Any {
		add(a.Regexp)
	}
	return have
}

// FixtureFile is a path that the search's glob matches.
func (s Search) FixtureFile() string {
	return strings.NewReplacer("**", "C", "*", "x", "?", "x").Replace(s.Logs)
}
