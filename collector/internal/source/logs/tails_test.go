package logs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// twice is a run with a first reading and one of the tails.
type twice struct {
	t    *testing.T
	out  bytes.Buffer
	w    *zipwriter.Writer
	st   *store.Store
	book Book
	opt  Options
}

func newTwice(t *testing.T, globs ...string) *twice {
	t.Helper()
	r := &twice{t: t}
	w, err := zipwriter.NewWriter(&r.out, bundles.Header{ID: "t", Created: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	r.w, r.st = w, store.New(w, redact.New(redact.Options{}), store.Limits{})
	r.opt = Options{ID: "x", Globs: globs, Log: runlog.New(io.Discard), Book: &r.book}
	return r
}

func (r *twice) first() error { return Collect(context.Background(), r.st.Sink(), r.opt) }
func (r *twice) tails() error { return Tails(context.Background(), r.st.Sink(), r.opt) }

// ok fails the test on an error.
func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stored ends the bundle and gives its rows and texts by what follows the
// folder in their path.
func (r *twice) stored(dir string) (map[string]bundles.File, map[string]string) {
	r.t.Helper()
	ok(r.t, r.w.Finish(bundles.Manifest{}))
	fsys, err := bundlezip.NewReader(bytes.NewReader(r.out.Bytes()), int64(r.out.Len()))
	ok(r.t, err)
	b, err := bundles.Open(fsys)
	ok(r.t, err)
	if in, err := b.Verify(context.Background()); err != nil || !in.OK {
		r.t.Fatalf("the bundle does not verify: %v, %+v", err, in)
	}
	files, texts := map[string]bundles.File{}, map[string]string{}
	for _, f := range b.Manifest.Files {
		raw, err := bundles.ReadLimited(fsys, f.Path, 1<<30)
		ok(r.t, err)
		name := strings.TrimPrefix(f.Path, "logs/x"+dir+"/")
		files[name], texts[name] = f, string(raw)
	}
	return files, texts
}

func add(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	ok(t, err)
	_, err = f.WriteString(text)
	ok(t, err)
	ok(t, f.Close())
}

// TestTails has what happens to a log between two readings.
func TestTails(t *testing.T) {
	head := lines(100)
	for _, c := range []struct {
		name   string
		begin  string // of a.log
		age    time.Duration
		change func(t *testing.T, dir, log string)
		want   map[string]string
		status string // of Tails; empty: ok
		says   string
	}{
		{name: "nothing", begin: head, change: func(*testing.T, string, string) {}, want: map[string]string{"a.log": head}},
		{
			name: "grew", begin: head + "half a li", change: func(t *testing.T, _, log string) { add(t, log, "ne\nnew\n") },
			want: map[string]string{"a.log": head, "a.log.tail": "half a line\nnew\n"},
		},
		{
			name: "never finished", begin: head + "no end", change: func(*testing.T, string, string) {},
			want: map[string]string{"a.log": head, "a.log.tail": "no end"},
		},
		{
			name: "one line", begin: "no end", change: func(t *testing.T, _, log string) { add(t, log, " yet") },
			want: map[string]string{"a.log": "no end yet"},
		},
		{
			name: "was empty", begin: "", change: func(t *testing.T, _, log string) { add(t, log, "new\n") },
			want: map[string]string{"a.log": "", "a.log.tail": "new\n"},
		},
		{name: "renamed", begin: head + "ha", change: func(t *testing.T, dir, log string) {
			add(t, log, "lf\nlast\n")
			ok(t, os.Rename(log, dir+"/a.log.1"))
			add(t, log, "begin\n")
		}, want: map[string]string{"a.log": head, "a.log.tail": "half\nlast\n", "a.log~2": "begin\n"}},
		{name: "renamed out of the globs", begin: head, change: func(t *testing.T, dir, log string) {
			add(t, log, "last\n")
			ok(t, os.Rename(log, dir+"/old-a"))
			add(t, dir+"/old-b", "never asked for\n")
			add(t, log, "begin\n")
		}, want: map[string]string{"a.log": head, "a.log.tail": "last\n", "a.log~2": "begin\n"}},
		{name: "copied and emptied", begin: head, change: func(t *testing.T, dir, log string) {
			add(t, log, "last\n")
			raw, err := os.ReadFile(log)
			ok(t, err)
			ok(t, os.WriteFile(dir+"/a.log.1", raw, 0o600))
			ok(t, os.Truncate(log, 0))
			add(t, log, "begin\n")
		}, want: map[string]string{"a.log": head, "a.log.tail": "last\n", "a.log~2": "begin\n"}},
		{
			name: "emptied", begin: head, change: func(t *testing.T, _, log string) {
				ok(t, os.Truncate(log, 0))
				add(t, log, strings.Repeat("another line, longer than what was there\n", 200))
			}, want: map[string]string{"a.log": head, "a.log~2": strings.Repeat("another line, longer than what was there\n", 200)},
			status: bundles.StatusPartial, says: "a.log: removed, emptied or replaced",
		},
		{name: "replaced", begin: head, age: time.Hour, change: func(t *testing.T, _, log string) {
			ok(t, os.Remove(log))
			add(t, log, "begin\n")
		}, want: map[string]string{"a.log": head, "a.log~2": "begin\n"}, says: "a.log: removed or replaced", status: bundles.StatusOK},
		{name: "compressed", begin: head, change: func(t *testing.T, dir, log string) {
			ok(t, os.WriteFile(dir+"/a.log.1.gz", gz(t, head+"last\n"), 0o600))
			ok(t, os.Remove(log))
			add(t, log, "begin\n")
		}, want: map[string]string{"a.log": head, "a.log.tail": "last\n", "a.log~2": "begin\n"}},
		{name: "compressed without more", begin: head, change: func(t *testing.T, dir, log string) {
			ok(t, os.WriteFile(dir+"/a.log.1.gz", gz(t, head), 0o600))
			ok(t, os.Remove(log))
		}, want: map[string]string{"a.log": head}},
		{
			name: "removed while in use", begin: head, change: func(t *testing.T, _, log string) { ok(t, os.Remove(log)) },
			want: map[string]string{"a.log": head}, status: bundles.StatusFailed, says: "what it gained in between is lost",
		},
		{
			name: "another", begin: head, change: func(t *testing.T, dir, _ string) { add(t, dir+"/a.log.2", "other\n") },
			want: map[string]string{"a.log": head, "a.log.2": "other\n"},
		},
		{name: "another, compressed", begin: head, change: func(t *testing.T, dir, _ string) {
			ok(t, os.WriteFile(dir+"/a.log.2.gz", gz(t, "other\n"), 0o600))
		}, want: map[string]string{"a.log": head, "a.log.2": "other\n"}},
		{name: "another name", begin: head, change: func(t *testing.T, dir, log string) {
			add(t, log, "last\n")
			ok(t, os.Link(log, dir+"/a.log.9"))
		}, want: map[string]string{"a.log": head, "a.log.tail": "last\n"}, status: bundles.StatusOK, says: "another name of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			log := put(t, dir, "a.log", []byte(c.begin), c.age)
			r := newTwice(t, dir+"/a.log*")
			ok(t, r.first())
			c.change(t, dir, log)
			err := r.tails()
			if c.says == "" && err != nil || c.says != "" && (err == nil || status(err) != c.status || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("tails: %v (%s), want %s %q", err, status(err), c.status, c.says)
			}
			files, texts := r.stored(dir)
			if len(texts) != len(c.want) {
				t.Errorf("stored %q", texts)
			}
			for name, want := range c.want {
				if texts[name] != want {
					t.Errorf("%s = %.80q, want %.80q", name, texts[name], want)
				}
			}
			if f, has := files["a.log.tail"]; has {
				begin := int64(strings.LastIndexByte(c.begin, '\n') + 1)
				if f.SourcePath != log || len(f.Ranges) != 1 || f.Ranges[0] != [2]int64{begin, begin + f.Size} || f.FirstLine != int64(strings.Count(c.begin, "\n")+1) ||
					f.Truncated || f.OriginalSize == nil || *f.OriginalSize != begin+f.Size {
					t.Errorf("row of the tail: %+v", f)
				}
			}
		})
	}
}

// TestTailsAgain has compressed and old files that are only renamed.
func TestTailsAgain(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.log", []byte(lines(5)), 0)
	put(t, dir, "a.log.1", []byte(lines(6)), time.Hour)
	put(t, dir, "a.log.2.gz", gz(t, lines(7)), 2*time.Hour)
	r := newTwice(t, dir+"/a.log*")
	ok(t, r.first())
	for _, n := range [][2]string{{"a.log.2.gz", "a.log.3.gz"}, {"a.log.1", "a.log.2"}, {"a.log", "a.log.1"}} {
		ok(t, os.Rename(filepath.Join(dir, n[0]), filepath.Join(dir, n[1])))
	}
	put(t, dir, "a.log", []byte("new\n"), 0)
	ok(t, r.tails())
	_, texts := r.stored(dir)
	if len(texts) != 4 || texts["a.log~2"] != "new\n" {
		t.Errorf("stored %q, want only what is new", texts)
	}
}

// TestTailsRedacted has secrets over the seam: what comes out is what one
// reading of the whole gives.
func TestTailsRedacted(t *testing.T) {
	key := "-----BEGIN RSA PRIVATE KEY-----\n" + strings.Repeat("MIIEpAIBAAKCAQEAh/hunter2kWcyKXN5lmzHVKMnlhqLV7+zAqkbgXg3BGfZNqz\n", 20) + "-----END RSA PRIVATE KEY-----\n"
	whole := lines(3) + key + "between\n{\n\"password\":\n\"hunter2\"\n}\npassword=hunter2 and more\nlast\n"
	var want bytes.Buffer
	w := redact.New(redact.Options{}).NewWriter(&want, redact.StreamOptions{})
	_, err := w.Write([]byte(whole))
	ok(t, err)
	ok(t, w.Close())
	for cut := 200; cut < len(whole); cut += 7 {
		dir := t.TempDir()
		log := put(t, dir, "a.log", []byte(whole[:cut]), 0)
		r := newTwice(t, log)
		ok(t, r.first())
		add(t, log, whole[cut:])
		ok(t, r.tails())
		_, texts := r.stored(dir)
		got := texts["a.log"] + texts["a.log.tail"]
		if strings.Contains(got, "hunter2") || got != want.String() {
			t.Fatalf("cut at %d:\n%s\nwant\n%s", cut, got, want.String())
		}
	}
}

// TestTailsUTF16 cuts UTF-16 anywhere, also inside of a character.
func TestTailsUTF16(t *testing.T) {
	for name, whole := range map[string][]byte{"le": wide("ü " + lines(20)), "no mark": wide(lines(20))[2:]} {
		for cut := 300; cut < len(whole); cut += 101 {
			dir := t.TempDir()
			log := put(t, dir, "a.log", whole[:cut], 0)
			r := newTwice(t, log)
			ok(t, r.first())
			add(t, log, string(whole[cut:]))
			ok(t, r.tails())
			files, texts := r.stored(dir)
			if texts["a.log"]+texts["a.log.tail"] != string(whole) {
				t.Fatalf("%s, cut at %d: the parts are not the whole", name, cut)
			}
			n := bytes.Count([]byte(texts["a.log"]), []byte{'\n', 0})
			if f := files["a.log.tail"]; f.Encoding != "utf-16le" || f.FirstLine != int64(n+1) {
				t.Errorf("%s, cut at %d: %+v", name, cut, f)
			}
		}
	}
}

// TestTailsTooLarge has a tail for which there is no room: its newest part.
func TestTailsTooLarge(t *testing.T) {
	dir := t.TempDir()
	log := put(t, dir, "a.log", []byte(lines(10)), 0)
	r := newTwice(t, log)
	r.opt.MaxFile = 20_000
	ok(t, r.first())
	add(t, log, lines(5000))
	ok(t, r.tails())
	files, texts := r.stored(dir)
	f, got, whole := files["a.log.tail"], texts["a.log.tail"], lines(10)+lines(5000)
	if len(got) > 20_000 || len(got) < 19_900 || !strings.HasSuffix(whole, got) || !strings.HasPrefix(got, "2026-") {
		t.Errorf("%d bytes, %.40q", len(got), got)
	}
	if !f.Truncated || f.FirstLine != 0 || f.Ranges[0] != [2]int64{int64(len(whole) - len(got)), int64(len(whole))} {
		t.Errorf("row %+v", f)
	}
}

// TestTailsOfMany has more files than are copied, and one of them goes on.
func TestTailsOfMany(t *testing.T) {
	dir := t.TempDir()
	for i := range 300 {
		put(t, dir, fmt.Sprintf("%03d.log", i), []byte(lines(1+i%7)), time.Duration(i)*time.Second)
	}
	r := newTwice(t, dir+"/*.log")
	ok(t, r.first())
	for i := range 300 {
		ok(t, os.Rename(fmt.Sprintf("%s/%03d.log", dir, i), fmt.Sprintf("%s/%03d.old", dir, i)))
	}
	add(t, dir+"/123.old", "more\n")
	ok(t, r.tails())
	_, texts := r.stored(dir)
	if len(texts) != 301 || texts["123.log.tail"] != "more\n" {
		t.Errorf("%d files, tail %q", len(texts), texts["123.log.tail"])
	}
}
