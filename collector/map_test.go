package collector

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
)

const testID = "00112233445566778899aabbccddeeff"

// tellAlice makes a map file in dir and tells it a name, before or after it knows
// where it is.
func tellAlice(t *testing.T, dir string, minFree int64, early bool) *mapFile {
	t.Helper()
	m := &mapFile{}
	if !early {
		m.begin(dir, testID, minFree)
	}
	w, err := pseudonym.NewMapWriter(m, pseudonym.Key{7}, pseudonym.Strict)
	if err != nil {
		t.Fatal(err)
	}
	pseudonym.NewMapper(pseudonym.Key{7}, pseudonym.Options{Map: w}).User("alice")
	if early {
		m.begin(dir, testID, minFree)
	}
	return m
}

func mapPath(dir string) string {
	return filepath.Join(dir, "DO-NOT-SEND-"+testID, "DO-NOT-SEND-"+testID+".map")
}

// TestMapFile: a map is there for its owner alone, under another name until it
// is whole, and lists what was told before its place was known.
func TestMapFile(t *testing.T) {
	for _, early := range []bool{true, false} {
		dir := t.TempDir()
		m := tellAlice(t, dir, 0, early)
		left := leftovers(dir)
		if len(left) != 1 || !left[0].Map || left[0].Path != mapPath(dir)+".partial" {
			t.Errorf("early %v: unfinished there is %+v", early, left)
		}
		if sum := m.finish(); sum == nil || *sum != (MapSummary{Path: mapPath(dir)}) {
			t.Fatalf("early %v: finish: %+v", early, sum)
		}
		raw, err := os.ReadFile(mapPath(dir))
		if err != nil || !strings.HasPrefix(string(raw), pseudonym.MapFirstLine) || !strings.Contains(string(raw), `"value":"alice"`) || strings.Count(string(raw), "\n") != 3 {
			t.Errorf("early %v: the map is %q, %v", early, raw, err)
		}
		if left := leftovers(dir); len(left) != 0 {
			t.Errorf("early %v: a whole map is a leftover: %+v", early, left)
		}
		if _, err := m.Write([]byte("x\n")); err == nil {
			t.Errorf("early %v: a finished map takes more", early)
		}
		for path, want := range map[string]os.FileMode{mapPath(dir): 0o600, filepath.Dir(mapPath(dir)): 0o700} {
			if fi, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && fi.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", path, fi, err)
			}
		}
	}
}

// TestNoPseudonyms: without a pseudonym there is no map, and after a run that
// was given up none either.
func TestNoPseudonyms(t *testing.T) {
	dir := t.TempDir()
	m := &mapFile{}
	m.begin(dir, testID, 0)
	if _, err := pseudonym.NewMapWriter(m, pseudonym.Key{7}, pseudonym.Strict); err != nil {
		t.Fatal(err)
	}
	if sum := m.finish(); sum != nil {
		t.Errorf("without a pseudonym: %+v", sum)
	}
	m = tellAlice(t, dir, 0, false)
	m.abort()
	if names := names(t, dir); len(names) != 0 {
		t.Errorf("left: %v", names)
	}
}

// TestMapNoRoom: what cannot be written ends the map and says so.
func TestMapNoRoom(t *testing.T) {
	dir := t.TempDir()
	m := tellAlice(t, dir, 1<<60, true)
	sum := m.finish()
	if sum == nil || sum.Path != "" || !strings.Contains(sum.Error, "--min-free") || len(names(t, dir)) != 0 {
		t.Errorf("no room: %+v, left %v", sum, names(t, dir))
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	m = tellAlice(t, file, 0, true)
	if sum := m.finish(); sum == nil || sum.Path != "" || sum.Error == "" {
		t.Errorf("no folder: %+v", sum)
	}
}

func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// TestCaseKey: a key file is made once, for its owner alone, and read after that.
func TestCaseKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "case.key")
	first, made, err := caseKey(file)
	if err != nil || !made {
		t.Fatalf("made %v: %v", made, err)
	}
	if fi, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && fi.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", fi, err)
	}
	if again, made, err := caseKey(file); again != first || made || err != nil {
		t.Errorf("the second time: another key or %v, made %v", err, made)
	}
	if other, _, err := caseKey(""); other == first || err != nil {
		t.Errorf("without a file: the key of the file, or %v", err)
	}
}

// TestCaseKeyAtOnce: runs that begin together have one key.
func TestCaseKeyAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "case.key")
	keys := make(chan pseudonym.Key, 8)
	for range cap(keys) {
		go func() {
			k, _, err := caseKey(file)
			if err != nil {
				t.Error(err)
			}
			keys <- k
		}()
	}
	first := <-keys
	for range cap(keys) - 1 {
		if k := <-keys; k != first {
			t.Error("another key")
		}
	}
}

// TestCaseKeyErrors: what is no key file says what to do, never what it holds.
func TestCaseKeyErrors(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.key")
	for _, text := range []string{"", "hunter2", "asrcollect-case-key-1 aHVudGVyMg==", "asrcollect-case-key-2 " + strings.Repeat("A", 43) + "="} {
		if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		isOptionError(t, bad)
	}
	isOptionError(t, dir)
	isOptionError(t, filepath.Join(dir, "none", "case.key"))
}

func isOptionError(t *testing.T, file string) {
	t.Helper()
	_, _, err := caseKey(file)
	var oe *OptionError
	if !errors.As(err, &oe) || oe.Hint == "" || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "aHVu") {
		t.Errorf("%s: %v", file, err)
	}
}
