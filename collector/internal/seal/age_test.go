package seal

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"filippo.io/age"
)

func identity(t testing.TB) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func recipients(t testing.TB, ids ...*age.X25519Identity) Recipients {
	t.Helper()
	var keys []string
	for _, id := range ids {
		keys = append(keys, id.Recipient().String())
	}
	r, err := Parse(keys)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sealed encrypts data in writes of random sizes.
func sealed(t testing.TB, r Recipients, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := r.Writer(&out)
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, uint64(len(data))))
	for rest := data; len(rest) > 0; {
		n := min(len(rest), rnd.IntN(3*Block))
		if m, err := w.Write(rest[:n]); m != n || err != nil {
			t.Fatalf("Write of %d bytes = %d, %v", n, m, err)
		}
		rest = rest[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("x")); err == nil {
		t.Error("a write after Close is accepted")
	}
	return out.Bytes()
}

// TestAgeReads has age read what is written here, for each of the keys, at the
// edges of blocks.
func TestAgeReads(t *testing.T) {
	ids := []*age.X25519Identity{identity(t), identity(t), identity(t)}
	r := recipients(t, ids...)
	for _, size := range []int{0, 1, 100, Block - 1, Block, Block + 1, 2*Block - 1, 2 * Block, 2*Block + 1, 5*Block + 77} {
		data := bytes.Repeat([]byte("0123456789abcde\n"), size/16+1)[:size]
		raw := sealed(t, r, data)
		if got := r.Size(int64(size)); got != int64(len(raw)) {
			t.Errorf("Size(%d) = %d, written are %d", size, got, len(raw))
		}
		for i, id := range ids {
			plain, err := age.Decrypt(bytes.NewReader(raw), id)
			if err != nil {
				t.Fatalf("%d bytes, key %d: %v", size, i, err)
			}
			if got, err := io.ReadAll(plain); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d bytes, key %d: %d bytes, %v", size, i, len(got), err)
			}
		}
		var wrong *age.NoIdentityMatchError
		if _, err := age.Decrypt(bytes.NewReader(raw), identity(t)); !errors.As(err, &wrong) {
			t.Errorf("%d bytes with another key: %v", size, err)
		}
	}
}

// TestChanged: age refuses what was changed or cut.
func TestChanged(t *testing.T) {
	id := identity(t)
	raw := sealed(t, recipients(t, id), bytes.Repeat([]byte("log line\n"), 20_000))
	read := func(raw []byte) error {
		plain, err := age.Decrypt(bytes.NewReader(raw), id)
		if err == nil {
			_, err = io.Copy(io.Discard, plain)
		}
		return err
	}
	if err := read(raw); err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(raw); at += 1 + at/20 {
		changed := bytes.Clone(raw)
		changed[at] ^= 4
		if read(changed) == nil {
			t.Errorf("byte %d may be changed", at)
		}
		if read(raw[:at]) == nil {
			t.Errorf("it may be cut at %d", at)
		}
	}
}

// TestNothingRepeats: two files of the same bytes have nothing in common.
func TestNothingRepeats(t *testing.T) {
	r := recipients(t, identity(t))
	a, b := sealed(t, r, make([]byte, 1000)), sealed(t, r, make([]byte, 1000))
	common := 0
	for i := len(intro) + len("-> X25519 "); i < len(a); i++ {
		if a[i] == b[i] {
			common++
		}
	}
	if common > len(a)/8 {
		t.Errorf("%d of %d bytes are the same", common, len(a))
	}
}

// TestKeys holds what is taken as a key against age.
func TestKeys(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 3))
	for range 50 {
		key := identity(t).Recipient().String()
		if _, err := ParseKey(key); err != nil {
			t.Fatalf("ParseKey(%q): %v", key, err)
		}
		for range 20 { // one letter changed, left out or added
			at := len(keyBegin) + rnd.IntN(len(key)-len(keyBegin))
			c := string(alphabet[rnd.IntN(len(alphabet))])
			for _, other := range []string{key[:at] + c + key[at+1:], key[:at] + key[at+1:], key[:at] + c + key[at:], key[:at]} {
				_, want := age.ParseX25519Recipient(other)
				if _, err := ParseKey(other); (err == nil) != (want == nil) {
					t.Errorf("ParseKey(%q) = %v, age says %v", other, err, want)
				}
			}
		}
	}
	for _, bad := range []string{"", "age1", "age1q", strings.ToUpper(identity(t).Recipient().String()), "age1" + strings.Repeat("q", 58)} {
		if _, err := ParseKey(bad); err == nil {
			t.Errorf("ParseKey(%q) takes it", bad)
		}
	}
}

type fullDisk struct{ left int }

var errFull = errors.New("no space left")

func (f *fullDisk) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// TestFullDisk: an error of the disk surfaces and stays.
func TestFullDisk(t *testing.T) {
	r := recipients(t, identity(t))
	for left := 0; left < int(r.Size(3*Block)); left += Block / 3 {
		w, err := r.Writer(&fullDisk{left})
		if err == nil {
			_, err = w.Write(make([]byte, 3*Block))
			err = errors.Join(err, w.Close())
		}
		if !errors.Is(err, errFull) {
			t.Errorf("disk of %d bytes: %v", left, err)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(identity(f).Recipient().String())
	f.Add("age1" + strings.Repeat("q", 58))
	f.Fuzz(func(t *testing.T, text string) {
		_, want := age.ParseX25519Recipient(text)
		if _, err := publicKey(text); (err == nil) != (want == nil) {
			t.Errorf("publicKey(%q) = %v, age says %v", text, err, want)
		}
	})
}
