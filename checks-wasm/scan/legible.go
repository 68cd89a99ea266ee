package scan

// MaxContinued is how many lines behind one that has a format may belong to its
// entry when a log is judged by its probed lines.
const MaxContinued = 50

// LineKind is what a line is to a format.
type LineKind byte

// Kinds of lines.
const (
	LineUnknown LineKind = iota
	LineBlank
	LineParsed // its time can be read
)

// Legibility tells how much of a log a format reads, by the lines probed at both
// of its ends: see TimeProbeLines.
type Legibility struct {
	Known   int // lines that parse, or go on with an entry
	Unknown int // other lines that are not empty
}

// Judge counts probed lines, given in order. With join up to MaxContinued lines
// behind one that parses are its entry's.
func Judge(lines []LineKind, join bool) Legibility {
	var l Legibility
	room := 0
	for _, k := range lines {
		switch {
		case k == LineParsed:
			l.Known++
			if join {
				room = MaxContinued
			}
		case k == LineBlank:
		case room > 0:
			l.Known++
			room--
		default:
			l.Unknown++
		}
	}
	return l
}

// Illegible reports whether under half of the lines are known. One line alone
// says nothing: it may be a heading.
func (l Legibility) Illegible() bool { return l.Unknown > l.Known && l.Unknown > 1 }
