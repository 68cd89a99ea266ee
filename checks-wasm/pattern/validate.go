//go:build !wasip1

package pattern

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

var fieldRE = regexp.MustCompile(`\{(?:all )?([a-z_]+)\}`)

// maxFinding leaves room on a title's line for count and time.
const maxFinding = 80

// Validate checks what the description of a check does not show: the words, the
// counts, the fields that texts name, and that there are fixtures. File is the
// name of the file, which must be the id's. Known is what the module knows.
func (p Pattern) Validate(file string, known Known) error {
	switch {
	case file != p.ID+".json":
		return fmt.Errorf("pattern %q is in file %q: want %s.json", p.ID, file, p.ID)
	case p.Severity.Rank() == 0:
		return fmt.Errorf("pattern %q: severity %q is none of info, warning and critical", p.ID, p.Severity)
	case p.Kinds && p.By == "":
		return fmt.Errorf("pattern %q: kinds needs by", p.ID)
	case p.Output.Program != "" && (p.Output.One == "" || p.Output.Many == "" || p.By != ""):
		return fmt.Errorf("pattern %q: output needs one and many, and has no by", p.ID)
	case p.Output.Program == "" && len(p.Same.In) > 0, len(p.Same.In) > 0 && (p.Same.Text == "" || p.Same.Says == ""):
		return fmt.Errorf("pattern %q: same is for outputs, and needs text and says", p.ID)
	case p.MaxFindings < 0 || p.MaxFindings > MaxBy:
		return fmt.Errorf("pattern %q: max_findings is not 0 to %d", p.ID, MaxBy)
	case len(p.Fixtures.Fire) == 0 || len(p.Fixtures.Pass) == 0:
		return fmt.Errorf("pattern %q: fixtures need lines that fire and lines that pass", p.ID)
	case p.Detail == "" && len(p.Faults) == 0:
		return fmt.Errorf("pattern %q: detail is missing", p.ID)
	}
	var ids []string
	for i, f := range p.Each() {
		if len(p.Faults) > 0 && (!faultID.MatchString(f.ID) || slices.Contains(ids, f.ID)) {
			return fmt.Errorf("pattern %q: fault %d: id %q is no word of its own", p.ID, i+1, f.ID)
		}
		ids = append(ids, f.ID)
		if err := p.validateFault(f); err != nil {
			return err
		}
	}
	return p.validateFields(known)
}

var faultID = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// validateFault checks one fault, filled with what it leaves to the pattern.
func (p Pattern) validateFault(f Fault) error {
	name := fmt.Sprintf("pattern %q", p.ID)
	if f.ID != "" {
		name += fmt.Sprintf(", fault %q", f.ID)
	}
	switch {
	case f.Severity.Rank() == 0:
		return fmt.Errorf("%s: severity %q is none of info, warning and critical", name, f.Severity)
	case f.Finding == "" || utf8.RuneCountInString(f.Finding) > maxFinding || strings.HasSuffix(f.Finding, "."):
		return fmt.Errorf("%s: finding has 1 to %d characters and no final period", name, maxFinding)
	case f.Detail == "":
		return fmt.Errorf("%s: detail is missing", name)
	case len(f.Remedy) == 0 && len(p.RemedyOn) == 0 && f.Severity != abi.Info:
		return fmt.Errorf("%s: remedy is missing", name)
	case f.MinCount < 0 || f.MinCount > MaxHits:
		return fmt.Errorf("%s: min_count is not 0 to %d", name, MaxHits)
	case f.Share.Failed == "" && f.Share != (Share{}), f.Share.Failed != "" && (f.Share.Succeeded == "" || f.Share.None == (f.Share.Over > 0) || f.Share.Over >= 1):
		return fmt.Errorf("%s: share needs the fields failed and succeeded, and none or an over between 0 and 1", name)
	}
	for _, s := range append([]Search{f.Scan}, f.Also...) {
		if s.Signature != "" && (s.Logs != "" || s.Format != "" || len(s.Any) > 0 || len(s.Where) > 0) {
			return fmt.Errorf("%s: a search with a signature has no logs, format, any and where", name)
		}
	}
	return nil
}

// validateFields checks that every field which is named can be there.
func (p Pattern) validateFields(known Known) error {
	plan, err := p.Plan(known)
	if err != nil {
		return err
	}
	if err := scan.Validate(plan.Formats, plan.Scans, nil); err != nil {
		return fmt.Errorf("pattern %q: %w", p.ID, err)
	}
	for _, r := range plan.Rules {
		have := p.names(r, plan.Formats)
		fields := slices.Concat(slices.Collect(maps.Keys(r.When)), []string{r.By, r.Share.Failed, r.Share.Succeeded})
		for _, field := range fields {
			if field != "" && !slices.Contains(have, field) {
				return fmt.Errorf("pattern %q: no group gives a field %q", p.ID, field)
			}
		}
		for _, text := range p.texts(r) {
			for _, m := range fieldRE.FindAllStringSubmatch(text, -1) {
				if !slices.Contains(have, m[1]) {
					return fmt.Errorf("pattern %q: a text names the field {%s}, which no expression gives", p.ID, m[1])
				}
			}
		}
	}
	return nil
}

// texts are those in which a fault's fields can stand.
func (p Pattern) texts(r Rule) []string {
	list := slices.Concat([]string{p.Same.Text, r.Subject, r.Finding, r.Detail, r.Share.Fine}, r.More, r.Remedy)
	for _, steps := range p.RemedyOn {
		list = append(list, steps...)
	}
	return list
}

// names are what texts of a fault can name.
func (p Pattern) names(r Rule, formats []scan.Format) []string {
	have := append(slices.Collect(maps.Keys(p.Settings)), "line")
	if p.Kinds {
		have = append(have, "kind")
	}
	if r.Share.Failed != "" {
		have = append(have, "failed", "total", "share")
	}
	add := func(expr string) {
		if re, err := regexp.Compile(expr); err == nil {
			have = append(have, re.SubexpNames()...)
		}
	}
	for _, find := range r.Finds {
		for _, f := range formats {
			if f.ID == find.Scan.Format {
				add(f.Line)
			}
		}
		for _, a := range find.Scan.Any {
			add(a.Regexp)
		}
	}
	return have
}

// FixtureFile is a path that a glob matches.
func FixtureFile(glob string) string {
	return strings.NewReplacer("**", "C", "*", "x", "?", "x").Replace(glob)
}
