package pseudonym

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// cacheSize is how many values of a class a Mapper remembers. It is about
// speed alone: what it forgot it computes again.
const cacheSize = 4096

// Options of a Mapper.
type Options struct {
	// Public are host names that are no customer's. "*.x.net" or ".x.net" say
	// that x.net is a suffix below which customers have names. A port is ignored.
	Public []string
	// Map is told every pseudonym at its first use. It may be nil.
	Map *MapWriter
}

// Mapper turns identities into pseudonyms. The pseudonym of a name is its own:
// mapping it again changes nothing. Of addresses that is not so, because every
// address is the pseudonym of another one; a text with addresses must be mapped
// once. It is safe for concurrent use.
type Mapper struct {
	mu        sync.Mutex
	mac       hash.Hash
	sum       []byte
	addresses *addresses
	public    publicNames
	told      *MapWriter
	cache     [Domain + 1]map[string]string
}

// NewMapper returns a Mapper for the bundles of a case.
func NewMapper(k Key, o Options) *Mapper {
	names := k.derive("names")
	return &Mapper{
		mac:       hmac.New(sha256.New, names[:]),
		addresses: newAddresses(k.derive("address")),
		public:    newPublicNames(o.Public),
		told:      o.Map,
	}
}

// Append appends the pseudonym of text, as Find gave it, to dst.
func (m *Mapper) Append(dst []byte, c Class, text []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok := parse4(text); ok && c == Address {
		return m.append4(dst, v)
	}
	if int(c) < len(m.cache) {
		if got, ok := m.cache[c][string(text)]; ok {
			return append(dst, got...)
		}
	}
	return append(dst, m.remember(c, string(text))...)
}

// GUID keeps braces, missing hyphens and upper case. Like all methods, it
// returns what is none as it is.
func (m *Mapper) GUID(s string) string { return m.one(GUID, s) }

// User maps NAME, DOMAIN\NAME, NAME@DOMAIN and, to the pseudonym of a host,
// NAME$. Accounts that every system has stay.
func (m *Mapper) User(s string) string { return m.one(User, s) }

// Email maps to an address below example, where no mail goes.
func (m *Mapper) Email(s string) string { return m.one(Email, s) }

// append4 appends the pseudonym of an IPv4 address.
func (m *Mapper) append4(dst []byte, v uint32) []byte {
	got, first := m.addresses.seen4(v)
	if first && got != v && m.told != nil {
		m.told.tell(addr4(got).String(), addr4(v).String(), Address)
	}
	for shift := 24; shift >= 0; shift -= 8 {
		dst = append(strconv.AppendUint(dst, uint64(got>>shift&0xff), 10), '.')
	}
	return dst[:len(dst)-1]
}

// Account maps a name that a customer chose inside of a public service.
func (m *Mapper) Account(s string) string { return m.one(Account, s) }

// Host maps a host name label by label. Public names and suffixes stay.
func (m *Mapper) Host(s string) string { return m.one(Host, s) }

// Own is what a customer chose of a host name: without the suffix of a public
// service, and "" when all of it is public.
func (m *Mapper) Own(host string) string {
	host = strings.TrimSuffix(host, ".")
	n := m.public.stay(lowerASCII(host))
	if own := strings.TrimSuffix(host[:len(host)-n], "."); n == len(host) || strings.IndexByte(host[len(host)-n:], '.') >= 0 {
		return own
	}
	return host
}

// IP maps an address with or without brackets, zone, or the length of its
// prefix, which stay.
func (m *Mapper) IP(s string) string { return m.one(Address, s) }

func (m *Mapper) one(c Class, s string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if got, ok := m.cache[c][s]; ok {
		return got
	}
	return m.remember(c, s)
}

// remember computes a pseudonym and keeps it in the cache.
func (m *Mapper) remember(c Class, s string) string {
	got := m.compute(c, s)
	if int(c) >= len(m.cache) || len(s) > maxName {
		return got
	}
	if m.cache[c] == nil || len(m.cache[c]) >= cacheSize {
		m.cache[c] = make(map[string]string, cacheSize)
	}
	m.cache[c][s] = got
	return got
}

func (m *Mapper) compute(c Class, s string) string {
	if s == "" {
		return s
	}
	switch c {
	case GUID:
		return m.guid(s)
	case User:
		return m.user(s)
	case Email:
		return m.email(s)
	case Account:
		return m.account(s)
	case Host:
		return m.host(s, prefixHost)
	case Domain:
		return m.host(s, prefixDomain)
	case Address:
		return m.ip(s)
	}
	return s
}

// keyed is a hash of text under the key, for one purpose.
func (m *Mapper) keyed(purpose byte, text string) []byte {
	m.mac.Reset()
	m.mac.Write([]byte{purpose})
	m.mac.Write([]byte(text))
	m.sum = m.mac.Sum(m.sum[:0])
	return m.sum
}

// Purposes of a hash. Labels of hosts and domains share one, so that a NetBIOS
// name and a label of DNS have the same letters.
const (
	forLabel byte = iota + 1
	forUser
	forGUID
	forCheck
)

// guid makes a GUID of version 8. Its last 48 bits are a hash of the others.
func (m *Mapper) guid(s string) string {
	raw, ok := parseGUID(s)
	if !ok || wellKnownGUID(raw) || m.isGUID(raw) {
		return s
	}
	var out [16]byte
	copy(out[:], m.keyed(forGUID, string(raw[:])))
	out[6], out[8] = out[6]&0x0f|0x80, out[8]&0x3f|0x80
	copy(out[10:], m.keyed(forCheck, string(out[:10])))
	m.told.tell(guidText(out), guidText(raw), GUID)
	return likeGUID(s, out)
}

// isGUID reports whether raw is a pseudonym.
func (m *Mapper) isGUID(raw [16]byte) bool {
	return raw[6]>>4 == 8 && string(m.keyed(forCheck, string(raw[:10]))[:6]) == string(raw[10:])
}

// parseGUID reads 8-4-4-4-12 or 32 hexadecimal digits, in braces or not.
func parseGUID(s string) (raw [16]byte, ok bool) {
	if len(s) == 38 && s[0] == '{' && s[37] == '}' {
		s = s[1:37]
	}
	if len(s) == 36 {
		if s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
			return raw, false
		}
		s = s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	}
	if len(s) != 32 {
		return raw, false
	}
	_, err := hex.Decode(raw[:], []byte(s))
	return raw, err == nil
}

func guidText(raw [16]byte) string {
	h := hex.EncodeToString(raw[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// likeGUID writes raw in the form of s.
func likeGUID(s string, raw [16]byte) string {
	out := guidText(raw)
	if len(s) == 32 {
		out = strings.ReplaceAll(out, "-", "")
	}
	if s == strings.ToUpper(s) && s != strings.ToLower(s) {
		out = strings.ToUpper(out)
	}
	if s[0] == '{' {
		out = "{" + out + "}"
	}
	return out
}

// user maps an account.
func (m *Mapper) user(s string) string {
	if i := strings.IndexByte(s, '\\'); i >= 0 {
		rest := strings.TrimLeft(s[i:], `\`)
		if wellKnownDomain([]byte(s[:i])) && s[:i] != "." {
			return s
		}
		return m.host(s[:i], prefixDomain) + s[i:len(s)-len(rest)] + m.user(rest)
	}
	if i := strings.IndexByte(s, '@'); i > 0 && i < len(s)-1 {
		return m.email(s)
	}
	if wellKnownUser([]byte(s)) {
		return s
	}
	if name, ok := strings.CutSuffix(s, "$"); ok && name != "" {
		return m.host(name, prefixHost) + "$"
	}
	return m.token(prefixUser, s)
}

// account maps every label alone, so that a storage account is the same with
// and without its domain.
func (m *Mapper) account(s string) string {
	labels := strings.Split(s, ".")
	for i, l := range labels {
		labels[i] = m.token(prefixHost, l)
	}
	return strings.Join(labels, ".")
}

func (m *Mapper) email(s string) string {
	i := strings.LastIndexByte(s, '@')
	if i <= 0 || i == len(s)-1 || m.isToken(s[:i]) && strings.HasSuffix(s, mailSuffix) {
		return s
	}
	return m.token(prefixUser, s[:i]) + "@" + m.host(s[i+1:], prefixDomain) + mailSuffix
}

// mailSuffix is reserved (RFC 2606).
const mailSuffix = ".example"

// ip maps an address. A block that everybody has, such as 10.0.0.0/8, stays.
func (m *Mapper) ip(s string) string { return m.onAddress(s, m.addresses.hide, m.told) }

func (m *Mapper) onAddress(s string, change func(netip.Addr) netip.Addr, told *MapWriter) string {
	head, text, tail := cutAddress(s)
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return s
	}
	if m.isBlock(ip, tail) {
		return s
	}
	got := change(ip)
	if got == ip {
		return s
	}
	told.tell(got.WithZone("").String(), ip.WithZone("").String(), Address)
	return head + got.String() + tail
}

// isBlock reports whether ip with the tail "/n" is a class or more.
func (m *Mapper) isBlock(ip netip.Addr, tail string) bool {
	p, err := netip.ParsePrefix(ip.WithZone("").String() + tail)
	if tail == "" || err != nil || p.Masked() != p {
		return false
	}
	class := m.addresses.class(ip.WithZone(""))
	return class >= 0 && p.Bits() <= m.addresses.blocks[class].prefix.Bits()
}

// cutAddress splits "[", the address, and "]" or "/24" behind it.
func cutAddress(s string) (head, text, tail string) {
	text = s
	if strings.HasPrefix(text, "[") {
		head, text = "[", text[1:]
	}
	if i := strings.IndexAny(text, "]/"); i >= 0 {
		text, tail = text[:i], text[i:]
	}
	return head, text, tail
}

// valid makes UTF-8 of a name; bytes of another encoding are read as Latin-1.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	out := make([]rune, 0, len(s))
	for _, c := range []byte(s) {
		out = append(out, rune(c))
	}
	return string(out)
}
