package packfile

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

func newKey(t testing.TB) (PublicKey, PrivateKey) {
	t.Helper()
	pub, priv, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return pub, priv
}

func mustSign(t testing.TB, priv PrivateKey, raw []byte) []byte {
	t.Helper()
	sig, err := Sign(priv, raw)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

func TestVerify(t *testing.T) {
	pub, priv := newKey(t)
	other, stranger := newKey(t)
	raw := buildSample(t)
	sig := mustSign(t, priv, raw)
	ring := Keyring{}.With("other", other).With("release", pub)

	if signer, err := ring.Verify(raw, sig); signer != "release" || err != nil {
		t.Errorf("Verify = %q, %v", signer, err)
	}
	p, err := OpenSigned(raw, sig, ring)
	if err != nil || p.SignedBy != "release" {
		t.Errorf("OpenSigned = %+v, %v", p, err)
	}
	if again := mustSign(t, priv, raw); !bytes.Equal(sig, again) {
		t.Error("signing twice gives two signatures")
	}
	tests := []struct {
		name     string
		raw, sig []byte
		want     error
	}{
		{"no signature", raw, nil, ErrUnsigned},
		{"other bytes", append(bytes.Clone(raw), 0), sig, ErrTampered},
		{"no bytes", nil, sig, ErrTampered},
		{"signature of a stranger", raw, mustSign(t, stranger, raw), nil},
		{"comment changed", raw, bytes.Replace(sig, []byte(UntrustedComment), []byte("something else"), 1), ErrSignatureForm},
		{"trusted comment changed", raw, bytes.Replace(sig, []byte("comment: asrdiag"), []byte("comment: later"), 1), ErrSignatureForm},
		{"line ends of Windows", raw, bytes.ReplaceAll(sig, []byte("\n"), []byte("\r\n")), ErrSignatureForm},
		{"line behind", raw, append(bytes.Clone(sig), '\n'), ErrSignatureForm},
		{"no line end", raw, bytes.TrimSuffix(sig, []byte("\n")), ErrSignatureForm},
		{"text", raw, []byte("signed, honestly"), ErrSignatureForm},
		{"a megabyte", raw, make([]byte, 1<<20), ErrSignatureForm},
	}
	for _, tt := range tests {
		ring := Keyring{}.With("release", pub)
		if tt.want == nil {
			tt.want = ErrUntrusted
		}
		if _, err := ring.Verify(tt.raw, tt.sig); !errors.Is(err, tt.want) {
			t.Errorf("%s: Verify = %v, want %v", tt.name, err, tt.want)
		}
	}
	if _, err := (Keyring{}).Verify(raw, sig); !errors.Is(err, ErrUntrusted) {
		t.Errorf("Verify without keys = %v, want ErrUntrusted", err)
	}
}

func TestSignNeedsAKey(t *testing.T) {
	if _, err := Sign(PrivateKey{}, []byte("x")); err == nil {
		t.Error("Sign with an empty key = nil error")
	}
}

// Every changed byte must be refused by the signature, before anything is parsed.
func TestEveryFlippedByteIsRefused(t *testing.T) {
	pub, priv := newKey(t)
	ring := Keyring{}.With("release", pub)
	raw := buildSample(t)
	sig := mustSign(t, priv, raw)
	random := rand.New(rand.NewPCG(1, 2))
	flip := func(b []byte) ([]byte, int) {
		at := random.IntN(len(b))
		c := bytes.Clone(b)
		c[at] ^= byte(1 + random.IntN(255))
		return c, at
	}
	for range 1000 {
		bad, at := flip(raw)
		if p, err := OpenSigned(bad, sig, ring); p != nil || !errors.Is(err, ErrTampered) {
			t.Errorf("pack byte %d changed: OpenSigned = %v, want ErrTampered", at, err)
		}
		bad, at = flip(sig)
		p, err := OpenSigned(raw, bad, ring)
		refused := errors.Is(err, ErrTampered) || errors.Is(err, ErrUntrusted) || errors.Is(err, ErrSignatureForm)
		if p != nil || !refused {
			t.Errorf("signature byte %d changed: OpenSigned = %v, want a refusal of the signature", at, err)
		}
	}
}

func TestUnparsableBytesAreNotParsed(t *testing.T) {
	pub, priv := newKey(t)
	garbage := []byte("no zip at all")
	ring := Keyring{}.With("release", pub)
	if _, err := OpenSigned(garbage, nil, ring); !errors.Is(err, ErrUnsigned) {
		t.Errorf("OpenSigned = %v, want ErrUnsigned", err)
	}
	if _, err := OpenSigned(garbage, mustSign(t, priv, garbage), ring); !errors.Is(err, ErrMalformed) {
		t.Errorf("OpenSigned of signed garbage = %v, want ErrMalformed", err)
	}
}

func TestKeyFiles(t *testing.T) {
	pub, priv := newKey(t)
	text, err := MarshalPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParsePublicKey(text); err != nil || !back.Equal(pub) {
		t.Errorf("ParsePublicKey = %v, %v", back, err)
	}
	secret, err := MarshalPrivateKey(priv, "")
	if err != nil || IsEncrypted(secret) {
		t.Fatalf("MarshalPrivateKey: encrypted %v, %v", IsEncrypted(secret), err)
	}
	if back, err := ParsePrivateKey(secret, "ignored"); err != nil || !back.Equal(priv) {
		t.Errorf("ParsePrivateKey = %v", err)
	}
	for _, bad := range []string{"", "x", "untrusted comment: x\n", string(text), strings.Repeat("A", 5000)} {
		if _, err := ParsePrivateKey([]byte(bad), ""); err == nil {
			t.Errorf("ParsePrivateKey(%.20q) = nil error", bad)
		}
	}
	line := pub.String()
	for _, good := range []string{line, line + "\n", "untrusted comment: anything\r\n" + line + "\r\n"} {
		if back, err := ParsePublicKey([]byte(good)); err != nil || !back.Equal(pub) {
			t.Errorf("ParsePublicKey(%q) = %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "x", strings.Repeat("A", 5000), string(text) + line, line + "\n" + line, "comment\n" + line,
		line[:20] + "\n" + line[20:], " " + line, line + " ", line + "=", line[:52], "\ufeff" + string(text), "untrusted comment: x",
	} {
		if _, err := ParsePublicKey([]byte(bad)); err == nil {
			t.Errorf("ParsePublicKey(%.60q) = nil error", bad)
		}
	}
	if _, err := ParsePublicKey(secret); !errors.Is(err, ErrSecretKey) {
		t.Errorf("ParsePublicKey of a secret key = %v, want ErrSecretKey", err)
	}
	if f := Fingerprint(pub); len(f) != 71 || f == Fingerprint(otherKey(t)) {
		t.Errorf("Fingerprint = %q", f)
	}
}

func otherKey(t *testing.T) PublicKey {
	pub, _ := newKey(t)
	return pub
}

func TestEncryptedKeyFile(t *testing.T) {
	if testing.Short() {
		t.Skip("scrypt takes a gigabyte")
	}
	_, priv := newKey(t)
	secret, err := MarshalPrivateKey(priv, "correct horse")
	if err != nil || !IsEncrypted(secret) {
		t.Fatalf("MarshalPrivateKey: encrypted %v, %v", IsEncrypted(secret), err)
	}
	if back, err := ParsePrivateKey(secret, "correct horse"); err != nil || !back.Equal(priv) {
		t.Errorf("ParsePrivateKey = %v", err)
	}
	if _, err := ParsePublicKey(secret); !errors.Is(err, ErrSecretKey) {
		t.Errorf("ParsePublicKey of an encrypted secret key = %v, want ErrSecretKey", err)
	}
}

func names(k Keyring) []string {
	var list []string
	for _, n := range k.Keys() {
		list = append(list, n.Name)
	}
	return list
}

func TestLoadKeyring(t *testing.T) {
	pub, priv := newKey(t)
	text, err := MarshalPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{
		"support.pub": {Data: text}, "readme.txt": {Data: []byte("x")}, "folder/deep.pub": {Data: []byte("not read")},
	}
	ring, err := LoadKeyring(fsys)
	if err != nil || !slices.Equal(names(ring), []string{"support"}) {
		t.Fatalf("LoadKeyring = %q, %v", names(ring), err)
	}
	if signer, err := ring.Verify([]byte("x"), mustSign(t, priv, []byte("x"))); signer != "support" || err != nil {
		t.Errorf("Verify = %q, %v", signer, err)
	}
	merged := ring.Merge(Keyring{}.With("own", pub))
	if got := names(merged); !slices.Equal(got, []string{"support", "own"}) {
		t.Errorf("Merge = %q", got)
	}
	fsys["broken.pub"] = &fstest.MapFile{Data: []byte("x")}
	if _, err := LoadKeyring(fsys); err == nil || !strings.Contains(err.Error(), `"broken.pub"`) {
		t.Errorf("LoadKeyring with a broken key = %v, want its name", err)
	}
	fsys["broken.pub"] = &fstest.MapFile{Mode: fs.ModeDir}
	if _, err := LoadKeyring(fsys); err == nil {
		t.Error("LoadKeyring with a folder = nil error")
	}
	if ring, err := LoadKeyring(os.DirFS(filepath.Join(t.TempDir(), "none"))); err != nil || len(names(ring)) != 0 {
		t.Errorf("LoadKeyring of no folder = %v, %v", ring, err)
	}
}

// minisignProgram gives the path of the program, or skips the test.
func minisignProgram(t *testing.T) string {
	t.Helper()
	return program.Path(t, "minisign")
}

func TestMinisignVerifiesOurs(t *testing.T) {
	program := minisignProgram(t)
	pub, priv := newKey(t)
	raw := buildSample(t)
	file := filepath.Join(t.TempDir(), "sample.asrpack")
	writeFile(t, file, raw)
	writeFile(t, file+SignatureExt, mustSign(t, priv, raw))
	out, err := exec.Command(program, "-HVm", file, "-P", pub.String()).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Trusted comment: "+TrustedComment) {
		t.Errorf("minisign -HVm: %v\n%s", err, out)
	}
	writeFile(t, file, append(raw, 0))
	if out, err := exec.Command(program, "-HVm", file, "-P", pub.String()).CombinedOutput(); err == nil {
		t.Errorf("minisign verifies changed bytes:\n%s", out)
	}
}

func TestMinisignSignsForUs(t *testing.T) {
	program := minisignProgram(t)
	raw := buildSample(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "sample.asrpack")
	writeFile(t, file, raw)
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("minisign %q: %v\n%s", args, err, out)
		}
	}
	run("-G", "-W", "-p", "support.pub", "-s", "support.key")
	ring, err := LoadKeyring(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}

	run("-S", "-s", "support.key", "-c", UntrustedComment, "-t", TrustedComment, "-m", file)
	theirs := readFile(t, file+SignatureExt)
	if signer, err := ring.Verify(raw, theirs); signer != "support" || err != nil {
		t.Errorf("Verify of minisign's signature = %q, %v", signer, err)
	}
	priv, err := ParsePrivateKey(readFile(t, filepath.Join(dir, "support.key")), "")
	if err != nil {
		t.Fatal(err)
	}
	if ours := mustSign(t, priv, raw); !bytes.Equal(ours, theirs) {
		t.Errorf("same key, same file, and two signatures:\n%s%s", ours, theirs)
	}

	run("-S", "-s", "support.key", "-m", file)
	if _, err := ring.Verify(raw, readFile(t, file+SignatureExt)); !errors.Is(err, ErrSignatureForm) {
		t.Errorf("Verify with minisign's own comments = %v, want ErrSignatureForm", err)
	}
	run("-S", "-l", "-s", "support.key", "-c", UntrustedComment, "-t", TrustedComment, "-m", file)
	if _, err := ring.Verify(raw, readFile(t, file+SignatureExt)); !errors.Is(err, ErrSignatureForm) {
		t.Errorf("Verify of the legacy form = %v, want ErrSignatureForm", err)
	}
}

func TestMinisignUsesOurKey(t *testing.T) {
	program := minisignProgram(t)
	pub, priv := newKey(t)
	dir := t.TempDir()
	secret, err := MarshalPrivateKey(priv, "")
	if err != nil {
		t.Fatal(err)
	}
	key, file := filepath.Join(dir, "ours.key"), filepath.Join(dir, "file")
	writeFile(t, key, secret)
	writeFile(t, file, []byte("content"))
	cmd := exec.Command(program, "-S", "-W", "-s", key, "-c", UntrustedComment, "-t", TrustedComment, "-m", file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("minisign -S: %v\n%s", err, out)
	}
	ring := Keyring{}.With("ours", pub)
	if signer, err := ring.Verify([]byte("content"), readFile(t, file+SignatureExt)); signer != "ours" || err != nil {
		t.Errorf("Verify = %q, %v", signer, err)
	}
}

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func FuzzSignature(f *testing.F) {
	_, priv := newKey(f)
	f.Add(mustSign(f, priv, []byte("x")))
	f.Add([]byte("untrusted comment: \n\ntrusted comment: \n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseSignature(text)
		if err != nil {
			if !errors.Is(err, ErrSignatureForm) {
				t.Errorf("parseSignature = %v, want ErrSignatureForm", err)
			}
			return
		}
		if again, err := s.MarshalText(); err != nil || !bytes.Equal(again, text) {
			t.Errorf("an accepted signature is not its own canonical form: %v", err)
		}
	})
}

func FuzzKeys(f *testing.F) {
	pub, priv := newKey(f)
	public, _ := MarshalPublicKey(pub)
	secret, _ := MarshalPrivateKey(priv, "")
	f.Add(public)
	f.Add(secret)
	f.Add([]byte(pub.String()))
	f.Add(bytes.ReplaceAll(public, []byte("\n"), []byte("\r\n")))
	f.Add(append(bytes.Clone(public), public...))
	f.Fuzz(func(t *testing.T, text []byte) {
		if key, err := ParsePublicKey(text); err == nil {
			if lines := strings.Split(strings.TrimSpace(string(text)), "\n"); lines[len(lines)-1] != key.String() || len(lines) > 2 {
				t.Errorf("%q is taken for key %s", text, key)
			}
			again, _ := MarshalPublicKey(key)
			if back, err := ParsePublicKey(again); err != nil || !back.Equal(key) {
				t.Errorf("public key changes on its way: %v", err)
			}
		}
		if IsEncrypted(text) {
			return // would cost a gigabyte a try
		}
		if key, err := ParsePrivateKey(text, ""); err == nil {
			again, _ := MarshalPrivateKey(key, "")
			if back, err := ParsePrivateKey(again, ""); err != nil || !back.Equal(key) {
				t.Errorf("secret key changes on its way: %v", err)
			}
		}
	})
}
