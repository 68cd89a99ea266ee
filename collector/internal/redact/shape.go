package redact

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// maxShape is how much of a value is looked at to see whether it looks random.
const maxShape = 256

// shaped finds values that look like keys behind names that may be those of
// secrets: any with key, auth, salt, session ... in them. The words of the
// other rules say for sure, these do not, so that the value has to look random.
func (l line) shaped(begin, end int) []span {
	if w := strings.ToLower(string(l.b[begin:end])); l.b[begin] == '+' || !isLetter(l.b[begin]) || l.b[end-1] == '~' || strings.HasPrefix(w, "az") || w == "jqqj9" {
		return l.cloudKey(begin)
	}
	from := runBack(l.b, begin, maxKey, isKey)
	stop := run(l.b[:min(len(l.b), end+maxKey)], end, isKey)
	name := strings.ToLower(string(l.b[from:stop]))
	if f := toldForms(); l.begin && from > 0 && from < maxKey && (name == "key-string" || name == "key" && f.router.Match(l.b[:from])) {
		if m := f.typed.FindSubmatchIndex(l.b[stop:min(len(l.b), stop+2*maxKey)]); m != nil && !common(string(l.b[stop+m[2]:stop+m[3]])) {
			return l.loose(kindSecret, from, stop, m)
		}
	}
	p, sep := l.separator(from, stop)
	if strings.HasPrefix(name, "licen") || strings.HasSuffix(name, "key") {
		if out := l.licence(from, stop); out != nil {
			return out
		}
	}
	if publicName(name) {
		return nil
	}
	if sep == 0 && strings.HasSuffix(name, "key") {
		if out := l.keyBehind(from, stop); out != nil {
			return out
		}
		if l.secretKind(from) {
			if out := l.besides(kindKey, from, stop); out != nil {
				return out
			}
		}
	}
	if sep == 0 {
		return l.paired(from, stop)
	}
	if p >= len(l.b) {
		return nil
	}
	if strings.HasSuffix(name, "auth") {
		if out := l.userPair(from, p); out != nil {
			return out
		}
	}
	whole := l
	if far := p + maxShape; far < len(l.b) {
		l.b, l.more = l.b[:far], true
	}
	if bytes.HasPrefix(l.b[p:], []byte("base64:")) {
		p += len("base64:")
	}
	v := l.value(from, p, sep, false)
	if v.start >= v.end {
		return nil
	}
	if l.b[p] != '"' && l.b[p] != '\'' {
		v.end = min(v.end, l.token(v.start))
	}
	value := string(l.b[v.start:v.end])
	if i := strings.IndexByte(value, '.'); i > 0 && hexKey(value[:i]) { // in the name of a file
		v.end, value = v.start+i, value[:i]
	}
	if cipherSuite(name, value) {
		return nil
	}
	if strings.HasPrefix(value, "0x") && len(value) <= len("0x0123456789abcdef") && isHex(value[2:]) { // a number
		return nil
	}
	if strings.HasPrefix(name, "licen") && (hyphened(value) || strings.Contains(value, "GPL")) {
		return nil
	}
	if !random(value) && strings.Contains(name, "primary") { // of a table
		return nil
	}
	if !random(value) && !(strings.HasSuffix(name, "auth") && isBasic(value)) && !((strings.Contains(name, "otp") || strings.Contains(name, "mfa")) && len(value) > 15 && strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567=") == "") && !(hexKey(value) && (strings.HasSuffix(name, "key") && (len(name) > 3 || l.secretKind(from)) || strings.Contains(name, "sess") || strings.Contains(name, "encrypt") || strings.HasPrefix(name, "x-"))) && !(name == "ticketsalt" && len(value) > 7) && !(serviceKey(name) && strong(value) && restless(value) > 3) {
		return nil
	}
	if v.end == len(l.b) {
		v.end = whole.token(v.start)
	}
	v.from, v.rule = from, RuleKey
	return []span{v}
}

// serviceKey reports whether a name is that of the key of a service or a device, which
// may be shorter than those that random knows.
func serviceKey(name string) bool {
	return strings.HasSuffix(name, "key") && slices.ContainsFunc([]string{"client", "device", "identity", "integration", "crypto", "bus", "cosmos", "redis", "hub", "app", "service", "resource"}, func(w string) bool {
		return strings.Contains(name, w)
	})
}

// cipherSuite matches the value of a name as cipher: TLS_AES_128_GCM_SHA256.
func cipherSuite(name, value string) bool {
	return strings.Contains(strings.ToLower(name), "cipher") && strings.ToUpper(value) == value && strings.ContainsAny(value, "_-")
}

// secretKind reports whether the word before a "key" is that of keys that are
// secrets, in a sentence.
func (l line) secretKind(at int) bool {
	head := strings.Fields(strings.ToLower(string(l.b[max(0, at-16):at])))
	return len(head) > 0 && slices.Contains([]string{"aes", "session", "private", "secret", "encryption", "generated", "derived", "decryption"}, path.Base(head[len(head)-1]))
}

// paired finds a value that looks like a key and stands apart from its name: in
// attributes, a listing of the registry, or as the argument of a function.
func (l line) paired(from, stop int) []span {
	out := l.formed(kindSecret, from, stop)
	if is := l.b[stop:min(len(l.b), stop+4)]; out == nil && string(is) == " is " {
		out = l.loose(kindKey, from, stop, []int{0, 0, 4, l.token(stop+4) - stop})
	}
	if out == nil && from > 0 && (l.b[from-1] == '"' || l.b[from-1] == '\'') {
		if m := toldForms().call.FindSubmatchIndex(l.b[stop:min(len(l.b), stop+2*maxKey)]); m != nil {
			out = l.loose(kindKey, from, stop, m)
		}
	}
	for _, s := range out {
		if v := string(l.b[s.start:s.end]); !random(v) && !hexKey(v) || cipherSuite(string(l.b[from:stop]), v) {
			return nil
		}
	}
	return out
}

// licence finds the groups of capitals and digits that the keys of programs are
// made of: ABCD-1234-EFGH-5678.
func (l line) licence(from, stop int) []span {
	p := run(l.b[:min(len(l.b), stop+12)], stop, func(c byte) bool { return isSpace(c) || strings.IndexByte(`:="'`, c) >= 0 })
	e := run(l.b[:min(len(l.b), p+maxKey)], p, func(c byte) bool { return isDigit(c) || c >= 'A' && c <= 'Z' || c == '-' })
	groups := strings.Split(string(l.b[p:e]), "-")
	if p == stop || len(groups) < 3 || !strings.ContainsAny(string(l.b[p:e]), "0123456789") || digits(groups[0]+groups[1]) && len(groups[0]) < 5 {
		return nil
	}
	for _, g := range groups {
		if len(g) < 4 || len(g) != len(groups[0]) {
			return nil
		}
	}
	return []span{{from: from, start: p, end: e, rule: RuleKey}}
}

// keyBehind finds the key of 512 bits, as those of storage accounts are, or of 256 that a
// sentence names after the word key.
func (l line) keyBehind(from, stop int) []span {
	pad := bytes.IndexByte(l.b[stop:min(len(l.b), stop+2*maxKey)], '=')
	if pad < 0 || public(l.b[max(0, from-24):from]) || hashed(l.b[max(0, from-24):stop+pad]) {
		return nil
	}
	end := stop + pad
	start := runBack(l.b, end, 87, func(c byte) bool { return isBase64(c) && c != '=' })
	if end-start != 86 && end-start != 43 || start < stop || !random(string(l.b[start:end])) {
		return nil
	}
	return []span{{from: from, start: start, end: run(l.b, end, func(c byte) bool { return c == '=' }), rule: RuleKey}}
}

// publicName reports whether a name is that of something that is no secret,
// though random: hashes, ids, public keys.
func publicName(name string) bool {
	name = strings.ReplaceAll(name, "security", "") // which has "uri" in it
	for _, w := range []string{"thumb", "finger", "hash", "digest", "check", "public", "pubkey", "file", "path", "algorithm", "suite", "mode", "version", "url", "uri", "endpoint", "host", "registry", "subkey", "author", "hotkey", "cachekey", "cache_key", "partition", "rowkey", "row_key", "sort", "foreign", "correlation", "identifier"} {
		if strings.Contains(name, w) {
			return true
		}
	}
	return strings.HasSuffix(name, "keyid") || strings.HasSuffix(name, "key_id") || strings.HasSuffix(name, "key-id")
}

// random reports whether a value looks like a key: long, of the letters of
// base64, with lower case, upper case and digits that change often.
func random(s string) bool {
	if len(s) < 16 || s[0] == '/' && strings.Count(s, "/") > 2 && strings.ContainsAny(s, "-.") { // a path
		return false
	}
	var has [4]bool
	changes, last := 0, -1
	for i := range len(s) {
		class := 3
		switch c := s[i]; {
		case c >= 'a' && c <= 'z':
			class = 0
		case c >= 'A' && c <= 'Z':
			class = 1
		case isDigit(c):
			class = 2
		case !isBase64(c) && strings.IndexByte("-_.~!", c) < 0:
			return false
		}
		if has[class] = true; class != last {
			changes++
		}
		last = class
	}
	if strings.Count(s, "/")+strings.Count(s, ".")+strings.Count(s, "-") > len(s)/6 {
		return false // a path, a GUID or a name
	}
	switch {
	case has[0] && has[1] && has[2]:
		return changes >= len(s)/4
	case has[2] && (has[0] || has[1]):
		return !isHex(s) && !strings.ContainsAny(s, "-./") && changes >= len(s)*2/5
	}
	return false
}

// restless counts the runs of letters of one case, digits and signs in a word.
func restless(s string) int {
	n, last := 0, byte(0)
	for _, c := range []byte(s) {
		class := byte('!')
		switch {
		case isDigit(c):
			class = '0'
		case isLetter(c):
			class = 'A' | c&0x20
		}
		if class != last {
			n++
		}
		last = class
	}
	return n
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" }

// hexKey matches keys in hexadecimal of 128 bits and more.
func hexKey(s string) bool { return len(s) >= 32 && isHex(s) && !digits(s) }

// cloudKey finds the keys of a cloud that carry a sign of their kind inside, as
// so that scanners find them: +ASt, AzCa, 7Q~.
func (l line) cloudKey(at int) []span {
	wide := func(c byte) bool { return isBase64(c) || c == '~' || c == '_' || c == '-' || c == '.' }
	from := runBack(l.b, at, maxKey, func(c byte) bool { return wide(c) && c != '=' })
	end := run(l.b[:min(len(l.b), at+maxKey)], at, wide)
	if key := string(l.b[from:end]); len(key) < 36 || !random(key) {
		return nil
	}
	return []span{{from: from, start: from, end: end, rule: RuleKey}}
}
