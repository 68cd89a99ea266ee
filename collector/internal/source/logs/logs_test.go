package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// run copies logs into a bundle in memory and returns its files with their bytes.
func run(t *testing.T, opt Options, lim store.Limits) (map[string]bundles.File, map[string]string, error) {
	t.Helper()
	var out bytes.Buffer
	w, err := zipwriter.NewWriter(&out, bundles.Header{ID: "t", Created: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	st := store.New(w, redact.New(redact.Options{}), lim)
	opt.ID, opt.Log = "x", runlog.New(io.Discard)
	cerr := Collect(context.Background(), st.Sink(), opt)
	if err := w.Finish(bundles.Manifest{}); err != nil {
		t.Fatal(err)
	}
	r, err := bundlezip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundles.Open(r)
	if err != nil || b.Cut {
		t.Fatal(err, b.CutReason)
	}
	if in, err := b.Verify(context.Background()); err != nil || !in.OK {
		t.Fatalf("the bundle does not verify: %v, %+v", err, in)
	}
	files, texts := map[string]bundles.File{}, map[string]string{}
	for _, f := range b.Manifest.Files {
		raw, err := bundles.ReadLimited(r, f.Path, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(f.Path)
		files[name], texts[name] = f, string(raw)
	}
	return files, texts, cerr
}

func put(t *testing.T, dir, name string, content []byte, age time.Duration) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-age)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	return path
}

func gz(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func status(err error) string {
	var p *source.Problem
	if errors.As(err, &p) {
		return p.Status
	}
	return fmt.Sprint(err)
}

// lines makes n numbered lines.
func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "2026-03-01 10:00:00 line %06d of the log\n", i)
	}
	return b.String()
}

func TestCopy(t *testing.T) {
	dir := t.TempDir()
	path := put(t, dir, "a.log", []byte("one\r\ntwo 443\r\npassword=hunter2\r\nlast without end"), 0)
	put(t, dir, "old.log", []byte("x\n"), 100*time.Hour)
	put(t, dir, "latin.log", []byte("Stra\xdfe\n"), 0)
	files, texts, err := run(t, Options{Globs: []string{dir + "/*.log"}, Since: time.Now().Add(-72 * time.Hour)}, store.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := texts["a.log"], "one\r\ntwo 443\r\npassword=[REDACTED:password]\r\nlast without end"; got != want {
		t.Errorf("a.log = %q, want %q", got, want)
	}
	f := files["a.log"]
	if f.SourcePath != path || f.Path != "logs/x"+path || f.Source != "logs/x" || f.FirstLine != 1 || f.Encoding != "utf-8" || f.Truncated || f.Ranges != nil ||
		f.OriginalSize == nil || *f.OriginalSize != 48 || f.MTime == nil || f.Redactions["password"] != 1 {
		t.Errorf("a.log = %+v", f)
	}
	if texts["latin.log"] != "Stra\xdfe\n" || files["latin.log"].Encoding != "" {
		t.Errorf("latin.log = %q, %+v", texts["latin.log"], files["latin.log"])
	}
	if len(files) != 2 {
		t.Errorf("files = %v: old ones stay away", files)
	}
}

func TestTail(t *testing.T) {
	dir, text := t.TempDir(), lines(20_000)
	put(t, dir, "big.log", []byte(text), 0)
	files, texts, err := run(t, Options{Globs: []string{dir + "/big.log"}, MaxFile: 100_000}, store.Limits{})
	f, got := files["big.log"], texts["big.log"]
	if err != nil || len(got) > 100_000 || len(got) < 90_000 || !strings.HasSuffix(text, got) || !strings.HasPrefix(got, "2026-") {
		t.Fatalf("tail of %d bytes, %v, begins %.50q", len(got), err, got)
	}
	if want := [2]int64{int64(len(text) - len(got)), int64(len(text))}; !f.Truncated || len(f.Ranges) != 1 || f.Ranges[0] != want || f.FirstLine != 0 || *f.OriginalSize != int64(len(text)) {
		t.Errorf("row = %+v, want the range %v", f, want)
	}
}

func wide(s string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

func TestUTF16(t *testing.T) {
	dir := t.TempDir()
	text := lines(5000)
	put(t, dir, "all.log", wide("ü "+text+"password=hunter2\r\n"), 0)
	put(t, dir, "nobom.log", wide(text)[2:], 0)
	files, texts, err := run(t, Options{Globs: []string{dir + "/*.log"}}, store.Limits{})
	if err != nil || files["all.log"].Encoding != "utf-16le" || files["nobom.log"].Encoding != "utf-16le" {
		t.Fatalf("%v, %+v", err, files)
	}
	if want := string(wide("ü " + text + "password=[REDACTED:password]\r\n")); texts["all.log"] != want || texts["nobom.log"] != string(wide(text)[2:]) {
		t.Error("UTF-16 did not stay UTF-16, byte for byte but for the secret")
	}
	files, texts, err = run(t, Options{Globs: []string{dir + "/nobom.log"}, MaxFile: 50_001}, store.Limits{})
	if got := texts["nobom.log"]; err != nil || len(got)%2 != 0 || !strings.HasPrefix(got, "2\x000\x00") || files["nobom.log"].Ranges[0][0]%2 != 0 {
		t.Errorf("tail of UTF-16: %v, %.20q, %+v", err, got, files["nobom.log"])
	}
}

func TestGzip(t *testing.T) {
	dir, text := t.TempDir(), lines(3000)
	put(t, dir, "a.log.1.gz", gz(t, text), 0)
	put(t, dir, "both.log", []byte("plain\n"), 0)
	put(t, dir, "both.log.gz", gz(t, "packed\n"), time.Hour)
	raw := gz(t, text)
	put(t, dir, "cut.log.gz", raw[:len(raw)-2000], 0)
	files, texts, err := run(t, Options{Globs: []string{dir + "/*"}}, store.Limits{})
	if status(err) != bundles.StatusPartial || !strings.Contains(err.Error(), "cut.log.gz: cut off or damaged") || !files["cut.log"].Truncated {
		t.Fatal(err)
	}
	f := files["a.log.1"]
	if texts["a.log.1"] != text || f.StoredFrom != "gzip" || !strings.HasSuffix(f.SourcePath, "a.log.1.gz") || f.Truncated {
		t.Errorf("a.log.1 = %d bytes, %+v", len(texts["a.log.1"]), f)
	}
	if texts["both.log"] != "plain\n" || texts["both.log~2"] != "packed\n" {
		t.Errorf("two files of one name: %q, %q", texts["both.log"], texts["both.log~2"])
	}
	if got := texts["cut.log"]; len(got) == 0 || !strings.HasPrefix(text, got) {
		t.Errorf("of a gzip file that is cut off %d bytes are there", len(got))
	}
	files, texts, err = run(t, Options{Globs: []string{dir + "/a*"}, MaxFile: 20_000}, store.Limits{})
	if got := texts["a.log.1"]; err != nil || !strings.HasSuffix(text, got) || len(got) > 20_000 || len(got) < 19_000 || !strings.HasPrefix(got, "2026-") ||
		!files["a.log.1"].Truncated || files["a.log.1"].Ranges != nil || files["a.log.1"].FirstLine != int64(3000-strings.Count(got, "\n")+1) {
		t.Errorf("tail of a gzip file: %v, %d bytes, %+v", err, len(got), files["a.log.1"])
	}
}

func TestBinary(t *testing.T) {
	dir := t.TempDir()
	noise := make([]byte, 50_000)
	for i := range noise {
		noise[i] = byte(i*7 + i>>8)
	}
	put(t, dir, "a.log", noise, 0)
	put(t, dir, "a.log.gz", gz(t, string(noise)), 0)
	put(t, dir, "wide.log", append([]byte{0xff, 0xfe, 0, 0}, noise...), 0)
	files, _, err := run(t, Options{Globs: []string{dir + "/*"}}, store.Limits{})
	if len(files) != 0 || status(err) != bundles.StatusWithheld {
		t.Errorf("binary files: %v, %v", files, err)
	}
}

func TestBudgets(t *testing.T) {
	dir, text := t.TempDir(), lines(10_000)
	put(t, dir, "new.log", []byte(text), 0)
	put(t, dir, "mid.log", []byte(text), time.Hour)
	put(t, dir, "old.log", []byte(text), 2*time.Hour)
	files, texts, err := run(t, Options{Globs: []string{dir + "/*"}, MaxTotal: int64(len(text)) + 50_000}, store.Limits{})
	if texts["new.log"] != text || !strings.HasSuffix(text, texts["mid.log"]) || len(texts["mid.log"]) > 50_000 || files["old.log"].Path != "" || status(err) != bundles.StatusPartial {
		t.Errorf("the newest has to be whole, the next a tail, the oldest absent: %v, %v", files, err)
	}
}

// TestFullBundle fills a small bundle with what cannot be packed.
func TestFullBundle(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	seed := uint64(1)
	for b.Len() < 6<<20 {
		for range 16 {
			seed = seed*6364136223846793005 + 1442695040888963407
			fmt.Fprintf(&b, "%x", seed)
		}
		b.WriteByte('\n')
	}
	text := b.String()
	put(t, dir, "a.log", []byte(text), 0)
	files, texts, err := run(t, Options{Globs: []string{dir + "/a.log"}}, store.Limits{MaxSize: 2 << 20})
	f, got := files["a.log"], texts["a.log"]
	if status(err) != bundles.StatusPartial || !strings.Contains(err.Error(), "--max-size") || f.StoredSize > 2<<20 {
		t.Errorf("%v, stored %d bytes", err, f.StoredSize)
	}
	if len(f.Ranges) != 1 || text[f.Ranges[0][0]:f.Ranges[0][1]] != got || !strings.HasSuffix(got, "\n") || !f.Truncated {
		t.Errorf("the range %v does not tell the %d bytes that are there", f.Ranges, len(got))
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pat, name string
		want      bool
	}{{"*.log", "a.log", true}, {"a*b*c", "aXbYc", true}, {"a*b*c", "aXcYb", false}, {"?.log", "a.log", true}, {"?.log", ".log", false}, {"?.log", "ü.log", true}, {"[a].log", "[a].log", true}, {"*", "", true}} {
		if got := match(c.pat, c.name); got != c.want {
			t.Errorf("match(%q, %q) = %v", c.pat, c.name, got)
		}
	}
}
