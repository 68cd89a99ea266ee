package pseudonym

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestForms(t *testing.T) {
	m := NewMapper(Key{3}, Options{Public: []string{"login.microsoftonline.com:443", "*.own.kunde", ".vault.azure.net"}})
	const x = `[a-z2-7]{12}`
	for _, c := range []struct {
		name string
		f    func(string) string
		in   string
		want string // an expression
	}{
		{"guid", m.GUID, "5f0c8a1e-2b7d-4c93-9a1b-0123456789ab", `[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`},
		{"guid upper", m.GUID, "{5F0C8A1E-2B7D-4C93-9A1B-0123456789AB}", `\{[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}\}`},
		{"guid bare", m.GUID, "5f0c8a1e2b7d4c939a1b0123456789ab", `[0-9a-f]{12}8[0-9a-f]{19}`},
		{"guid nil", m.GUID, "00000000-0000-0000-0000-000000000000", `0{8}-0000-0000-0000-0{12}`},
		{"no guid", m.GUID, "x", `x`},
		{"user", m.User, "bob", `user-` + x},
		{"domain user", m.User, `CONTOSO\bob`, `dom-` + x + `\\user-` + x},
		{"escaped", m.User, `CONTOSO\\bob`, `dom-` + x + `\\\\user-` + x},
		{"local user", m.User, `.\bob`, `\.\\user-` + x},
		{"machine account", m.User, `CONTOSO\PS01$`, `dom-` + x + `\\host-` + x + `\$`},
		{"service account", m.User, `NT SERVICE\cxps`, `NT SERVICE\\cxps`},
		{"built in", m.User, `LocalSystem`, `LocalSystem`},
		{"built in, domain", m.User, `PS01\Administrator`, `dom-` + x + `\\Administrator`},
		{"upn", m.User, "bob@contoso.com", `user-` + x + `@dom-` + x + `\.com\.example`},
		{"email", m.Email, "bob@mail.contoso.kunde", `user-` + x + `@dom-` + x + `\.dom-` + x + `\.dom-` + x + `\.example`},
		{"host", m.Host, "PS01", `host-` + x},
		{"fqdn", m.Host, "ps01.corp.contoso.com", `host-` + x + `\.dom-` + x + `\.dom-` + x + `\.com`},
		{"fqdn, own tld", m.Host, "ps01.contoso.kunde.", `host-` + x + `\.dom-` + x + `\.dom-` + x + `\.`},
		{"storage", m.Host, "ACCT.blob.core.windows.net", `host-` + x + `\.blob\.core\.windows\.net`},
		{"vault", m.Host, "a.vault.azure.net", `host-` + x + `\.vault\.azure\.net`},
		{"public", m.Host, "login.microsoftonline.com", `login\.microsoftonline\.com`},
		{"public of the profile", m.Host, "a.b.own.kunde", `host-` + x + `\.dom-` + x + `\.own\.kunde`},
		{"vendor", m.Host, "www.microsoft.com", `www\.microsoft\.com`},
		{"localhost", m.Host, "localhost", `localhost`},
		{"service record", m.Host, "_ldap._tcp.contoso.local", `_ldap\._tcp\.dom-` + x + `\.local`},
		{"wildcard", m.Host, "*.contoso.com", `\*\.dom-` + x + `\.com`},
		{"host that is an address", m.Host, "10.1.2.3", `10\.\d+\.\d+\.\d+`},
		{"prefix", m.IP, "10.1.2.0/24", `10\.\d+\.\d+\.\d+/24`},
		{"block", m.IP, "10.0.0.0/8", `10\.0\.0\.0/8`},
		{"block v6", m.IP, "fd00::/8", `fd00::/8`},
		{"all", m.IP, "0.0.0.0/0", `0\.0\.0\.0/0`},
		{"brackets", m.IP, "[2001:db8::1]", `\[[23][0-9a-f:]+\]`},
		{"zone", m.IP, "fe80::1%12", `fe80::[0-9a-f:]+%12`},
		{"no address", m.IP, "x", `x`},
		{"empty", m.Host, "", ``},
		{"only a backslash", m.User, `\`, `\\`},
		{"only an at", m.Email, `@`, `@`},
	} {
		if got := c.f(c.in); !regexp.MustCompile(`^(?:` + c.want + `)$`).MatchString(got) {
			t.Errorf("%s: %q became %q, want the form %s", c.name, c.in, got, c.want)
		}
	}
}

// TestEqual: what is the same thing has the same pseudonym, in another Mapper too.
func TestEqual(t *testing.T) {
	m, again, other := NewMapper(Key{3}, Options{}), NewMapper(Key{3}, Options{}), NewMapper(Key{4}, Options{})
	domain := func(s string) string { return strings.SplitN(strings.SplitN(s, "-", 2)[1], ".", 2)[0] }
	for _, c := range [][2]string{
		{m.Host("PS01"), again.Host("ps01")},
		{m.Host("ps01.contoso.com"), m.Host("ps01") + "." + strings.SplitN(m.Host("x.contoso.com"), ".", 2)[1]},
		{m.Account("acct"), strings.SplitN(m.Host("acct.blob.core.windows.net"), ".", 2)[0]},
		{m.GUID("5f0c8a1e-2b7d-4c93-9a1b-0123456789ab"), strings.ToLower(again.GUID("5F0C8A1E-2B7D-4C93-9A1B-0123456789AB"))},
		{strings.SplitN(m.User(`contoso\BOB`), `\`, 2)[1], m.User("bob")},
		{domain(strings.SplitN(m.User(`contoso\bob`), `\`, 2)[0]), domain(strings.SplitN(m.Host("x.contoso.com"), ".", 2)[1])},
		{m.IP("10.1.2.3/24"), m.IP("10.1.2.3") + "/24"},
		{m.IP("2001:DB8:0::1"), again.IP("2001:db8::1")},
		{string(m.Append([]byte("x "), Host, []byte("ps01"))), "x " + m.Host("ps01")},
	} {
		if c[0] != c[1] {
			t.Errorf("%q and %q differ", c[0], c[1])
		}
	}
	for _, c := range [][2]string{
		{m.Host("ps01"), m.Host("ps02")},
		{m.Host("ps01"), other.Host("ps01")},
		{m.User("bob"), other.User("bob")},
		{m.IP("10.1.2.3"), other.IP("10.1.2.3")},
		{m.GUID("5f0c8a1e-2b7d-4c93-9a1b-0123456789ab"), other.GUID("5f0c8a1e-2b7d-4c93-9a1b-0123456789ab")},
		{domain(m.Host("bob")), domain(m.User("bob"))},
		{m.Email("bob@contoso.com"), m.Email("bob@contoso.net")},
	} {
		if c[0] == c[1] {
			t.Errorf("both are %q", c[0])
		}
	}
	if real := "host-production22"; m.Host(real) == real {
		t.Errorf("%q was taken for a pseudonym", real)
	}
}

// TestDistinct: no two of many names are the same, past every bound, and the
// first ones still are what they were.
func TestDistinct(t *testing.T) {
	m := NewMapper(Key{5}, Options{})
	seen := map[string]int{}
	first := m.Host("host0")
	for i := range 20 * cacheSize {
		token := m.Host(fmt.Sprintf("host%d", i))
		if was, ok := seen[token]; ok {
			t.Fatalf("hosts %d and %d are both %s", was, i, token)
		}
		seen[token] = i
	}
	if m.Host("host0") != first {
		t.Error("the pseudonym changed")
	}
}

func TestConcurrent(t *testing.T) {
	var out bytes.Buffer
	w, err := NewMapWriter(&out, Key{5}, Strict)
	if err != nil {
		t.Fatal(err)
	}
	m := NewMapper(Key{5}, Options{Map: w})
	want := m.IP("10.0.0.1") + m.Host("h") + m.User("u")
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			for i := range 500 {
				m.Host(fmt.Sprint("x", g, i))
				if got := m.IP("10.0.0.1") + m.Host("h") + m.User("u"); got != want {
					t.Errorf("got %s, want %s", got, want)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestKeyText(t *testing.T) {
	k := NewKey()
	if k == NewKey() {
		t.Fatal("two keys are the same")
	}
	for _, text := range []string{k.Text(), strings.TrimSpace(k.Text()), "\ufeff" + k.Text(), strings.TrimSpace(k.Text()) + "\r\n"} {
		if got, err := ParseKey(text); err != nil || got != k {
			t.Errorf("ParseKey(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", keyLabel, keyLabel + "AAAA", k.Text() + k.Text(), keyLabel + strings.Repeat("A", 44)} {
		if _, err := ParseKey(text); err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("ParseKey(%q): error %v", text, err)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(Key{1}.Text())
	f.Fuzz(func(t *testing.T, text string) {
		if k, err := ParseKey(text); err == nil {
			if again, err := ParseKey(k.Text()); err != nil || again != k {
				t.Errorf("%q: %v, %v", text, again, err)
			}
		}
	})
}

// FuzzIP: a pseudonym parses, has the class, and is turned back.
func FuzzIP(f *testing.F) {
	for _, ip := range someAddresses(60) {
		b := ip.As16()
		f.Add(b[:], ip.Is4())
	}
	m := NewMapper(Key{1}, Options{})
	r := NewRevealer(nil, &Key{1})
	f.Fuzz(func(t *testing.T, raw []byte, four bool) {
		if len(raw) < 16 {
			return
		}
		ip := netip.AddrFrom16([16]byte(raw))
		if four {
			ip = netip.AddrFrom4([4]byte(raw))
		}
		got, err := netip.ParseAddr(m.IP(ip.String()))
		if err != nil || got.Is4() != ip.Is4() || m.addresses.class(got) != m.addresses.class(ip) && !ip.Is4In6() {
			t.Fatalf("%s became %s, %v", ip, got, err)
		}
		if back, _ := r.address(got.String()); back != ip.String() {
			t.Fatalf("%s became %s, and back %s", ip, got, back)
		}
	})
}

// heap is the live heap in bytes.
func heap() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// feed maps n addresses and n/10 hosts, all different, and tells a map.
func feed(m *Mapper, from, n int) {
	var dst []byte
	for i := from; i < from+n; i++ {
		dst = m.Append(dst[:0], Address, []byte(addr4(uint32(i)*2654435761+16<<24).String()))
		if i%10 == 0 {
			dst = m.Append(dst[:0], Host, fmt.Appendf(nil, "host%d.contoso.com", i))
		}
	}
}

// TestMemory: what a Mapper and a MapWriter hold does not grow.
func TestMemory(t *testing.T) {
	w, err := NewMapWriter(discard{}, Key{1}, Strict)
	if err != nil {
		t.Fatal(err)
	}
	m := NewMapper(Key{1}, Options{Map: w})
	const bound = 2 << 20
	feed(m, 0, 100_000)
	before := heap()
	feed(m, 100_000, 200_000)
	if after := heap(); after > before+bound {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
	runtime.KeepAlive(m)
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkMany is for -benchtime 10000000x: that many addresses, and a tenth
// of it hosts.
func BenchmarkMany(b *testing.B) {
	w, err := NewMapWriter(discard{}, Key{1}, Strict)
	if err != nil {
		b.Fatal(err)
	}
	m := NewMapper(Key{1}, Options{Map: w})
	feed(m, 0, b.N)
	b.ReportMetric(float64(heap())/(1<<20), "MiB-heap")
	runtime.KeepAlive(m)
}

func BenchmarkMapper(b *testing.B) {
	m := NewMapper(Key{1}, Options{})
	for _, c := range []struct {
		name  string
		class Class
		text  string
	}{{"address", Address, "10.1.2.3"}, {"host", Host, "ps01.corp.contoso.com"}, {"guid", GUID, "5f0c8a1e-2b7d-4c93-9a1b-0123456789ab"}} {
		b.Run(c.name+"/seen", func(b *testing.B) {
			b.ReportAllocs()
			dst := make([]byte, 0, 128)
			for b.Loop() {
				dst = m.Append(dst[:0], c.class, []byte(c.text))
			}
		})
		b.Run(c.name+"/new", func(b *testing.B) {
			b.ReportAllocs()
			dst := make([]byte, 0, 128)
			for b.Loop() {
				dst = m.compute(dst[:0], c.class, []byte(c.text))
			}
		})
	}
}

type failing struct{ n int }

func (f *failing) Write(p []byte) (int, error) {
	if f.n--; f.n < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

// TestMapFails: pseudonyms are made without the map, and the error is kept.
func TestMapFails(t *testing.T) {
	w, err := NewMapWriter(&failing{n: 3}, Key{1}, Strict)
	if err != nil {
		t.Fatal(err)
	}
	m := NewMapper(Key{1}, Options{Map: w})
	m.Host("a")
	if w.Err() != nil {
		t.Fatal(w.Err())
	}
	if m.Host("b") == "b" || w.Err() == nil || !strings.Contains(w.Err().Error(), "disk full") {
		t.Errorf("error %v", w.Err())
	}
	if _, err := NewMapWriter(&failing{}, Key{1}, Strict); err == nil {
		t.Error("no error from a map that cannot begin")
	}
}
