package analyzer

import (
	"archive/zip"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/analyzer/internal/archive"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// tills is what a pack declares that knows logs of tills by name and by lines,
// of desks by lines, and says nothing of the lines of offices. Spare tills have the
// lines of tills, and fewer checks.
func tills() abi.Describe {
	format := func(id, word string) scan.Format {
		return scan.Format{
			ID: id, Line: `^(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ` + word + ` (?P<text>.*)$`,
			Time: scan.TimeFormat{Groups: []string{"stamp"}, Layout: "2006-01-02 15:04:05", Zone: "host"},
		}
	}
	search := func(id, input, format string) scan.Scan {
		return scan.Scan{ID: id, Input: input, Format: format, Any: []scan.Pattern{{Literal: "ERROR"}}}
	}
	return abi.Describe{
		Inputs: []abi.Input{
			{ID: "tills", Glob: "logs/till/**/till*.log"},
			{ID: "desks", Glob: "logs/desk/**/*.log"},
			{ID: "offices", Glob: "logs/*office/**/*.log"},
			{ID: "all", Glob: "logs/any/**"},
			{ID: "services", Glob: "facts/**/services.json"},
			{ID: "two", Glob: "logs/s2/**/s2*"},
			{ID: "spares", Glob: "logs/aspare/**/spare*.log"},
		},
		Formats: []scan.Format{format("till", "till"), format("desk", "desk"), format("s2", "s2"), {ID: "anything", Line: `(?P<text>.*)`}},
		Scans: []scan.Scan{
			search("a", "tills", "till"), search("b", "desks", "desk"), search("c", "offices", ""), search("d", "all", "anything"), search("e", "two", "s2"),
			search("f", "spares", "till"),
		},
		Checks: []abi.Check{
			{ID: "x", Roles: []string{"source-machine"}, OS: []string{"linux", "windows"}, Scans: []string{"a"}},
			{ID: "y", Roles: []string{"process-server"}, OS: []string{"windows"}, Inputs: []string{"desks"}},
			{ID: "z", Roles: []string{"source-machine"}, OS: []string{"linux", "windows"}, Inputs: []string{"tills", "services"}},
		},
	}
}

const (
	tillLine = "2026-03-05 10:00:00 till open\n"
	deskLine = "2026-03-05 10:00:00 desk open\n"
)

func wide(text string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// rawOf reads files as raw logs, which one pack knows.
func rawOf(t *testing.T, o rawOptions, files map[string]string) (*rawReader, *bundles.Bundle) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	a, err := archive.Open(context.Background(), dir, archive.Options{Temp: t.TempDir(), Loose: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	var known logKnowledge
	if err := known.learn(tills()); err != nil {
		t.Fatal(err)
	}
	if o.location, err = locationOf(o.zone); err != nil {
		t.Fatal(err)
	}
	r := &rawReader{options: o, known: &known, loose: a.Loose, fs: newRawFS(a), votes: votes{}}
	if err := r.read(context.Background()); err != nil {
		t.Fatal(err)
	}
	return r, r.bundle("0123456789abcdef0123")
}

// TestRawPlaces: where a log belongs, and what is none.
func TestRawPlaces(t *testing.T) {
	for name, c := range map[string]struct {
		file, content, want string // want empty: not known
		encoding            string
	}{
		"name":                       {"a/TILL7.log", "no format\n", "logs/till/a/TILL7.log", ""},
		"name of an empty log":       {"till7.log", "", "logs/till/till7.log", ""},
		"binary with a name":         {"till7.log", "\x00\x01\x02", "", ""},
		"lines and a general name":   {"a/b/c.log", deskLine, "logs/desk/a/b/c.log", ""},
		"lines before the name":      {"x/till7.log", strings.Repeat(deskLine, 3), "logs/desk/x/till7.log", ""},
		"lines and another name":     {"a/copy of it.txt", tillLine, "logs/till/a/tillcopy of it.txt.log", ""},
		"a name inside of another":   {"PC7_spare_1.txt", tillLine, "logs/aspare/sparePC7_spare_1.txt.log", ""},
		"few lines among others":     {"c.log", strings.Repeat("hello\n", 9) + deskLine + deskLine, "", ""},
		"three lines among others":   {"c.log", strings.Repeat("hello\n", 9) + strings.Repeat(deskLine, 3), "logs/desk/c.log", ""},
		"lines behind the first 50":  {"c.log", strings.Repeat("hello\n", 50) + strings.Repeat(deskLine, 50), "", ""},
		"empty lines do not count":   {"c.log", strings.Repeat("\n", 60) + deskLine, "logs/desk/c.log", ""},
		"general name, any lines":    {"c.log", "hello\n", "", ""},
		"a short name tells nothing": {"s2-notes", "hello\n", "", ""},
		"a short name and lines":     {"s2-log", "2026-03-05 10:00:00 s2 open\n", "logs/s2/s2-log", ""},
		"in a bundle's folders":      {"ps01/logs/office/x.log", "hello\n", "logs/office/x.log", ""},
		"in the folders of a glob":   {"ps01/logs/any/x", "hello\n", "logs/any/x", ""},
		"UTF-16 with its mark":       {"c.log", "\xff\xfe" + wide(deskLine), "logs/desk/c.log", ""},
		"UTF-16 without":             {"c.log", wide(deskLine), "logs/desk/c.log", "utf-16le"},
		"Windows line ends":          {"c.log", strings.ReplaceAll(deskLine, "\n", "\r\n"), "logs/desk/c.log", ""},
		"no line end":                {"c.log", strings.TrimSpace(deskLine), "logs/desk/c.log", ""},
		"left by a system":           {"._till7.log", tillLine, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, b := rawOf(t, rawOptions{}, map[string]string{c.file: c.content})
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			if diff := cmp.Diff(want, slices.Clone(b.Paths())); diff != "" && !(len(want) == 0 && len(b.Paths()) == 0) {
				t.Fatal(diff)
			}
			if len(want) == 0 {
				return
			}
			row, _ := b.File(c.want)
			if row.SourcePath != c.file || row.Encoding != c.encoding || row.Size != int64(len(c.content)) || r.logs != 1 {
				t.Errorf("the row says %+v, %d logs", row, r.logs)
			}
			if got, err := bundles.ReadLimited(b.FS, c.want, 1<<20); err != nil || string(got) != c.content {
				t.Errorf("it reads %q, %v", got, err)
			}
		})
	}
}

// TestRawNames: two logs of one name are both there, and a glob finds both.
func TestRawNames(t *testing.T) {
	_, b := rawOf(t, rawOptions{}, map[string]string{"a/logs/till/till7.log": tillLine, "b/logs/till/till7.log": tillLine})
	want := []string{"logs/till/till7.log", "logs/till/till7.log~2"}
	if diff := cmp.Diff(want, b.Paths()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, b.MatchLogs("logs/till/**/till*.log")); diff != "" {
		t.Error(diff)
	}
}

// TestRawGuesses: role and system.
func TestRawGuesses(t *testing.T) {
	crlf := strings.NewReplacer("\n", "\r\n")
	for name, c := range map[string]struct {
		files        map[string]string
		role, system string
	}{
		"one reader more":        {map[string]string{"till1.log": tillLine, "a.log": deskLine}, "source-machine", "linux"},
		"line ends of Windows":   {map[string]string{"till1.log": crlf.Replace(tillLine)}, "source-machine", "windows"},
		"checks for one system":  {map[string]string{"a.log": deskLine}, "process-server", "windows"},
		"nobody says":            {map[string]string{"logs/any/x": "hello\n"}, "unknown", "linux"},
		"logs and their numbers": {map[string]string{"a.log": deskLine, "b.log": deskLine, "c.log": deskLine, "till1.log": tillLine}, "source-machine", "linux"},
	} {
		t.Run(name, func(t *testing.T) {
			_, b := rawOf(t, rawOptions{}, c.files)
			h := b.Host()
			if h.Role != c.role || h.OS != c.system || !strings.HasPrefix(h.RoleEvidence[0], "guessed from the logs: logs/") {
				t.Errorf("the host is %+v", h)
			}
		})
	}
}

// TestRawMissing: facts are absent with the reason, and so is every log of a
// kind of which only some were sent.
func TestRawMissing(t *testing.T) {
	_, b := rawOf(t, rawOptions{}, map[string]string{"till1.log": tillLine})
	for glob, want := range map[string]string{
		"facts/**/services.json": "services: skipped: raw logs, no collector",
		"logs/desk/**/*.log":     "logs/desk: skipped: raw logs, no collector",
		"logs/till/**/other*":    "logs/till: partial: raw logs, no collector: only what was sent is known",
		"logs/till/**/till*.log": "",
	} {
		if got, _ := b.Missing(glob); got != want {
			t.Errorf("Missing(%q) = %q, want %q", glob, got, want)
		}
	}
}

// TestRawCaps: files beyond the limits are counted, not read.
func TestRawCaps(t *testing.T) {
	files := map[string]string{"till1.log": tillLine}
	for i := range maxRawTried + 10 {
		files["n"+strings.Repeat("x", i/1000)+string(rune('0'+i%10))+string(rune('0'+i/10%10))+string(rune('0'+i/100%10))+".txt"] = "hello\n"
	}
	r, b := rawOf(t, rawOptions{}, files)
	if len(b.Paths()) != 1 || r.unread != len(files)-1 {
		t.Errorf("%d logs, %d unread of %d", len(b.Paths()), r.unread, len(files))
	}
}

// TestZones: offsets and names; the list is cut to the time of the logs.
func TestZones(t *testing.T) {
	summer := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for name, want := range map[string]int{
		"Europe/Berlin": 7200, "+02:00": 7200, "-0530": -19800, "UTC+2": 7200, "GMT-3": -10800, "+14:00": 50400, "UTC": 0,
	} {
		l, err := locationOf(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		list := rawOptions{zone: name, location: l}.offsets(summer)
		if got := scan.NewZone(offsetsOf(list)); got == nil || at(list, summer) != want {
			t.Errorf("%s: offset %d, want %d", name, at(list, summer), want)
		}
	}
	for _, name := range []string{"Local", "local", "+15:00", "+2:75", "Europe", "../etc/passwd", "Mars/Olympus", "+", "2"} {
		if err := CheckZone(name); err == nil {
			t.Errorf("%q is taken for a zone", name)
		}
	}
	l, _ := locationOf("Europe/Berlin")
	all := rawOptions{zone: "Europe/Berlin", location: l}.offsets(summer)
	cut := within(all, summer.AddDate(0, 0, -1), summer)
	if len(all) < 2*zoneYears || len(cut) != 1 || cut[0].Seconds != 7200 {
		t.Errorf("%d offsets, %v of them for the logs", len(all), cut)
	}
	if n := len(within(all, summer.AddDate(-1, 0, 0), summer)); n != 3 {
		t.Errorf("%d offsets for a year, want 3", n)
	}
	if none := (rawOptions{}).offsets(summer); none != nil {
		t.Errorf("without a zone there are offsets: %v", none)
	}
}

func offsetsOf(list []bundles.UTCOffset) (out []scan.Offset) {
	for _, o := range list {
		out = append(out, scan.Offset{From: o.From, Seconds: o.Seconds})
	}
	return out
}

// at is the offset at a time.
func at(list []bundles.UTCOffset, t time.Time) (seconds int) {
	for _, o := range list {
		if !o.From.After(t) {
			seconds = o.Seconds
		}
	}
	return seconds
}

// TestRawOpen: an archive whose reader finds a damaged log says so, and nothing
// that is damaged counts as read.
func TestRawOpen(t *testing.T) {
	name := filepath.Join(t.TempDir(), "logs.zip")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(f)
	e, err := w.CreateHeader(&zip.FileHeader{Name: "logs/app/x.log", Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Write([]byte("2026-03-05 09:00:01 ERROR thing is gone\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	b, in, err := Open(context.Background(), name, OpenOptions{Packs: []*packfile.Pack{demo(t)}})
	if err != nil {
		t.Fatal(err)
	}
	if !in.Raw() || !in.OK || in.SHA256 == "" || len(b.Paths()) != 1 {
		t.Errorf("raw %v, %+v, %v", in.Raw(), in, b.Paths())
	}
	r, err := Analyze(context.Background(), b, []*packfile.Pack{demo(t)}, Options{Integrity: in, CacheDir: cacheFolder(), Role: "process-server"})
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	if r.Bundle.Kind != "raw" || r.Verdict.State == "healthy" || r.ExitCode("") != 4 || r.Summary.Pass != 0 {
		t.Errorf("the report says %+v %+v %+v", r.Bundle, r.Verdict, r.Summary)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	damaged := strings.Replace(string(data), "thing", "thong", 1)
	if err := os.WriteFile(name, []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	b, in, err = Open(context.Background(), name, OpenOptions{Packs: []*packfile.Pack{demo(t)}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if in.OK || len(in.Problems) != 1 || in.Problems[0].Path != "logs/app/x.log" {
		t.Errorf("a damaged log gives %+v", in)
	}
	if _, _, err := Open(context.Background(), name, OpenOptions{}); codeOf(err) != CodeNotBundle {
		t.Errorf("without packs: %v", err)
	}
}

// FuzzRawText: any beginning of a file can be looked at, and lines stay lines.
func FuzzRawText(f *testing.F) {
	for _, s := range []string{"", tillLine, wide(tillLine), "\xff\xfe" + wide(deskLine), "\xfe\xff\x00a", "\xef\xbb\xbfx\r\ny", "a\x00b\x00c\x00d\x00", "\x00a\x00b\x00c\x00d\x00"} {
		f.Add([]byte(s))
	}
	var known logKnowledge
	if err := known.learn(tills()); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		text := newRawText(head)
		for _, line := range text.lines {
			if len(line) == 0 || len(line) > 4096 || strings.ContainsAny(string(line), "\n") {
				t.Errorf("a line %q", line)
			}
		}
		if in := text.best(known.inputs); in != nil && !bundles.Glob(in.glob, in.pathOf("a/b.txt")) {
			t.Errorf("%s does not match its own path %s", in.glob, in.pathOf("a/b.txt"))
		}
	})
}
