package checktest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// wantFinding is an expected finding.
type wantFinding struct {
	line     string // as written
	file     string // evidence, with its line; empty: any
	fileLine int64
	severity abi.Severity
	state    string
	re       *regexp.Regexp
}

// want is the parsed file of that name.
type want struct {
	findings []wantFinding
	outcome  abi.Outcome
	reason   *regexp.Regexp
}

var wantRE = regexp.MustCompile(`^(?:((?:facts|logs|metrics)/.*?|\S+):(\d+) )?([a-z_]+)(?: (ongoing|recovered|unknown))?(?: (".*"))?$`)

func parseWant(text string) (want, error) {
	var w want
	for _, l := range strings.Split(text, "\n") {
		if l = strings.TrimSpace(l); l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		if err := w.add(l); err != nil {
			return w, fmt.Errorf("want: line %q: %w", l, err)
		}
	}
	if w.outcome == "" {
		if len(w.findings) == 0 {
			return w, fmt.Errorf("want: no expectation")
		}
		w.outcome = abi.OutcomeFindings
	}
	return w, nil
}

func (w *want) add(l string) error {
	m := wantRE.FindStringSubmatch(l)
	if m == nil {
		return fmt.Errorf("not an expectation")
	}
	re, err := quotedRE(m[5])
	if err != nil {
		return err
	}
	switch word := m[3]; abi.Outcome(word) {
	case abi.OutcomePass, abi.OutcomeNotApplicable, abi.OutcomeInsufficient, abi.OutcomeError:
		w.outcome, w.reason = abi.Outcome(word), re
		return nil
	}
	f := wantFinding{line: l, file: m[1], severity: abi.Severity(m[3]), state: m[4], re: re}
	f.fileLine, _ = strconv.ParseInt(m[2], 10, 64)
	if f.severity.Rank() == 0 || re == nil {
		return fmt.Errorf("want a severity and a quoted expression")
	}
	w.findings = append(w.findings, f)
	return nil
}

func quotedRE(quoted string) (*regexp.Regexp, error) {
	if quoted == "" {
		return nil, nil
	}
	text, err := strconv.Unquote(quoted)
	if err != nil {
		text = strings.Trim(quoted, `"`) // an expression with its own backslashes
	}
	return regexp.Compile(text)
}

// compare lists the differences.
func (w want) compare(got Output) []string {
	var problems []string
	left := slices.Clone(got.Findings)
	for _, f := range w.findings {
		i := slices.IndexFunc(left, f.matches)
		if i < 0 {
			problems = append(problems, fmt.Sprintf("no finding for: %s", f.line))
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, f := range left {
		problems = append(problems, fmt.Sprintf("unexpected finding: %s %q", f.Severity, f.Title))
	}
	if got.Status.Outcome != w.outcome {
		problems = append(problems, fmt.Sprintf("outcome %s %q, want %s", got.Status.Outcome, got.Status.Reason, w.outcome))
	}
	if w.reason != nil && !w.reason.MatchString(got.Status.Reason) {
		problems = append(problems, fmt.Sprintf("reason %q does not match %q", got.Status.Reason, w.reason))
	}
	return problems
}

func (f wantFinding) matches(got abi.Finding) bool {
	return got.Severity == f.severity &&
		(f.state == "" || got.State == f.state) &&
		f.re.MatchString(got.Title+"\n"+got.Detail) &&
		(f.file == "" || slices.ContainsFunc(got.Evidence, func(e abi.Evidence) bool {
			return e.File == f.file && e.Line == f.fileLine
		}))
}
