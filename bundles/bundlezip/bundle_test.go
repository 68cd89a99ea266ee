package bundlezip

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
)

var testHeader = bundles.Header{ID: "test", Created: time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC)}

// content is one entry.
type content struct{ path, data string }

// testContents are the entries of the bundle of most tests, in order.
func testContents() []content {
	return []content{
		{"facts/start/services.json", `{"taken":"2026-03-05T10:00:00Z","manager":"scm","items":[]}` + "\n"},
		{"logs/cxps/C/ProgramData/ASR/cxps.err.log", strings.Repeat("a line of a log that repeats itself\r\n", 5000)},
		{"logs/cxps/C/ProgramData/ASR/empty.log", ""},
		{"logs/u/C/utf16.log", "\xff\xfeh\x00i\x00"},
		{"metrics/samples.ndjson", `{"t":"2026-03-05T10:00:00Z","system.cpu.utilization":0.5}` + "\n"},
		{"collect.log", "{}\n"},
	}
}

// testZip is a whole bundle.
func testZip(t testing.TB, contents []content) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := zipwriter.NewWriter(&buf, testHeader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range contents {
		e, err := w.Create(bundles.File{Path: c.path})
		if err != nil {
			t.Fatalf("Create(%q): %v", c.path, err)
		}
		io.WriteString(e, c.data)
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(bundles.Manifest{Host: bundles.Host{Name: "PS01", OS: "windows", Role: bundles.RoleProcessServer}}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func newReader(t testing.TB, raw []byte) *Reader {
	t.Helper()
	r, err := NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRoundTrip(t *testing.T) {
	raw := testZip(t, testContents())
	r := newReader(t, raw)
	for _, c := range testContents() {
		got, err := fs.ReadFile(r, c.path)
		if err != nil || string(got) != c.data {
			t.Errorf("%s: got %d bytes, %v, want %d", c.path, len(got), err, len(c.data))
		}
	}
	b, err := bundles.Open(r)
	if err != nil || b.Cut {
		t.Fatalf("Open: %v, cut %q", err, b.CutReason)
	}
	if integrity, err := b.Verify(context.Background()); err != nil || !integrity.OK {
		t.Errorf("Verify = %+v, %v", integrity, err)
	}
	if b.Header.ID != "test" || b.Manifest.ID != "test" || !b.Manifest.Created.Equal(testHeader.Created) {
		t.Errorf("header %+v, manifest id %q", b.Header, b.Manifest.ID)
	}
	if err := fstest.TestFS(r, "bundle.json", "logs/u/C/utf16.log", "manifest.json"); err != nil {
		t.Error(err)
	}
}
