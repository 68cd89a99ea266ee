package runlog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// values are what lines of the collector hold, and what a panic may.
var values = []any{
	"", "plain", `C:\Program Files\"x"`, "<a href=\"b\">&'", "line\nand\ttab\rand\x00nul\x1f\x7f", "bad \xff\xc3 bytes", "\u2028 and \u2029", "Größe 大 😀",
	0, -7, int64(1) << 62, true, false, nil, 1.5,
	time.Duration(0), 1500 * time.Millisecond, -time.Second,
	errors.New("it is <not> \"there\""), fs.ErrPermission, fmt.Errorf("open %q: %w", `C:\x`, fs.ErrNotExist),
	[]string{"a", "<b>"},
	map[string]int{"b": 1, "a": 2},
	struct{ A, B string }{"x", "&"},
	make(chan int),
}

// times are in zones of all kinds.
var times = []time.Time{
	time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC),
	time.Date(2026, 3, 1, 10, 0, 0, 123456789, time.FixedZone("", 5*3600+1800)),
	time.Date(2026, 3, 1, 10, 0, 0, 120000000, time.FixedZone("", -3*3600)),
}

var levels = map[Level]slog.Level{LevelInfo: slog.LevelInfo, LevelWarn: slog.LevelWarn, LevelError: slog.LevelError}

// slogLine is the line that log/slog writes.
func slogLine(t *testing.T, now time.Time, level Level, msg string, fields ...Field) string {
	t.Helper()
	var b bytes.Buffer
	r := slog.NewRecord(now, levels[level], msg, 0)
	for _, f := range fields {
		r.AddAttrs(slog.Any(f.key, f.value))
	}
	if err := slog.NewJSONHandler(&b, nil).Handle(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func line(now time.Time, level Level, msg string, fields ...Field) string {
	var b bytes.Buffer
	l := New(&b)
	l.now = func() time.Time { return now }
	l.Log(level, msg, fields...)
	return b.String()
}

func TestLinesAreThoseOfSlog(t *testing.T) {
	for _, now := range times {
		for level := range levels {
			for _, v := range values {
				msg, fields := fmt.Sprint("a \"message\" with <", v, ">"), []Field{Any("first", v), Any("key <\"&", 1)}
				if _, ok := v.(chan int); ok {
					msg = "no text of its own"
				}
				if got, want := line(now, level, msg, fields...), slogLine(t, now, level, msg, fields...); got != want {
					t.Errorf("line\n%swant\n%s", got, want)
				}
			}
		}
	}
}

func FuzzLinesAreThoseOfSlog(f *testing.F) {
	f.Add("message", "key", "value")
	f.Add("\x08\x0c", "\u2028", "\xed\xa0\x80")
	f.Fuzz(func(t *testing.T, msg, key, value string) {
		got := line(times[0], LevelInfo, msg, Any(key, value), Any("error", errors.New(value)))
		if want := slogLine(t, times[0], LevelInfo, msg, Any(key, value), Any("error", errors.New(value))); short(got) != short(want) {
			t.Errorf("line\n%swant\n%s", got, want)
		}
	})
}

// short writes the two control characters that have two forms in JSON in one.
func short(line string) string {
	return strings.NewReplacer(`\u0008`, `\b`, `\u000c`, `\f`).Replace(line)
}

func TestWritesWholeLines(t *testing.T) {
	var b bytes.Buffer
	l := New(&b)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			l.Info("one", Any("n", 1))
			l.Warn("two")
			l.Error("three")
		})
	}
	all.Wait()
	count := map[Level]int{}
	for _, text := range bytes.SplitAfter(bytes.TrimSuffix(b.Bytes(), []byte("\n")), []byte("\n")) {
		var got struct {
			Time  time.Time
			Level Level
			Msg   string
		}
		if err := json.Unmarshal(text, &got); err != nil || got.Msg == "" || time.Since(got.Time) > time.Hour {
			t.Errorf("line %q: %+v, %v", text, got, err)
		}
		count[got.Level]++
	}
	if count[LevelInfo] != 20 || count[LevelWarn] != 20 || count[LevelError] != 20 {
		t.Errorf("lines %v, want 20 of each level", count)
	}
}
