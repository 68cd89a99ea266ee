package redact

import (
	"slices"
	"strings"
)

// harmless reports whether the value of a setting that is named like a secret
// is none: absent, masked already, a state, or the begin of a sentence.
func harmless(k kind, name, value string, sep byte) bool {
	lower := strings.ToLower(strings.Trim(value, ".,!"))
	if n := strings.TrimRight(value, ",:;"); n != "" { // the end of a member, or what a number is behind
		value = n
	}
	switch {
	case marked([]byte(value), 0) == len(value):
		return true
	case strings.Trim(value, `|>-\`) == "", strings.HasPrefix(value, "<<"), strings.IndexByte("|>", value[0]) >= 0 && strings.Trim(value[1:], "+-0123456789") == "": // the value is in the next line
		return true
	case strings.Trim(value, "*") == "" || len(value) >= 3 && strings.Trim(lower, "x") == "":
		return true
	case slices.Contains(states(), lower):
		return true
	case sep == ':' && (function(name) || slices.Contains(prose(), firstWord(lower))):
		return true
	case k == kindToken && sep == ':' && plain(firstWord(value)) && strings.Contains(value, " "): // 12 used
		return true
	case strings.HasSuffix(strings.ToLower(name), "type"): // token_type=Bearer
		return true
	case attribute(name) && (strings.HasPrefix(lower, "dword:") || strings.HasPrefix(value, "PT") || sep == ':' && digits(firstWord(value)) || plain(strings.ReplaceAll(value, "/", "-"))):
		return true
	case strings.EqualFold(name, "credentials") && slices.Contains([]string{"include", "omit", "same-origin"}, lower): // of a browser
		return true
	case isWorkingFolder(name, value), otherWord(name), place(name, value), reference(value), elsewhere(k, name, value):
		return true
	case k == kindKey && plainName(value) && !strings.HasSuffix(strings.ToLower(name), "key") && !strings.Contains(strings.ToLower(name), "psk"):
		return true // ProductKeyChannel: Volume
	case k == kindPassword && !strings.EqualFold(name, "pass"):
		return attribute(name) && plain(value) || len(lower) <= 1
	}
	if n, of, ok := strings.Cut(value, " of "); ok && digits(n) && digits(of) { // pass=3 of 5
		return true
	}
	return len(value) <= 5 && digits(value) || hexCode(value) || attribute(name) && plain(value)
}

// states are values that say whether there is a secret, not which.
func states() []string {
	return []string{"null", "(null)", "none", "nil", "true", "false", "yes", "no", "empty", "(empty)", "not", "enabled", "disabled", "on", "off", "undefined", "set", "unset", "present", "absent", "chauthtok", "not set", "(not set)", "(none)", "<none>", "n/a", "(hidden)", "<hidden>", "<redacted>", "stored", "[]", "{}"}
}

// prose are words that begin a message about a secret: "passphrase : Could not
// retrieve". No one else's evidence may be lost for them.
func prose() []string {
	return []string{
		"could", "cannot", "can't", "couldn't", "not", "is", "was", "has", "have", "must", "should", "will", "failed", "failure", "invalid", "expired",
		"missing", "required", "unable", "error", "incorrect", "wrong", "mismatch", "changed", "no", "unexpected", "rejected", "denied", "successfully", "denied", "successfully", "success", "unknown",
		"timeout", "running", "done", "ok", "unchanged", "started", "stopped", "loaded", "configured", "allowed", "optional", "reset", "skipped", "ignored", "updated", "created", "verified", "redacted",
		"all", "both", "password", "authentication", "expiration", "expiry", "files", "compat", "systemd", "sss", "user", "permission", "present", "absent", "stored", "hidden",
		"amd64", "arm64", "i386", // libsecret-1-0:amd64
	}
}

// reference reports whether a value names what holds the secret, or is the form
// of a message: $PASSWORD, ${DB_PASSWORD}, %PASSWORD%, {{ x }}, %s, [hidden].
func reference(v string) bool {
	n := len(v)
	if n < 2 {
		return false
	}
	if strings.HasPrefix(v, "os.environ") || strings.HasPrefix(v, "process.env.") {
		return true
	}
	if t, _, ok := strings.Cut(v, "("); ok && (t == "int" || t == "bool" || t == "float") { // of PHP
		return true
	}
	in := strings.ToLower(strings.TrimRight(v[1:], ">])}"))
	variable := func(s string) bool { return len(s) > 2 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" }
	switch v[0] {
	case '%':
		return n < 4 && isLetter(v[n-1]) || v[n-1] == '%' && variable(v[1:n-1])
	case '$':
		return v[1] == '(' || variable(strings.Trim(v[1:], "{}"))
	case '{':
		return v[1] == '{' || digits(in)
	case '<', '[', '(':
		return slices.Contains(states(), in) || slices.Contains(prose(), in) || v[0] == '<' && slices.Contains([]string{"password", "passphrase", "token", "secret", "value"}, in)
	}
	return slices.Contains([]string{"input", "getpass", "getpass.getpass"}, strings.TrimRight(v, "()")) && strings.Contains(v, "(")
}

// otherWord reports whether a name only begins like that of a secret.
func otherWord(name string) bool {
	lower := strings.ToLower(name)
	for _, w := range []string{"secretar", "secretservice", "-stdin", "tokeniz", "passwordless", "nopasswd", "bypass", "publickeytoken", "enclave"} {
		if i := strings.Index(lower, w); i >= 0 && !strings.Contains(lower[i+len(w):], "pass") {
			return true
		}
	}
	return false
}

// place reports whether a value says where a secret is, or how it is called.
func place(name, value string) bool {
	lower := strings.ToLower(name)
	for _, w := range []string{"file", "filepath", "path", "folder", "dir", "url", "uri", "endpoint", "location", "store"} {
		if strings.HasSuffix(lower, w) {
			return strings.ContainsAny(value, `/\`) && !strings.ContainsAny(value, "@?=;") || plainName(value)
		}
	}
	for _, w := range []string{"name", "provider", "format", "algorithm", "method", "mode", "scheme", "encoding", "source", "ref", "pullsecrets", "credentialsid"} {
		if strings.HasSuffix(lower, w) {
			return plainName(value)
		}
	}
	return false
}

// plainName reports whether a value is made of words of letters.
func plainName(value string) bool {
	return value != "" && strings.IndexFunc(value, func(c rune) bool { return !(c < 0x80 && isLetter(byte(c))) && c != '-' && c != '_' && c != '.' }) < 0
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return strings.Trim(w, ",.;")
}

// function reports whether a name is that of a function in a log line.
func function(name string) bool {
	if strings.HasSuffix(name, ".cs") { // of a stack trace: x.cs:line 12
		return true
	}
	for _, p := range []string{"get_", "set_", "read_", "load_", "fetch_", "check_", "verify_", "validate_"} {
		if strings.HasPrefix(strings.ToLower(name), p) {
			return true
		}
	}
	return false
}

// reads reports whether a function's name says that it asks for a secret, so
// that its argument is none.
func reads(name string) bool {
	for _, p := range []string{"get", "read", "load", "fetch", "check", "verify", "validate", "is", "has", "ask", "prompt", "decrypt", "generate"} {
		if strings.HasPrefix(strings.ToLower(name), p) {
			return true
		}
	}
	return false
}

// isWorkingFolder tells the shell's PWD from a password.
func isWorkingFolder(name, value string) bool {
	if n := strings.ToUpper(name); n != "PWD" && n != "OLDPWD" {
		return false
	}
	return strings.HasPrefix(value, "/") && !random(value[1:]) || len(value) > 2 && value[1] == ':' && value[2] == '\\'
}

// attribute reports whether a name speaks of a property of the secret.
func attribute(name string) bool {
	lower := strings.ToLower(name)
	for _, w := range []string{"agent", "admin", "account", "manage", "message", "storage", "package", "image", "language", "terminal", "elastic", "plastic", "discount", "minio", "domain"} {
		lower = strings.ReplaceAll(lower, w, "")
	}
	for _, w := range []string{"age", "length", "expir", "last", "count", "policy", "richtlinie", "min", "max", "required", "changed", "timeout", "retries", "attempts", "size", "ttl", "version", "interval", "seconds", "days", "lifetime", "complexity", "history", "window"} {
		if strings.Contains(lower, w) {
			return true
		}
	}
	return false
}

// plain reports whether a value is a number, a time or a version.
func plain(value string) bool {
	return value != "" && strings.Trim(value, "0123456789.:-+TZ ") == ""
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// hexCode matches result codes: 0x80072ee2.
func hexCode(s string) bool {
	h, ok := strings.CutPrefix(strings.ToLower(s), "0x")
	return ok && len(h) <= 8 && h != "" && strings.Trim(h, "0123456789abcdef") == ""
}
