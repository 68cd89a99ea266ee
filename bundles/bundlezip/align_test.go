package bundlezip

import (
	"bytes"
	"io/fs"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
)

// TestAlign: behind padding all that was written before lies in whole blocks, of
// which the underlying writer has all; and readers pass over it.
func TestAlign(t *testing.T) {
	const block = 64 << 10
	for _, size := range []int{1, 100, 30_000, 65_300, 65_500, 200_000} {
		var out bytes.Buffer
		w, err := zipwriter.NewWriter(&out, bundles.Header{ID: "1", Created: time.Unix(0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		put := func(name string, content []byte) {
			t.Helper()
			e, err := w.Create(bundles.File{Path: name})
			if err == nil {
				_, err = e.Write(content)
			}
			if err == nil {
				err = e.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		content := noiseOf(size)
		put("logs/a", content)
		before := w.Written()
		w.Align(block)
		e, err := w.Create(bundles.File{Path: "logs/b"})
		if err != nil {
			t.Fatal(err)
		}
		whole := out.Len() / block * block
		if int64(whole) < before || out.Len()%block == 0 {
			t.Errorf("%d bytes: %d are handed on, %d were written", size, out.Len(), before)
		}
		if w.Written() != int64(out.Len()) || w.Written()-before > block+100 {
			t.Errorf("%d bytes: %d became %d", size, before, w.Written())
		}
		r, err := Salvage(bytes.NewReader(out.Bytes()[:whole]), int64(whole))
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if got, err := fs.ReadFile(r, "logs/a"); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes: salvaged %d, %v", size, len(got), err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		put("logs/c", content)
		if err := w.Finish(bundles.Manifest{}); err != nil {
			t.Fatal(err)
		}
		for name, open := range map[string]func() (*Reader, error){
			"read":     func() (*Reader, error) { return NewReader(bytes.NewReader(out.Bytes()), int64(out.Len())) },
			"salvaged": func() (*Reader, error) { return Salvage(bytes.NewReader(out.Bytes()), int64(out.Len())) },
		} {
			r, err := open()
			if err != nil {
				t.Fatal(err)
			}
			if got, err := fs.ReadFile(r, "logs/c"); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes, %s: %d, %v", size, name, len(got), err)
			}
			if name == "read" && len(r.Rejected()) > 0 {
				t.Errorf("%d bytes: %+v", size, r.Rejected())
			}
		}
	}
}
