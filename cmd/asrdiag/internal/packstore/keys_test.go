package packstore

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

func keyNames(t testing.TB, s Store) []string {
	t.Helper()
	ring, _, err := s.Keys()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, k := range ring.Keys() {
		names = append(names, k.Name)
	}
	return names
}

func TestKeys(t *testing.T) {
	s := newStore(t)
	one, two := newSigner(t), newSigner(t)
	if got := keyNames(t, s); len(got) > 0 {
		t.Errorf("Keys of no store = %q", got)
	}
	if _, err := s.RemoveKey("one"); !errors.Is(err, ErrNotThere) {
		t.Errorf("RemoveKey from no store = %v, want ErrNotThere", err)
	}
	if err := errors.Join(s.AddKey("one", one.public), s.AddKey("two.b", two.public)); err != nil {
		t.Fatal(err)
	}
	if got := keyNames(t, s); !slices.Equal(got, []string{"one", "two.b"}) {
		t.Errorf("Keys = %q", got)
	}
	third := newSigner(t)
	tests := []struct {
		name string
		key  packfile.PublicKey
		want error
	}{
		{"other", one.public, ErrDuplicate},
		{"ONE", third.public, ErrName},
		{"", third.public, ErrKeyName},
		{"embedded", third.public, ErrKeyName},
		{"Unsigned", third.public, ErrKeyName},
		{"../x", third.public, ErrKeyName},
		{"a b", third.public, ErrKeyName},
		{"x\x1b[0m", third.public, ErrKeyName},
		{"con", third.public, ErrKeyName},
		{"LPT1.old", third.public, ErrKeyName},
		{"end.", third.public, ErrKeyName},
		{".hidden", third.public, ErrKeyName},
		{strings.Repeat("x", 65), third.public, ErrKeyName},
	}
	for _, tt := range tests {
		if err := s.AddKey(tt.name, tt.key); !errors.Is(err, tt.want) {
			t.Errorf("AddKey(%q) = %v, want %v", tt.name, err, tt.want)
		}
	}
	if files, err := s.RemoveKey("two.b"); !slices.Equal(files, []string{"two.b.pub"}) || err != nil {
		t.Errorf("RemoveKey = %q, %v", files, err)
	}
	if _, err := s.RemoveKey("../config/trust/one"); !errors.Is(err, ErrNotThere) {
		t.Errorf("RemoveKey of a path = %v, want ErrNotThere", err)
	}
}

// Two keys can have one id: it is 64 bits that their makers choose.
func TestAnotherKeyOfTheSameID(t *testing.T) {
	s, one := newStore(t), newSigner(t)
	if err := s.AddKey("one", one.public); err != nil {
		t.Fatal(err)
	}
	text := one.public.String()
	forged, err := packfile.ParsePublicKey([]byte(text[:50] + strings.Map(func(r rune) rune {
		if r == 'A' {
			return 'B'
		}
		return 'A'
	}, text[50:])))
	if err != nil || forged.ID() != one.public.ID() || forged.Equal(one.public) {
		t.Fatalf("the forged key is none: %v", err)
	}
	if err := s.AddKey("forged", forged); !errors.Is(err, ErrDuplicate) || !strings.Contains(err.Error(), "another key with the id") {
		t.Errorf("AddKey = %v, want ErrDuplicate that tells of the id", err)
	}
}

func TestTrustStoreThatOthersCanWriteTo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has rights in place of modes")
	}
	s, one := newStore(t), newSigner(t)
	if err := s.AddKey("one", one.public); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o777, 0o720, 0o702} {
		if err := os.Chmod(s.Trust, mode); err != nil {
			t.Fatal(err)
		}
		if ring, _, err := s.Keys(); len(ring.Keys()) > 0 || !errors.Is(err, ErrShared) {
			t.Errorf("mode %o: %d keys, %v; want none, ErrShared", mode, len(ring.Keys()), err)
		}
	}
}

func TestLocate(t *testing.T) {
	home := t.TempDir()
	t.Setenv(HomeVariable, home)
	s, err := Locate()
	if want := (Store{Packs: filepath.Join(home, "packs"), Trust: filepath.Join(home, "trust")}); err != nil || s.Packs != want.Packs || s.Trust != want.Trust {
		t.Errorf("Locate = %v, %v; want %v", s, err, want)
	}
	t.Setenv(HomeVariable, "relative")
	if _, err := Locate(); err == nil || errors.Is(err, ErrNoHome) {
		t.Errorf("Locate with a relative %s = %v", HomeVariable, err)
	}
}

func TestDataDir(t *testing.T) {
	root := t.TempDir() // absolute on every system
	tests := []struct {
		goos string
		env  map[string]string
		want string
		ok   bool
	}{
		{"linux", map[string]string{"XDG_DATA_HOME": root, "HOME": "/home/x"}, root, true},
		{"linux", map[string]string{"HOME": root}, filepath.Join(root, ".local", "share"), true},
		{"linux", map[string]string{"XDG_DATA_HOME": "data", "HOME": root}, "", false},
		{"linux", nil, "", false},
		{"windows", map[string]string{"LocalAppData": root}, root, true},
		{"windows", map[string]string{"HOME": root}, "", false},
	}
	for _, tt := range tests {
		got, err := dataDir(tt.goos, func(name string) string { return tt.env[name] })
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("dataDir(%s, %v) = %q, %v; want %q", tt.goos, tt.env, got, err, tt.want)
		}
	}
}
