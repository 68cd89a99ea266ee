package redact

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// shared serves all tests: building one takes longer than most of them.
var shared = New(Options{})

func redactAll(t *testing.T, in []byte, o StreamOptions, size int) []byte {
	t.Helper()
	var out bytes.Buffer
	w := shared.NewWriter(&out, o)
	for len(in) > 0 {
		n := min(size, len(in))
		if _, err := w.Write(in[:n]); err != nil {
			t.Fatal(err)
		}
		in = in[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSecrets(t *testing.T) {
	for _, c := range secretCases {
		t.Run(c.name, func(t *testing.T) {
			got := string(redactAll(t, []byte(c.in), StreamOptions{}, len(c.in)))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("redact %q (-want +got):\n%s", c.in, diff)
			}
			if again := string(redactAll(t, []byte(got), StreamOptions{}, len(got)+1)); again != got {
				t.Errorf("a second pass changed %q to %q", got, again)
			}
		})
	}
}

func TestHarmless(t *testing.T) {
	for _, in := range harmlessLines {
		if got := New(Options{}).String(in, nil); got != in {
			t.Errorf("String(%q) = %q, want it unchanged", in, got)
		}
	}
}

// TestSplits writes every case in two pieces, cut at every byte.
func TestSplits(t *testing.T) {
	for _, c := range secretCases {
		for i := range len(c.in) {
			var out bytes.Buffer
			w := shared.NewWriter(&out, StreamOptions{})
			for _, piece := range []string{c.in[:i], c.in[i:]} {
				if _, err := w.Write([]byte(piece)); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil || out.String() != c.want {
				t.Fatalf("%s cut at %d: got %q, %v, want %q", c.name, i, out.String(), err, c.want)
			}
		}
	}
}

// TestBufferBorders puts every case at every place around the end of the buffer.
func TestBufferBorders(t *testing.T) {
	for _, c := range secretCases {
		for shift := 0; shift < len(c.in)+2; shift += 5 {
			pad := strings.Repeat("0123456789 abcde\n", bufferSize/17+1)
			pad = pad[:bufferSize-shift-1] + "\n"
			got := string(redactAll(t, []byte(pad+c.in), StreamOptions{}, 32<<10))
			if got != pad+c.want {
				t.Fatalf("%s, %d bytes before the border: got ...%q", c.name, shift, got[len(got)-min(len(got), 120):])
			}
		}
	}
}

// TestLongLines puts secrets into a line longer than the buffer, at places
// around every border at which it is cut.
func TestLongLines(t *testing.T) {
	const secret = "hunter2-Zm9vYmFy"
	for _, form := range []string{" password=%s ", ` "apiKey":"%s", `, " --password %s ", " https://u:%s@h/ ", " sig=%s& ", " Bearer %s1 "} {
		text := fmt.Sprintf(form, secret)
		for shift := -40; shift < 40; shift += 3 {
			for _, border := range []int{bufferSize, bufferSize - holdBack, 2*bufferSize - holdBack} {
				pad := strings.Repeat("x1 ", (border+shift)/3)
				in := pad + text + strings.Repeat("y2 ", bufferSize/4) + "\nend 443\n"
				got := redactAll(t, []byte(in), StreamOptions{}, 50_001)
				if bytes.Contains(got, []byte(secret)) {
					t.Fatalf("%q at %d+%d is in the output", text, border, shift)
				}
				if want := strings.Replace(in, secret, "", 1); len(got) < len(want)-8 || !bytes.HasSuffix(got, []byte("\nend 443\n")) {
					t.Fatalf("%q at %d+%d: %d bytes of %d left", text, border, shift, len(got), len(in))
				}
			}
		}
	}
}

func TestHugeSecret(t *testing.T) {
	in := "a password=" + strings.Repeat("S3", bufferSize) + "\nnext 443\n"
	got := redactAll(t, []byte(in), StreamOptions{}, 4096)
	if bytes.Contains(got, []byte("S3")) || !bytes.HasSuffix(got, []byte("\nnext 443\n")) || len(got) > 100 {
		t.Errorf("a secret of 512 KiB leaves %.200q", got)
	}
}

func wide(s string, order binary.ByteOrder) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, 0, 0)
		order.PutUint16(out[len(out)-2:], u)
	}
	return out
}

func TestUTF16(t *testing.T) {
	for _, enc := range []Encoding{UTF16LE, UTF16BE} {
		order := binary.ByteOrder(binary.LittleEndian)
		if enc == UTF16BE {
			order = binary.BigEndian
		}
		for _, c := range secretCases {
			if c.name == "nul" {
				continue
			}
			in := wide("\ufeffdüsseldorf 中 😀\r\n"+c.in, order)
			want := wide("\ufeffdüsseldorf 中 😀\r\n"+c.want, order)
			for _, size := range []int{1, 3, len(in)} {
				if got := redactAll(t, in, StreamOptions{Encoding: enc}, size); !bytes.Equal(got, want) {
					t.Fatalf("%s in %s: got %q", c.name, enc, got)
				}
			}
		}
	}
}

func TestCutKey(t *testing.T) {
	in := strings.Repeat("aB3/", 16) + "\nq2w=\n2024-03-05 14:22:31 entry\n"
	got := string(redactAll(t, []byte(in), StreamOptions{Cut: true}, 10))
	if strings.Contains(got, "aB3/") || !strings.HasSuffix(got, "2024-03-05 14:22:31 entry\n") {
		t.Errorf("the rest of a key at a cut begin: got %q", got)
	}
}

func TestValidUTF8(t *testing.T) {
	for in, want := range map[string]bool{"plain": true, "düsseldorf 😀": true, "d\xfcsseldorf": false, "cut \xf0\x9f": false} {
		for size := 1; size <= len(in); size++ {
			w := New(Options{}).NewWriter(&bytes.Buffer{}, StreamOptions{})
			for i := 0; i < len(in); i += size {
				_, _ = w.Write([]byte(in[i:min(i+size, len(in))]))
			}
			_ = w.Close()
			if w.ValidUTF8() != want {
				t.Errorf("ValidUTF8 of %q in pieces of %d = %v, want %v", in, size, !want, want)
			}
		}
	}
}

func TestJSON(t *testing.T) {
	type item struct {
		Name     string            `json:"name"`
		Password string            `json:"password"`
		Cmd      string            `json:"cmd"`
		M        map[string]string `json:"m"`
		N        int               `json:"n"`
	}
	counts := Counts{}
	raw, err := New(Options{}).JSON(item{"a<b", `hun"ter2`, `x --token "abc def1" --port 443`, map[string]string{"http://u:p@h": "v"}, 7}, counts)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"a<b","password":"[REDACTED:secret]","cmd":"x --token \"[REDACTED:token]\" --port 443","m":{"http://[REDACTED:userinfo]@h":"v"},"n":7}` + "\n"
	if diff := cmp.Diff(want, string(raw)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Counts{RuleSecret: 1, RuleToken: 1, RuleUserinfo: 1}, counts); diff != "" {
		t.Error(diff)
	}
}

// TestJSONText removes the secrets that a list or a pair of members holds.
func TestJSONText(t *testing.T) {
	in := `{"passwords":["hunter2","bb"],"a":["c","d"],"v":[{"name":"DB_PASSWORD","value":"hunter3","n":1},{"key":"port","value":"443"}],"value":"x"}`
	want := `{"passwords":["[REDACTED:secret]","[REDACTED:secret]"],"a":["c","d"],"v":[{"name":"DB_PASSWORD","value":"[REDACTED:secret]","n":1},{"key":"port","value":"443"}],"value":"x"}`
	if diff := cmp.Diff(want, string(shared.JSONText([]byte(in), nil))); diff != "" {
		t.Error(diff)
	}
}

func TestArgs(t *testing.T) {
	got := New(Options{}).Args([]string{"svc", "--password", "my pass word", "--client-secret=a b c", "--port", "9443"}, nil)
	if want := "svc --password [REDACTED:option] --client-secret=[REDACTED:option] --port 9443"; got != want {
		t.Errorf("Args = %q, want %q", got, want)
	}
}

// FuzzPlanted writes foreign text with a secret in it, cut at foreign places.
// The secret must not come out, and where the writes are cut must not matter.
func FuzzPlanted(f *testing.F) {
	f.Add([]byte("2024-03-05 line\nx "), []byte(" port 443\n"), uint8(0), uint16(3))
	f.Add([]byte("{\"a\":1,"), []byte("\"b\":2}"), uint8(4), uint16(40))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n"), []byte("\n"), uint8(9), uint16(1))
	for _, c := range secretCases {
		f.Add([]byte(c.in), []byte(c.want), uint8(len(c.in)), uint16(len(c.want)))
	}
	const secret = "hunter2Zm9vYmFyQUJD"
	forms := []string{
		"\npassword=%s\n", "\nx password=%s ", "\n\"password\":\"%s\",", "\nAuthorization: Bearer %s\n", "\nx?sig=%s&", "\nAccountKey=%s;",
		"\nhttp://user:%s@host/ ", "\nx --secret %s ", "\n<Token>%s</Token>", "\n-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n",
	}
	f.Fuzz(func(t *testing.T, before, after []byte, form uint8, cut uint16) {
		if bytes.Contains(before, []byte("hunter")) || bytes.Contains(after, []byte("hunter")) {
			t.Skip()
		}
		in := []byte(string(before) + fmt.Sprintf(forms[int(form)%len(forms)], secret) + string(after))
		once := redactAll(t, in, StreamOptions{}, len(in))
		if bytes.Contains(once, []byte(secret)) {
			t.Fatalf("the secret of %q is in %q", in, once)
		}
		if got := redactAll(t, in, StreamOptions{}, int(cut)+1); !bytes.Equal(got, once) {
			t.Fatalf("%q in pieces of %d: %q, whole: %q", in, cut+1, got, once)
		}
	})
}

// What was redacted once stays as it is: a bundle may be redacted again. With
// rules that overlap in one word a second pass may take more, so this is held
// against the cases and not against every text.
func TestSecondPass(t *testing.T) {
	for _, c := range secretCases {
		once := redactAll(t, []byte(c.in), StreamOptions{}, len(c.in)+1)
		if again := redactAll(t, once, StreamOptions{}, len(once)+1); !bytes.Equal(again, once) {
			t.Errorf("a second pass of %q\nchanged %q\nto      %q", c.in, once, again)
		}
	}
}

func BenchmarkLog(b *testing.B) {
	line := "#~> (03-05-2024 14:22:31):   ERROR  2508 8408 313 TransportStream::Write: Failed to send data with error [at client.h:x:478] timed out (300). Transport failures = 4\n"
	block := []byte(strings.Repeat(line, 400) + "GET https://x.blob.core.windows.net/c?sig=abcdef%3D 403\n")
	b.SetBytes(int64(len(block)))
	w := New(Options{}).NewWriter(&discard{}, StreamOptions{})
	for b.Loop() {
		_, _ = w.Write(block)
	}
}

type discard struct{}

func (*discard) Write(p []byte) (int, error) { return len(p), nil }
