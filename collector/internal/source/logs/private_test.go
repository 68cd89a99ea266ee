package logs

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// TestPrivate has maps and keys of a case among the logs, by names of logs: they
// are withheld. A log that speaks of one is not.
func TestPrivate(t *testing.T) {
	var book bytes.Buffer
	key := pseudonym.NewKey()
	w, err := pseudonym.NewMapWriter(&book, key, pseudonym.Strict)
	if err != nil {
		t.Fatal(err)
	}
	pseudonym.NewMapper(key, pseudonym.Options{Map: w}).Host("sql07")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err = z.Write([]byte(key.Text()))
	if cerr := z.Close(); err != nil || cerr != nil {
		t.Fatal(err, cerr)
	}
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(book.String())) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	_, headless, _ := strings.Cut(book.String(), "\n")
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"map.log": book.Bytes(), "wide.log": wide, "headless.log": []byte(headless), "key.log": []byte(key.Text()), "blank.log": []byte("\ufeff\r\n " + key.Text()), "key.log.gz": packed.Bytes(),
		"other.log": []byte("10:00:00 wrote DO-NOT-SEND-1.map, asrcollect-case-key-1\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, _, err := run(t, Options{Globs: []string{dir + "/*"}}, store.Limits{})
	if len(files) != 1 || status(err) != bundles.StatusPartial || !strings.Contains(err.Error(), "a map of pseudonyms or the key of a case, withheld") {
		t.Errorf("%d files: %v, %v", len(files), files, err)
	}
}
