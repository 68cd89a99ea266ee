package redact

import (
	"bytes"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

type codeSet struct{ digits, token, ntlm *regex.Regexp }

// codeForms are short names of secrets that are words of other things, too: each
// with what its value has to look like.
var codeForms = sync.OnceValue(func() *codeSet {
	f := new(codeSet)
	const begin = `(?i)(?:^|[^a-z0-9]|[a-z0-9][_.-])`
	f.digits = regex.MustCompile(begin + `(?:(?:[th]?otp|mfa|2fa|pin|pincode|puk)(?:[ _-]?(?:code|number|token))?["']?(?:\s*[:=]+\s*|\s+(?:is\s+)?)["']?(\d{4,10})|tan["']?\s*[:=]+\s*["']?(\d{6})|(?:verification|security|activation|confirmation|unlock|authentication|recovery|backup)[ _-]?code["']?(?:\s*[:=]+\s*|\s+(?:is\s+)?)["']?(\d{6,8}(?:-\d{3,8})?))(?:[^\w.:-]|[.:](?:\s|$)|$)`)
	f.token = regex.MustCompile(begin + `(?:otp|pat|\w*creds?|\w[\w.]*[._-]pin|security_?pin|(?:unlock|recovery|backup|access|activation|device|auth|authorization)_?code)["']?\s*[:=]+\s*(?:"([^"]+)|'([^']+)|([^\s"',;]+))`)
	f.ntlm = regex.MustCompile(`(?i)\b(?:ntlm|nt|lm)[ _-]?(?:hash)?(?:\s+(?:of|for)\s+\S+?)?["']?\s*[:=]\s*["']?([0-9a-f]{32}(?::[0-9a-f]{32})?)\b`)
	return f
})

// code finds one-time passwords, PINs, personal access tokens and credentials
// behind the short names that they have, and the hashes of NTLM.
func (l line) code(word string, begin int) []span {
	from := max(0, begin-16)
	text := l.b[from:min(len(l.b), begin+maxKey)]
	f := codeForms()
	list := []*regex.Regexp{f.digits}
	switch word[:3] {
	case "ntl", "nth", "nt ", "lmh", "lm ":
		list[0] = f.ntlm
	case "otp", "pat", "pin", "cre", "_co", "kco":
		list = append(list, f.token)
	}
	near := text[:min(len(text), begin-from+48)]
	if !bytes.ContainsAny(near[begin-from:], "0123456789") {
		list = list[1:]
	}
	if i := bytes.IndexAny(near[begin-from+2:], ":="); len(list) > 0 && list[len(list)-1] == f.token && (i < 0 || i > 10) {
		list = list[:len(list)-1]
	}
	if len(list) == 0 {
		return nil
	}
	var out []span
	for _, re := range list {
		for _, m := range re.FindAllSubmatchIndex(text) {
			for i := 2; i+1 < len(m); i += 2 {
				if m[i] < 0 || re == f.token && !tokenLike(string(text[m[i]:m[i+1]]), strings.ToLower(string(text[m[0]:m[i]]))) {
					continue
				}
				if bytes.HasPrefix(text[m[i+1]:], []byte(" of ")) { // pin 4711 of a plug
					continue
				}
				s := span{from: from + m[0], start: from + m[i], end: from + m[i+1], rule: RuleToken}
				if marked(l.b, s.start) == s.start {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

// tokenLike reports whether the value of pat=, otp= or creds= is a secret: letters
// and digits, a pair, or behind "=" any word that is none of a text.
func tokenLike(v, name string) bool {
	v = strings.TrimRight(v, ".!)]}")
	switch {
	case len(v) < 4 || common(v) || harmless(kindToken, "", v, ':'):
		return false
	case strings.Contains(name, "cred"):
		return !digits(v)
	}
	return strong(v) || random(v) || len(v) > 7 && strings.HasSuffix(strings.TrimRight(name, "\"' "), "=") && !plain(v) && !strings.ContainsAny(v, "*%/")
}
