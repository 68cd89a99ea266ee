package redact

import (
	"bytes"
	"slices"
	"strings"
)

// unlike reports whether a value has the form of something that no secret is: a
// mask of another program, an expression of a program's text, an object as a
// program prints it, the version of a package.
func unlike(k kind, name, value string) bool {
	value = strings.TrimRight(value, ",;")
	switch {
	case value == "":
		return false
	case len(value) > 1 && value[0] == '(' && authMethod(strings.Trim(value, "()")): // AUTH failure (CRAM-MD5)
		return true
	case masked(value), expression(value), printed(value), packageVersion(value):
		return true
	case k != kindPassword && len(value) == 1: // accesskey="u"
		return true
	case k == kindToken:
		return strings.EqualFold(value, "token") || plain(value) && strings.Count(value, ".") == 1 && strings.Trim(value, "0123456789.") == "" // how many are left
	}
	return function(name) && plainName(value) && len(value) < 12
}

// masked matches what programs write in the place of a secret: [FILTERED],
// __REDACTED__, <accessKeyId>.
func masked(v string) bool {
	if n := len(v); n > 2 && v[0] == '<' && v[n-1] == '>' && plainName(v[1:n-1]) {
		return true
	}
	in := strings.ToLower(strings.Trim(v, "[](){}<>_*-#\"'"))
	return len(in) < len(v) && slices.Contains([]string{"filtered", "redacted", "masked", "removed", "omitted", "hidden", "sanitized", "scrubbed", "private", "protected", "obfuscated", ""}, in)
}

// expression matches references and calls of programs: ${{ secrets.X }}, $password,
// $args[0], os.environ["X"], self.password, readPassword(os.Stdin.
func expression(v string) bool {
	if strings.HasPrefix(v, "${{") {
		return true
	}
	rest, variable := strings.CutPrefix(v, "$")
	head, tail := rest, ""
	if i := strings.IndexFunc(rest, func(c rune) bool { return c >= 0x80 || !isIdent(byte(c)) }); i >= 0 {
		head, tail = rest[:i], rest[i:]
	}
	lower := strings.ToLower(head)
	switch {
	case head == "" || strings.ContainsAny(head, "0123456789"):
		return false
	case variable:
		return codeTail(tail) && (slices.Contains([]string{"args", "env", "this", "_", "config", "params", "input", "user", "username", "self"}, lower) ||
			slices.ContainsFunc([]string{"pass", "pwd", "cred", "secret", "token", "key"}, func(w string) bool { return strings.Contains(lower, w) }))
	case tail == "":
		return false
	case slices.Contains([]string{"self", "this", "os", "process", "config", "settings", "args", "options", "opts", "params", "request", "req", "ctx", "cfg", "conf", "env"}, head) && (tail[0] == '.' || tail[0] == '['):
		return codeTail(tail)
	}
	i := strings.IndexByte(v, '(') // a call
	if i <= 0 {
		return false
	}
	verb := v[strings.LastIndexByte(v[:i], '.')+1 : i]
	return codeTail(v[:i]) && (strings.ContainsAny(v[:i], "._") || strings.ToLower(verb) != verb || reads(verb)) && strings.Trim(v[i:], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.,&*() ") == ""
}

// codeTail matches what follows a name in an expression: parts of it, and an index
// that is a number or a name.
func codeTail(s string) bool {
	quotes := 0
	for _, c := range s {
		switch {
		case c < 0x80 && (isLetter(byte(c)) || strings.IndexByte("_.[]()->", byte(c)) >= 0):
		case c == '"' || c == '\'':
			quotes++
		case c >= '0' && c <= '9' && strings.HasPrefix(s, "["):
		default:
			return false
		}
	}
	return quotes%2 == 0 && quotes <= 2
}

// printed matches an object as programs of Java print it: Token{78af589, a.b.C@2bd79ce.
func printed(v string) bool {
	i := strings.IndexAny(v, "{@")
	if i < 3 || !plainName(v[:i]) || v[i] == '@' && strings.Count(v[:i], ".") < 2 {
		return false
	}
	hash := strings.TrimRight(v[i+1:], "})")
	return len(hash) > 4 && len(hash) < 9 && isHex(hash)
}

// packageVersion matches versions of packages: 2.4.47+dfsg-2~, 5.4.53+dfsg-0+deb12u1.
func packageVersion(v string) bool {
	parts := strings.FieldsFunc(v, func(c rune) bool { return strings.ContainsRune("+~-.:", c) })
	if len(parts) < 3 || !digits(parts[0]) || !digits(parts[1]) {
		return false
	}
	for _, p := range parts[2:] {
		word := strings.TrimRight(p, "0123456789")
		if i := strings.IndexAny(word, "0123456789"); i > 0 {
			word = word[:i]
		}
		if word != "" && !slices.Contains([]string{"dfsg", "ds", "deb", "ubuntu", "b", "u", "rc", "beta", "alpha", "git", "bpo", "nmu", "el", "fc", "build", "really", "repack", "r", "p"}, word) {
			return false
		}
	}
	return true
}

// linking are words that a text goes on with behind the name of an option.
func linking() []string {
	return []string{"a", "an", "and", "are", "as", "by", "can", "flag", "for", "from", "given", "has", "if", "in", "instead", "is", "now", "on", "only", "option", "option.", "option,", "options", "or", "parameter", "switch", "the", "to", "unless", "was", "when", "will", "with", "without", "works"}
}

// isHelp reports whether what stands at p, behind a name and sep, is of a text about
// an option, a function or a failure, and no value: --password=PASSWORD, --no-password
// x, "--token is", "--token   The token to use".
func (l line) isHelp(from, stop, p int, sep byte) bool {
	if far := p + maxKey; far < len(l.b) {
		l.b, l.more = l.b[:far], true
	}
	b := l.b
	value := string(b[p:l.token(p)])
	name := strings.ToLower(string(b[from:stop]))
	switch option := b[from] == '-'; {
	case sep == '>' && b[p] == '"':
		return p+1 < len(b) && strings.IndexByte(",}]", b[p+1]) >= 0 // "<key>","token":
	case option && strings.HasPrefix(name, "--no-") && sep == ' ':
		return true
	case option && sep == '=' && p-stop > 1 && slices.Contains(linking(), value):
		return true
	case option && sep == '=' && placeholder(strings.TrimRight(value, "]),.")):
		return true
	case option && sep == ' ':
		words := strings.Fields(string(b[p:]))
		return slices.Contains(linking(), value) || p-stop > 1 && len(words) > 2 && plainName(words[0]) && words[0] != strings.ToUpper(words[0]) && value[0] < 'a' && plainName(words[1]) && strings.ToLower(words[1]) == words[1] && plainName(words[2])
	}
	return false
}

// failing reports whether a text says of what it names that it was not taken, and whose
// it was, or that it is a function: "Invalid password for user: bob", (get_secret): New.
func failing(head, name, rest []byte) bool {
	if bytes.HasSuffix(head, []byte("(")) && bytes.HasPrefix(rest, []byte("): ")) && bytes.IndexByte(name, '_') > 0 {
		return true
	}
	lower := strings.ToLower(string(rest[:min(len(rest), 16)]))
	for _, w := range []string{" for user:", " for login:", " for account:", " for username:"} {
		if strings.HasPrefix(lower, w) {
			head := strings.TrimSuffix(strings.ToLower(string(head)), " or ")
			return slices.ContainsFunc([]string{"invalid ", "wrong ", "incorrect ", "bad ", "failed ", "username or "}, func(w string) bool { return strings.HasSuffix(head, w) })
		}
	}
	return false
}

// nextField reports whether what stands behind a name in quotes is the next field of
// a line: error="wrong password" user=bob, Event="InvalidPassword",Time="x".
func nextField(v string) bool {
	n := 0
	for n < len(v) && isKey(v[n]) {
		n++
	}
	return v != "" && (v[0] == ',' || v[0] == ' ') || n > 0 && n+1 < len(v) && v[n] == '=' && v[n+1] != '='
}
