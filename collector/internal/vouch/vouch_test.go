package vouch

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"aead.dev/minisign"
	blake "golang.org/x/crypto/blake2b"
)

// TestBlake2b: RFC 7693, appendix A, the hash of nothing, and texts of all lengths
// around the block's.
func TestBlake2b(t *testing.T) {
	for text, want := range map[string]string{
		"abc": "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
		"":    "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce",
	} {
		if sum := blake2b([]byte(text)); hex.EncodeToString(sum[:]) != want {
			t.Errorf("blake2b(%q) = %x, want %s", text, sum, want)
		}
	}
	text := draw(700, 1)
	for n := range text {
		if sum := blake2b(text[:n]); sum != blake.Sum512(text[:n]) {
			t.Errorf("blake2b of %d bytes = %x, want %x", n, sum, blake.Sum512(text[:n]))
		}
	}
}

func FuzzBlake2b(f *testing.F) {
	f.Add([]byte("abc"))
	f.Add(draw(3*blakeBlock, 2))
	f.Fuzz(func(t *testing.T, text []byte) {
		if sum := blake2b(text); sum != blake.Sum512(text) {
			t.Errorf("blake2b(%q) = %x, want %x", text, sum, blake.Sum512(text))
		}
	})
}

// FuzzVerify: what is accepted, and what is said of the signer, is what aead.dev's
// minisign says.
func FuzzVerify(f *testing.F) {
	key, file := signed(f, "a profile", "made for a test")
	_, foreign := signed(f, "a profile", "made by another")
	for _, file := range [][]byte{file, foreign, bytes.ReplaceAll(file, []byte("\n"), []byte("\r\n")), []byte("untrusted comment: \n\ntrusted comment: \n")} {
		f.Add([]byte("a profile"), file)
		f.Add([]byte("a profile."), file)
	}
	f.Fuzz(func(t *testing.T, text, file []byte) { agree(t, key, text, file) })
}

// TestChanged: a signature of which any bit is another is judged as minisign does,
// and accepted only when it says the same: the first comment is signed by nobody,
// and the last letter of base64 has bits that mean nothing.
func TestChanged(t *testing.T) {
	key, file := signed(t, "a profile", "made for a test")
	agree(t, key, []byte("a profile"), file)
	whole, _ := parseSignature(plain(file))
	for i := range file {
		for bit := range 8 {
			changed := bytes.Clone(file)
			changed[i] ^= 1 << bit
			got, _ := parseSignature(plain(changed))
			if accepted := agree(t, key, []byte("a profile"), changed); accepted != reflect.DeepEqual(got, whole) {
				t.Errorf("accepted: %v with byte %d changed: %q", accepted, i, changed)
			}
		}
		agree(t, key, []byte("a profile"), file[:i])
	}
}

// TestVerify: what is told apart.
func TestVerify(t *testing.T) {
	const text = "a profile"
	key, file := signed(t, text, "made for a test")
	other, foreign := signed(t, text, "made by another")
	public, secret, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	long := sign(secret, text, strings.Repeat("x", maxComment+1))
	raw, _ := base64.StdEncoding.DecodeString(key.String())
	raw[0] = 'X'
	unreadable := base64.StdEncoding.EncodeToString(raw)
	for _, tt := range []struct {
		name string
		keys []string
		file []byte
		want error // nil: it holds
		says string
	}{
		{"ours", []string{key.String()}, file, nil, ""},
		{"one of ours", []string{other.String(), key.String()}, file, nil, ""},
		{"of a mail", []string{key.String()}, append(bytes.ReplaceAll(file, []byte("\n"), []byte("\r\n")), "\r\n \n"...), nil, ""},
		{"of nobody we know", []string{key.String()}, foreign, ErrUnknown, number(other.ID())},
		{"no keys", nil, file, ErrUnknown, number(key.ID())},
		{"without a hash", []string{public.String()}, minisign.Sign(secret, []byte(text)), ErrBad, "without a hash"},
		{"comment too long", []string{public.String()}, long, ErrBad, "no line of text"},
		{"comment of control characters", []string{public.String()}, sign(secret, text, "a\x1bb"), ErrBad, "no line of text"},
		{"nothing", []string{key.String()}, nil, ErrBad, "no signature"},
	} {
		who, err := Verify(tt.keys, []byte(text), tt.file)
		if !errors.Is(err, tt.want) || tt.want != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %v: %s", tt.name, err, tt.want, tt.says)
		}
		if want := "made for a test"; tt.want == nil && (who.Comment != want || who.Key != number(key.ID())) {
			t.Errorf("%s: signer %+v, want key %s, %q", tt.name, who, number(key.ID()), want)
		}
	}
	for _, bad := range []string{"", "RW", "no base64", unreadable} {
		if _, err := Verify([]string{bad}, []byte(text), file); err == nil || !strings.Contains(err.Error(), "BUG") {
			t.Errorf("key %q: %v, want one that cannot be read", bad, err)
		}
	}
}

// TestVerifyUsual takes the comment that the minisign program writes when nobody
// gives another one: with tabs.
func TestVerifyUsual(t *testing.T) {
	key, file := signed(t, "a profile", "timestamp:1774828800\tfile:case-42.json\thashed")
	who, err := Verify([]string{key.String()}, []byte("a profile"), file)
	if want := "timestamp:1774828800 file:case-42.json hashed"; err != nil || who.Comment != want {
		t.Errorf("%+v, %v, want %q", who, err, want)
	}
}

// agree compares Verify with minisign, and tells whether it accepted.
func agree(t *testing.T, key minisign.PublicKey, text, file []byte) bool {
	t.Helper()
	var want minisign.Signature
	parsed := want.UnmarshalText(plain(file)) == nil
	holds := parsed && want.Algorithm == minisign.HashEdDSA && minisign.Verify(key, text, plain(file))
	got, ok := parseSignature(plain(file))
	if ok != parsed {
		t.Fatalf("%q is a signature: %v, want %v", file, ok, parsed)
	}
	if ok && (got.id != want.KeyID || got.comment != want.TrustedComment || got.hashed != (want.Algorithm == minisign.HashEdDSA)) {
		t.Errorf("%q is %+v, want %+v", file, got, want)
	}
	who, err := Verify([]string{key.String()}, text, file)
	line := strings.Contains(errorText(err), "no line of text")
	if (err == nil || line) != holds {
		t.Errorf("%q of %q: %v, want it to hold: %v", file, text, err, holds)
	}
	if err == nil && (who.Comment != strings.ReplaceAll(want.TrustedComment, "\t", " ") || who.Key != number(want.KeyID)) {
		t.Errorf("%q: signer %+v, want %X %q", file, who, want.KeyID, want.TrustedComment)
	}
	return err == nil
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// signed signs a text with a new key.
func signed(t testing.TB, text, comment string) (minisign.PublicKey, []byte) {
	t.Helper()
	public, secret, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return public, sign(secret, text, comment)
}

func sign(secret minisign.PrivateKey, text, comment string) []byte {
	r := minisign.NewReader(strings.NewReader(text))
	_, _ = r.Read(make([]byte, len(text)))
	return r.SignWithComments(secret, comment, "signature")
}

// draw makes n bytes of a seed.
func draw(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 0))
	text := make([]byte, n)
	for i := range text {
		text[i] = byte(r.Uint32())
	}
	return text
}
