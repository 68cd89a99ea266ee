package pseudonym

import (
	"bytes"
	"encoding/hex"
	"hash/maphash"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// cacheSize is how many values a Mapper remembers. It is about speed alone: what
// it forgot it computes again.
const cacheSize = 4096

// remembered is a value and its pseudonym, one behind the other.
type remembered struct {
	class  Class
	n, all uint8 // where the one ends, and the other
	text   [125]byte
}

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
	mu sync.Mutex
	// Labels of hosts and domains share a key, so that a NetBIOS name and a label
	// of DNS have the same letters.
	labels, users, guids, checks *mac

	addresses *addresses
	public    kindsOfWords
	told      *MapWriter
	listed    bool   // the map takes no more addresses
	low       []byte // a name in lower case
	seed      maphash.Seed
	cache     [cacheSize]remembered
}

// NewMapper returns a Mapper for the bundles of a case.
func NewMapper(k Key, o Options) *Mapper {
	return &Mapper{
		labels:    newMac(k.derive("label")),
		users:     newMac(k.derive("user")),
		guids:     newMac(k.derive("guid")),
		checks:    newMac(k.derive("check")),
		addresses: newAddresses(k.derive("address")),
		public:    newPublicNames(o.Public),
		told:      o.Map,
		seed:      maphash.MakeSeed(),
	}
}

// Append appends the pseudonym of text, as Find gave it, to dst.
func (m *Mapper) Append(dst []byte, c Class, text []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c == Address {
		if v, ok := parse4(text); ok {
			return m.append4(dst, v)
		}
	}
	last := &m.cache[(maphash.Bytes(m.seed, text)+uint64(c))%cacheSize]
	if last.class == c && string(last.text[:last.n]) == string(text) {
		return add(dst, last.text[last.n:last.all])
	}
	begin := len(dst)
	dst = m.compute(dst, c, text)
	if got := dst[begin:]; len(text)+len(got) <= len(last.text) {
		n := copy(last.text[:], text)
		last.class, last.n, last.all = c, uint8(n), uint8(n+copy(last.text[n:], got))
	}
	return dst
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
	begin := len(dst)
	dst = appendAddr4(dst, got)
	if first && got != v && !m.listed {
		var text [15]byte
		m.listed = !m.told.tell(dst[begin:], appendAddr4(text[:0], v), Address)
	}
	return dst
}

// Account maps a name that a customer chose inside of a public service.
func (m *Mapper) Account(s string) string { return m.one(Account, s) }

// Host maps a host name label by label. Public names and suffixes stay.
func (m *Mapper) Host(s string) string { return m.one(Host, s) }

// Own is what a customer chose of a host name: without the suffix of a public
// service, and "" when all of it is public.
func (m *Mapper) Own(host string) string {
	host = strings.TrimSuffix(host, ".")
	n := m.public.stay(lowerASCII(nil, []byte(host)))
	if own := strings.TrimSuffix(host[:len(host)-n], "."); n == len(host) || strings.IndexByte(host[len(host)-n:], '.') >= 0 {
		return own
	}
	return host
}

// IP maps an address with or without brackets, zone, or the length of its
// prefix, which stay.
func (m *Mapper) IP(s string) string { return m.one(Address, s) }

func (m *Mapper) one(c Class, s string) string { return string(m.Append(nil, c, []byte(s))) }

func (m *Mapper) compute(dst []byte, c Class, s []byte) []byte {
	switch c {
	case GUID:
		return m.guid(dst, s)
	case User:
		return m.user(dst, s)
	case Email:
		return m.email(dst, s)
	case Account:
		return m.account(dst, s)
	case Host:
		return m.host(dst, s, prefixHost)
	case Domain:
		return m.host(dst, s, prefixDomain)
	case Address:
		return addText(dst, m.ip(string(s)))
	}
	return add(dst, s)
}

// guid makes a GUID of version 8. Its last 48 bits are a hash of the others.
func (m *Mapper) guid(dst, s []byte) []byte {
	if isSID(s) {
		return m.sid(dst, s)
	}
	raw, ok := parseGUID(s)
	if !ok || wellKnownGUID(raw) || m.isGUID(raw) {
		return add(dst, s)
	}
	out := *m.guids.sum(raw[:])
	out[6], out[8] = out[6]&0x0f|0x80, out[8]&0x3f|0x80
	copy(out[10:], m.checks.sum(out[:10])[:])
	if m.told != nil {
		var token, value [36]byte
		m.told.tell(appendGUID(token[:0], out, nil), appendGUID(value[:0], raw, nil), GUID)
	}
	return appendGUID(dst, out, s)
}

// isGUID reports whether raw is a pseudonym.
func (m *Mapper) isGUID(raw [16]byte) bool {
	return raw[6]>>4 == 8 && string(m.checks.sum(raw[:10])[:6]) == string(raw[10:])
}

// parseGUID reads 8-4-4-4-12 or 32 hexadecimal digits, in braces or not.
func parseGUID(s []byte) (raw [16]byte, ok bool) {
	if len(s) == 38 && s[0] == '{' && s[37] == '}' {
		s = s[1:37]
	}
	if len(s) == 36 {
		return raw, s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' && readGUID(s, &raw)
	}
	if len(s) != 32 {
		return raw, false
	}
	_, err := hex.Decode(raw[:], s)
	return raw, err == nil
}

// appendGUID appends raw in the form of a GUID, or in lower case with hyphens.
func appendGUID(dst []byte, raw [16]byte, like []byte) []byte {
	var digits [32]byte
	hex.Encode(digits[:], raw[:])
	if bytes.ContainsAny(like, "ABCDEF") && !bytes.ContainsAny(like, "abcdef") {
		for i, c := range digits {
			if c >= 'a' {
				digits[i] = c - 'a' + 'A'
			}
		}
	}
	if len(like) == 38 {
		dst = addText(dst, "{")
	}
	done := 0
	for _, end := range [...]int{8, 12, 16, 20, 32} {
		if done > 0 && len(like) != 32 {
			dst = addText(dst, "-")
		}
		dst, done = add(dst, digits[done:end]), end
	}
	if len(like) == 38 {
		dst = addText(dst, "}")
	}
	return dst
}

// user maps an account.
func (m *Mapper) user(dst, s []byte) []byte {
	if i := bytes.IndexByte(s, '\\'); i >= 0 {
		rest := bytes.TrimLeft(s[i:], `\`)
		if wellKnownDomain(s[:i]) && string(s[:i]) != "." {
			return add(dst, s)
		}
		dst = add(m.host(dst, s[:i], prefixDomain), s[i:len(s)-len(rest)])
		return m.user(dst, rest)
	}
	if i := bytes.IndexByte(s, '@'); i > 0 && i < len(s)-1 {
		return m.email(dst, s)
	}
	if wellKnownUser(s) {
		return add(dst, s)
	}
	if n := len(s) - 1; s[n] == '$' && n > 0 {
		return addText(m.host(dst, s[:n], prefixHost), "$")
	}
	return m.token(dst, prefixUser, s)
}

// account maps every label alone, so that a storage account is the same with
// and without its domain.
func (m *Mapper) account(dst, s []byte) []byte {
	for {
		n := until(s, '.')
		if dst = m.token(dst, prefixHost, s[:n]); n == len(s) {
			return dst
		}
		dst, s = addText(dst, "."), s[n+1:]
	}
}

func (m *Mapper) email(dst, s []byte) []byte {
	i := bytes.LastIndexByte(s, '@')
	if i <= 0 || i == len(s)-1 || m.isToken(s[:i]) && bytes.HasSuffix(s, []byte(mailSuffix)) {
		return add(dst, s)
	}
	dst = addText(m.token(dst, prefixUser, s[:i]), "@")
	return addText(m.host(dst, s[i+1:], prefixDomain), mailSuffix)
}

// mailSuffix is reserved (RFC 2606).
const mailSuffix = ".example"

// ip maps an address. A block that everybody has, such as 10.0.0.0/8, stays.
func (m *Mapper) ip(s string) string {
	if raw := bareAddress(s); raw != nil {
		return m.hideBare(s, raw)
	}
	if n := wildcard(s); n > 0 {
		ip, err := netip.ParseAddr(blockOf(s, n))
		if err != nil || m.isBlock(ip, "/"+strconv.Itoa(8*n)) {
			return s
		}
		got := firstParts(m.addresses.hide(ip).String(), n)
		m.told.tell([]byte(got), []byte(s), Address)
		return got
	}
	head, text, tail := cutAddress(s)
	ip, err := netip.ParseAddr(text)
	if err != nil || m.isBlock(ip, tail) {
		return s
	}
	got := m.addresses.hide(ip)
	if got == ip {
		return s
	}
	if m.told != nil {
		m.told.tell([]byte(got.WithZone("").String()), []byte(ip.WithZone("").String()), Address)
	}
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
