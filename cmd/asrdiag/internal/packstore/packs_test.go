package packstore

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// sample is a pack that opens; its module is the smallest that there is, with
// payload bytes of ballast.
func sample(t testing.TB, name, version string, release, payload int) (packfile.Manifest, []byte) {
	t.Helper()
	d := describe()
	wasm := append([]byte("\x00asm\x01\x00\x00\x00"), bytes.Repeat([]byte{0}, payload)...)
	m := packfile.Manifest{
		Name: name, Release: release, Version: version, ABI: packfile.ABIRange{Major: 1},
		EngineMin: packfile.EngineVersion, Bundle: packfile.BundleRange{Version: 1},
	}
	var b bytes.Buffer
	if err := packfile.Build(&b, packfile.Source{Manifest: m, Modules: []packfile.SourceModule{{Name: "main", Wasm: wasm, Describe: d}}}); err != nil {
		t.Fatal(err)
	}
	return m, b.Bytes()
}

// signer is a key pair whose public half is in a ring.
type signer struct {
	ring   packfile.Keyring
	public packfile.PublicKey
	secret packfile.PrivateKey
}

func newSigner(t testing.TB) signer {
	t.Helper()
	public, secret, err := packfile.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return signer{packfile.Keyring{}.With("desk", public), public, secret}
}

func (s signer) sign(t testing.TB, raw []byte) []byte {
	t.Helper()
	sig, err := packfile.Sign(s.secret, raw)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

func newStore(t testing.TB) Store {
	t.Helper()
	dir := t.TempDir()
	return Store{Packs: filepath.Join(dir, "share", "packs"), Trust: filepath.Join(dir, "config", "trust")}
}

// usable gives name@version of the packs that open.
func usable(t testing.TB, s Store, ring packfile.Keyring) []string {
	t.Helper()
	entries, _, err := s.Entries()
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, e := range entries {
		if p, err := e.Open(ring, true); err == nil {
			list = append(list, p.Manifest.Name+"@"+p.Manifest.Version)
		}
	}
	return list
}

func TestInstallAndRemove(t *testing.T) {
	s, key := newStore(t), newSigner(t)
	if entries, problems, err := s.Entries(); len(entries)+len(problems) > 0 || err != nil {
		t.Errorf("Entries of no store = %v, %v, %v", entries, problems, err)
	}
	if _, err := s.Remove("one", ""); !errors.Is(err, ErrNotThere) {
		t.Errorf("Remove from no store = %v, want ErrNotThere", err)
	}
	install := func(name, version string, release int) bool {
		t.Helper()
		m, raw := sample(t, name, version, release, 0)
		changed, err := s.Install(m, raw, key.sign(t, raw))
		if err != nil {
			t.Fatal(err)
		}
		return changed
	}
	if !install("one", "1.0.0", 1) || !install("one", "2.0.0-rc.1", 2) || !install("two-2", "1.0.0", 1) || install("one", "1.0.0", 1) {
		t.Error("Install says changed for what was there, or the other way round")
	}
	if got := usable(t, s, key.ring); !slices.Equal(got, []string{"one@1.0.0", "one@2.0.0-rc.1", "two-2@1.0.0"}) {
		t.Errorf("usable = %q", got)
	}
	m, raw := sample(t, "one", "1.0.0", 9, 0)
	if _, err := s.Install(m, raw, key.sign(t, raw)); !errors.Is(err, ErrDiffers) {
		t.Errorf("Install of other bytes = %v, want ErrDiffers", err)
	}
	if _, err := s.Remove("one", "3.0.0"); !errors.Is(err, ErrNotThere) {
		t.Errorf("Remove of another version = %v, want ErrNotThere", err)
	}
	if removed, err := s.Remove("one", "2.0.0-rc.1"); len(removed) != 1 || err != nil {
		t.Errorf("Remove = %v, %v", removed, err)
	}
	if removed, err := s.Remove("one", ""); len(removed) != 1 || err != nil {
		t.Errorf("Remove of all = %v, %v", removed, err)
	}
	files, err := filepath.Glob(filepath.Join(s.Packs, "*.asrpack*"))
	if err != nil || len(files) != 2 {
		t.Errorf("left are %q, %v; want the pack two-2 and its signature", files, err)
	}
}

// A key that was replaced signs the same bytes anew.
func TestInstallRenewsTheSignature(t *testing.T) {
	s, old, key := newStore(t), newSigner(t), newSigner(t)
	m, raw := sample(t, "one", "1.0.0", 1, 0)
	for _, by := range []signer{old, key} {
		if changed, err := s.Install(m, raw, by.sign(t, raw)); !changed || err != nil {
			t.Fatalf("Install = %v, %v", changed, err)
		}
	}
	if got := usable(t, s, key.ring); len(got) != 1 || len(usable(t, s, old.ring)) != 0 {
		t.Errorf("usable with the new key: %q, want one; with the old one none", got)
	}
}

// crash ends a change between two of its steps, as a kill would: deferred
// functions run, but nothing else.
type crash struct{ step int }

// TestCrashAtEveryStep cuts an installation, and a removal, off between any two
// steps. Packs that were there stay; the new one is there in full or not at
// all; the next change mends what is left.
func TestCrashAtEveryStep(t *testing.T) {
	key := newSigner(t)
	oldM, oldRaw := sample(t, "one", "1.0.0", 1, 0)
	newM, newRaw := sample(t, "one", "2.0.0", 2, 0)
	oldSig, newSig := key.sign(t, oldRaw), key.sign(t, newRaw)
	changes := map[string]func(Store) error{
		"install": func(s Store) error { _, err := s.Install(newM, newRaw, newSig); return err },
		"remove":  func(s Store) error { _, err := s.Remove("one", "1.0.0"); return err },
		"trust":   func(s Store) error { return s.AddKey("desk", key.public) },
	}
	for name, change := range changes {
		cut := 0
		for at := 1; ; at++ {
			s := newStore(t)
			if _, err := s.Install(oldM, oldRaw, oldSig); err != nil {
				t.Fatal(err)
			}
			if !crashes(s, at, change) {
				break
			}
			cut++
			checkAfterCrash(t, fmt.Sprintf("%s, step %d", name, at), s, key)
			if err := change(s); err != nil && !errors.Is(err, ErrNotThere) && !errors.Is(err, ErrDuplicate) {
				t.Errorf("%s again after step %d: %v", name, at, err)
			}
			checkTidy(t, s)
		}
		if cut < 2 {
			t.Errorf("%s was cut off %d times: the test tests nothing", name, cut)
		}
	}
}

// crashes makes a change that is cut off at a step; false when it came to its
// end before.
func crashes(s Store, at int, change func(Store) error) (cut bool) {
	n := 0
	s.step = func(string) {
		if n++; n == at {
			panic(crash{n})
		}
	}
	defer func() {
		if _, cut = recover().(crash); cut {
			return
		}
	}()
	_ = change(s)
	return false
}

func checkAfterCrash(t *testing.T, what string, s Store, key signer) {
	t.Helper()
	entries, problems, err := s.Entries()
	if err != nil || len(problems) > 0 {
		t.Errorf("%s: Entries = %v, %v", what, problems, err)
	}
	for _, e := range entries {
		if _, err := e.Open(key.ring, true); err != nil {
			t.Errorf("%s: %s@%s is there and does not open: %v", what, e.Name, e.Version, err)
		}
	}
	if !strings.HasPrefix(what, "remove") && !slices.Contains(usable(t, s, key.ring), "one@1.0.0") {
		t.Errorf("%s: the pack that was there is gone", what)
	}
	if _, problems, err := s.Keys(); err != nil || len(problems) > 0 {
		t.Errorf("%s: Keys = %v, %v", what, problems, err)
	}
}

// checkTidy reports files that belong to no pack and no key.
func checkTidy(t *testing.T, s Store) {
	t.Helper()
	for _, dir := range []string{s.Packs, s.Trust} {
		entries, err := list(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), tempPrefix) || orphan(dir, e.Name()) {
				t.Errorf("%q was left behind", e.Name())
			}
		}
	}
}

// Many at once: each version arrives whole, once, and of two that claim one
// version one wins.
func TestInstallAtOnce(t *testing.T) {
	s, key := newStore(t), newSigner(t)
	const versions = 6
	var wg sync.WaitGroup
	results := make(chan error, 2*versions)
	for i := range versions {
		for twin := range 2 {
			m, raw := sample(t, "one", fmt.Sprintf("1.%d.0", i), i+1+100*twin, 0)
			sig := key.sign(t, raw)
			wg.Go(func() {
				_, err := s.Install(m, raw, sig)
				results <- err
			})
		}
	}
	stop := make(chan struct{})
	reader := make(chan int)
	go func() { // who reads meanwhile never sees half a pack
		bad := 0
		for {
			select {
			case <-stop:
				reader <- bad
				return
			default:
			}
			entries, _, _ := s.Entries()
			for _, e := range entries {
				if _, err := e.Open(key.ring, true); err != nil {
					bad++
				}
			}
		}
	}()
	wg.Wait()
	close(stop)
	if bad := <-reader; bad > 0 {
		t.Errorf("%d times a pack was there and did not open", bad)
	}
	close(results)
	good, differs := 0, 0
	for err := range results {
		switch {
		case err == nil:
			good++
		case errors.Is(err, ErrDiffers):
			differs++
		default:
			t.Error(err)
		}
	}
	if good != versions || differs != versions || len(usable(t, s, key.ring)) != versions {
		t.Errorf("%d installed, %d refused, %q usable; want %d each", good, differs, usable(t, s, key.ring), versions)
	}
}

// Every changed byte of an installed pack or its signature is refused, and never
// by the parser: that comes after the signature.
func TestEveryFlippedByteInTheStoreIsRefused(t *testing.T) {
	s, key := newStore(t), newSigner(t)
	m, raw := sample(t, "one", "1.0.0", 1, 2000)
	sig := key.sign(t, raw)
	if _, err := s.Install(m, raw, sig); err != nil {
		t.Fatal(err)
	}
	entries, _, err := s.Entries()
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	e := entries[0]
	random := rand.New(rand.NewPCG(6, 1000))
	refuse := func(file string, good []byte) {
		t.Helper()
		at := random.IntN(len(good))
		bad := bytes.Clone(good)
		bad[at] ^= byte(1 + random.IntN(255))
		write(t, file, bad)
		p, err := e.Open(key.ring, true)
		if p != nil || !bySignature(err) {
			t.Errorf("%s, byte %d changed: Open = %v, want a refusal of the signature", filepath.Base(file), at, err)
		}
		write(t, file, good)
	}
	for range 1000 {
		refuse(e.File, raw)
		refuse(e.File+packfile.SignatureExt, sig)
	}
	if _, err := e.Open(key.ring, true); err != nil {
		t.Errorf("the pack as it was: %v", err)
	}
}

// bySignature reports whether an error is one of the signature, and of nothing
// that comes after it.
func bySignature(err error) bool {
	if errors.Is(err, packfile.ErrMalformed) || errors.Is(err, packfile.ErrFormat) {
		return false
	}
	return errors.Is(err, packfile.ErrTampered) || errors.Is(err, packfile.ErrUntrusted) || errors.Is(err, packfile.ErrSignatureForm)
}

func TestOpenRefuses(t *testing.T) {
	key, stranger := newSigner(t), newSigner(t)
	m, raw := sample(t, "one", "1.0.0", 1, 0)
	_, other := sample(t, "one", "1.1.0", 2, 0)
	sig := key.sign(t, raw)
	rubbish := []byte("PK, but not really")
	tests := []struct {
		name     string
		raw, sig []byte
		want     error
	}{
		{"good", raw, sig, nil},
		{"no signature", raw, nil, packfile.ErrUnsigned},
		{"empty signature", raw, []byte{}, packfile.ErrSignatureForm},
		{"signature of another pack", raw, key.sign(t, other), packfile.ErrTampered},
		{"signature of a stranger", raw, stranger.sign(t, raw), packfile.ErrUntrusted},
		{"extra byte", raw, append(bytes.Clone(sig), '\n'), packfile.ErrSignatureForm},
		{"other comment", raw, bytes.Replace(sig, []byte("asrdiag file"), []byte("other file!!"), 1), packfile.ErrSignatureForm},
		{"huge signature", raw, make([]byte, maxSignature+1), nil},
		{"cut", raw[:len(raw)-1], sig, packfile.ErrTampered},
		{"longer", append(bytes.Clone(raw), 0), sig, packfile.ErrTampered},
		{"another version under this name", other, key.sign(t, other), ErrForeign},
		{"signed rubbish", rubbish, key.sign(t, rubbish), packfile.ErrMalformed},
		{"nothing", []byte{}, key.sign(t, []byte{}), packfile.ErrMalformed},
	}
	for _, tt := range tests {
		s := newStore(t)
		e := Entry{"one", "1.0.0", filepath.Join(s.Packs, m.FileName())}
		if err := os.MkdirAll(s.Packs, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, e.File, tt.raw)
		if tt.sig != nil {
			write(t, e.File+packfile.SignatureExt, tt.sig)
		}
		p, err := e.Open(key.ring, true)
		if tt.name == "good" {
			if err != nil || p.SignedBy != "desk" {
				t.Errorf("good: %v, %v", p, err)
			}
			continue
		}
		if p != nil || err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: Open = %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestForeignFilesAreProblems(t *testing.T) {
	s, key := newStore(t), newSigner(t)
	m, raw := sample(t, "one", "1.0.0", 1, 0)
	if _, err := s.Install(m, raw, key.sign(t, raw)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"readme.txt", "one.asrpack", "one-1.0.asrpack", "ONE-1.0.0.asrpack", "x.minisig", ".hidden", "two-1.0.0.asrpack.minisig"} {
		write(t, filepath.Join(s.Packs, name), []byte("x"))
	}
	entries, problems, err := s.Entries()
	var files []string
	for _, p := range problems {
		files = append(files, p.File)
	}
	want := []string{"ONE-1.0.0.asrpack", "one-1.0.asrpack", "one.asrpack", "readme.txt", "x.minisig"}
	if err != nil || len(entries) != 1 || !slices.Equal(files, want) {
		t.Errorf("Entries = %v, problems %q, %v; want one entry and %q", entries, files, err, want)
	}
}

func TestStoreWithoutRoomForIt(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), nil)
	s := Store{Packs: filepath.Join(dir, "file", "packs"), Trust: filepath.Join(dir, "file", "trust")}
	key := newSigner(t)
	m, raw := sample(t, "one", "1.0.0", 1, 0)
	if _, err := s.Install(m, raw, key.sign(t, raw)); err == nil {
		t.Error("Install below a file = nil error")
	}
	if err := s.AddKey("desk", key.public); err == nil {
		t.Error("AddKey below a file = nil error")
	}
	if _, _, err := s.Entries(); err == nil {
		t.Error("Entries below a file = nil error")
	}
}

func write(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
