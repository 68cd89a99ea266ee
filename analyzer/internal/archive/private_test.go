package archive

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

const (
	mapFirst = "DO NOT SEND THIS FILE. It turns the pseudonyms in a bundle back into names and addresses; asrcollect reveal reads it.\n"
	mapHead  = `{"format":"asrcollect-map","version":1,"mode":"strict","key":"asrcollect-case-key-1 QQ=="}` + "\n"
	mapLine  = `{"token":"user-abcdefgh2345","value":"Mallory","class":"user"}` + "\n"
	mapText  = mapFirst + mapHead + mapLine
)

func asUTF16(s string) (out string) {
	out = "\xff\xfe"
	for _, u := range utf16.Encode([]rune(s)) {
		out += string([]byte{byte(u), byte(u >> 8)})
	}
	return out
}

// TestPrivateAlone: a map or a key is known whatever it is called and however it
// was saved, and nothing of it is in the message.
func TestPrivateAlone(t *testing.T) {
	tests := map[string]string{
		"DO-NOT-SEND-1.map": mapText, "names.txt": mapText, "marked.txt": "\xef\xbb\xbf" + mapText, "wide.txt": asUTF16(mapText),
		"blank.log": "\r\n\n" + strings.ReplaceAll(mapText, "\n", "\r\n"), "headless.map": mapHead + mapLine, "lines.map": mapLine + mapLine, "one.map": mapFirst,
		"asr-bundle-x.zip": mapText, "m.map.partial": mapText,
		"packed.map.gz": string(compress(t, []byte(mapText), gz)), "case.key": "asrcollect-case-key-1 Mallory\n", "wide.key": asUTF16("asrcollect-case-key-1 Mallory\n"),
		"only.zip": string(makeZip(t, entry{name: "a/x.map", content: mapText}, entry{name: "mail.txt", content: "hello"})),
		"only.tar": string(makeTar(t, entry{name: "a/x.map", content: mapText})),
	}
	for name, content := range tests {
		_, err := openAs(t, name, []byte(content))
		r := asPrivate(err)
		if r == nil || !strings.Contains(r.Do, "tell the customer") || strings.Contains(err.Error(), "Mallory") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"letter.txt", "x.json"} {
		if _, err := openAs(t, name, []byte(`{"token":"what is no map"}`)); err == nil || errors.Is(err, ErrPrivate) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPrivateBeside: a bundle beside a map is opened, and its notes tell of the map.
func TestPrivateBeside(t *testing.T) {
	key := entry{name: "case.key", content: "asrcollect-case-key-1 Mallory\n"}
	for name, raw := range map[string][]byte{
		"b.zip": makeZip(t, append(in("asr-bundle-x", bundle...), entry{name: "x/x.map", content: mapText}, key)...),
		"b.tar": makeTar(t, append(in("asr-bundle-x", bundle...), entry{name: "x/x.map", content: mapText}, key)...),
		"b.rar": makeRar5(0, append(in("asr-bundle-x", bundle...), entry{name: "x/x.map", content: mapText}, key)...),
		"z.zip": makeZip(t, entry{name: "b.zip", content: string(makeZip(t, bundle...))}, entry{name: "names.map.partial", content: mapText}, key),
		"z.tgz": compress(t, makeTar(t, entry{name: "b.zip", content: string(makeZip(t, bundle...))}, entry{name: "names.map.partial", content: mapText}, key), gz),
	} {
		a, err := openAs(t, name, raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		notes := strings.Join(a.Notes, "\n")
		if got := strings.Join(paths(t, a), " "); got != wantBundle || len(a.Notes) != 2 || strings.Count(notes, "tell the customer") != 2 || strings.Contains(notes, "Mallory") || len(a.Problems) != 0 {
			t.Errorf("%s: files %q, notes %q, problems %v", name, got, notes, a.Problems)
		}
		a.Close()
	}
}

// TestPrivateSeveral: each of several bundles beside a map tells of it.
func TestPrivateSeveral(t *testing.T) {
	one := string(makeZip(t, bundle...))
	s, names := several(t, "sent.zip", makeZip(t, entry{name: "a.zip", content: one}, entry{name: "b.zip", content: one}, entry{name: "n.map", content: mapText}))
	if names != "a.zip b.zip" || !strings.Contains(strings.Join(s.Notes, ""), "tell the customer") {
		t.Errorf("%s: %q", names, s.Notes)
	}
	for _, in := range s.Inner {
		if !strings.Contains(strings.Join(in.Notes, ""), "tell the customer") {
			t.Errorf("%s: notes %q", in.Name, in.Notes)
		}
	}
}

// TestPrivateUnpacked: what is unpacked for a while has nothing of a map.
func TestPrivateUnpacked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.tar")
	raw := makeTar(t, append(bundle[:len(bundle):len(bundle)], entry{name: "n.map", content: mapText})...)
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	a, err := Open(context.Background(), path, Options{Temp: temp})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	plain := 0
	err = filepath.WalkDir(temp, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if strings.Contains(string(raw), "Mallory") {
			t.Errorf("%s has the map", path)
		}
		plain += strings.Count(string(raw), "line\n") // of the log: nothing is compressed
		return err
	})
	if err != nil || plain == 0 {
		t.Errorf("the log is not in what was unpacked, %v", err)
	}
	if raw, err := fs.ReadFile(a, "n.map"); a.private("n.map") == nil || err != nil || strings.Contains(string(raw), "Mallory") {
		t.Errorf("in the tree it is %q, %v", raw, err)
	}
}

// TestPrivateHidden: what is hidden cannot be listed or opened.
func TestPrivateHidden(t *testing.T) {
	a, err := openAs(t, "b.zip", makeZip(t, append(bundle[:len(bundle):len(bundle)], entry{name: "logs/a/names.log", content: mapText})...))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if !a.HidePrivate([]string{"logs/a/x.log", "logs/a/names.log"}) || len(a.Problems) != 1 || a.Problems[0].Path != "logs/a/names.log" || len(a.Private) != 1 {
		t.Errorf("problems %+v, private %q", a.Problems, a.Private)
	}
	if got := strings.Join(paths(t, a), " "); got != wantBundle {
		t.Errorf("files %q", got)
	}
	for _, err := range []error{failure(a.Open("logs/a/names.log")), failure(a.Stat("logs/a/names.log"))} {
		if !errors.Is(err, ErrPrivate) {
			t.Errorf("opened: %v", err)
		}
	}
	f, err := a.Open("logs/a")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if list, err := f.(fs.ReadDirFile).ReadDir(-1); err != nil || len(list) != 1 {
		t.Errorf("listed %v, %v", list, err)
	}
}

func failure[T any](_ T, err error) error { return err }

// TestPrivateLoose: among logs without a bundle a map is left out and told.
func TestPrivateLoose(t *testing.T) {
	a := looseIn(t, defaultCaps(), map[string][]byte{
		"x.log": []byte("a line\n"), "names.log": []byte(mapText), "names.log.gz": compress(t, []byte(mapText), gz),
		"sent.tar": makeTar(t, entry{name: "n.map", content: mapText}, entry{name: "y.log", content: "a line\n"}),
	})
	var names []string
	for _, f := range a.Loose.Files {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "sent.tar/y.log x.log" || strings.Count(strings.Join(a.Notes, "\n"), "tell the customer") != 3 {
		t.Errorf("files %s, notes %q", got, a.Notes)
	}
}
