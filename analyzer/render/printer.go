package render

import "strings"

// style is an SGR sequence; the zero style is none.
type style string

const (
	normal     style = ""
	dim        style = "\x1b[2m"
	bold       style = "\x1b[1m"
	yellow     style = "\x1b[33m"
	boldRed    style = "\x1b[1;31m"
	boldGreen  style = "\x1b[1;32m"
	boldYellow style = "\x1b[1;33m"
	boldBlue   style = "\x1b[1;34m"

	styleEnd = "\x1b[0m"
)

// printer collects lines that are at most width columns wide.
type printer struct {
	b     strings.Builder
	width int
	color bool
}

func (p *printer) blank() { p.b.WriteByte('\n') }

// title starts a section.
func (p *printer) title(s string) {
	p.blank()
	p.block(0, "", normal, strings.ToUpper(s), bold)
}

// block writes lead and text beside each other; further lines of the text stand
// below its first one. Both must be clean.
func (p *printer) block(indent int, lead string, leadStyle style, text string, st style) {
	in := strings.Repeat(" ", indent)
	pad := indent + columns(lead)
	if pad > p.width/2 { // a lead that leaves no room: text goes below
		for _, l := range wrap(lead, p.width-indent) {
			p.emit(in, l, leadStyle, "", normal)
		}
		lead, pad = "  ", indent+2
	}
	for i, l := range wrap(text, p.width-pad) {
		if i > 0 {
			lead = strings.Repeat(" ", pad-indent)
		}
		p.emit(in, lead, leadStyle, l, st)
	}
}

func (p *printer) emit(in, lead string, leadStyle style, text string, st style) {
	if text == "" {
		lead = strings.TrimRight(lead, " ")
	}
	if lead+text != "" {
		p.b.WriteString(in)
	}
	p.paint(lead, leadStyle)
	p.paint(text, st)
	p.b.WriteByte('\n')
}

func (p *printer) paint(s string, st style) {
	if !p.color || st == normal || strings.TrimSpace(s) == "" {
		p.b.WriteString(s)
		return
	}
	p.b.WriteString(string(st))
	p.b.WriteString(s)
	p.b.WriteString(styleEnd)
}
