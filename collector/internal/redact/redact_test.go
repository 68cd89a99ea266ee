package redact

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// jwtSample is made up; its parts are what base64url makes of small JSON texts.
const jwtSample = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0ZXN0In0.c2lnbmF0dXJlLXNhbXBsZQ"

// secretCases hold one secret each: it must go, all the rest must stay.
var secretCases = []struct{ name, in, want string }{
	{"ini", "password=hunter2", "password=[REDACTED:password]"},
	{"ini spaces", "DB_PASSWD = \"hunter2 and more\"", "DB_PASSWD = \"[REDACTED:password]\""},
	{"ini rest of line", "passphrase = correct horse battery", "passphrase = [REDACTED:password]"},
	{"yaml", "  password: correct horse", "  password: [REDACTED:password]"},
	{"connection string", "Server=db1,1433;User ID=sa;Password=p@ss,word;Timeout=30", "Server=db1,1433;User ID=sa;Password=[REDACTED:password];Timeout=30"},
	{"line begins with it", "Password=abc;Server=10.0.0.1", "Password=[REDACTED:password];Server=10.0.0.1"},
	{"json", `{"user":"u","password":"a\"b","port":443}`, `{"user":"u","password":"[REDACTED:password]","port":443}`},
	{"json in json", `{"m":"{\"password\":\"hunter2\",\"port\":1}"}`, `{"m":"{\"password\":\"[REDACTED:password]\",\"port\":1}"}`},
	{"loose json", `{user:u,clientSecret:abcdefgh,port:443}`, `{user:u,clientSecret:[REDACTED:secret],port:443}`},
	{"xml element", "<Password>hunter2</Password>", "<Password>[REDACTED:password]</Password>"},
	{"xml attribute", `<add key="x" password="hunter2" port="1"/>`, `<add key="x" password="[REDACTED:password]" port="1"/>`},
	{"env", "export DB_PASS=hunter2", "export DB_PASS=[REDACTED:password]"},
	{"camel case", "x dbPass=hunter2 y", "x dbPass=[REDACTED:password] y"},
	{"option", "svc --db-password hunter2 --port 9443", "svc --db-password [REDACTED:password] --port 9443"},
	{"option with =", "svc --token=abcdef12 -v", "svc --token=[REDACTED:token] -v"},
	{"windows option", `setup.exe /password:hunter2 /log:x`, `setup.exe /password:[REDACTED:password] /log:x`},
	{"sshpass", "sshpass -p hunter2 ssh root@10.0.0.4", "sshpass -p [REDACTED:option] ssh root@10.0.0.4"},
	{"plink", "plink.exe -ssh -pw hunter2 10.0.0.4", "plink.exe -ssh -pw [REDACTED:option] 10.0.0.4"},
	{"mysql", "mysql -u root -phunter2 svsdb1", "mysql -u root -p[REDACTED:option] svsdb1"},
	{"curl", "curl -k -u admin:hunter2 https://10.0.0.4/", "curl -k -u [REDACTED:option] https://10.0.0.4/"},
	{"bearer header", "10:03:12 Authorization: Bearer abc.def-12345678 sent", "10:03:12 Authorization: Bearer [REDACTED:authorization] sent"},
	{"basic header", "Proxy-Authorization: Basic dXNlcjpwYXNz", "Proxy-Authorization: Basic [REDACTED:authorization]"},
	{"digest header", `Authorization: Digest username="u", response="0a1b"`, `Authorization: [REDACTED:authorization]`},
	{"header in json", `{"Authorization":"Bearer abcdefgh12345678","h":1}`, `{"Authorization":"Bearer [REDACTED:authorization]","h":1}`},
	{"bearer alone", "got bearer abcdefgh12345678 back", "got bearer [REDACTED:authorization] back"},
	{"basic alone", "retry with basic dXNlcjpwYXNz ok", "retry with basic [REDACTED:authorization] ok"},
	{"cookie", "Set-Cookie: sid=0a1b2c3d; Path=/", "Set-Cookie: [REDACTED:cookie]"},
	{
		"sas", "GET https://x.blob.core.windows.net/c/b?sv=2023-01-03&se=2024-05-05T10%3A00Z&sig=aB%2Fc%3D&sp=r 403",
		"GET https://x.blob.core.windows.net/c/b?sv=2023-01-03&se=2024-05-05T10%3A00Z&sig=[REDACTED:sas]&sp=r 403",
	},
	{"sas encoded", "u=https%3A%2F%2Fx%3Fsv%3D1%26sig%3DaBcDeF rest", "u=https%3A%2F%2Fx%3Fsv%3D1%26sig%3D[REDACTED:sas] rest"},
	{
		"account key", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Zm9vYmFyYmF6cXV4==;EndpointSuffix=core.windows.net",
		"DefaultEndpointsProtocol=https;AccountName=a;AccountKey=[REDACTED:key];EndpointSuffix=core.windows.net",
	},
	{"shared key", "x RelaySharedKey=Zm9vYmFyYmF6 y", "x RelaySharedKey=[REDACTED:key] y"},
	{"key in words", "using account key: Zm9vYmFyYmF6cXV4 now", "using account key: [REDACTED:key] now"},
	{"api key header", "X-Api-Key: 0123456789abcdef", "X-Api-Key: [REDACTED:key]"},
	{"token query", "GET /a?access_token=abcdef123456&x=1 200", "GET /a?access_token=[REDACTED:token]&x=1 200"},
	{"jwt", "id " + jwtSample + " end", "id [REDACTED:jwt] end"},
	{"url", "proxy http://user:p@ss:w@10.0.0.1:8080/ used", "proxy http://[REDACTED:userinfo]@10.0.0.1:8080/ used"},
	{"url, slash in it", "proxy http://user:pa/ss@10.0.0.1:8080 used", "proxy http://[REDACTED:userinfo]@10.0.0.1:8080 used"},
	{"endpoint", "proxy=user:hunter2@10.0.0.1:8080", "proxy=[REDACTED:userinfo]@10.0.0.1:8080"},
	{"github", "cloned with ghp_0123456789abcdefghij ok", "cloned with [REDACTED:token] ok"},
	{"aws", "id AKIA0123456789ABCDEF ok", "id [REDACTED:token] ok"},
	{"sql", "GRANT ALL ON svsdb1.* TO 'svs'@'%' IDENTIFIED BY 'hunter2';", "GRANT ALL ON svsdb1.* TO 'svs'@'%' IDENTIFIED BY '[REDACTED:password]';"},
	{"pass in json", `{"user":"u","pass":"hunter2"}`, `{"user":"u","pass":"[REDACTED:password]"}`},
	{"hash rocket", "connect :password => 'hunter2', :port => 443", "connect :password => '[REDACTED:password]', :port => 443"},
	{"function key", "x-functions-key: abcdef0123456789", "x-functions-key: [REDACTED:key]"},
	{
		"pem", "a\n-----BEGIN RSA PRIVATE KEY-----\r\nMIIEpAIBAAKCAQEA\r\nq2w=\r\n-----END RSA PRIVATE KEY-----\r\nb",
		"a\n-----BEGIN RSA PRIVATE KEY-----\r\n[REDACTED:private-key]\r\n[REDACTED:private-key]\r\n-----END RSA PRIVATE KEY-----\r\nb",
	},
	{"pem in one line", `{"k":"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"}`, `{"k":"-----BEGIN PRIVATE KEY-----[REDACTED:private-key]-----END PRIVATE KEY-----\n"}`},
	{
		"pem without end", "-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n2024-03-05 14:22:31 next entry, port 9443\n",
		"-----BEGIN PRIVATE KEY-----\n[REDACTED:private-key]\n2024-03-05 14:22:31 next entry, port 9443\n",
	},
	{
		"pem behind time stamps", "10:00 -----BEGIN PRIVATE KEY-----\n10:00 " + strings.Repeat("aB3/", 16) + "\n10:01 done",
		"10:00 -----BEGIN PRIVATE KEY-----\n[REDACTED:private-key]\n10:01 done",
	},
	{"nul", "good\nbad\x00p\x00a\x00s\nport 443", "good\n[REDACTED:binary]\nport 443"},
}

// harmlessLines are evidence that checks look for; none may change.
var harmlessLines = []string{
	"2024-Mar-05 14:22:31\tERROR\t[at session.cpp:handleRead:169]   (sid: 12f.1a2b3c) 10.1.0.9:52110 : error returned reading data from socket: system:10054(x)  (/putfile)",
	"2024-03-05 14:22:31:004211 EXCEPTION : MONITOR_PS 5120 : get_cs_passphrase : Could not retrieve the value at line 12",
	"get_cs_fingerprint : Could not retrieve",
	"#~> (03-05-2024 14:22:31):   ERROR  2508 8408 313 TransportStream::Write: Failed to send data with error [at client.h:x:478] timed out (300). Transport failures = 4, success = 0 since 300 secs.",
	"1A2C\t0F40\t03/05\t14:22:31.455\t18\thttptransport.cpp(412)\t\tT-1\tD-1\tWARNING\tconnection attempt failed to 20.60.1.2:443 hr=0x80072ee2",
	"invalid token: 401", "token error code: 0x80072ee2", "authentication token expired at 12:00:01", "Authorization failed with 407",
	"password expired for user, code 78028", "PasswordLastSet=2024-03-05T10:00:00Z", "password_max_age: 90",
	"Password: invalid for the account", "token: null", "secret=********", "password=xxxxxx", "killed sig=11 core=0",
	"BypassDefault=True", "ProxyBypassUrls=10.*;*.contoso.com", "PWD=/root/work", "bypass=1", "pass: 12 fail: 3", "pass=12 fail=3", "PASS: TestX", "cookie=0x1f2e", "Sending cookies. Check counters on port 443", "compass: north",
	"ssh://git@10.0.0.1:22/repo", "https://10.0.0.1:9443/ready", "from https://[::1]:443/a@b", "mail to ops@contoso.com at 10:03:12",
	"basic authentication is required", "bearer certificate missing", "cookie mismatch", "Restricted Token: no", "checks passed: 12",
	"2024-03-05T14:22:31.1Z version 9.56.6879.1 port 9443", "-----BEGIN CERTIFICATE-----", "MIIB9TCCAWACAQAwgbgxGTAXBgNVBAoMEFF1b1ZhZGlzIExpbWl0ZWQx",
	"credentials: none", "no private key found", "https://x/?tokens=12&page=3", "TokenCount: 512",
}

// shared serves all tests: building one takes longer than most of them.
var shared = New()

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
		if got := New().String(in, nil); got != in {
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

// TestHostileLines fills lines with what makes the rules look: the work has to
// grow with the length and not with its square.
func TestHostileLines(t *testing.T) {
	seen := map[kind]bool{}
	for _, tr := range triggers() {
		if seen[tr.kind] {
			continue
		}
		seen[tr.kind] = true
		for _, form := range []string{"%s", "%s ", "%s=", "x %s:", "get_%s:'", "%s\\\"", " -%s\t", "a://b:%s", "%s: bearer ", ".%s@h:1"} {
			unit := fmt.Sprintf(form, tr.word)
			in := []byte(strings.Repeat(unit, bufferSize/len(unit)))
			begin := time.Now()
			redactAll(t, in, StreamOptions{}, len(in))
			if took := time.Since(begin); took > 3*time.Second {
				t.Errorf("a line of %q takes %v", unit, took)
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
			w := New().NewWriter(&bytes.Buffer{}, StreamOptions{})
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
	raw, err := New().JSON(item{"a<b", `hun"ter2`, `x --token "abc def1" --port 443`, map[string]string{"http://u:p@h": "v"}, 7}, counts)
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

func TestArgs(t *testing.T) {
	got := New().Args([]string{"svc", "--password", "my pass word", "--client-secret=a b c", "--port", "9443"}, nil)
	if want := "svc --password [REDACTED:option] --client-secret=[REDACTED:option] --port 9443"; got != want {
		t.Errorf("Args = %q, want %q", got, want)
	}
}

// FuzzPlanted writes foreign text with a secret in it, cut at foreign places.
// The secret must not come out, what came out must not change in a second
// pass, and where the writes are cut must not matter.
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
		if again := redactAll(t, once, StreamOptions{}, len(once)+1); !bytes.Equal(again, once) {
			t.Fatalf("a second pass of %q\nchanged %q\nto      %q", in, once, again)
		}
	})
}

func BenchmarkLog(b *testing.B) {
	line := "#~> (03-05-2024 14:22:31):   ERROR  2508 8408 313 TransportStream::Write: Failed to send data with error [at client.h:x:478] timed out (300). Transport failures = 4\n"
	block := []byte(strings.Repeat(line, 400) + "GET https://x.blob.core.windows.net/c?sig=abcdef%3D 403\n")
	b.SetBytes(int64(len(block)))
	w := New().NewWriter(&discard{}, StreamOptions{})
	for b.Loop() {
		_, _ = w.Write(block)
	}
}

type discard struct{}

func (*discard) Write(p []byte) (int, error) { return len(p), nil }
