package redact

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
)

func modes() map[string]Mode {
	return map[string]Mode{"secrets": Secrets, "standard": Standard, "strict": Strict}
}

var machine = pseudonym.Known{
	Hosts: []string{"PS01.corp.contoso.com", "cs-main", "dc01", "sql-cluster", "vcenter01"},
	Users: []string{"jdoe", "svc-asr", "Anna Müller"},
}

func named(mode Mode) *Redactor {
	return New(Options{Mode: mode, Names: pseudonym.NewMapper(pseudonym.Key{1, 2, 3}, pseudonym.Options{}), Known: machine})
}

// identityCases have in "<host:x>" what becomes a pseudonym: in strict mode, or
// in both where the class is another one than host, dom and address.
var identityCases = []string{
	`GET https://<host:ps01.corp.contoso.com>:9443/ready 200`,
	`connect to <address:10.1.2.3>:443 (<host:cs-main>) failed: 10060`,
	`from [<address:fd00:1:2::7>%eth0]:52110 to <address:203.0.113.7>`,
	`"C:\\Users\\<user:thomas>\\x" "C:\\Users\\<user:robert>\\AppData" <user:CONTOSO\\nancy>`,
	`HOME=/home/<user:bob>`,
	`user=<user:bob>`,
	`route <address:10.9.0.0/16> dev eth0, loopback 127.0.0.1 and ::1`,
	`bypass <dom:*.corp.contoso.com>;<dom:corp.contoso.com>;<address:10.20.0.0/16>;<local>`,
	`\\<host:dc01>\sysvol\x and \\?\UNC\<host:fs7.corp.contoso.com>\share`,
	`\\<address:10.1.2.3>\c$ and \\<address:10.1.2.3>`,
	`C:\Users\<user:jdoe>\AppData, /home/<user:jdoe>/x, C:\Users\Public\y`,
	`C:\\Users\\<user:jdoe>\\AppData`,
	`user=<user:jdoe> account: <user:CONTOSO\jdoe> NT AUTHORITY\SYSTEM`,
	`user <user:bob> logged on from <address:10.0.0.9>`,
	`mail <email:anna.mueller@contoso.com> for {<id:5f0c8a1e-2b7d-4c93-9a1b-0123456789ab>}`,
	`class {4d36e967-e325-11ce-bfc1-08002be10318} of disks`,
	`https://<id:asrcache01>.blob.core.windows.net/<id:vmdisks>/x?sv=2023-01-03`,
	`/subscriptions/<id:9d1a5c3e-0000-1111-2222-333344445555>/resourceGroups/<id:rg-prod>/providers`,
	`version 9.62.7000.1 of 10.0.20348.2227 at 10:03:12.345, OID 1.3.6.1, 78028 0x80072ee2 port 9443`,
	`login.microsoftonline.com time.windows.com 168.63.129.16 255.255.255.0 0.0.0.0`,
	`file <host:ps01.corp.contoso.com>_<address:10.1.2.3>.log of <host:PS01>-20260301.gz`,
	`CN=<host:ps01.corp.contoso.com>, O=<dom:Contoso>`,
	`https%3A%2F%2F<host:ps01.corp.contoso.com>%3A9443%2Fx and %40<host:PS01>%2F`,
	`{"HostId":"<id:5f0c8a1e-2b7d-4c93-9a1b-0123456789ab>","hostname":"<host:web7>","IPAddress":"<address:10.1.2.4>"}`,
	`host=<id:5f0c8a1e-2b7d-4c93-9a1b-0123456789ab> server=<address:fe80::1:2> name=PowerShell`,
	`<address:10.1.2.3>`,
	`https://[REDACTED:userinfo]@<host:ps01.corp.contoso.com>/ password=[REDACTED:password] on <host:ps01>`,
}

// mapped is a case as a text and as a mode leaves it.
func mapped(m *pseudonym.Mapper, mode Mode, text string) (in, want string) {
	for {
		i := strings.IndexByte(text, '<')
		class, rest, ok := strings.Cut(text[i+1:], ":")
		if i < 0 || !ok {
			return in + text, want + text
		}
		c, known := map[string]pseudonym.Class{
			"host": pseudonym.Host, "dom": pseudonym.Domain, "user": pseudonym.User, "email": pseudonym.Email, "address": pseudonym.Address, "id": 0,
		}[class]
		if !known {
			in, want, text = in+text[:i+1], want+text[:i+1], text[i+1:]
			continue
		}
		value, after, _ := strings.Cut(rest, ">")
		if c == 0 {
			c = pseudonym.Account
			if strings.Count(value, "-") == 4 {
				c = pseudonym.GUID
			}
		}
		token := value
		if mode == Strict || mode == Standard && c != pseudonym.Host && c != pseudonym.Domain && c != pseudonym.Address {
			token = string(m.Append(nil, c, []byte(value)))
		}
		in, want, text = in+text[:i]+value, want+text[:i]+token, after
	}
}

func TestIdentities(t *testing.T) {
	for name, mode := range modes() {
		r, m := named(mode), pseudonym.NewMapper(pseudonym.Key{1, 2, 3}, pseudonym.Options{})
		var all, wanted []string
		for _, c := range identityCases {
			in, want := mapped(m, mode, c)
			all, wanted = append(all, in), append(wanted, want)
			if got := r.String(in, nil); got != want {
				t.Errorf("%s: %q\ngave %q\nwant %q", name, in, got, want)
			}
		}
		for _, end := range []string{"\n", "\r\n", "\r"} {
			text, want := strings.Join(all, end)+end, strings.Join(wanted, end)+end
			for _, size := range []int{1, 7, len(text)} {
				if got := through(t, r, []byte(text), StreamOptions{}, size); string(got) != want {
					t.Errorf("%s: in one text with %q, in pieces of %d: %s", name, end, size, cmp.Diff(want, string(got)))
				}
				for _, enc := range []Encoding{UTF16LE, UTF16BE} {
					order := binary.ByteOrder(binary.LittleEndian)
					if enc == UTF16BE {
						order = binary.BigEndian
					}
					if got := through(t, r, wide(text, order), StreamOptions{Encoding: enc}, size); !bytes.Equal(got, wide(want, order)) {
						t.Errorf("%s: in %s with %q, in pieces of %d: another text", name, enc, end, size)
					}
				}
			}
		}
	}
}

func through(t *testing.T, r *Redactor, in []byte, o StreamOptions, size int) []byte {
	t.Helper()
	var out bytes.Buffer
	w := r.NewWriter(&out, o)
	for i := 0; i < len(in); i += size {
		if _, err := w.Write(in[i:min(i+size, len(in))]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestEncodings wants one pseudonym of a name in every encoding of a log.
func TestEncodings(t *testing.T) {
	r := named(Standard)
	want := r.String("user=Jürgen.Groß", nil)
	if !strings.HasPrefix(want, "user=user-") {
		t.Fatalf("got %q", want)
	}
	if got := through(t, r, []byte("user=J\xfcrgen.Gro\xdf"), StreamOptions{}, 100); string(got) != want {
		t.Errorf("in Latin-1 it is %q, in UTF-8 %q", got, want)
	}
	for enc, order := range map[Encoding]binary.ByteOrder{UTF16LE: binary.LittleEndian, UTF16BE: binary.BigEndian} {
		if got := through(t, r, wide("user=Jürgen.Groß", order), StreamOptions{Encoding: enc}, 100); !bytes.Equal(got, wide(want, order)) {
			t.Errorf("in %s it is %q, in UTF-8 %q", enc, got, want)
		}
	}
	want = "by " + r.names.mapper.User("Anna Müller") + " now"
	for _, text := range []string{"by Anna Müller now", "by Anna M\xfcller now"} {
		if got := through(t, r, []byte(text), StreamOptions{}, 100); string(got) != want {
			t.Errorf("%q gave %q, want %q", text, got, want)
		}
	}
	if got := through(t, r, wide("by Anna Müller now", binary.LittleEndian), StreamOptions{Encoding: UTF16LE}, 100); !bytes.Equal(got, wide(want, binary.LittleEndian)) {
		t.Errorf("in UTF-16 a known name gave %q", got)
	}
}

// identitiesOfCorpus are all names and addresses of the corpus of harmless lines.
var identitiesOfCorpus = map[pseudonym.Class][]string{
	pseudonym.GUID: {
		"5f0c8a1e-2b7d-4c93-9a1b-0123456789ab", "9D1A5C3E-0000-1111-2222-333344445555", "77A93D11-5E02-4D4C-8B1A-60E2B3C4D5E6", "4BE1C0A2-11D0-4A5E-9C1B-2D6F00A0C9F1",
	},
	pseudonym.Email: {"svc@contoso.local", "ops@contoso.local", "srv01@CONTOSO.LOCAL"},
	pseudonym.Address: {
		"10.1.0.9", "10.1.0.4", "10.0.0.4", "10.0.0.1", "10.0.0.9", "10.20.1.31", "10.20.1.32",
	},
	pseudonym.Host: {"x.backup.windowsazure.com", "proxy.contoso.com", "dc01.contoso.local"},
}

// TestHarmlessNames wants the corpus of harmless lines unchanged in both modes,
// but for what is a name or an address in it.
func TestHarmlessNames(t *testing.T) {
	const few = 19 // lines with names that only their place tells
	for _, mode := range []Mode{Standard, Strict} {
		m := pseudonym.NewMapper(pseudonym.Key{1, 2, 3}, pseudonym.Options{})
		r := New(Options{Mode: mode, Names: m})
		var other []string
		for _, in := range harmlessCorpus(t) {
			want := in
			for c, list := range identitiesOfCorpus {
				for _, value := range list {
					if mode == Strict || c != pseudonym.Host && c != pseudonym.Address {
						want = replaceWord(want, value, string(m.Append(nil, c, []byte(value))))
					}
				}
			}
			if got := r.String(in, nil); got != want {
				other = append(other, fmt.Sprintf("%q became %q", in, got))
			}
		}
		if len(other) > few {
			t.Errorf("mode %d: %d lines were changed:\n%s", mode, len(other), strings.Join(other, "\n"))
		}
	}
}

// replaceWord replaces value where no digit goes on behind it.
func replaceWord(s, value, by string) string {
	var out strings.Builder
	for {
		i := strings.Index(s, value)
		if i < 0 {
			return out.String() + s
		}
		end := i + len(value)
		if end < len(s) && isDigit(s[end]) {
			out.WriteString(s[:end])
		} else {
			out.WriteString(s[:i] + by)
		}
		s = s[end:]
	}
}

func TestNamesInJSON(t *testing.T) {
	r, counts := named(Strict), Counts{}
	host, ip := r.String("ps01.corp.contoso.com", nil), r.String("10.1.2.3", nil)
	v := map[string]any{
		"remote": "10.1.2.3:443", "by_host": map[string]int{"ps01.corp.contoso.com": 3, "10.1.2.3": 4}, "version": "10.1.2.3", "server": "web7", "agent_version": "9.62.7000.1",
		"error": "dial 10.1.2.3:443:\nps01.corp.contoso.com refused", "values": []any{map[string]string{"key": "UserName", "value": "anna"}}, "system.network.io": map[string]int{"eth0": 1},
	}
	raw, err := r.JSON(v, counts)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"remote": ip + ":443", "by_host": map[string]int{host: 3, ip: 4}, "version": "10.1.2.3", "server": r.value("server", "web7", nil), "agent_version": "9.62.7000.1",
		"error": "dial " + ip + ":443:\n" + host + " refused", "values": []any{map[string]string{"key": "UserName", "value": r.value("user", "anna", nil)}}, "system.network.io": map[string]int{"eth0": 1},
	}
	wanted, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got, must any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(wanted, &must); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(must, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Counts{"address": 3, "host": 3, "user": 1}, counts); diff != "" {
		t.Error(diff)
	}
}

// TestSecretsFirst: a text that loses secrets now and names later has the same
// result as one that loses both at once, so that an address is mapped once.
func TestSecretsFirst(t *testing.T) {
	r := named(Strict)
	for _, in := range []string{"connect 10.1.2.3:443 password=hunter2abc at ps01.corp.contoso.com", "https://bob:hunter2@10.1.2.3/"} {
		if later, once := r.String(r.Secrets().String(in, nil), nil), r.String(in, nil); later != once {
			t.Errorf("%q: first secrets: %q, at once: %q", in, later, once)
		}
		if got := r.String(in, nil); strings.Contains(got, "hunter2") || strings.Contains(got, "10.1.2.3") || strings.Contains(got, "contoso") {
			t.Errorf("%q left %q", in, got)
		}
	}
}

// TestLearn finds a name of one label wherever it stands once a setting has it.
func TestLearn(t *testing.T) {
	r := named(Strict)
	const in = "waiting for proxy07 to answer, mars07 asks"
	if got := r.String(in, nil); got != in {
		t.Fatalf("%q before it was known", got)
	}
	r.LearnFrom([]Pair{{"ProxyAddress", "http://proxy07:8080"}, {"AADAuthority", "https://login.windows.net/x"}, {"UserName", "mars07"}, {"ProxyPassword", "server=blob9"}})
	want := "waiting for " + r.names.mapper.Host("proxy07") + " to answer, " + r.names.mapper.User("mars07") + " asks"
	if got := r.String(in, nil); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, in := range []string{"login failed", "windows", "blob9 and blob"} {
		if got := r.String(in, nil); got != in {
			t.Errorf("%q became %q", in, got)
		}
	}
}

// TestOrdinaryNames: machines and people are called what logs are full of.
func TestOrdinaryNames(t *testing.T) {
	r := New(Options{Mode: Strict, Names: pseudonym.NewMapper(pseudonym.Key{1}, pseudonym.Options{}), Known: pseudonym.Known{
		Hosts: []string{"backup", "cxps", "vm", "asr"}, Users: []string{"ubuntu", "will", "max", "test", "data"}, Words: []string{"cxps"},
	}})
	for _, in := range []string{
		"Ubuntu 22.04.3 LTS will back up 3 volumes: backup of data started, max_size 7", "cxps.err.log of cxps: 78028", `{"max_size":1,"name":"cxps","state":"running","leg":"tcp"}`,
	} {
		if got := string(r.JSONText([]byte(r.String(in, nil)), nil)); got != in {
			t.Errorf("%q became %q", in, got)
		}
	}
	for _, in := range []string{"/home/ubuntu/x", "user=will.i", `\\backup\share`, "https://cxps:9443/"} {
		if got := r.String(in, nil); got == in {
			t.Errorf("%q stays", in)
		}
	}
}

// TestLongLine has names at every place of lines that are longer than the buffer.
func TestLongLine(t *testing.T) {
	r := named(Strict)
	word := "x=1, to 10.1.2.3:443 at ps01.corp.contoso.com by CONTOSO\\jdoe; "
	in := strings.Repeat(word, 3*bufferSize/len(word))
	want := strings.Repeat(r.String(word, nil), 3*bufferSize/len(word))
	for _, size := range []int{4093, len(in)} {
		if got := through(t, r, []byte(in), StreamOptions{}, size); string(got) != want {
			t.Errorf("in pieces of %d a long line is another one", size)
		}
	}
}

// TestRandomNames maps names between random words of random lines: no name is
// left, and the number of lines is the same.
func TestRandomNames(t *testing.T) {
	r, rnd := named(Strict), rand.New(rand.NewPCG(5, 6))
	secret := []string{"ps01.corp.contoso.com", "PS01", "10.77.88.99", "fd00:77:88::99", "jdoe", "sql-cluster", "Contoso", "svc-asr"}
	around := []string{" ", ", ", " (", ") ", "\"", "': ", " = ", "=", ";", "\t", " https://", " \\\\", "/x ", " at ", "|", "[", "] ", "<a>", "</a>", "\n", "\r\n", "@ "}
	for range 3000 {
		var b strings.Builder
		for range 2 + rnd.IntN(6) {
			b.WriteString(around[rnd.IntN(len(around))])
			b.WriteString([]string{"connect", "failed", "78028", "2026-03-05 10:03:12.345", "{}", "port"}[rnd.IntN(6)])
			b.WriteString(around[rnd.IntN(len(around))])
			b.WriteString(secret[rnd.IntN(len(secret))])
		}
		b.WriteString(around[rnd.IntN(len(around))])
		in := b.String()
		got := r.String(in, nil)
		for _, s := range secret {
			if strings.Contains(strings.ToLower(got), strings.ToLower(s)) {
				t.Errorf("%q is left of %q: %q", s, in, got)
			}
		}
		if strings.Count(in, "\n") != strings.Count(got, "\n") {
			t.Errorf("%q has other lines: %q", in, got)
		}
	}
}

// same reports whether a text stays as it is.
func same(t *testing.T, r *Redactor, in []byte) bool {
	t.Helper()
	return bytes.Equal(through(t, r, in, StreamOptions{}, len(in)+1), in)
}

// FuzzNames maps foreign texts. Where writes are cut must not matter, lines stay
// lines, and pseudonyms of names are their own.
func FuzzNames(f *testing.F) {
	for _, c := range identityCases {
		f.Add([]byte(c), uint16(len(c)))
	}
	strict, standard := named(Strict), named(Standard)
	f.Fuzz(func(t *testing.T, in []byte, cut uint16) {
		once := through(t, strict, in, StreamOptions{}, len(in)+1)
		if got := through(t, strict, in, StreamOptions{}, int(cut)+1); !bytes.Equal(got, once) {
			t.Fatalf("%q in pieces of %d: %q, whole: %q", in, cut+1, got, once)
		}
		if same(t, strict.Secrets(), in) && bytes.Count(once, []byte("\n")) != bytes.Count(in, []byte("\n")) {
			t.Fatalf("%q has other lines: %q", in, once)
		}
		for _, enc := range []Encoding{UTF16LE, UTF16BE} {
			_ = through(t, strict, in, StreamOptions{Encoding: enc}, int(cut)+1)
		}
		first := through(t, standard, in, StreamOptions{}, len(in)+1)
		if same(t, standard.Secrets(), in) && same(t, standard.Secrets(), first) {
			if again := through(t, standard, first, StreamOptions{}, len(first)+1); !bytes.Equal(again, first) {
				t.Fatalf("a second pass of %q changed %q to %q", in, first, again)
			}
		}
	})
}
