package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/asrdiag/asrdiag/collector"
)

// Widths of the table in columns. Below leastWidth it does not fit.
const (
	previewWidth = 80
	leastWidth   = 60
	mostWidth    = 140
	itemWidth    = 17
)

func preview(args []string, s streams) int {
	f, set := newFlags()
	if code, done := parse(set, args, s); done {
		return code
	}
	if err := f.settle(set); err != nil {
		code, hint := explain(err)
		return fail(s, code, err, hint)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p, err := collector.ShowRun(ctx, f.Options)
	if err != nil {
		code, hint := explain(err)
		return fail(s, code, err, hint)
	}
	if f.json {
		err = json.NewEncoder(s.out).Encode(p)
	} else {
		w := bufio.NewWriter(s.out)
		newTable(w, widthOf(s.out)).preview(p)
		err = w.Flush()
	}
	if err != nil {
		return fail(s, exitNoBundle, err, "")
	}
	return exitComplete
}

// widthOf is the width of a terminal; elsewhere 80 columns.
func widthOf(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return min(max(width, leastWidth), mostWidth)
		}
	}
	return previewWidth
}

// table draws a Preview.
type table struct {
	w     io.Writer
	width int
}

func newTable(w io.Writer, width int) *table { return &table{w, width} }

func (t *table) preview(p collector.Preview) {
	t.head(p)
	for rest := p.Items; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Kind == rest[0].Kind {
			n++
		}
		t.group(rest[:n])
		rest = rest[n:]
	}
	t.foot(p)
}

func (t *table) head(p collector.Preview) {
	role := p.Role
	if p.Deployment != "" {
		role += ", " + p.Deployment
	}
	t.text("", fmt.Sprintf("What asrcollect would collect here: profile %s %s, role %s.", p.Profile, p.Version, role))
	t.text("", "Nothing was collected. No log was opened, nothing was started or connected to.")
	for _, e := range p.RoleEvidence {
		t.text("  ", "role: "+e)
	}
	t.origin(p)
}

// origin says where the profile comes from, and for whom the bundle would be.
func (t *table) origin(p collector.Preview) {
	if p.Origin != nil {
		for _, l := range originLines(p.Origin) {
			first, rest, more := strings.Cut(l, "\n")
			t.text("", first)
			for line := ""; more; {
				line, rest, more = strings.Cut(rest, "\n")
				t.text("    ", line)
			}
		}
	}
	if p.Case != "" {
		t.text("", "The bundle is for the support case "+p.Case+".")
	}
	if len(p.EncryptTo) > 0 {
		t.text("", "The bundle is encrypted; only who has the secret key can open it:")
		for _, key := range p.EncryptTo {
			t.text("    ", key)
		}
	}
}

// column of a group.
type column struct {
	head  string
	width int
	right bool // numbers stand to the right
	cell  func(collector.PreviewItem) string
}

// columns of a group: those that would stay empty are left out, and treatment
// and WHY share what is left.
func (t *table) columns(items []collector.PreviewItem) []column {
	cols := []column{{"item", itemWidth, false, func(i collector.PreviewItem) string { return i.Name }}}
	for _, c := range []column{
		{"files", 5, true, func(i collector.PreviewItem) string { return number(i.Files) }},
		{"size now", 8, true, func(i collector.PreviewItem) string { return amount(i.Size) }},
		{"cap", 8, true, func(i collector.PreviewItem) string { return amount(i.Cap) }},
	} {
		if slices.ContainsFunc(items, func(i collector.PreviewItem) bool { return c.cell(i) != "" }) {
			cols = append(cols, c)
		}
	}
	rest := t.width
	for _, c := range cols {
		rest -= c.width + len(gap)
	}
	treatment := min(30, rest*2/5)
	return append(cols,
		column{"treatment", treatment, false, func(i collector.PreviewItem) string { return i.Treatment }},
		column{"WHY", rest - treatment - len(gap), false, func(i collector.PreviewItem) string { return i.Why }})
}

// gap is between columns.
const gap = "  "

func (t *table) group(items []collector.PreviewItem) {
	cols := t.columns(items)
	fmt.Fprintf(t.w, "\n%s\n", strings.ToUpper(items[0].Kind))
	t.row(cols, func(c column) string { return c.head })
	for _, item := range items {
		t.row(cols, func(c column) string { return c.cell(item) })
		t.below(item)
	}
}

// below is what stands under the row of an item.
func (t *table) below(item collector.PreviewItem) {
	for _, w := range item.What {
		t.text("    ", w)
	}
	for i, n := range item.Notes {
		if i == maxNotes {
			t.text("  ! ", fmt.Sprintf("%d notes more: --json has them", len(item.Notes)-i))
			break
		}
		t.text("  ! ", n)
	}
}

// maxNotes is how many notes of one item are shown.
const maxNotes = 5

func number(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// amount writes a size in at most 8 columns.
func amount(n *int64) string {
	if n == nil {
		return ""
	}
	number, unit, _ := strings.Cut(collector.FormatSize(*n), " ")
	if unit == "bytes" {
		unit = "B"
	}
	if whole, _, ok := strings.Cut(number, "."); ok && (len(whole) > 2 || strings.HasSuffix(number, ".0")) {
		number = whole
	}
	return number + " " + unit
}

// row draws cells beside each other, each wrapped in its column.
func (t *table) row(cols []column, text func(column) string) {
	var parts [][]string
	height := 0
	for _, c := range cols {
		p := wrap(printable(text(c)), c.width)
		parts, height = append(parts, p), max(height, len(p))
	}
	for l := range height {
		line := ""
		for i, c := range cols {
			cell := ""
			if l < len(parts[i]) {
				cell = parts[i][l]
			}
			pad := strings.Repeat(" ", max(0, c.width-utf8.RuneCountInString(cell)))
			if c.right {
				line += pad + cell + gap
			} else {
				line += cell + pad + gap
			}
		}
		fmt.Fprintln(t.w, strings.TrimRight(line, " "))
	}
}

// text writes a line behind an indent and wraps it; words are never cut, so that
// paths can be copied.
func (t *table) text(indent, text string) {
	for i, l := range wrapWords(printable(text), t.width-len(indent)) {
		if i > 0 {
			indent = strings.Repeat(" ", len(indent))
		}
		fmt.Fprintln(t.w, indent+l)
	}
}

func (t *table) foot(p collector.Preview) {
	fmt.Fprintln(t.w)
	t.text("", fmt.Sprintf("Logs now: %s; files: %d. Caps and rights let %s of that through, before compression.", collector.FormatSize(p.LogSize), p.LogFiles, collector.FormatSize(p.Takes)))
	if p.Most > 0 {
		t.text("", fmt.Sprintf("The bundle, a zip, has at most %s (--max-size).", collector.FormatSize(p.Most)))
	} else {
		t.text("", "The bundle, a zip, has no largest size (--max-size 0).")
	}
	t.text("", fmt.Sprintf("Privacy: %s. Secrets are removed in any case. What pseudonyms stand for is kept beside the bundle in DO-NOT-SEND-..., for you alone, unless --no-map.", p.Privacy))
	if len(p.Read) > 0 {
		t.text("", "To tell the role and what paths refer to, only the listed settings were read of:")
		for _, r := range p.Read {
			t.text("    ", r)
		}
	}
	if !p.Elevated {
		t.text("", elevate)
	}
}

// wrapWords fills lines with words; a longer word has a line of its own.
func wrapWords(text string, width int) []string {
	var out []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			out, line = append(out, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(out, line)
}

// wrap is wrapWords that cuts words which are longer than the width, at a
// hyphen where there is one.
func wrap(text string, width int) []string {
	var out []string
	for _, line := range wrapWords(text, width) {
		for utf8.RuneCountInString(line) > width {
			r := []rune(line)
			at := width
			if i := strings.LastIndexAny(string(r[:width]), "-/_"); i > 0 {
				at = utf8.RuneCountInString(string(r[:width])[:i+1])
			}
			out, line = append(out, string(r[:at])), string(r[at:])
		}
		out = append(out, line)
	}
	return out
}
