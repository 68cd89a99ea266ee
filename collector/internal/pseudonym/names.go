package pseudonym

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// Prefixes of the pseudonyms of names.
const (
	prefixHost   = "host-"
	prefixDomain = "dom-"
	prefixUser   = "user-"
)

// tokenLen is the number of characters behind a prefix: 48 bits of hash and 12
// by which a Mapper knows its own. Of a million names two are the same with a
// probability of 1 in 560.
const tokenLen = 12

const alphabet = "abcdefghijklmnopqrstuvwxyz234567"

// add is append, once in the program.
func add(dst, b []byte) []byte { return append(dst, b...) }

func addText(dst []byte, s string) []byte { return append(dst, s...) }

// token appends the pseudonym of one name.
func (m *Mapper) token(dst []byte, prefix string, name []byte) []byte {
	if len(name) == 0 || m.isToken(name) {
		return add(dst, name)
	}
	keyed, class := m.labels, Host
	if prefix == prefixUser {
		keyed, class = m.users, User
	}
	raw := *keyed.sum(m.fold(name))
	copy(raw[6:8], m.check(raw[:6]))
	begin := len(dst)
	var out [tokenLen]byte
	v := binary.BigEndian.Uint64(raw[:8])
	for i := range out {
		out[i] = alphabet[v>>59]
		v <<= 5
	}
	dst = add(addText(dst, prefix), out[:])
	m.told.tell(dst[begin:], name, class)
	return dst
}

// fold is a name in lower case, until the next call.
func (m *Mapper) fold(name []byte) []byte {
	m.low = lowerASCII(m.low[:0], name)
	for _, c := range name {
		if c >= 0x80 {
			return []byte(fold(valid(string(name))))
		}
	}
	return m.low
}

// fold makes names equal that differ by case.
func fold(name string) string { return strings.ToLower(name) }

// lowerASCII appends the fold of names that are compared with public ones: of the
// same length.
func lowerASCII(dst, name []byte) []byte {
	for _, c := range name {
		dst = append(dst, lowered[c])
	}
	return dst
}

// check is the hash by which a pseudonym is known, of 12 bits.
func (m *Mapper) check(body []byte) []byte {
	sum := m.checks.sum(body)[:2]
	sum[1] &= 0xf0
	return sum
}

// isToken reports whether a name is a pseudonym of this key.
func (m *Mapper) isToken(name []byte) bool {
	n := len(name) - tokenLen
	if n != len(prefixHost) && n != len(prefixDomain) || name[n-1] != '-' {
		return false
	}
	if p := string(name[:n]); p != prefixHost && p != prefixDomain && p != prefixUser {
		return false
	}
	var v uint64
	for _, c := range name[n:] {
		n := strings.IndexByte(alphabet, c)
		if n < 0 {
			return false
		}
		v = v<<5 | uint64(n)
	}
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], v<<4)
	return string(raw[6:]) == string(m.check(raw[:6]))
}

// BeginsHost reports whether text begins with what has the form of a host's
// pseudonym, of whatever key.
func BeginsHost(text string) bool {
	rest, ok := strings.CutPrefix(text, prefixHost)
	return ok && len(rest) > tokenLen && strings.Trim(rest[:tokenLen], alphabet) == "" && !is(rest[tokenLen], word)
}

// host maps the labels of a host name; the first one gets the prefix first.
func (m *Mapper) host(dst, s []byte, prefix string) []byte {
	if c := at(s, 0); is(c, digit) || c == ':' || c == '[' {
		if got := m.ip(string(s)); got != string(s) {
			return addText(dst, got)
		}
	}
	body := bytes.TrimSuffix(s, []byte("."))
	var buf [64]byte
	low := lowerASCII(buf[:0], body)
	stay := m.public.stay(low)
	if stay == len(body) {
		return add(dst, s)
	}
	own := bytes.TrimSuffix(body[:len(body)-stay], []byte("."))
	for {
		n := until(own, '.')
		if l := own[:n]; string(l) == "*" || at(l, 0) == '_' {
			dst = add(dst, l)
		} else {
			dst = m.token(dst, prefix, l)
		}
		if n == len(own) {
			break
		}
		dst, own, prefix = addText(dst, "."), own[n+1:], prefixDomain
	}
	if stay > 0 {
		dst = add(addText(dst, "."), low[len(low)-stay:])
	}
	return add(dst, s[len(body):])
}

// Kinds of public host names.
const (
	publicName   = 1 << iota
	publicSuffix // customers have names below
	publicDomain // all names below are public, too
)

// newPublicNames are the host names that stay, with those of a list.
func newPublicNames(list []string) kindsOfWords {
	p := kindsOfWords{}
	for _, n := range list {
		n, _, _ = strings.Cut(fold(n), ":")
		n = strings.TrimSuffix(n, ".")
		if suffix := strings.TrimPrefix(n, "*"); strings.HasPrefix(suffix, ".") {
			p[suffix[1:]] |= publicSuffix
		} else if n != "" {
			p[n] |= publicName
		}
	}
	p.add(publicName, services)
	p.add(publicSuffix, storageSuffixes)
	p.add(publicSuffix, serviceSuffixes)
	p.add(publicDomain, vendors)
	return p
}

// stay is the length of the end of a host name in lower case that stays, all
// of it when the name is public. Of a private one that is its top-level domain
// when it is one that says nothing of its owner.
func (p kindsOfWords) stay(name []byte) int {
	if p[string(name)]&publicName != 0 || localName(name) {
		return len(name)
	}
	public := 0
	for i := 0; ; {
		switch kind := p[string(name[i:])]; {
		case kind&publicSuffix != 0:
			return len(name) - i
		case kind&publicDomain != 0:
			public = len(name)
		}
		n := until(name[i:], '.')
		if i += n + 1; i > len(name) {
			break
		}
	}
	if public > 0 {
		return public
	}
	if i := bytes.LastIndexByte(name, '.'); i > 0 && genericTLD(name[i+1:]) {
		return len(name) - i - 1
	}
	return 0
}

// serviceSuffixes are public domains below which customers choose names.
const serviceSuffixes = "core.windows.net|core.chinacloudapi.cn|core.usgovcloudapi.net|core.cloudapi.de|vault.azure.net|vault.azure.cn|vault.usgovcloudapi.net|" +
	"servicebus.windows.net|servicebus.chinacloudapi.cn|backup.windowsazure.com|hypervrecoverymanager.windowsazure.com|" +
	"siterecovery.windowsazure.com|prod.migration.windowsazure.com|discoverysrv.windowsazure.com|cloudapp.azure.com|internal.cloudapp.net|" +
	"azurewebsites.net|database.windows.net|windows.net|azure.net|azure.com|azure.cn|windowsazure.com|windowsazure.cn|onmicrosoft.com|" +
	"sharepoint.com"

// storageSuffixes are those below which the first label is a storage account.
const storageSuffixes = "blob.core.windows.net|queue.core.windows.net|table.core.windows.net|file.core.windows.net|dfs.core.windows.net|web.core.windows.net|" +
	"blob.core.chinacloudapi.cn|queue.core.chinacloudapi.cn|table.core.chinacloudapi.cn|file.core.chinacloudapi.cn|dfs.core.chinacloudapi.cn|" +
	"web.core.chinacloudapi.cn|blob.core.usgovcloudapi.net|queue.core.usgovcloudapi.net|table.core.usgovcloudapi.net|" +
	"file.core.usgovcloudapi.net|dfs.core.usgovcloudapi.net|web.core.usgovcloudapi.net|blob.core.cloudapi.de|queue.core.cloudapi.de|" +
	"table.core.cloudapi.de|file.core.cloudapi.de|dfs.core.cloudapi.de|web.core.cloudapi.de|blob.storage.azure.net"

// services are public names below suffixes of which customers have names.
const services = "management.azure.com|portal.azure.com|login.windows.net|graph.windows.net|management.core.windows.net|management.windowsazure.com|" +
	"vault.azure.net|dc.services.visualstudio.com"

// vendors are domains all of whose names are public.
const vendors = "microsoft.com|windows.com|microsoftonline.com|microsoftonline-p.com|msauth.net|msftauth.net|live.com|windowsupdate.com|msftncsi.com|" +
	"msftconnecttest.com|aka.ms|msocsp.com|digicert.com|verisign.com|globalsign.com|globalsign.net|entrust.net|ntp.org|vmware.com|w3.org|" +
	"xmlsoap.org|mysql.com|php.net|openssl.org|ubuntu.com|debian.org|redhat.com|centos.org|suse.com|opensuse.org|oracle.com|kernel.org|" +
	"github.com|python.org|perl.org|golang.org|freedesktop.org"

// localName matches names that every network has.
func localName(name []byte) bool {
	return lists().local.has(name)
}
