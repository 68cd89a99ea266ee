//go:build !wasip1

// The host validates; in a module the expressions would only be weight.

package abi

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Limits of a describe document.
const (
	MaxChecks     = 500
	MaxInputs     = 500
	MaxIDLen      = 64  // bytes
	MaxTitleRunes = 60  // shown on one line
	MaxGlobLen    = 512 // bytes
	MaxListLen    = 500 // members of any list of a check
	MaxDocLen     = 32 << 10
	MaxURLLen     = 2048
)

// Stages of a check.
const (
	StageLive   = "live"
	StageShadow = "shadow" // runs, but its findings do not count
)

var (
	idForm      = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	versionForm = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8}))?$`)
)

// ValidID reports whether s is an identifier of a check, an input, a module or
// a pack: lower-case words and digits with hyphens, at most MaxIDLen bytes.
func ValidID(s string) bool { return len(s) <= MaxIDLen && idForm.MatchString(s) }

// ParseVersion reads an ABI version like "1.0".
func ParseVersion(s string) (major, minor int, err error) {
	a, b, ok := strings.Cut(s, ".")
	if ok {
		major, err = strconv.Atoi(a)
		if err == nil {
			minor, err = strconv.Atoi(b)
		}
	}
	if !ok || err != nil || major < 0 || minor < 0 {
		return 0, 0, fmt.Errorf("ABI version %q is not of the form 1.0", s)
	}
	return major, minor, nil
}

// Validate checks the document as the host does before it believes any of it:
// forms, lengths, duplicates, and that everything a check or a scan refers to is
// declared. A bare id in ExplainedBy may be a check of another module of the
// pack, which packfile checks. The error names every problem, one a line.
func (d Describe) Validate() error {
	v := &validator{}
	v.version(d.ABI)
	v.id("module", d.Module)
	v.inputs(d.Inputs)
	if err := scan.Validate(d.Formats, d.Scans, d.Series); err != nil {
		v.addf("%w", err)
	}
	names := d.names()
	for _, s := range d.Scans {
		v.refs("scan "+strconv.Quote(s.ID), "input", []string{s.Input}, names.inputs)
	}
	v.checks(d.Checks, names)
	return errors.Join(v.errs...)
}

// names are the identifiers that a document declares.
type names struct{ inputs, scans, series []string }

func (d Describe) names() names {
	var n names
	for _, in := range d.Inputs {
		n.inputs = append(n.inputs, in.ID)
	}
	for _, s := range d.Scans {
		n.scans = append(n.scans, s.ID)
	}
	for _, s := range d.Series {
		n.series = append(n.series, s.ID)
	}
	return n
}

// validator collects problems.
type validator struct{ errs []error }

// maxProblems bounds the error of Validate.
const maxProblems = 50

func (v *validator) addf(format string, args ...any) {
	switch n := len(v.errs); {
	case n < maxProblems:
		v.errs = append(v.errs, fmt.Errorf(format, args...))
	case n == maxProblems:
		v.errs = append(v.errs, errors.New("and more"))
	}
}

func (v *validator) version(s string) {
	major, minor, err := ParseVersion(s)
	switch {
	case err != nil:
		v.addf("%w", err)
	case major != Major || minor > Minor:
		v.addf("module speaks ABI %s, this program speaks %s", s, Version)
	}
}

func (v *validator) id(what, id string) {
	if !ValidID(id) {
		v.addf("%s %q: the name is not of lower-case words with hyphens", what, id)
	}
}

func (v *validator) inputs(inputs []Input) {
	if len(inputs) > MaxInputs {
		v.addf("%d inputs are more than %d", len(inputs), MaxInputs)
		return
	}
	seen := map[string]bool{}
	for _, in := range inputs {
		v.id("input", in.ID)
		if seen[in.ID] {
			v.addf("input %q is declared twice", in.ID)
		}
		seen[in.ID] = true
		if !validGlob(in.Glob) {
			v.addf("input %q: %q is not a relative path with *, ? or **", in.ID, in.Glob)
		}
	}
}

func validGlob(g string) bool {
	return g != "" && len(g) <= MaxGlobLen && clean(g, false) &&
		!path.IsAbs(g) && path.Clean(g) == g && g != ".." && !strings.HasPrefix(g, "../")
}

func (v *validator) checks(checks []Check, n names) {
	if len(checks) == 0 || len(checks) > MaxChecks {
		v.addf("%d checks: a module has 1 to %d", len(checks), MaxChecks)
		return
	}
	seen := map[string]bool{}
	for _, c := range checks {
		if seen[c.ID] {
			v.addf("check %q is declared twice", c.ID)
		}
		seen[c.ID] = true
		v.check(c, n)
	}
}

func (v *validator) check(c Check, n names) {
	what := "check " + strconv.Quote(c.ID)
	v.id("check", c.ID)
	if c.Rev < 1 {
		v.addf("%s: revision %d is below 1", what, c.Rev)
	}
	v.words(what, c)
	v.severities(what, c.Severities)
	v.refs(what, "input", c.Inputs, n.inputs)
	v.refs(what, "scan", c.Scans, n.scans)
	v.refs(what, "series", c.Series, n.series)
	v.names(what, "role", c.Roles)
	v.names(what, "operating system", c.OS)
	v.names(what, "deployment", c.Deployments)
	v.names(what, "replaced check", c.Replaces)
	v.causes(what, c)
}

// words checks what people read.
func (v *validator) words(what string, c Check) {
	switch {
	case c.Title == "" || utf8.RuneCountInString(c.Title) > MaxTitleRunes || !clean(c.Title, false):
		v.addf("%s: the title is not one line of 1 to %d characters", what, MaxTitleRunes)
	case strings.HasSuffix(c.Title, "."):
		v.addf("%s: the title ends with a period", what)
	}
	if strings.TrimSpace(c.Doc) == "" || len(c.Doc) > MaxDocLen || !clean(c.Doc, true) {
		v.addf("%s: the doc is not text of 1 to %d bytes", what, MaxDocLen)
	}
	if c.URL != "" && !validURL(c.URL) {
		v.addf("%s: %q is not an https address", what, c.URL)
	}
	if c.Since != "" && !versionForm.MatchString(c.Since) {
		v.addf("%s: since %q is not a version", what, c.Since)
	}
	if c.Stage != "" && c.Stage != StageLive && c.Stage != StageShadow {
		v.addf("%s: stage %q is neither %s nor %s", what, c.Stage, StageLive, StageShadow)
	}
}

func (v *validator) severities(what string, list []Severity) {
	if len(list) == 0 {
		v.addf("%s: no severity is declared", what)
	}
	for i, s := range list {
		if s.Rank() == 0 {
			v.addf("%s: severity %q is unknown", what, s)
		}
		if slices.Contains(list[:i], s) {
			v.addf("%s: severity %q is declared twice", what, s)
		}
	}
}

// refs checks that every member of list is declared, once.
func (v *validator) refs(what, kind string, list, declared []string) {
	if len(list) > MaxListLen {
		v.addf("%s: %d of %s are more than %d", what, len(list), kind, MaxListLen)
		return
	}
	for i, id := range list {
		if !slices.Contains(declared, id) {
			v.addf("%s: %s %q is not declared", what, kind, id)
		}
		if slices.Contains(list[:i], id) {
			v.addf("%s: %s %q is named twice", what, kind, id)
		}
	}
}

// names checks identifiers that nothing in the document declares.
func (v *validator) names(what, kind string, list []string) {
	if len(list) > MaxListLen {
		v.addf("%s: %d of %s are more than %d", what, len(list), kind, MaxListLen)
		return
	}
	for _, id := range list {
		v.id(what+": "+kind, id)
	}
}

func (v *validator) causes(what string, c Check) {
	if len(c.ExplainedBy) > MaxListLen {
		v.addf("%s: %d causes are more than %d", what, len(c.ExplainedBy), MaxListLen)
		return
	}
	for _, cause := range c.ExplainedBy {
		pack, id, qualified := strings.Cut(cause.Check, "/")
		if !qualified {
			pack, id = "x", cause.Check
		}
		if !ValidID(pack) || !ValidID(id) {
			v.addf("%s: explained_by %q is neither check nor pack/check", what, cause.Check)
		}
		if cause.Check == c.ID {
			v.addf("%s explains itself", what)
		}
	}
}

func validURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= MaxURLLen && clean(s, false) && u.Scheme == "https" && u.Host != "" && u.User == nil
}

// clean reports whether s is valid UTF-8 without control characters and without
// the marks that reorder or hide text. Lines and tabs are allowed on request.
func clean(s string, lines bool) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if lines && (r == '\n' || r == '\t') {
			continue
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return false
		}
	}
	return true
}
