package redact

import (
	"bytes"
	"slices"
	"strings"
)

// elsewhere reports whether a value is that of another thing than a secret: the
// path of a key file, a key of the registry, the version of a package.
func elsewhere(k kind, name, value string) bool {
	switch {
	case unlike(k, name, value):
		return true
	case k == kindCookie && strings.Contains(value, `\`) && !strings.Contains(value, "="):
		return true // the folder
	case strings.HasPrefix(value, "HKEY_"), keyFile(value):
		return true
	case strings.IndexByte("^~", value[0]) >= 0 && strings.Count(value, ".") > 1 && plain(value[1:]):
		return true
	case strings.EqualFold(name, "passwd"): // of nsswitch.conf
		return slices.Contains([]string{"db", "ldap", "nis", "winbind"}, firstWord(value))
	case strings.HasSuffix(strings.ToLower(name), "encryption"):
		return slices.ContainsFunc([]string{"md5", "sha", "scram-", "aes", "des"}, func(m string) bool { return strings.HasPrefix(strings.ToLower(value), m) })
	}
	return false
}

// keyFile reports whether a value is the path of a file of a key or of settings.
func keyFile(value string) bool {
	if !strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "./") && !strings.HasPrefix(value, "~/") && !(len(value) > 3 && value[1] == ':' && value[2] == '\\') {
		return false
	}
	if strings.IndexFunc(value, func(c rune) bool { return c < 0x80 && !isKey(byte(c)) && !strings.ContainsRune(`/\:~ `, c) }) >= 0 {
		return false
	}
	return slices.ContainsFunc([]string{".json", ".pem", ".key", ".crt", ".cer", ".p12", ".pfx", ".jks", ".conf", ".yaml", ".yml", ".ini", ".txt", ".xml"}, func(end string) bool {
		return strings.HasSuffix(strings.ToLower(value), end)
	})
}

// sourceFile reports whether a name is that of a file of a program's text, as
// messages of compilers, tests and stack traces have them: token.go:12.
func sourceFile(name string) bool {
	i := strings.LastIndexByte(name, '.')
	return i > 0 && slices.Contains([]string{"c", "h", "cc", "cpp", "hpp", "cs", "go", "py", "js", "ts", "java", "rs", "rb", "pl", "pm", "php", "sh", "exp", "patch", "o", "so", "dll", "exe", "service", "socket", "timer", "path", "target", "gpg", "asc", "s"}, strings.ToLower(name[i+1:]))
}

// logFile reports whether a name is that of a file of texts: token-x.log.
func logFile(name string) bool {
	i := strings.LastIndexByte(name, '.')
	return i > 0 && strings.Contains("|log|errlog|json|txt|gz|zip|xml|conf|csv|dat|etl|pem|", "|"+strings.ToLower(name[i+1:])+"|")
}

// symbolVersion matches what stands behind the @ of a symbol: GLIBC_2.14.
func symbolVersion(host string) bool {
	words, version, ok := strings.Cut(host, "_")
	return ok && words != "" && version != "" && strings.Trim(words, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" && isDigit(version[0])
}

// inPath reports whether a name is the last of a path: /etc/pam.d/passwd.
func (l line) inPath(from int) bool {
	if from < 2 || l.b[from-1] != '/' {
		return false
	}
	head := l.b[runBack(l.b, from, maxKey, func(c byte) bool { return isKey(c) || c == '/' }):from]
	return bytes.Count(head, []byte("/")) > 1 && !bytes.Contains(head, []byte("//"))
}

// portOrOption matches 464/tcp of a list of services, the version of a package,
// and --option.
func portOrOption(word string) bool {
	n := run([]byte(word), 0, isDigit)
	return plain(word) && !digits(word) || n > 0 && slices.Contains([]string{"/tcp", "/udp", "/sctp"}, word[n:]) || strings.HasPrefix(word, "--") && len(word) > 3 && isLetter(word[2])
}

// synopsis reports whether what stands behind <password> goes on as in the help
// of a program: -p <password> -u <user>.
func (l line) synopsis(v span) bool {
	text := bytes.TrimSpace(l.b[v.start:v.end])
	return v.end+1 < len(l.b) && l.b[v.end] == '<' && isLetter(l.b[v.end+1]) && len(text) > 0 && strings.IndexByte("-[]|,@", text[0]) >= 0
}

// hyphened reports whether a value consists of words and versions: BSD-2-Clause-style.
func hyphened(value string) bool {
	return strings.Contains(value, "-") && !slices.ContainsFunc(strings.Split(value, "-"), func(part string) bool {
		return !plain(strings.Trim(part, "v+")) && !plainName(part)
	})
}

// described reports whether an object is about the type of a value, as schemas
// have it, and not about the value: {"type":"string"}.
func described(b []byte) bool {
	text := bytes.TrimLeft(b, "{ \t")
	return bytes.HasPrefix(text, []byte(`"$ref"`)) || bytes.HasPrefix(text, []byte(`"type"`)) && !bytes.Contains(text, []byte(`"value`)) && !bytes.Contains(text, []byte(`"default`))
}

// stamped reports whether a line begins with a date or a time, as those of logs do.
func stamped(b []byte) bool {
	b = bytes.TrimLeft(b[:min(len(b), 40)], "[(<\"' \t\ufeff")
	part := func(most int, signs ...string) bool { // numbers, each with a sign behind it
		for _, sign := range signs {
			i := run(b, 0, isDigit)
			if i == 0 || i > most || i == len(b) || strings.IndexByte(sign, b[i]) < 0 {
				return false
			}
			b = b[i+1:]
		}
		return true
	}
	if len(b) > 6 && strings.Contains("JanFebMarAprMayJunJulAugSepOctNovDec", string(b[:3])) && b[3] == ' ' {
		b = bytes.TrimLeft(b[4:], " ")
		return part(2, " ", ":")
	}
	switch i := run(b, 0, isDigit); {
	case i == 4:
		return part(4, "-/.") && (part(2, "-/.", " T_:,|;]\"") || len(b) > 3 && isLetter(b[0]) && b[3] == '-')
	case i < 3 && i > 0 && i < len(b) && b[i] == ':':
		return part(2, ":", ":", " .,Z]|")
	}
	return part(2, "/.-", "/.-") && part(4, " T_,")
}

// accounts reports whether a header has a column that says whose the others are:
// "pass" in others is the outcome of a test.
func accounts(header string) bool {
	return slices.ContainsFunc([]string{"user", "login", "name", "host", "mail", "account", "id", "domain", "server", "url"}, func(w string) bool {
		return strings.Contains(strings.ToLower(header), w)
	})
}
