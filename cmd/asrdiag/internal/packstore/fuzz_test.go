package packstore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

func describe() abi.Describe {
	return abi.Describe{ABI: abi.Version, Module: "main", Checks: []abi.Check{{
		ID: "one", Rev: 1, Title: "Looks", Severities: []abi.Severity{abi.Info}, Since: "1.0.0", Doc: "Looks.",
	}}}
}

// FuzzEntries puts a file of any name and content, with any signature beside it,
// into a store that has a good pack and a good key. The good ones stay usable,
// and nothing that was not signed opens.
func FuzzEntries(f *testing.F) {
	key := newSigner(f)
	m, raw := sample(f, "good", "1.0.0", 1, 0)
	sig := key.sign(f, raw)
	f.Add("two-1.0.0.asrpack", raw, sig)
	f.Add("good-1.0.1.asrpack", raw, sig)
	f.Add("two-1.0.0.asrpack", raw[:100], []byte{})
	f.Add("x.pub", []byte("untrusted comment: x\n"+key.public.String()), []byte(nil))
	f.Add("-1.0.0.asrpack", []byte("x"), []byte("x"))
	f.Fuzz(func(t *testing.T, name string, content, signature []byte) {
		if name != filepath.Base(name) || name == "." || name == ".." || len(name) > 200 || strings.ContainsAny(name, "\x00/\\") {
			t.Skip()
		}
		s := newStore(t)
		if _, err := s.Install(m, raw, sig); err != nil {
			t.Fatal(err)
		}
		if err := s.AddKey("good", key.public); err != nil {
			t.Fatal(err)
		}
		for _, dir := range []string{s.Packs, s.Trust} {
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				t.Skip() // a good file
			}
			write(t, filepath.Join(dir, name), content)
			if err := os.WriteFile(filepath.Join(dir, name+packfile.SignatureExt), signature, 0o600); err != nil {
				t.Skip()
			}
		}
		ring, _, err := s.Keys()
		if err != nil {
			t.Fatal(err)
		}
		entries, _, err := s.Entries()
		if err != nil {
			t.Fatal(err)
		}
		good := false
		for _, e := range entries {
			p, err := e.Open(key.ring, true)
			if err != nil {
				continue
			}
			if p.Manifest.FileName() != m.FileName() || filepath.Base(e.File) != m.FileName() {
				t.Errorf("%q opens", e.File)
			}
			good = true
		}
		if !good || len(ring.Keys()) == 0 {
			t.Errorf("%q took the good pack (%v) or key (%d) away", name, good, len(ring.Keys()))
		}
	})
}
