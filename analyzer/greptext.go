package analyzer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/analyzer/internal/safetext"
	logscan "github.com/asrdiag/asrdiag/analyzer/internal/scan"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// grepWriter writes what is found in one bundle.
type grepWriter struct {
	show    GrepShow
	relay   *relay
	bundle  string
	host    string
	zone    *scan.Zone // nil: the host's time is not known
	spans   *logscan.Spans
	grouped bool // lines are with context

	mu    sync.Mutex
	texts []logscan.Text
}

func newGrepWriter(b *bundles.Bundle, in Integrity, show GrepShow, q logscan.Query, out *relay) (*grepWriter, error) {
	spans, err := logscan.NewSpans(q)
	if err != nil {
		return nil, errorf(CodeUsage, "", "%v", err)
	}
	return &grepWriter{
		show: show, relay: out, bundle: in.File, host: b.Host().Name, zone: hostZone(b), spans: spans, grouped: q.Before+q.After > 0,
	}, nil
}

// hostZone is the zone of a bundle's host, nil when it is not known.
func hostZone(b *bundles.Bundle) *scan.Zone {
	var offs []scan.Offset
	for _, o := range b.Host().UTCOffsets {
		offs = append(offs, scan.Offset{From: o.From, Seconds: o.Seconds})
	}
	if len(offs) == 0 {
		return nil
	}
	return scan.NewZone(offs)
}

// log gives the sink of the next log.
func (w *grepWriter) log(int) logscan.Sink {
	return &grepLog{w: w, lane: w.relay.lane()}
}

// sum adds up what the logs gave.
func (w *grepWriter) sum(r *GrepResult) {
	for _, t := range w.texts {
		r.Matches += t.Matches
		r.Logs += len(t.Files)
		r.Bytes += t.Bytes
		r.Lines += t.Lines
		r.Untimed += t.Untimed
		r.Long += t.Long
		r.Unread = append(r.Unread, t.Unread...)
	}
	slices.Sort(r.Unread) // logs end in any order
}

// grepLog writes what is found in one log.
type grepLog struct {
	w     *grepWriter
	lane  *lane
	buf   []byte
	path  string    // of the last line
	shown [2]string // a path, and how it is written before each line
	last  int64     // number of the last line
}

// flushAt is how many bytes of lines are written at once.
const flushAt = 32 << 10

// Line implements scan.Sink.
func (g *grepLog) Line(l *logscan.Line) bool {
	switch {
	case g.w.show.JSON:
		g.jsonLine(l)
	default:
		g.textLine(l)
	}
	return len(g.buf) < flushAt || g.flush()
}

func (g *grepLog) flush() bool {
	_, err := g.lane.Write(g.buf)
	g.buf = g.buf[:0]
	return err == nil
}

// End implements scan.Sink.
func (g *grepLog) End(t logscan.Text) {
	w := g.w
	switch {
	case t.Matches == 0:
	case w.show.Files || w.show.Count:
		g.total(t)
	case w.show.Heading && g.path != "":
		g.buf = append(g.buf, '\n')
	}
	if len(g.buf) > 0 {
		g.flush()
	}
	_ = g.lane.end()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts = append(w.texts, t)
}

// total writes the one line that a log gets.
func (g *grepLog) total(t logscan.Text) {
	w := g.w
	if w.show.JSON {
		row := grepCount{T: "log", Bundle: w.bundle, Host: w.host, File: t.Files[0]}
		if w.show.Count {
			row.Count = &t.Matches
		}
		g.buf = appendJSON(g.buf, row)
		return
	}
	g.name(t.Files[0])
	if w.show.Count {
		g.buf = append(g.buf, ':')
		g.buf = strconv.AppendInt(g.buf, t.Matches, 10)
	}
	g.buf = append(g.buf, '\n')
}

// Colours, as other programs of this kind use them.
const (
	colorPath  = "\x1b[35m"
	colorLine  = "\x1b[32m"
	colorTime  = "\x1b[36m"
	colorMatch = "\x1b[1;31m"
	colorOff   = "\x1b[0m"
)

func (g *grepLog) colored(color, text string) {
	if !g.w.show.Color {
		g.buf = append(g.buf, text...)
		return
	}
	g.buf = append(append(append(g.buf, color...), text...), colorOff...)
}

// name writes a log's path and, where there are several, its bundle's.
func (g *grepLog) name(path string) {
	if g.shown[0] != path {
		g.shown[0], g.shown[1] = path, oneLine(path)
		if g.w.show.Several {
			g.shown[1] = oneLine(g.w.bundle + ": " + path)
		}
	}
	g.colored(colorPath, g.shown[1])
}

// oneLine makes a text safe that must not have line ends.
func oneLine(s string) string {
	return strings.NewReplacer("\n", " ", "\t", " ").Replace(safetext.Clean(s))
}

func (g *grepLog) textLine(l *logscan.Line) {
	mark := "-"
	if l.Match {
		mark = ":"
	}
	if g.w.grouped && g.last > 0 && (l.Number != g.last+1 && l.File == g.path) {
		g.buf = append(g.buf, "--\n"...)
	}
	if l.File != g.path && g.w.show.Heading {
		g.name(l.File)
		g.buf = append(g.buf, '\n')
	}
	g.path, g.last = l.File, l.Number
	if !g.w.show.Heading {
		g.name(l.File)
		g.buf = append(g.buf, mark...)
	}
	number := strconv.FormatInt(l.Number, 10)
	if l.Stored {
		number = "+" + number
	}
	g.colored(colorLine, number)
	g.buf = append(append(g.buf, mark...), ' ')
	g.time(l)
	g.text(l)
	g.buf = append(g.buf, '\n')
}

// time writes a line's time in UTC and, in parentheses, at the host.
func (g *grepLog) time(l *logscan.Line) {
	if l.Time == nil {
		return
	}
	g.colored(colorTime, bothTimes(*l.Time, l.Ambiguous, g.w.zone))
	g.buf = append(g.buf, "  "...)
}

// bothTimes writes "2026-04-02 10:03:12Z (11:03:12)"; a "?" stands behind a time
// that is ambiguous, the host's date where it is another.
func bothTimes(t time.Time, ambiguous bool, zone *scan.Zone) string {
	s := t.UTC().Format("2006-01-02 15:04:05Z")
	if ambiguous {
		s += "?"
	}
	if zone == nil {
		return s
	}
	local := zone.Local(t)
	if local.Day() != t.UTC().Day() {
		return s + local.Format(" (2006-01-02 15:04:05)")
	}
	return s + local.Format(" (15:04:05)")
}

// text writes the line itself, with its matches marked and nothing in it that
// can act on a terminal.
func (g *grepLog) text(l *logscan.Line) {
	text, show := l.Text, g.w.show
	var spans [][2]int
	if l.Match && (show.Color || show.Width > 0 && len(text) > show.Width) {
		spans = g.w.spans.Of(text)
	}
	from, to := 0, len(text)
	if show.Width > 0 {
		from, to = window(text, spans, show.Width)
	}
	if from > 0 {
		g.buf = append(g.buf, "[...] "...)
	}
	at := from
	for _, s := range spans {
		a, b := max(s[0], at), min(s[1], to)
		if a >= b || !show.Color {
			continue
		}
		g.buf = append(g.buf, safetext.Clean(string(text[at:a]))...)
		g.colored(colorMatch, safetext.Clean(string(text[a:b])))
		at = b
	}
	g.buf = append(g.buf, safetext.Clean(string(text[at:to]))...)
	if to < len(text) {
		g.buf = append(g.buf, " [...]"...)
	}
}

// window is the part of a line that is shown: of at most so many characters, with
// the first match in its first half.
func window(text []byte, spans [][2]int, width int) (from, to int) {
	if len(text) <= width {
		return 0, len(text)
	}
	if len(spans) > 0 && utf8.RuneCount(text[:spans[0][1]]) > width {
		from = back(text, spans[0][0], width/4)
	}
	to = from
	for n := 0; n < width && to < len(text); n++ {
		_, size := utf8.DecodeRune(text[to:])
		to += size
	}
	return from, to
}

// back is the place so many characters before another.
func back(text []byte, at, n int) int {
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRune(text[:at])
		at -= size
	}
	return at
}

// grepLine is a line as JSON.
type grepLine struct {
	T         string     `json:"t"` // match, context
	Bundle    string     `json:"bundle"`
	Host      string     `json:"host,omitempty"`
	File      string     `json:"file"`
	Line      int64      `json:"line"`
	Stored    bool       `json:"line_of_stored,omitempty"` // the number counts from the first stored line
	Offset    int64      `json:"offset"`
	Length    int64      `json:"length"`
	Time      *time.Time `json:"time,omitempty"`
	Ambiguous bool       `json:"time_ambiguous,omitempty"`
	Carried   bool       `json:"time_of_entry,omitempty"` // it is that of the entry's first line
	Text      string     `json:"text"`
	Spans     [][2]int   `json:"matches,omitempty"` // byte ranges of text
}

// grepCount is a log as JSON.
type grepCount struct {
	T      string `json:"t"` // log
	Bundle string `json:"bundle"`
	Host   string `json:"host,omitempty"`
	File   string `json:"file"`
	Count  *int64 `json:"count,omitempty"`
}

func (g *grepLog) jsonLine(l *logscan.Line) {
	row := grepLine{
		T: "context", Bundle: g.w.bundle, Host: g.w.host, File: l.File, Line: l.Number, Stored: l.Stored, Offset: l.Offset, Length: l.Length,
		Time: l.Time, Ambiguous: l.Ambiguous, Carried: l.Carried, Text: string(l.Text),
	}
	if l.Match {
		row.T, row.Spans = "match", g.w.spans.Of(l.Text)
	}
	g.buf = appendJSON(g.buf, row)
}

// appendJSON adds a line of JSON in which every character that could act on a
// terminal is escaped.
func appendJSON(buf []byte, v any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("BUG: a line of plain types cannot be encoded: " + err.Error())
	}
	raw := out.Bytes()
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		if r >= 0x7f && safetext.Acts(r) {
			buf = appendEscaped(buf, r)
		} else {
			buf = append(buf, raw[:n]...)
		}
		raw = raw[n:]
	}
	return buf
}

// appendEscaped writes a character as JSON escapes.
func appendEscaped(buf []byte, r rune) []byte {
	if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
		return fmt.Appendf(buf, `\u%04x\u%04x`, hi, lo)
	}
	return fmt.Appendf(buf, `\u%04x`, r)
}
