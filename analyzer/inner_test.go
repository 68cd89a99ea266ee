package analyzer

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
)

// sent makes a zip of files: names and contents in turn.
func sent(t *testing.T, files ...string) string {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, "sent.zip", buf.Bytes())
}

func contentOf(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// sevenZipOfMany claims so many files that reading its list takes more memory
// than a worker may have.
func sevenZipOfMany() string {
	le := binary.LittleEndian
	header := le.AppendUint32([]byte{0x01, 0x05, 0xf0}, 1<<27)
	header = append(header, 0x11, 2, 0, 0, 0, 0)
	start := le.AppendUint64(le.AppendUint64(nil, 0), uint64(len(header)))
	start = le.AppendUint32(start, crc32.ChecksumIEEE(header))
	out := le.AppendUint32([]byte("7z\xbc\xaf\x27\x1c\x00\x04"), crc32.ChecksumIEEE(start))
	return string(append(append(out, start...), header...))
}

// TestAnalyzeAll: every bundle in an archive has its own answer.
func TestAnalyzeAll(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	good, ref := contentOf(t, zipOf(t, sick)), demoRef(t)
	p := testPool(t, "serve", PoolConfig{Jobs: 2})
	path := sent(t, "b/two.zip", good, "a.zip", good, "bad.zip", good[:9], "letter.txt", "Dear support")
	answers, notes := p.AnalyzeAll(context.Background(), AnalyzeJob{Path: path, Packs: []PackRef{ref}})
	if len(answers) != 3 || len(notes) != 1 || !strings.Contains(notes[0], "letter.txt") {
		t.Fatalf("%d answers, notes %q", len(answers), notes)
	}
	for i, want := range []string{"a.zip", "b/two.zip"} {
		a := answers[i]
		if a.Err != nil || a.Inner != want || a.Report.Bundle.File != "sent.zip: "+want || len(a.Report.Bundle.SHA256) != 64 {
			t.Errorf("answer %d is %q, %v: %+v", i, a.Inner, a.Err, a.Report)
		}
	}
	if a := answers[2]; a.Inner != "bad.zip" || codeOf(a.Err) != CodeNotArchive || a.Report != nil {
		t.Errorf("the bad one is %q, %v", a.Inner, a.Err)
	}
	if left, err := filepath.Glob(filepath.Join(temp, tempPrefix+"*")); err != nil || len(left) > 0 {
		t.Errorf("%q is left, %v", left, err)
	}
}

// TestWorkerDiesOpening: an archive that eats memory costs its own answer.
func TestWorkerDiesOpening(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	p, ref := testPool(t, "serve", PoolConfig{}), demoRef(t)
	answers, _ := p.AnalyzeAll(context.Background(), AnalyzeJob{Path: write(t, "many.7z", []byte(sevenZipOfMany())), Packs: []PackRef{ref}})
	if len(answers) != 1 || (codeOf(answers[0].Err) != CodeWorkerDied && codeOf(answers[0].Err) != CodeNotArchive) {
		t.Errorf("answers %+v", answers)
	}
	answers, _ = p.AnalyzeAll(context.Background(), AnalyzeJob{Path: zipOf(t, sick), Packs: []PackRef{ref}})
	if len(answers) != 1 || answers[0].Err != nil || answers[0].Inner != "" {
		t.Errorf("after it: %+v", answers)
	}
	if left, err := filepath.Glob(filepath.Join(temp, tempPrefix+"*")); err != nil || len(left) > 0 {
		t.Errorf("%q is left, %v", left, err)
	}
}

// TestWithin: a worker that was taken over cannot name any file of the desk.
func TestWithin(t *testing.T) {
	for path, want := range map[string]bool{
		"/tmp/job/spool/1": true, "/home/x/sent": true, "/home/x/sent/a.zip": true,
		"/tmp/job/../other": false, "/etc/passwd": false, "/home/x/sent2": false, "": false, "relative": false,
	} {
		if got := (&Inner{Path: []byte(path)}).within("/tmp/job", "/home/x/sent"); got != want {
			t.Errorf("within(%q) = %v", path, got)
		}
	}
}

// TestNotes: what an operating system adds is no fault of the bundle; what was
// refused makes the analysis incomplete.
func TestNotes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundle")
	unpack(t, zipOf(t, sick), dir)
	for _, name := range []string{".DS_Store", "logs/Thumbs.db"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, in, err := Open(context.Background(), dir, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	if !in.OK || len(in.Notes) != 2 {
		t.Errorf("problems %v, notes %q", in.Problems, in.Notes)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "logs", "link")); err != nil {
		t.Skip("no links here:", err)
	}
	r := analyzeFile(t, dir, Options{})
	if got := strings.Join(r.Verdict.Reasons, "\n"); !strings.Contains(got, "entries that were not read: 1") || r.ExitCode("") != 4 {
		t.Errorf("reasons %q, exit code %d", got, r.ExitCode(""))
	}
}

// TestShortened keeps a hostile manifest from filling reports.
func TestShortened(t *testing.T) {
	list, rest := shortened(make([]bundles.Problem, maxProblems+7))
	if len(list) != maxProblems+1 || len(rest) != 7 || !strings.HasSuffix(list[maxProblems].Detail, ": 7") {
		t.Errorf("%d problems, the last %v", len(list), list[len(list)-1])
	}
}
