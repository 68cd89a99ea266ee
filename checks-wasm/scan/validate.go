//go:build !wasip1

package scan

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"unicode/utf8"
)

// Limits of declarations.
const (
	maxID       = 80  // bytes
	maxPatterns = 100 // alternatives of a scan
)

// Validate checks declarations: form and uniqueness of ids, expressions,
// layouts, references to formats and fields, and limits. Whether the inputs of
// scans exist is for the caller to check.
func Validate(formats []Format, scans []Scan, series []Series) error {
	byID, err := compileFormats(formats)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, s := range scans {
		if err := checkID("scan", s.ID, seen); err != nil {
			return err
		}
		if err := s.validate(byID); err != nil {
			return fmt.Errorf("scan %q: %w", s.ID, err)
		}
	}
	seen = map[string]bool{}
	for _, s := range series {
		if err := checkID("series", s.ID, seen); err != nil {
			return err
		}
		if err := s.validate(); err != nil {
			return fmt.Errorf("series %q: %w", s.ID, err)
		}
	}
	return nil
}

func compileFormats(formats []Format) (map[string]*LineFormat, error) {
	seen := map[string]bool{}
	out := map[string]*LineFormat{}
	for _, f := range formats {
		if err := checkID("format", f.ID, seen); err != nil {
			return nil, err
		}
		lf, err := CompileFormat(f)
		if err != nil {
			return nil, err
		}
		out[f.ID] = lf
	}
	return out, nil
}

func checkID(kind, id string, seen map[string]bool) error {
	if !validID(id) {
		return fmt.Errorf("%s id %q is not lower-case words with hyphens of at most %d bytes", kind, id, maxID)
	}
	if seen[id] {
		return fmt.Errorf("%s id %q is used twice", kind, id)
	}
	seen[id] = true
	return nil
}

// validID accepts words of lower-case letters and digits, joined by hyphens;
// the first begins with a letter.
func validID(id string) bool {
	if id == "" || len(id) > maxID || id[0] < 'a' || id[0] > 'z' {
		return false
	}
	for i := 0; i < len(id); i++ {
		c := id[i]
		word := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		hyphen := c == '-' && id[i-1] != '-' && i+1 < len(id)
		if !word && !hyphen {
			return false
		}
	}
	return true
}

func (s Scan) validate(formats map[string]*LineFormat) error {
	if s.Input == "" {
		return fmt.Errorf("input is missing")
	}
	if s.Context < 0 || s.Context > MaxContext {
		return fmt.Errorf("context is %d, want 0 to %d", s.Context, MaxContext)
	}
	if s.MaxHits < 0 || s.MaxHits > MaxMaxHits {
		return fmt.Errorf("max_hits is %d, want 0 to %d", s.MaxHits, MaxMaxHits)
	}
	if len(s.Any) == 0 || len(s.Any) > maxPatterns {
		return fmt.Errorf("any has %d patterns, want 1 to %d", len(s.Any), maxPatterns)
	}
	fields := map[string]bool{}
	if s.Format != "" {
		f, ok := formats[s.Format]
		if !ok {
			return fmt.Errorf("format %q is not declared", s.Format)
		}
		addNames(fields, f.fields)
	}
	for i, p := range s.Any {
		re, err := p.validate()
		if err != nil {
			return fmt.Errorf("pattern %d: %w", i+1, err)
		}
		if re != nil {
			addNames(fields, namedGroups(re))
		}
	}
	return s.checkFields(fields)
}

func addNames(set map[string]bool, groups []group) {
	for _, g := range groups {
		set[g.name] = true
	}
}

// validate returns the compiled expression, nil for a literal.
func (p Pattern) validate() (*regexp.Regexp, error) {
	switch {
	case p.Literal != "" && p.Regexp != "":
		return nil, fmt.Errorf("both literal and regexp are set")
	case p.Literal == "" && p.Regexp == "":
		return nil, fmt.Errorf("neither literal nor regexp is set")
	case p.Literal != "" && !utf8.ValidString(p.Literal):
		return nil, fmt.Errorf("literal %q is not UTF-8", p.Literal)
	case p.Literal != "":
		return nil, nil
	}
	return regexp.Compile(p.Regexp)
}

// checkFields checks that every field that the scan names can occur.
func (s Scan) checkFields(fields map[string]bool) error {
	for name, values := range s.Where {
		if !fields[name] {
			return fmt.Errorf("where: no group gives a field %q", name)
		}
		if len(values) == 0 {
			return fmt.Errorf("where: field %q has no values", name)
		}
	}
	if s.Tally == nil {
		return nil
	}
	if b := s.Tally.BucketSeconds; b < 0 || b > MaxBucketSeconds {
		return fmt.Errorf("tally: bucket_seconds is %d, want 0 to %d", b, MaxBucketSeconds)
	}
	for _, list := range [][]string{s.Tally.By, s.Tally.Sum} {
		if len(list) > MaxTallyFields {
			return fmt.Errorf("tally: %d fields, at most %d", len(list), MaxTallyFields)
		}
		for i, name := range list {
			if !fields[name] {
				return fmt.Errorf("tally: no group gives a field %q", name)
			}
			if slices.Contains(list[:i], name) {
				return fmt.Errorf("tally: field %q is named twice", name)
			}
		}
	}
	return nil
}

func (s Series) validate() error {
	if s.Metric == "" || s.Metric == "t" {
		return fmt.Errorf("metric is missing")
	}
	if s.WindowSeconds < 0 || math.IsNaN(s.WindowSeconds) || s.WindowSeconds > 1e9 {
		return fmt.Errorf("window_seconds is %v", s.WindowSeconds)
	}
	if len(s.Reduce) == 0 {
		return fmt.Errorf("reduce is empty")
	}
	known := []string{"mean", "min", "max", "last", "p95", "rate"}
	for _, word := range s.Reduce {
		if !slices.Contains(known, word) {
			return fmt.Errorf("reduce has %q, want one of %v", word, known)
		}
	}
	return nil
}
