package store

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipform"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
)

func TestUnique(t *testing.T) {
	n := names{files: map[string]bool{}, dirs: map[string]bool{}}
	for _, c := range [][2]string{
		{"logs/x/a", "logs/x/a"},
		{"logs/x/a", "logs/x/a~2"},
		{"logs/x/A", "logs/x/A~3"},
		{"logs/X/a/b", "logs/X/a~4/b"},
		{"logs/x/d/e", "logs/x/d/e"},
		{"logs/x/d", "logs/x/d~2"},
		{"logs/x/a~2", "logs/x/a~2~2"},
		{"logs/x/D/e", "logs/x/D/e~2"},
	} {
		if got := n.unique(c[0]); got != c[1] {
			t.Errorf("unique(%q) = %q, want %q", c[0], got, c[1])
		}
	}
}

// device are the names that Windows gives to no file.
var device = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)`)

// Names that Windows cannot have come from machines with Linux.
func TestCleanPath(t *testing.T) {
	for in, want := range map[string]string{
		"logs/x/a b.log": "logs/x/a b.log", "logs/x/a:b?.log": "logs/x/a_b_.log", `logs/x/<a>|"b"*`: "logs/x/_a___b__",
		"logs/x/end. .": "logs/x/end_", "logs/x/...": "logs/x/_", "logs/x/../y": "logs/x/_/y", "logs/x/dir /y": "logs/x/dir_/y",
		"logs/x/con": "logs/x/_con", "logs/x/Aux.log": "logs/x/_Aux.log", "logs/x/NUL .tar.gz": "logs/x/_NUL .tar.gz",
		"logs/x/com1/y": "logs/x/_com1/y", "logs/x/com10": "logs/x/com10", "logs/x/console.log": "logs/x/console.log", "logs/x/lpt9.txt": "logs/x/_lpt9.txt",
		"logs/x/com": "logs/x/com", "logs/x/con1": "logs/x/con1", "logs/x/LPT².log": "logs/x/_LPT².log",
	} {
		if got := cleanPath(in); got != want {
			t.Errorf("cleanPath(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzCleanPath(f *testing.F) {
	for _, s := range []string{"a", "con", "nul .x", "a. /b", "x*?", "../b", "x.TAIL", "c:\\d", strings.Repeat("e/", 90) + "f", strings.Repeat(strings.Repeat("g", 255)+"/", 20) + "h", "\xff\u0085"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if elems := strings.FieldsFunc(path, func(r rune) bool { return r == '/' }); len(elems) == 0 || len(elems[len(elems)-1]) > 255 {
			return // no system gives such a name
		}
		got := cleanPath("logs/x/" + path)
		if clean, err := zipform.CleanName(got + "~999" + bundles.TailSuffix); err != nil || clean != got+"~999"+bundles.TailSuffix || !strings.HasPrefix(got, "logs/x/") {
			t.Errorf("cleanPath(%q) = %q, %v", path, got, err)
		}
		for e := range strings.SplitSeq(got, "/") {
			if e != strings.TrimRight(e, ". ") || strings.ContainsAny(e, `<>:"|?*\`) || device.MatchString(e) {
				t.Errorf("cleanPath(%q) = %q, which Windows cannot unpack", path, got)
			}
		}
		if strings.HasSuffix(strings.ToLower(got), bundles.TailSuffix) {
			t.Errorf("cleanPath(%q) = %q, which is a tail's name", path, got)
		}
	})
}

func TestReadable(t *testing.T) {
	for in, want := range map[string]string{"/a/ü": "/a/ü", "/a\xff\xfeb": `/a\xff\xfeb`, "/\ufffd": "/\ufffd"} {
		if got := readable(in); got != want {
			t.Errorf("readable(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestTailOfRevoked has a source that was given up in the middle of a line: the
// tail goes on where the entry ends.
func TestTailOfRevoked(t *testing.T) {
	var out bytes.Buffer
	s, z := newStore(t, &out, Limits{})
	k := s.Sink()
	first, err := k.Create(bundles.File{Path: "logs/x/a.log", SourcePath: "/a.log"}, redact.StreamOptions{}, 100, true)
	if err != nil {
		t.Fatal(err)
	}
	text := "one\npassword=hun"
	if _, err := first.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	k.Revoke()
	end, state := first.End()
	if end != 104 {
		t.Fatalf("the entry ends at %d, want behind its only line", end)
	}
	tail, err := s.Sink().Tail(first, bundles.File{SourcePath: "/a.log"}, redact.StreamOptions{After: state}, end)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tail.Write([]byte(text[end-100:] + "ter2\n")); err != nil {
		t.Fatal(err)
	}
	if err := tail.Close(nil); err != nil {
		t.Fatal(err)
	}
	if err := z.Finish(bundles.Manifest{}); err != nil {
		t.Fatal(err)
	}
	r, err := bundlezip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"logs/x/a.log": "one\n", "logs/x/a.log.tail": "password=[REDACTED:password]\n"} {
		if raw, err := bundles.ReadLimited(r, path, 1<<20); err != nil || string(raw) != want {
			t.Errorf("%s = %q, %v, want %q", path, raw, err, want)
		}
	}
}

func TestBundlePath(t *testing.T) {
	for _, c := range []struct{ in, stored, want string }{
		{"/var/log/a", "", "var/log/a"},
		{"C:/ProgramData/x.log", "", "C/ProgramData/x.log"},
		{"/var/log/a.1.GZ", "gzip", "var/log/a.1"},
		{"/var/log/a.1.gz", "", "var/log/a.1.gz"},
	} {
		if got := bundlePath(c.in, c.stored); got != c.want {
			t.Errorf("bundlePath(%q, %q) = %q, want %q", c.in, c.stored, got, c.want)
		}
	}
}
