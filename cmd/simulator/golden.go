package simulator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// summaryOf is a report in a few lines that are alike in every run: the verdict,
// and the findings above info, causes first. Information that the incident wants
// is among them, other is not: it speaks of the machine beneath, too.
func (v Verdict) summaryOf(r *report.Report, vars Vars) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s\n", r.Verdict.State, masked(r.Verdict.Headline))
	var before []string
	for _, f := range ordered(r) {
		l := masked(line(f))
		if f.State == abi.StateRecovered {
			l += " (recovered)"
		}
		if v.shows(f, vars) && !slices.Contains(before, l) {
			before = append(before, l)
			fmt.Fprintln(&out, l)
		}
	}
	return out.String()
}

func (v Verdict) shows(f report.Finding, vars Vars) bool {
	return f.Severity != abi.Info || slices.ContainsFunc(v.Wanted, func(w Wanted) bool {
		w.File, w.Text = vars.Expand(w.File), vars.Expand(w.Text)
		return w.is(f)
	})
}

// Times and numbers differ from run to run, and with them the units of times and
// whether some checks could not answer.
var (
	momentRE = regexp.MustCompile(`(\d{4}-\d\d-\d\d )?\d\d:\d\d(:\d\d)?Z`)
	numberRE = regexp.MustCompile(`\b0x[0-9a-f]+\b|\b[0-9a-fA-F]{8}(-[0-9a-fA-F-]{27})?\b|\d+([.,:]\d+)*`)
	spanRE   = regexp.MustCompile(`# (d|h|min|s)\b( # (d|h|min|s)\b)*`)
	onceRE   = regexp.MustCompile(`# time\b`)
	openRE   = regexp.MustCompile(`; # more could not answer$`)
)

func masked(text string) string {
	text = momentRE.ReplaceAllString(text, "TIME")
	text = numberRE.ReplaceAllStringFunc(text, func(n string) string {
		if strings.HasPrefix(n, "0x") { // a code, which is always the same
			return n
		}
		return "#"
	})
	text = spanRE.ReplaceAllString(text, "SPAN")
	text = onceRE.ReplaceAllString(text, "# times")
	return openRE.ReplaceAllString(text, "")
}

// golden compares the summary with the one in the tree, or writes it. The caller
// has seen that everything that is expected holds.
func (o Options) golden(name, text string) []string {
	path := filepath.Join(o.Golden, name+".txt")
	if o.Update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return []string{err.Error()}
		}
		return nil
	}
	want, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []string{"there is no golden report; -update writes it:\n" + text}
	case err != nil:
		return []string{err.Error()}
	case string(want) != text:
		return []string{fmt.Sprintf("the report is not the golden one; -update writes it\nhave:\n%swant:\n%s", text, want)}
	}
	return nil
}
