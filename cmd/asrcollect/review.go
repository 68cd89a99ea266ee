package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/asrdiag/asrdiag/collector"
)

// pageLines is how much of a review is shown at a time where the height of the
// terminal is not known.
const pageLines = 40

// reviewable says why a bundle cannot be reviewed here: better before all is
// collected than after.
func (f *flags) reviewable(s streams) error {
	switch {
	case !f.review:
		return nil
	case f.quiet:
		return &collector.OptionError{Msg: "--review and --quiet exclude each other", Hint: "leave out one of them"}
	case f.Out == "-":
		return &collector.OptionError{Msg: "--review and --out - exclude each other: what went through a pipe cannot be taken back", Hint: "write it into a folder: --out FOLDER --review"}
	case !f.yes && (!canEnter(s.in) || !isTerminal(s.err)):
		return &collector.OptionError{Msg: "--review asks on a terminal, and there is none", Hint: "run it on a terminal, or give --yes to have the list without a question"}
	}
	return nil
}

// reviewer shows what is in a bundle and asks whether it is wanted.
type reviewer struct {
	w      io.Writer
	keys   *keyboard
	yes    bool // without a question
	finish <-chan collector.Finish
	begin  func() // ends what else uses the terminal
	height int    // lines of a page
}

// review is for collector.Options. Only a yes keeps the bundle: the end of the
// keys, Ctrl-C and the end of the session do not.
func (v *reviewer) review(ctx context.Context, r collector.Review) bool {
	v.begin()
	rest := reviewLines(r)
	if v.yes {
		v.print(rest)
		return true
	}
	v.keys.drain()
	for len(v.finish) > 0 { // what was pressed before is no answer
		<-v.finish
	}
	for {
		page := rest[:min(v.height, len(rest))]
		rest = rest[len(page):]
		v.print(page)
		if len(rest) > 0 {
			say(v.w, "keep this bundle? y and Enter is yes, n is no; Enter alone shows more, %d lines", len(rest))
		} else {
			say(v.w, "keep this bundle? y and Enter is yes, n is no")
		}
		if wanted, done := v.answer(ctx); done {
			return wanted
		}
	}
}

// answer waits for one. It reports false for an answer that is none.
func (v *reviewer) answer(ctx context.Context) (wanted, done bool) {
	select {
	case answer, ok := <-v.keys.read():
		if !ok || isYes(answer) {
			return ok, true
		}
		answer = strings.ToLower(strings.TrimSpace(answer))
		return false, answer == "n" || answer == "no"
	case <-v.finish:
	case <-ctx.Done():
	}
	return false, true
}

func (v *reviewer) print(lines []string) {
	for _, l := range lines {
		fmt.Fprintln(v.w, printable(l))
	}
}

// reviewLines are all files of a bundle: what was removed of each, and some of
// the places.
func reviewLines(r collector.Review) []string {
	out := []string{
		"", "What is in the bundle. Nothing of it has left this machine, and it has no name",
		"yet. Of what was removed you see the places, as the bundle has them.", "", fmt.Sprintf("removed in all: %s", countsText(r.Counts)), "",
		fmt.Sprintf("%8s %8s  %s", "size", "removed", "file"),
	}
	for _, f := range r.Files {
		n := 0
		for _, c := range f.Counts {
			n += c
		}
		out = append(out, fmt.Sprintf("%8s %8d  %s", amount(&f.Size), n, f.Path))
		if f.Cut {
			out = append(out, strings.Repeat(" ", 19)+"only a part of the file")
		}
		if n > 0 {
			out = append(out, wrapped(strings.Repeat(" ", 19), countsText(f.Counts))...)
		}
		for _, s := range f.Samples {
			out = append(out, wrapped(strings.Repeat(" ", 19)+"| ", strings.Join(strings.Fields(s), " "))...)
		}
	}
	return append(out, fmt.Sprintf("%d files, %s; the manifest comes on top", len(r.Files), collector.FormatSize(r.Size)), "")
}

// wrapped is a text in lines behind an indent; long words are cut.
func wrapped(indent, text string) []string {
	var out []string
	for _, l := range wrap(text, columns-utf8.RuneCountInString(indent)) {
		out = append(out, indent+l)
	}
	return out
}

// countsText is "password 3, sas 1", the most first.
func countsText(counts map[string]int) string {
	var rules []string
	for rule := range counts {
		rules = append(rules, rule)
	}
	sort.Slice(rules, func(i, j int) bool { // smaller than slices.SortedFunc
		a, b := rules[i], rules[j]
		return counts[a] > counts[b] || counts[a] == counts[b] && a < b
	})
	for i, rule := range rules {
		rules[i] = fmt.Sprintf("%s %d", rule, counts[rule])
	}
	if len(rules) == 0 {
		return "nothing"
	}
	return strings.Join(rules, ", ")
}

// heightOf is how many lines a page may have.
func heightOf(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if _, height, err := term.GetSize(int(f.Fd())); err == nil && height > 8 {
			return height - 4
		}
	}
	return pageLines
}

// reviewWith makes the reviewer of a run; others are what uses the terminal
// until then.
func (f *flags) reviewWith(s streams, finish <-chan collector.Finish, others ...func()) {
	if !f.review {
		return
	}
	var once sync.Once
	v := &reviewer{w: s.err, keys: s.keys, yes: f.yes, finish: finish, height: heightOf(s.err), begin: func() {
		once.Do(func() {
			for _, end := range others {
				end()
			}
		})
	}}
	f.Review = v.review
}
