package render

import "strings"

// Reflow breaks the paragraphs and list items of a Markdown document anew, to
// lines of at most width columns. Headings, tables, quotes and code stay as they
// are. Text is cleaned as in Clean.
func Reflow(doc string, width int) string {
	r := reflow{width: min(max(width, MinWidth), MaxWidth)}
	for line := range strings.Lines(Clean(doc)) {
		r.line(strings.TrimRight(line, "\n"))
	}
	r.flush()
	return r.out.String()
}

// reflow gathers the lines of a paragraph until it ends.
type reflow struct {
	width int
	fence bool // inside a block of code
	lead  string
	words []string
	out   strings.Builder
}

func (r *reflow) line(line string) {
	text := strings.TrimLeft(line, " ")
	switch {
	case strings.HasPrefix(text, "```"):
		r.flush()
		r.fence = !r.fence
		r.keep(line)
	case r.fence || text == "" || strings.ContainsAny(text[:1], "#|>") || strings.HasPrefix(line, "    "):
		r.flush()
		r.keep(line)
	default:
		if lead := itemLead(text); lead != "" {
			r.flush()
			r.lead, text = strings.Repeat(" ", len(line)-len(text))+lead, text[len(lead):]
		}
		r.words = append(r.words, strings.TrimSpace(text))
	}
}

func (r *reflow) keep(line string) { r.out.WriteString(line + "\n") }

// flush writes the paragraph, a list item's further lines under its text.
func (r *reflow) flush() {
	if len(r.words) > 0 {
		lead := r.lead
		for _, l := range Fill(strings.Join(r.words, " "), r.width-len(lead)) {
			r.keep(lead + l)
			lead = strings.Repeat(" ", len(lead))
		}
	}
	r.lead, r.words = "", nil
}

// Fill breaks text at blanks into lines of at most width columns. A word that is
// longer, as an address is, stays whole, so that it can be copied.
func Fill(text string, width int) []string {
	var out []string
	line := ""
	for _, w := range strings.Fields(text) {
		switch {
		case line == "":
			line = w
		case columns(line)+1+columns(w) <= width:
			line += " " + w
		default:
			out, line = append(out, line), w
		}
	}
	return append(out, line)
}

// itemLead is the mark of a list item with its blank: "- ", "12. ".
func itemLead(text string) string {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	for _, mark := range []string{"- ", "* "} {
		if strings.HasPrefix(text, mark) {
			return mark
		}
	}
	if digits > 0 && strings.HasPrefix(text[digits:], ". ") {
		return text[:digits+2]
	}
	return ""
}
