package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/pattern"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// patternText fills the texts of one finding.
type patternText struct {
	run   *patternRun
	rule  pattern.Rule
	trail Trail
	hit   scan.Hit // the newest
	most  int      // characters of a value
	kind  string
	// of a share
	failed, total int64
}

// shared reports whether the counts in the hits make the fault that they should.
func (r *patternRun) shared(rule pattern.Rule, t *patternText) bool {
	s := rule.Share
	if s.Failed == "" {
		return true
	}
	for _, h := range t.trail.Hits {
		if t.trail.Last.Sub(*h.Time) <= s.Span.Or(pattern.DefaultSpan) {
			t.failed += number(h.Fields[s.Failed])
			t.total += number(h.Fields[s.Failed]) + number(h.Fields[s.Succeeded])
		}
	}
	is := t.failed == t.total
	if !s.None {
		is = t.share() > s.Over
	}
	if !is && s.Fine != "" {
		r.fine = t.fill(s.Fine)
	}
	return is
}

func (t patternText) share() float64 { return float64(t.failed) / float64(max(t.total, 1)) }

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (r *patternRun) finding(rule pattern.Rule, value string, t patternText) Finding {
	f := Finding{Key: r.key(rule, value), Severity: rule.Severity}
	t.most = maxShown
	f.Subject, f.Title = t.fill(rule.Subject), shorten(t.fill(rule.Finding), maxShown)
	t.most = maxQuoted
	f.Detail = t.fill(rule.Detail)
	if f.Subject == "" && !r.pat.Kinds {
		f.Subject = value
	}
	for _, more := range rule.More {
		if words, whole := t.filled(more); whole {
			f.Detail += " " + words
		}
	}
	if !r.proved.IsZero() {
		f.Detail += fmt.Sprintf(" %s: %s (%s).", r.pat.Proof.Says, r.p.Clock(r.proved), r.pat.Proof.Path)
	}
	for _, step := range slices.Concat(rule.Remedy, r.pat.RemedyOn[r.p.Bundle.Host().OS]) {
		f.Remedy = append(f.Remedy, t.fill(step))
	}
	return f
}

func (t patternText) fill(text string) string {
	s, _ := t.filled(text)
	return s
}

// filled puts values for {names}, and says whether each had one.
func (t patternText) filled(text string) (string, bool) {
	var b strings.Builder
	whole := true
	for {
		before, rest, ok := strings.Cut(text, "{")
		b.WriteString(before)
		if !ok {
			return b.String(), whole
		}
		name, after, closed := strings.Cut(rest, "}")
		value, known := "", false
		if closed {
			value, known = t.value(name)
		}
		if !known {
			b.WriteByte('{')
			text = rest
			continue
		}
		whole = whole && value != ""
		b.WriteString(value)
		text = after
	}
}

// value gives what a name stands for.
func (t patternText) value(name string) (string, bool) {
	switch name {
	case "line":
		return strings.TrimSuffix(oneLine(messageOf(t.hit)), "."), true
	case "kind":
		return shorten(t.kind, maxKind), t.run.pat.Kinds
	case "failed", "total", "share":
		if t.rule.Share.Failed != "" {
			return map[string]string{"failed": Number(t.failed), "total": Number(t.total), "share": Percent(t.share())}[name], true
		}
	}
	if s, ok := t.run.pat.Settings[name]; ok {
		return t.run.p.setting(s), true
	}
	if field, ok := strings.CutPrefix(name, "all "); ok {
		return t.every(field), true
	}
	v := t.hit.Fields[name]
	if meaning := t.meaning(name, v); meaning != "" {
		return v + " (" + meaning + ")", true
	}
	return shorten(oneLine(v), t.most), isName(name)
}

// isName reports whether a text in braces is the name of a field.
func isName(s string) bool { return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == "" }

// meaning is what a value of a field means by the pattern's words.
func (t patternText) meaning(field, value string) string {
	return t.run.pat.Words[field][strings.ToLower(value)]
}

// every lists the values of a field in the hits, each once and with its meaning.
func (t patternText) every(field string) string {
	var list []string
	for _, h := range t.trail.Hits {
		v := h.Fields[field]
		if words := strings.TrimSpace(strings.ToUpper(v) + " " + t.meaning(field, v)); words != "" && !slices.Contains(list, words) {
			list = append(list, words)
		}
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}

// setting is a value of the collected configuration.
func (p *Pass) setting(s pattern.Setting) string {
	cfg, err := Load[bundles.Config](p, "config")
	if err != nil {
		return s.Else
	}
	for _, f := range cfg.Items {
		i := slices.IndexFunc(f.Values, func(v bundles.ConfigValue) bool { return strings.EqualFold(v.Key, s.Key) && v.Value != "" })
		if strings.EqualFold(f.Name, s.Config) && i >= 0 {
			return f.Values[i].Value
		}
	}
	return s.Else
}

// messageOf is what a hit says, without what its format has before it.
func messageOf(h scan.Hit) string {
	if m := h.Fields["message"]; m != "" {
		return m
	}
	return h.Text
}

// oneLine is the first line of a text, with blanks for tabs.
func oneLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.Join(strings.Fields(line), " ")
}

// Lengths of what a hit puts into a finding.
const (
	maxShown  = 80 // characters in a title
	maxKind   = 60 // characters, which leaves room for words
	maxQuoted = 300
	maxKey    = 100
)

// shorten cuts a text.
func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// key makes the finding's identity of its fault and subject.
func (r *patternRun) key(rule pattern.Rule, value string) string {
	key := strings.Trim(strings.Map(keyRune, strings.ToLower(value)), "-._:")
	if rule.ID != "" {
		key = strings.TrimSuffix(rule.ID+"-"+key, "-")
	}
	key = key[:min(len(key), maxKey)]
	if key == "" {
		key = "hit"
	}
	for n := 2; r.keys[key]; n++ {
		key = fmt.Sprintf("%s-%d", strings.TrimRight(key, "-0123456789"), n)
	}
	r.keys[key] = true
	return key
}

func keyRune(c rune) rune {
	if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.ContainsRune("._:", c) {
		return c
	}
	return '-'
}
