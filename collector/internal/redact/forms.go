package redact

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
)

// header finds the credentials of an Authorization header. Of the schemes that
// carry one word the scheme stays; of others nothing does.
func (l line) header(from, p int) []span {
	v := l.value(from, p, ':', true)
	if v.start >= v.end {
		return nil
	}
	text := string(l.b[v.start:min(v.end, v.start+256)])
	scheme, rest, ok := strings.Cut(text, " ")
	if harmless(kindAuth, "authorization", text, ':') {
		return nil
	}
	v.from, v.rule = from, RuleAuth
	switch strings.ToLower(scheme) {
	case "bearer", "basic", "negotiate", "ntlm", "token", "sharedkey", "sharedkeylite":
		if !ok {
			return nil
		}
		v.start += len(scheme) + 1 + len(rest) - len(strings.TrimLeft(rest, " "))
		v.end = min(v.end, l.token(v.start))
		if v.start >= v.end || marked(l.b, v.start) == v.end {
			return nil
		}
	}
	return []span{v}
}

// scheme finds "Bearer <token>" and "Basic <base64>" outside of a header.
func (l line) scheme(k kind, begin, end int) []span {
	if begin > 0 && isIdent(l.b[begin-1]) {
		return nil
	}
	p := run(l.b, end, isSpace)
	if p == end && l.b[end-1] != ' ' {
		return nil
	}
	e := run(l.b, p, func(c byte) bool { return isBase64(c) || c == '.' || c == '_' || c == '~' || c == '-' })
	word := string(l.b[p:e])
	if strings.HasPrefix(strings.ToLower(string(l.b[begin:end])), "auth ") { // of SMTP
		if raw, err := base64.StdEncoding.DecodeString(word); err != nil || len(raw) < 5 || bytes.ContainsFunc(raw, func(c rune) bool { return c != 0 && (c < ' ' || c > '~') }) {
			return nil
		}
		return []span{{from: begin, start: p, end: e, rule: RuleAuth}}
	}
	if l.b[begin]|0x20 != 'b' && !random(word) && !(strong(word) && restless(word) > 3) { // Negotiate, ApiKey
		return nil
	}
	if k == kindBasic && !isBasic(word) || strings.Contains(strings.TrimRight(word, "="), "=") || k == kindBearer && !isBearer(word) {
		return nil
	}
	return []span{{from: begin, start: p, end: e, rule: RuleAuth}}
}

func isBearer(s string) bool {
	return len(s) >= 20 || len(s) >= 8 && strings.ContainsAny(s, "0123456789")
}

// isBasic decodes the word: credentials have a colon.
func isBasic(s string) bool {
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	return err == nil && len(raw) >= 3 && bytes.IndexByte(raw, ':') >= 0
}

// signature finds the sig= of a shared access signature.
func (l line) signature(begin, end int) []span {
	if begin > 0 && isKnit(l.b[begin-1]) && !percentEncoded(l.b[:begin]) {
		return nil
	}
	e := run(l.b, end, func(c byte) bool { return !isSpace(c) && strings.IndexByte("&\"'<>;,)]}", c) < 0 })
	if m := marked(l.b, end); m > end {
		return nil
	}
	if v := string(l.b[end:e]); v == "" || len(v) <= 5 && digits(v) || strings.HasPrefix(v, "SIG") && plainName(v) && strings.ToUpper(v) == v { // sig=SIGTERM
		return nil
	}
	return []span{{from: begin, start: end, end: e, rule: RuleSAS}}
}

// percentEncoded reports whether b ends in an encoded '&' or '?'.
func percentEncoded(b []byte) bool {
	return len(b) >= 3 && (strings.EqualFold(string(b[len(b)-3:]), "%26") || strings.EqualFold(string(b[len(b)-3:]), "%3f"))
}

// jwt finds header.payload.signature; the header is JSON, so it starts with eyJ.
func (l line) jwt(begin int) []span {
	b := l.b
	if !bytes.HasPrefix(b[begin:], []byte("eyJ")) || begin > 0 && isBase64URL(b[begin-1]) {
		return nil
	}
	h := run(b, begin, isBase64URL)
	if h-begin < 8 || h >= len(b) || b[h] != '.' {
		return nil
	}
	e := run(b, h+1, isBase64URL)
	if e-h < 8 {
		return nil
	}
	if e < len(b) && b[e] == '.' {
		e = run(b, e+1, isBase64URL)
	}
	return []span{{from: begin, start: begin, end: e, rule: RuleJWT}}
}

// pem finds a private key that begins in this line, up to its end or that of the line.
func (l line) pem(begin, end int) []span {
	head := bytes.LastIndex(l.b[max(0, begin-64):begin], []byte("-----BEGIN "))
	dashes := bytes.Index(l.b[end:min(len(l.b), end+16)], []byte("-----"))
	if head < 0 || dashes < 0 {
		return nil
	}
	if label := l.b[max(0, begin-64)+head+len("-----BEGIN ") : begin]; bytes.IndexByte(label, '-') >= 0 {
		return nil // the word stands in the END line
	}
	start := end + dashes + len("-----")
	stop := len(l.b)
	if i := bytes.Index(l.b[start:], []byte("-----END ")); i >= 0 {
		stop = start + i
	}
	if start >= stop || marked(l.b, start) == stop {
		return nil
	}
	return []span{{from: max(0, begin-64) + head, start: start, end: stop, rule: RulePrivateKey}}
}

// url finds user:password@ behind "://".
func (l line) url(begin, p int) []span {
	authority := func(c byte) bool { return !isSpace(c) && strings.IndexByte("/\\\"'<>?#|`", c) < 0 }
	e := run(l.b, p, authority)
	at := bytes.LastIndexByte(l.b[p:e], '@')
	if at < 0 && badPort(l.b[p:e]) { // a password with a slash in it
		e = run(l.b[:min(len(l.b), p+512)], p, func(c byte) bool { return !isSpace(c) && c != '"' && c != '\'' && c != '<' && c != '>' })
		at = bytes.LastIndexByte(l.b[p:e], '@')
	}
	if at <= 0 || marked(l.b, p) == p+at {
		return nil
	}
	user := string(l.b[p : p+at])
	if !strings.Contains(user, ":") && !strings.Contains(strings.ToLower(user), "%3a") && (len(user) < 20 || run([]byte(user), 0, isLetter) == len(user)) {
		return nil // a user name alone
	}
	return []span{{from: begin, start: p, end: p + at, rule: RuleUserinfo}}
}

// badPort reports whether host:port has something else than a port.
func badPort(b []byte) bool {
	i := bytes.IndexByte(b, ':')
	return i > 0 && b[0] != '[' && i+1 < len(b) && !digits(string(b[i+1:]))
}

// endpoint finds user:password@host without a scheme, with a port or without;
// at is where the @ is.
func (l line) endpoint(at int) []span {
	b := l.b
	host := run(b, at+1, func(c byte) bool { return isKey(c) })
	port := host+1 < len(b) && b[host] == ':' && isDigit(b[host+1])
	if host == at+1 || digits(string(b[at+1:host])) || symbolVersion(string(b[at+1:host])) || !port && !l.closes(host) && b[host] != '/' && b[host] != '(' && b[host] != '\\' {
		return nil
	}
	from := runBack(b, at, maxUserinfo, func(c byte) bool { return !userinfoEnd[c] })
	if i := bytes.LastIndexByte(b[from:at], '/'); i >= 0 && bytes.IndexByte(b[from+i:at], ':') > 0 { // the name of a file
		from += i + 1
	}
	from += run(b[from:at], 0, func(c byte) bool { return c == '\\' })
	user := b[from:at]
	colon := bytes.IndexByte(user, ':')
	if colon <= 0 || colon == len(user)-1 || !isLetter(user[0]) || bytes.Contains(user, []byte("://")) {
		return nil
	}
	if name := user[:colon]; !port && (run(name, 0, isAccount) < colon || slices.Contains(mailFields(), strings.ToLower(string(name)))) {
		return nil
	}
	return []span{{from: from, start: from, end: at, rule: RuleUserinfo}}
}

// isAccount matches the characters of names of users, with or without a domain.
func isAccount(c byte) bool { return isKey(c) || c == '\\' || c == '$' }

// mailFields are names before a mail address: "to:someone@example.org".
func mailFields() []string {
	return []string{"mailto", "to", "from", "cc", "bcc", "sender", "reply-to", "mail", "email", "e-mail", "user", "username", "upn", "login", "account", "acct", "sip", "sips", "xmpp", "im", "owner", "contact", "author", "for", "by", "as"}
}

// query finds the long values of code=, key= and auth= in the query of an
// address: those of a function, not the short ones of an error. Behind auth=
// that stands elsewhere anything counts but methods, states and numbers.
func (l line) query(begin, end int) []span {
	e := run(l.b[:min(len(l.b), end+maxKey)], end, func(c byte) bool { return !isSpace(c) && strings.IndexByte("&\"'<>;,)]}", c) < 0 })
	v := string(l.b[end:e])
	if l.b[begin] != '?' && l.b[begin] != '&' {
		if begin > 0 && isIdent(l.b[begin-1]) && l.b[begin-1] != '_' || authMethod(v) {
			return nil
		}
	} else if len(v) < 16 || digits(v) || !strings.ContainsAny(v, "0123456789") {
		return nil
	}
	if v == "" || marked(l.b, end) > end {
		return nil
	}
	return []span{{from: begin, start: end, end: e, rule: RuleKey}}
}

// authMethod reports whether a value of auth= is no key: it is a method, a
// state, a number or the word of a sentence.
func authMethod(s string) bool {
	w := strings.ToLower(strings.Trim(s, "."))
	return len(s) < 5 || digits(s) || plain(s) || hexCode(s) || slices.Contains(states(), w) || slices.Contains(prose(), w) || slices.Contains([]string{
		"basic", "digest", "ntlm", "negotiate", "kerberos", "plain", "login", "anonymous", "bearer", "certificate", "password", "gssapi", "cram-md5", "scram", "scram-sha-1", "scram-sha-256", "xoauth2", "windows", "integrated", "activedirectory", "ticket", "oauth", "oauth2", "negotiated",
		"started", "completed", "granted", "trusted", "ident", "radius", "default", "optional", "publickey", "keyboard-interactive", "md5", "sha1", "sha256", "ms-chapv2", "mschapv2", "tls", "starttls", "accepted",
	}, w)
}

// crypt finds the hashes of passwords as the shadow file and htpasswd have them.
func (l line) crypt(begin int) []span {
	if bytes.HasPrefix(l.b[begin:], []byte(":::")) {
		return append(l.ntHash(begin), l.shadowed(begin)...)
	}
	if bytes.EqualFold(l.b[begin:min(len(l.b), begin+3)], []byte(":aa")) {
		return l.bot(begin)
	}
	if l.b[begin] == ':' {
		return l.passFile()
	}
	more := "$.,{}-_"
	if l.b[begin]|0x20 == 's' { // SCRAM-SHA-256$4096:salt$key:key
		more += ":"
	}
	e := run(l.b, begin, func(c byte) bool { return isBase64(c) || strings.IndexByte(more, c) >= 0 })
	if e-begin < 20 {
		return nil
	}
	if e-begin == 32 && e < len(l.b) && l.b[e] == ':' && isHex(string(l.b[begin:e])) { // of LM, and behind it that of NT
		e = run(l.b, e+1, func(c byte) bool { return isHex(string([]byte{c})) })
	}
	return []span{{from: begin, start: begin, end: e, rule: RulePassword}}
}

// bot finds the token of a bot of Telegram by its colon: 123456789:AA...
func (l line) bot(colon int) []span {
	from, end := runBack(l.b, colon, 12, isDigit), run(l.b, colon+1, isBase64URL)
	if colon-from < 8 || end-colon != 36 || from > 0 && isKnit(l.b[from-1]) || restless(string(l.b[colon:end])) < 8 {
		return nil
	}
	return []span{{from: from, start: from, end: end, rule: RuleToken}}
}

// passFile finds the password of a line of .pgpass: host:port:database:user:password.
func (l line) passFile() []span {
	if len(l.b) > 4*maxKey {
		return nil
	}
	f := bytes.SplitN(bytes.TrimSpace(l.b), []byte(":"), 5)
	if !l.begin || l.more || len(f) < 5 || len(f[4]) < 4 || len(f[0]) == 0 || len(f[3]) == 0 || bytes.ContainsAny(l.b, " \t") || !digits(string(f[1])) && string(f[1]) != "*" {
		return nil
	}
	start := bytes.Index(l.b, f[0]) + len(f[0]) + len(f[1]) + len(f[2]) + len(f[3]) + 4
	return []span{{from: 0, start: start, end: start + len(f[4]), rule: RulePassword}}
}

// shadowed finds the 13 characters of DES of a line of the shadow file that ends at
// end: name:hash:19000:0:99999:7:::
func (l line) shadowed(end int) []span {
	f := bytes.Split(l.b[max(0, end-maxKey):end], []byte(":"))
	if len(f) < 6 || len(f[len(f)-5]) != 13 || !digits(string(f[len(f)-4])) || !digits(string(f[len(f)-1])) || run(f[len(f)-5], 0, func(c byte) bool { return isBase64(c) && c != '+' && c != '=' || c == '.' }) != 13 {
		return nil
	}
	stop := end - len(bytes.Join(f[len(f)-4:], []byte(":"))) - 1
	return []span{{from: stop - 13, start: stop - 13, end: stop, rule: RulePassword}}
}

// ntHash finds the two hashes before the end of an account as password dumps
// have it: name:500:LM:NT:::
func (l line) ntHash(end int) []span {
	start := runBack(l.b, end, 2*32+1, func(c byte) bool { return c == ':' || isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' })
	if end-start < 32 || !hexKey(string(l.b[end-32:end])) {
		return nil
	}
	return []span{{from: start, start: start, end: end, rule: RulePassword}}
}

// exactKeys are begins of keys whose letters have to be as they are here.
const exactKeys = "|AKIA|ASIA|AIza|AGE-SECRET-KEY-1|SG.|ATATT3|NRAK-|PMAK-|EAAC|r8_|AKCp|cmVmd|EZAK|LTAI|HRKU-|eyJrIjoi|GR1348941|ABSK|EZTK|EAAA|EAAM|API-|ATBB|ATCTT3|AQICAH|AQECAH|AVNS_|ABIA|ACCA|"

// vendorLike reports whether what stands behind the begin of a vendor's key, up to
// end, is of the length and the letters that the vendor has, where others begin
// so, too.
func (l line) vendorLike(word, rest string, end int) bool {
	size, whole := len(word)+len(rest), !strings.ContainsAny(rest, "-_.")
	if strings.ContainsAny(rest, "-_") && strings.ToLower(rest) == rest && len(strings.Map(keepDigits, rest)) < 3 {
		return false // the words of a name
	}
	switch word {
	case "api-":
		return size == 30 && whole && strings.ToUpper(rest) == rest
	case "abia", "acca":
		return size == 20 && strings.ToUpper(rest) == rest && whole
	case "oy2":
		return size == 46 && whole
	case "mmk":
		return rest == ""
	case "ico-", "tk-us-", "csk-":
		return whole
	case "eaaa", "eaam":
		return size >= 60 && (end == len(l.b) || strings.IndexByte("+/=", l.b[end]) < 0)
	case "pat.", "aqicah", "aqecah", "absk", "atlasv1.":
		return size >= 56
	}
	return true
}

// keepDigits drops all but digits.
func keepDigits(c rune) rune {
	if c < '0' || c > '9' {
		return -1
	}
	return c
}

// vendor finds access keys that are known by their first letters.
func (l line) vendor(word string, begin int) []span {
	if strings.Contains(word, "/") { // slack.com/s, /webhook, telegram.org/bot
		return l.hook(begin, begin+len(word))
	}
	if p := begin + len("key-1 "); word == "key-" && bytes.HasSuffix(l.b[:begin], []byte("asrcollect-case-")) && p < len(l.b) {
		if e := run(l.b, p, isBase64); e-p >= 43 { // the collector's own, of a case
			return []span{{from: p, start: p, end: e, rule: RuleKey}}
		}
	}
	if begin > 0 && isKnit(l.b[begin-1]) {
		return nil
	}
	if i := strings.Index(strings.ToLower(exactKeys), "|"+word+"|"); i >= 0 && !bytes.HasPrefix(l.b[begin:], []byte(exactKeys[i+1:i+1+len(word)])) {
		return nil
	}
	e := run(l.b, begin+len(word), isBase64URL)
	for parts := strings.Count(word, "pat.") + 1; parts > 0 && e < len(l.b) && l.b[e] == '.'; parts-- {
		if q := run(l.b, e+1, isBase64URL); q-e > 8 || word == "sg." {
			e = q
		}
	}
	if strings.HasSuffix(word, "cah") || word == "absk" || word == "vault:v1:" { // have more letters
		e = run(l.b, e, isBase64)
	}
	key := l.b[begin:e]
	rest := string(key[len(word):])
	if word == "npm_" && slices.ContainsFunc([]string{"config_", "package_", "lifecycle_", "node_"}, func(w string) bool { return strings.HasPrefix(rest, w) }) || word == "eaac" && isHex(string(key)) || word == "sk-" && (strings.HasPrefix(rest, "ssh-") || strings.HasPrefix(rest, "ecdsa-")) {
		return nil // variables of npm, a digest, kinds of keys of SSH
	}
	if !l.vendorLike(word, rest, e) {
		return nil
	}
	if word == "mmk" || word == "atlasv1." {
		begin = runBack(l.b, begin, 64, func(c byte) bool { return isIdent(c) || c == '.' })
		key = l.b[begin:e]
	}
	if len(key) < 20 || !bytes.ContainsAny(key, "0123456789") && (len(rest) < 32 || strings.ContainsAny(rest, "-_")) && (restless(rest) < 5 || strings.ToLower(rest) == rest || strings.ToUpper(rest) == rest) || (word == "dapi" || word == "key-") && (len(key) < 36 || !isHex(string(key[4:36]))) || (word == "akia" || word == "asia") && bytes.ContainsAny(key, "-_") {
		return nil
	}
	out := []span{{from: begin, start: begin, end: e, rule: RuleToken}}
	if word == "akia" || word == "asia" { // behind it stands the secret
		p := run(l.b[:min(len(l.b), e+8)], e, func(c byte) bool { return isSpace(c) || strings.IndexByte(",:;/|\"'", c) >= 0 })
		if q := run(l.b[:min(len(l.b), p+64)], p, isBase64); p > e && q-p == 40 && random(string(l.b[p:q])) {
			out = append(out, span{from: p, start: p, end: q, rule: RuleKey})
		}
	}
	return out
}

// hook finds what lets anybody post in the address of a web hook.
func (l line) hook(begin, end int) []span {
	e := run(l.b, end, func(c byte) bool { return isBase64URL(c) || c == '/' || c == '@' || c == ':' })
	if e-end < 16 || !bytes.ContainsAny(l.b[end:e], "0123456789") {
		return nil
	}
	return []span{{from: begin, start: end, end: e, rule: RuleToken}}
}

// sql finds the passwords of IDENTIFIED BY '...' and the like, and those of a row
// whose columns say so.
func (l line) sql(begin, end int) []span {
	if l.b[end-1]|0x20 == 'o' { // insert into
		return l.inserted(begin, end)
	}
	if strings.EqualFold(string(l.b[end-4:end]), "with") {
		rest := bytes.ToLower(l.b[end:min(len(l.b), end+maxKey)])
		by := max(bytes.Index(rest, []byte(" by ")), bytes.Index(rest, []byte(" as '")))
		if by < 0 {
			return nil
		}
		end += by + 4
	}
	p := run(l.b, end, isSpace)
	if len(l.b) > p+9 && strings.EqualFold(string(l.b[p:p+9]), "password ") {
		p += 9
	}
	if len(l.b) > p+7 && strings.EqualFold(string(l.b[p:p+7]), "values ") {
		p += 7
	}
	v, ok := l.quotedValue(p)
	if !ok && p < len(l.b) && (string(l.b[begin:end]) == "IDENTIFIED BY" || l.ofUser(begin)) { // as Oracle takes it
		v, ok = span{start: p, end: l.token(p)}, true
	}
	if !ok || v.start >= v.end || marked(l.b, v.start) == v.end {
		return nil
	}
	v.from, v.rule = begin, RulePassword
	return []span{v}
}

// ofUser reports whether a statement of SQL before begin makes or changes a user.
func (l line) ofUser(begin int) bool {
	head := bytes.ToLower(l.b[max(0, begin-maxKey):begin])
	return bytes.Contains(head, []byte("create user ")) || bytes.Contains(head, []byte("alter user "))
}

// inserted takes all quoted values of an INSERT that has a column for a secret.
func (l line) inserted(begin, end int) []span {
	columns, values, ok := bytes.Cut(bytes.ToLower(l.b[end:]), []byte("values"))
	if !ok || !slices.ContainsFunc([]string{"passw", "pwd", "secret", "token", "passphrase", "apikey", "api_key", "credential"}, func(w string) bool { return bytes.Contains(columns, []byte(w)) }) {
		return nil
	}
	var out []span
	for i := len(l.b) - len(values); i < len(l.b); i++ {
		if c := l.b[i]; c != '\'' && c != '"' {
			continue
		}
		v, _ := l.quotedValue(i)
		if v.start < v.end && marked(l.b, v.start) != v.end {
			v.from, v.rule = begin, RulePassword
			out = append(out, v)
		}
		i = v.end
	}
	return out
}
