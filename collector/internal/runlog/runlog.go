// Package runlog writes collect.log: a JSON object a line, with the time, the
// level, the message and what else is to be told.
//
// The lines are those of log/slog's JSONHandler, which a test holds them
// against (backspace and form feed have their short forms). That package is not
// linked, because it is a hundredth of the program.
package runlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// Level says how much a line matters.
type Level string

// Levels of a line.
const (
	LevelInfo  Level = "INFO"
	LevelWarn  Level = "WARN"
	LevelError Level = "ERROR"
)

// Field is one member of a line.
type Field struct {
	key   string
	value any
}

// Any makes a member of a line. An error is told as its text, a duration in
// nanoseconds, everything else as encoding/json has it.
func Any(key string, value any) Field { return Field{key: key, value: value} }

// Log writes lines. Safe for concurrent use.
type Log struct {
	mu  sync.Mutex
	w   io.Writer
	now func() time.Time
}

// New gives a Log that hands each line to w in one Write, whose errors it ignores.
func New(w io.Writer) *Log { return &Log{w: w, now: time.Now} }

// Info writes a line about what is as it should be.
func (l *Log) Info(msg string, fields ...Field) { l.Log(LevelInfo, msg, fields...) }

// Warn writes a line about what could not be done.
func (l *Log) Warn(msg string, fields ...Field) { l.Log(LevelWarn, msg, fields...) }

// Error writes a line about a fault of this program.
func (l *Log) Error(msg string, fields ...Field) { l.Log(LevelError, msg, fields...) }

// Log writes a line.
func (l *Log) Log(level Level, msg string, fields ...Field) {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, f := range []Field{{"time", l.now()}, {"level", level}, {"msg", msg}} {
		f.append(&b)
	}
	for _, f := range fields {
		f.append(&b)
	}
	b.WriteString("}\n")
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.w.Write(b.Bytes())
}

// append adds the member to an object that was begun.
func (f Field) append(b *bytes.Buffer) {
	if b.Len() > len("{") {
		b.WriteByte(',')
	}
	encode(b, f.key)
	b.WriteByte(':')
	if err, ok := f.value.(error); ok {
		encode(b, err.Error())
		return
	}
	encode(b, f.value)
}

// encode adds a value. One that JSON cannot hold is told as such.
func encode(b *bytes.Buffer, value any) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil { // nothing was written
		encode(b, fmt.Sprintf("!ERROR:%v", err))
		return
	}
	b.Truncate(b.Len() - len("\n"))
}
