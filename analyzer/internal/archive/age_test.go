package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

// newKey makes a key and a keyring that has it.
func newKey(t testing.TB) (age.Recipient, *Keyring, string) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	k := &Keyring{}
	text := "# created: today\n# public key: " + id.Recipient().String() + "\n" + id.String() + "\n"
	if err := k.Add([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return id.Recipient(), k, text
}

// seal encrypts bytes.
func seal(t testing.TB, raw []byte, to ...age.Recipient) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to...)
	if err == nil {
		_, err = w.Write(raw)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// asText is the form for mail.
func asText(t testing.TB, raw []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := armor.NewWriter(&out)
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// noise is what hardly compresses: several blocks of it.
func noise(n int) string {
	source := rand.NewChaCha8([32]byte{7})
	var b strings.Builder
	for b.Len() < n {
		var some [48]byte
		_, _ = source.Read(some[:])
		b.WriteString(hex.EncodeToString(some[:]) + "\n")
	}
	return b.String()
}

// longBundle has an entry of several blocks between small ones.
func longBundle() []entry {
	return []entry{
		{name: "bundle.json", content: `{"format":"asr-bundle"}`},
		{name: "facts/services.json", content: "{}"},
		{name: "logs/a/x.log", content: noise(300 << 10)},
		{name: "logs/a/y.log", content: noise(300 << 10)},
		{name: "facts/host.json", content: "{}"},
	}
}

func openKeyed(t testing.TB, name string, raw []byte, o Options) (*Archive, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	o.Temp = filepath.Join(t.TempDir(), "spool")
	a, err := Open(context.Background(), file, o)
	if err == nil {
		t.Cleanup(func() { a.Close() })
	}
	return a, err
}

// TestEncryptedForms opens each form in which an encrypted bundle may come.
func TestEncryptedForms(t *testing.T) {
	to, keys, _ := newKey(t)
	other, _, _ := newKey(t)
	raw := makeZip(t, longBundle()...)
	sealed := seal(t, raw, other, to)
	crlf := bytes.ReplaceAll(asText(t, sealed), []byte("\n"), []byte("\r\n"))
	for name, sent := range map[string][]byte{
		"b.zip.age": sealed, "noname": sealed, "b.asc": asText(t, sealed), "mail.txt": append([]byte("\r\n\r\n"), crlf...),
		"b.tar.age": seal(t, makeTar(t, longBundle()...), to), "b.zip.age.gz": compress(t, sealed, gz),
		"sent.zip": makeZip(t, entry{name: "x/b.zip.age", content: string(sealed)}), "sent.tar": makeTar(t, entry{name: "b.bin", content: string(sealed)}),
	} {
		a, err := openKeyed(t, name, sent, Options{Unlocker: keys})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(a.Problems) > 0 {
			t.Errorf("%s: %+v", name, a.Problems)
		}
		for _, e := range longBundle() {
			if got, err := fs.ReadFile(a, e.name); err != nil || string(got) != e.content {
				t.Errorf("%s: %s: %d bytes, %v", name, e.name, len(got), err)
			}
		}
		if sum := sha256.Sum256(sent); a.Inner == "" && a.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: the hash is not that of the file", name)
		}
	}
}

// TestEncryptedRefused says of each file that is not opened why not.
func TestEncryptedRefused(t *testing.T) {
	to, keys, _ := newKey(t)
	_, others, _ := newKey(t)
	raw := makeZip(t, bundle...)
	sealed := seal(t, raw, to)
	passphrase, err := age.NewScryptRecipient("x")
	if err != nil {
		t.Fatal(err)
	}
	passphrase.SetWorkFactor(10)
	changed := bytes.Clone(sealed)
	changed[bytes.Index(changed, []byte("--- "))+6] ^= 1
	long := append([]byte(ageVersion), bytes.Repeat([]byte("-> X25519 "+strings.Repeat("A", 43)+"\n"+strings.Repeat("A", 43)+"\n"), 5000)...)
	for name, c := range map[string]struct {
		sent []byte
		keys Unlocker
		what string
	}{
		"no key":       {sealed, nil, "encrypted with age"},
		"empty ring":   {sealed, &Keyring{}, "encrypted with age"},
		"another key":  {sealed, others, "for another key"},
		"passphrase":   {seal(t, raw, passphrase), keys, "with a passphrase"},
		"twice":        {seal(t, sealed, to), keys, "encrypted with age twice"},
		"changed head": {changed, keys, "header"},
		"cut head":     {sealed[:100], keys, "header"},
		"cut content":  {sealed[:len(sealed)-1], keys, "first block"},
		"only nonce":   {sealed[:bytes.Index(sealed, []byte("--- "))+60], keys, "cut off"},
		"endless head": {long, keys, "header"},
		"version 2":    {bytes.Replace(sealed, []byte("/v1\n"), []byte("/v2\n"), 1), keys, "another version"},
		"a letter":     {seal(t, []byte("Dear support, it is slow.\n"), to), keys, "not an archive"},
		"text cut":     {asText(t, sealed)[:60], keys, "damaged"},
	} {
		for _, loose := range []bool{false, true} {
			_, err := openKeyed(t, "b.zip.age", c.sent, Options{Unlocker: c.keys, Loose: loose})
			if !errors.Is(err, ErrAge) || !strings.Contains(err.Error(), c.what) {
				t.Errorf("%s: %v, want one that says %q", name, err, c.what)
			}
		}
	}
}

// TestEncryptedDamaged cuts a bundle at many places, and changes one byte at
// many: what is read is right, and what is not is told.
func TestEncryptedDamaged(t *testing.T) {
	to, keys, _ := newKey(t)
	sealed := seal(t, makeZip(t, longBundle()...), to)
	want := map[string]string{}
	for _, e := range longBundle() {
		want[e.name] = e.content
	}
	look := func(what string, sent []byte) (files int) {
		a, err := openKeyed(t, "b.zip.age", sent, Options{Unlocker: keys})
		if err != nil {
			if !errors.Is(err, ErrAge) {
				t.Errorf("%s: %v", what, err)
			}
			return 0
		}
		lost := false
		for name, content := range want {
			got, err := fs.ReadFile(a, name)
			switch {
			case err != nil:
				lost = true
			case string(got) != content:
				t.Errorf("%s: %s is wrong", what, name)
			default:
				files++
			}
		}
		if !lost && len(a.Problems) == 0 {
			t.Errorf("%s: nothing is told", what)
		}
		return files
	}
	sum := 0
	for n := 200; n < len(sealed); n += len(sealed) / 40 {
		sum += look("cut", sealed[:n])
		changed := bytes.Clone(sealed)
		changed[n] ^= 0x40
		sum += look("changed", changed)
	}
	if got := look("the end is cut", sealed[:len(sealed)-20]); got < 2 {
		t.Errorf("%d files of one that lacks its end", got)
	}
	if sum < 100 {
		t.Errorf("%d files in all", sum)
	}
}

// TestEncryptedReopen opens bundles that were found before, as another process
// does.
func TestEncryptedReopen(t *testing.T) {
	to, keys, _ := newKey(t)
	sealed := string(seal(t, makeZip(t, bundle...), to))
	dir := t.TempDir()
	file := filepath.Join(dir, "sent.zip")
	sent := makeZip(t, entry{name: "a.zip.age", content: sealed}, entry{name: "b.asc", content: string(asText(t, []byte(sealed)))}, entry{name: "c.zip.age", content: sealed[:150]})
	if err := os.WriteFile(file, sent, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), file, Options{Temp: filepath.Join(dir, "spool"), Keep: true, Unlocker: keys})
	var several *SeveralError
	if !errors.As(err, &several) || len(several.Inner) != 3 {
		t.Fatalf("%v", err)
	}
	for _, in := range several.Inner {
		if strings.HasPrefix(in.Name, "c") {
			if !errors.Is(in.Err, ErrAge) {
				t.Errorf("%s: %v", in.Name, in.Err)
			}
			continue
		}
		a, err := Reopen(in, keys)
		if err != nil {
			t.Errorf("%s: %v", in.Name, err)
			continue
		}
		if _, err := fs.Stat(a, bundles.HeaderPath); err != nil {
			t.Errorf("%s: %v", in.Name, err)
		}
		a.Close()
		if _, err := Reopen(in, nil); !errors.Is(err, ErrAge) {
			t.Errorf("%s without a key: %v", in.Name, err)
		}
	}
}

// TestEncryptedPrivate: what was read of an encrypted bundle is nowhere on the
// disk.
func TestEncryptedPrivate(t *testing.T) {
	to, keys, _ := newKey(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "b.asc")
	if err := os.WriteFile(file, asText(t, seal(t, makeZip(t, longBundle()...), to)), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := Open(context.Background(), file, Options{Temp: filepath.Join(dir, "spool"), Unlocker: keys})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	files := 0
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, _ error) error {
		if d.Type().IsRegular() {
			raw, err := os.ReadFile(name)
			if files++; err != nil || bytes.Contains(raw, []byte("bundle.json")) {
				t.Errorf("%s: %v, or it is readable", name, err)
			}
		}
		return nil
	})
	if files != 2 {
		t.Errorf("%d files, want the text and its bytes", files)
	}
}

func TestKeyring(t *testing.T) {
	_, _, text := newKey(t)
	secret := text[strings.Index(text, "AGE-SECRET"):]
	to, _, _ := newKey(t)
	wide := []byte("\xff\xfe")
	for _, c := range []byte(text) {
		wide = append(wide, c, 0)
	}
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"as written":        {text, ""},
		"by PowerShell":     {string(wide), ""},
		"two":               {text + text, ""},
		"public":            {"# mine\nage1xyz\n", ErrPublic.Error()},
		"with a passphrase": {string(seal(t, []byte(text), to)), ErrProtected.Error()},
		"so, as text":       {string(asText(t, seal(t, []byte(text), to))), ErrProtected.Error()},
		"of a plugin":       {"AGE-PLUGIN-YUBIKEY-1QQ\n", ErrForeignKey.Error()},
		"of SSH":            {"-----BEGIN OPENSSH PRIVATE KEY-----\n", ErrForeignKey.Error()},
		"damaged":           {"# x\n" + secret[:len(secret)-3] + "\n", "line 2 is not a secret key"},
		"empty":             {"# x\n", "no secret key"},
	} {
		err := (&Keyring{}).Add([]byte(c.text))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), secret[16:40]) {
			t.Errorf("%s: the error has the key in it", name)
		}
	}
}

// TestAgeProgram opens what the age program has encrypted, with a key that
// age-keygen has made.
func TestAgeProgram(t *testing.T) {
	program.Path(t, "age")
	keygen := program.Path(t, "age-keygen")
	run := func(in []byte, name string, args ...string) []byte {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Stdin = bytes.NewReader(in)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s %v: %v", name, args, err)
		}
		return out
	}
	text := run(nil, keygen)
	public := strings.TrimSpace(string(run(text, keygen, "-y")))
	keys := &Keyring{}
	if err := keys.Add(text); err != nil {
		t.Fatal(err)
	}
	raw := makeZip(t, longBundle()...)
	for _, args := range [][]string{{"-r", public}, {"-a", "-r", public}} {
		a, err := openKeyed(t, "b.age", run(raw, "age", args...), Options{Unlocker: keys})
		if err != nil {
			t.Errorf("%v: %v", args, err)
			continue
		}
		if got, err := fs.ReadFile(a, "logs/a/y.log"); err != nil || string(got) != longBundle()[3].content {
			t.Errorf("%v: %v", args, err)
		}
	}
	other := run(nil, keygen)
	otherPublic := strings.TrimSpace(string(run(other, keygen, "-y")))
	if _, err := openKeyed(t, "other.age", run(raw, "age", "-r", otherPublic), Options{Unlocker: keys}); err == nil {
		t.Error("another key opens it")
	}
}

// TestBlocks reads a file at random places, side by side.
func TestBlocks(t *testing.T) {
	content := []byte(noise(40 * blockBytes / 8))
	b := newBlocks(bytes.NewReader(content), int64(len(content)))
	done := make(chan bool)
	for seed := range uint64(4) {
		go func() {
			defer func() { done <- true }()
			r := rand.New(rand.NewPCG(seed, 1))
			for range 300 {
				off := r.Int64N(int64(len(content)) + 100)
				p := make([]byte, 1+r.IntN(2*blockBytes))
				n, err := b.ReadAt(p, off)
				want := content[min(off, int64(len(content))):]
				want = want[:min(len(want), len(p))]
				if !bytes.Equal(p[:n], want) || (err == nil) != (n == len(p)) || err != nil && !errors.Is(err, io.EOF) {
					t.Errorf("%d bytes at %d: %d, %v", len(p), off, n, err)
				}
			}
		}()
	}
	for range 4 {
		<-done
	}
}
