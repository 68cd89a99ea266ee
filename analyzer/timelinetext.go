package analyzer

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/analyzer/internal/timeline"
)

// eventWriter writes events for people, or as JSON. It is not safe for concurrent
// use.
type eventWriter struct {
	out     io.Writer
	show    TimelineShow
	several bool // events are of more than one bundle
	buf     []byte
	err     error // of writing
}

// line writes an event that a worker sent as JSON.
func (w *eventWriter) line(raw []byte) error {
	var e timeline.Event
	if err := json.Unmarshal(raw, &e); err != nil {
		return errorf(CodeInternal, internalHint, "decode an event of the worker: %v", err)
	}
	return w.write(&e)
}

func (w *eventWriter) write(e *timeline.Event) error {
	if w.show.JSON {
		w.buf = appendJSON(w.buf, e)
	} else {
		w.text(e)
	}
	if len(w.buf) < flushAt {
		return nil
	}
	return w.flush()
}

func (w *eventWriter) flush() error {
	if w.err == nil && len(w.buf) > 0 {
		_, w.err = w.out.Write(w.buf)
	}
	w.buf = w.buf[:0]
	return w.err
}

func (w *eventWriter) colored(color, text string) {
	if !w.show.Color || color == "" {
		w.buf = append(w.buf, text...)
		return
	}
	w.buf = append(append(append(w.buf, color...), text...), colorOff...)
}

// Colours of levels.
const (
	colorBad  = "\x1b[31m"
	colorWarn = "\x1b[33m"
)

func colorOf(level string) string {
	switch level {
	case "":
		return ""
	case "WARNING", "WARN":
		return colorWarn
	case "INFO", "INFORMATION", "DEBUG", "NORMAL", "VERBOSE", "ALWAYS":
		return ""
	}
	return colorBad
}

// Widths of columns; what is longer pushes the rest to the right.
const (
	hostWidth   = 12
	sourceWidth = 28
)

// text writes time, host, source and text in columns.
func (w *eventWriter) text(e *timeline.Event) {
	w.colored(colorTime, eventTime(e))
	w.buf = append(w.buf, "  "...)
	if w.several {
		w.column(e.Host, hostWidth)
	}
	w.column(placeOf(e), sourceWidth)
	if e.Level != "" {
		w.colored(colorOf(e.Level), oneLine(e.Level))
		w.buf = append(w.buf, ' ')
	}
	text := oneLine(e.Text)
	if w.show.Width > 0 {
		if _, to := window([]byte(text), nil, w.show.Width); to < len(text) {
			text = text[:to] + " [...]"
		}
	}
	w.buf = append(w.buf, text...)
	if e.More > 0 {
		w.buf = fmt.Appendf(w.buf, " [+%d lines]", e.More)
	}
	if e.Last != nil {
		w.colored(colorLine, fmt.Sprintf("  (%d times, last %s)", e.Count, lastTime(e)))
	}
	w.buf = append(w.buf, '\n')
}

func (w *eventWriter) column(text string, width int) {
	text = oneLine(text)
	w.buf = append(w.buf, text...)
	w.buf = append(w.buf, strings.Repeat(" ", 2+max(width-utf8.RuneCountInString(text), 0))...)
}

// eventTime writes "2026-04-02 10:03:12Z (11:03:12)".
func eventTime(e *timeline.Event) string {
	s := e.Time.UTC().Format("2006-01-02 15:04:05Z")
	if e.Ambiguous {
		s += "?"
	}
	switch {
	case e.HostTime == nil:
		return s
	case e.HostTime.Day() != e.Time.UTC().Day():
		return s + e.HostTime.Format(" (2006-01-02 15:04:05)")
	}
	return s + e.HostTime.Format(" (15:04:05)")
}

// lastTime leaves out the date where it is that of the first time.
func lastTime(e *timeline.Event) string {
	first, last := e.Time.UTC(), e.Last.UTC()
	if first.Truncate(24 * time.Hour).Equal(last.Truncate(24 * time.Hour)) {
		return last.Format("15:04:05Z")
	}
	return last.Format("2006-01-02 15:04:05Z")
}

// placeOf names the log and the line, or the source of facts.
func placeOf(e *timeline.Event) string {
	if e.Kind != timeline.KindLog {
		if strings.HasPrefix(e.File, "logs/") {
			return path.Base(e.File)
		}
		return e.Source
	}
	return path.Base(e.File) + ":" + strconv.FormatInt(e.Line, 10)
}
