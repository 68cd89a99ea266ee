package bundlezip

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// named makes a zip of small files as a program on a host would.
func named(t *testing.T, host uint16, headers ...zip.FileHeader) *Reader {
	t.Helper()
	r, err := NewReader(zipNamed(t, host, headers...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func zipNamed(t *testing.T, host uint16, headers ...zip.FileHeader) (*bytes.Reader, int64) {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, h := range headers {
		h.CreatorVersion = host<<8 | 20
		body, err := w.CreateHeader(&h)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(h.Name, "/") {
			continue
		}
		if _, err := io.WriteString(body, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(buf.Bytes()), int64(buf.Len())
}

func headersOf(names ...string) (list []zip.FileHeader) {
	for _, n := range names {
		list = append(list, zip.FileHeader{Name: n, NonUTF8: true})
	}
	return list
}

// files lists the files of a reader.
func files(t *testing.T, r *Reader) string {
	t.Helper()
	var list []string
	err := fs.WalkDir(r, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, " ")
}

func TestBackslashes(t *testing.T) {
	tests := map[string]struct {
		host     uint16
		names    []string
		want     string
		rejected int
	}{
		"PowerShell":     {hostFAT, []string{"bundle.json", `facts\host.json`, `logs\a\C\x.log`}, "bundle.json facts/host.json logs/a/C/x.log", 0},
		"top folder":     {hostNTFS, []string{`b\bundle.json`, `b\facts\host.json`}, "bundle.json facts/host.json", 0},
		"up":             {hostFAT, []string{"bundle.json", `..\..\x`, `a\..\..\x`}, "bundle.json", 2},
		"drive":          {hostFAT, []string{"bundle.json", `C:\x`, `C:x`, `a\C:\x`}, "bundle.json", 3},
		"absolute":       {hostVFAT, []string{"bundle.json", `\x`, `\\server\share\x`, `\\?\C:\x`}, "bundle.json", 3},
		"empty element":  {hostFAT, []string{"bundle.json", `a\\x`, `a\.\x`}, "bundle.json", 2},
		"mixture":        {hostFAT, []string{"bundle.json", `a\x`, "b/y"}, "b/y bundle.json", 1},
		"mixture in one": {hostFAT, []string{"bundle.json", `a/b\..\..\..\x`}, "bundle.json", 1},
		"made on Unix":   {3, []string{"bundle.json", `facts\host.json`}, "bundle.json", 1},
		"twice":          {hostFAT, []string{"bundle.json", `a\x`, `a\x`}, "a/x bundle.json", 1},
		"file as folder": {hostFAT, []string{"bundle.json", `bundle.json\x`}, "bundle.json", 1},
	}
	for what, test := range tests {
		r := named(t, test.host, headersOf(test.names...)...)
		if got := files(t, r); got != test.want || len(r.Rejected()) != test.rejected {
			t.Errorf("%s: files %q, rejected %v, want %q and %d", what, got, r.Rejected(), test.want, test.rejected)
		}
		if noted := len(r.Notes()) > 0; noted != (test.host != 3 && !strings.Contains(what, "mixture")) {
			t.Errorf("%s: notes %q", what, r.Notes())
		}
	}
}

func TestCodePage(t *testing.T) {
	field := func(of, name string) []byte {
		b := binary.LittleEndian.AppendUint16(nil, extraUnicodePath)
		b = binary.LittleEndian.AppendUint16(b, uint16(5+len(name)))
		b = binary.LittleEndian.AppendUint32(append(b, 1), crc32.ChecksumIEEE([]byte(of)))
		return append(b, name...)
	}
	r := named(t, hostFAT, zip.FileHeader{Name: "bundle.json"},
		zip.FileHeader{Name: "logs/B\x81ro.log", NonUTF8: true},
		zip.FileHeader{Name: "logs/\xff\xe1.log", NonUTF8: true},
		zip.FileHeader{Name: "logs/\xfc1", NonUTF8: true, Extra: field("logs/\xfc1", "logs/ü1")},
		zip.FileHeader{Name: "logs/\xfc2", NonUTF8: true, Extra: field("other", "logs/ü2")},
		zip.FileHeader{Name: "logs/\xfc3", NonUTF8: true, Extra: field("logs/\xfc3", "../up")},
	)
	if got, want := files(t, r), "bundle.json logs/Büro.log logs/\u00a0ß.log logs/ü1 logs/ⁿ2"; got != want {
		t.Errorf("files %q, want %q", got, want)
	}
	if len(r.Rejected()) != 1 || len(r.Notes()) != 1 || !strings.HasSuffix(r.Notes()[0], ": 5") {
		t.Errorf("rejected %v, notes %q", r.Rejected(), r.Notes())
	}
	if n := len([]rune(cp437)); n != 128 {
		t.Errorf("the code page has %d characters", n)
	}
}

// TestEncryptedInPart reads what is not encrypted of a zip.
func TestEncryptedInPart(t *testing.T) {
	secret := func(name string) zip.FileHeader { return zip.FileHeader{Name: name, Flags: zipform.FlagEncrypted} }
	r := named(t, 3, zip.FileHeader{Name: "bundle.json"}, zip.FileHeader{Name: "logs/"}, secret("logs/x.log"))
	if p := r.Rejected(); len(p) != 1 || p[0].Kind != bundles.ProblemRejected || p[0].Path != "logs/x.log" || !strings.Contains(p[0].Detail, "encrypted") {
		t.Errorf("rejected %v", p)
	}
	for what, headers := range map[string][]zip.FileHeader{
		"header":    {secret("b/bundle.json"), {Name: "b/readme.txt"}},
		"all files": {{Name: "b/"}, secret("b/x")},
	} {
		if _, err := NewReader(zipNamed(t, 3, headers...)); !errors.Is(err, ErrEncrypted) {
			t.Errorf("%s: %v, want %v", what, err, ErrEncrypted)
		}
	}
}
