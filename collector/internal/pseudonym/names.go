package pseudonym

import (
	"encoding/binary"
	"slices"
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

// maxName is the length of the longest name that is remembered.
const maxName = 320

const alphabet = "abcdefghijklmnopqrstuvwxyz234567"

// token is the pseudonym of one name.
func (m *Mapper) token(prefix, name string) string {
	if name == "" || m.isToken(name) {
		return name
	}
	name = valid(name)
	purpose, class := forLabel, Host
	if prefix == prefixUser {
		purpose, class = forUser, User
	}
	var raw [8]byte
	copy(raw[:6], m.keyed(purpose, fold(name)))
	copy(raw[6:], m.check(raw[:6]))
	out := prefix + encode(raw)
	m.told.tell(out, name, class)
	return out
}

// fold makes names equal that differ by case.
func fold(name string) string { return strings.ToLower(name) }

// lowerASCII is fold for names that are compared with public ones: of the same
// length.
func lowerASCII(name string) string {
	out := []byte(name)
	for i, c := range out {
		out[i] = lower(c)
	}
	return string(out)
}

// check is the hash by which a pseudonym is known, of 12 bits.
func (m *Mapper) check(body []byte) []byte {
	sum := m.keyed(forCheck, string(body))
	return []byte{sum[0], sum[1] & 0xf0}
}

// encode writes 60 bits.
func encode(raw [8]byte) string {
	v := binary.BigEndian.Uint64(raw[:])
	var out [tokenLen]byte
	for i := range out {
		out[i] = alphabet[v>>59]
		v <<= 5
	}
	return string(out[:])
}

// isToken reports whether a name is a pseudonym of this key.
func (m *Mapper) isToken(name string) bool {
	i := strings.IndexByte(name, '-') + 1
	if p := name[:i]; len(name) != i+tokenLen || p != prefixHost && p != prefixDomain && p != prefixUser {
		return false
	}
	var v uint64
	for _, c := range []byte(name[i:]) {
		n := strings.IndexByte(alphabet, c)
		if n < 0 {
			return false
		}
		v = v<<5 | uint64(n)
	}
	raw := binary.BigEndian.AppendUint64(nil, v<<4)
	return string(raw[6:]) == string(m.check(raw[:6]))
}

// BeginsHost reports whether text begins with what has the form of a host's
// pseudonym, of whatever key.
func BeginsHost(text string) bool {
	rest, ok := strings.CutPrefix(text, prefixHost)
	return ok && len(rest) > tokenLen && strings.Trim(rest[:tokenLen], alphabet) == "" && !is(rest[tokenLen], word)
}

// host maps the labels of a host name; the first one gets the prefix first.
func (m *Mapper) host(s, first string) string {
	if _, text, _ := cutAddress(s); text != "" && strings.IndexByte("0123456789:", text[0]) >= 0 {
		if got := m.ip(s); got != s {
			return got
		}
	}
	body, dot := s, ""
	if strings.HasSuffix(s, ".") {
		body, dot = s[:len(s)-1], "."
	}
	stay := m.public.stay(lowerASCII(body))
	if stay == len(body) {
		return s
	}
	labels := strings.Split(strings.TrimSuffix(body[:len(body)-stay], "."), ".")
	for i, l := range labels {
		prefix := prefixDomain
		if i == 0 {
			prefix = first
		}
		if l != "*" && !strings.HasPrefix(l, "_") {
			labels[i] = m.token(prefix, l)
		}
	}
	out := strings.Join(labels, ".")
	if stay > 0 {
		out += "." + lowerASCII(body[len(body)-stay:])
	}
	return out + dot
}

// publicNames are the host names that stay.
type publicNames struct {
	names    map[string]bool
	suffixes []string // with the dot before them; customers have names below
	vendors  []string // with the dot before them; all names below are public
}

func newPublicNames(list []string) publicNames {
	p := publicNames{names: map[string]bool{}, suffixes: serviceSuffixes(), vendors: vendors()}
	for _, n := range slices.Concat(services(), list) {
		n, _, _ = strings.Cut(fold(n), ":")
		n = strings.TrimSuffix(n, ".")
		if suffix := strings.TrimPrefix(n, "*"); strings.HasPrefix(suffix, ".") {
			p.suffixes = append(p.suffixes, suffix)
		} else if n != "" {
			p.names[n] = true
		}
	}
	return p
}

// stay is the length of the end of a host name in lower case that stays, all
// of it when the name is public. Of a private one that is its top-level domain
// when it is one that says nothing of its owner.
func (p publicNames) stay(name string) int {
	if p.names[name] || localName(name) {
		return len(name)
	}
	best := 0
	for _, s := range p.suffixes {
		if below(name, s) {
			best = max(best, len(s)-1)
		}
	}
	if best > 0 {
		return best
	}
	for _, v := range p.vendors {
		if below(name, v) {
			return len(name)
		}
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 && genericTLD([]byte(name[i+1:])) {
		best = len(name) - i - 1
	}
	return best
}

// below reports whether a name is a domain, given with a dot before it, or in it.
func below(name, domain string) bool {
	return strings.HasSuffix(name, domain) || name == domain[1:]
}

// serviceSuffixes are public domains below which customers choose names.
func serviceSuffixes() []string {
	return append(storageSuffixes(), strings.Fields(".core.windows.net .core.chinacloudapi.cn .core.usgovcloudapi.net .core.cloudapi.de .vault.azure.net .vault.azure.cn "+
		".vault.usgovcloudapi.net .servicebus.windows.net .servicebus.chinacloudapi.cn .backup.windowsazure.com "+
		".hypervrecoverymanager.windowsazure.com .siterecovery.windowsazure.com .prod.migration.windowsazure.com "+
		".discoverysrv.windowsazure.com .cloudapp.azure.com .internal.cloudapp.net .azurewebsites.net .database.windows.net .windows.net "+
		".azure.net .azure.com .azure.cn .windowsazure.com .windowsazure.cn .onmicrosoft.com .sharepoint.com")...)
}

// storageSuffixes are those below which the first label is a storage account.
func storageSuffixes() []string {
	var out []string
	for _, cloud := range []string{"windows.net", "chinacloudapi.cn", "usgovcloudapi.net", "cloudapi.de"} {
		for _, kind := range []string{"blob", "queue", "table", "file", "dfs", "web"} {
			out = append(out, "."+kind+".core."+cloud)
		}
	}
	return append(out, ".blob.storage.azure.net")
}

// services are public names below suffixes of which customers have names.
func services() []string {
	return strings.Fields("management.azure.com portal.azure.com login.windows.net graph.windows.net management.core.windows.net management.windowsazure.com " +
		"vault.azure.net dc.services.visualstudio.com")
}

// vendors are domains all of whose names are public.
func vendors() []string {
	return strings.Fields(".microsoft.com .windows.com .microsoftonline.com .microsoftonline-p.com .msauth.net .msftauth.net .live.com .windowsupdate.com " +
		".msftncsi.com .msftconnecttest.com .aka.ms .msocsp.com .digicert.com .verisign.com .globalsign.com .globalsign.net .entrust.net " +
		".ntp.org .vmware.com .w3.org .xmlsoap.org .mysql.com .php.net .openssl.org .ubuntu.com .debian.org .redhat.com .centos.org " +
		".suse.com .opensuse.org .oracle.com .kernel.org .github.com .python.org .perl.org .golang.org .freedesktop.org")
}

// localName matches names that every network has.
func localName(name string) bool {
	return lists().local.has([]byte(name))
}
