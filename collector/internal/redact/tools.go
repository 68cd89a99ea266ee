package redact

import (
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// toolForms are more phrases, of programs and of the settings of routers.
const toolForms = `
radius-server |tacacs-server |	-server\s.*\skey\s+(?:\d\s+)?%w%z
requirepass |masterauth |auth-pass |auth_pass |	(?:requirepass|masterauth|auth[-_]pass)\s+%w
qlogin |	\s-ps\s+%w
radtest |	radtest\s+(?:-\S+\s+(?:(?:pap|chap|mschap|eap-md5)\s+)?)*\S+\s+%w\s+\S+\s+\d
rclone config|	\spass(?:word)?[\s=]+%w
cxpsclient|unifiedagentconf|cdpcli|	\s-P\s+([^\s"':/\\-][^\s"':/\\][^\s"']*)
setx |	setx\s+(?:/m\s+)?\w*(?:pass|pwd|pw|secret)\w*\s+%v
freerdp|rdesktop|	\s/p:%v|\s-p\s+%w
pw of |pw for |	\bpw (?:of|for) \S+ (?:(?:is |was )?(?:changed |reset |set )?(?:from|to)|is|was)\s+%w
:587 |:465 |]:25 |	:(?:587|465|25)\s+[^\s:=]+:%w%z
:5432:|	:5432:[^\s:]+:[^\s:]+:%w%z
`

type extentSet struct{ hex, typed, router, second, pair *regex.Regexp }

var extentForms = sync.OnceValue(func() *extentSet {
	f := new(extentSet)
	f.hex = regex.MustCompile(`(?i)^hex(?:\([0-9a-f]+\))?:[0-9a-f]{2}(?:,[0-9a-f]{2})*,?`)
	f.typed = regex.MustCompile(`^\s+\d\s+([^\s"'|<>(]+)\s*$`)
	f.router = regex.MustCompile(`(?i)\b(?:username|sent-username|hostname|neighbor|privilege|enable|ppp|vrrp|standby)\s`)
	f.second = regex.MustCompile(`^["']\s*,\s*(?:"([^"]+)"|'([^']+)')\s*[,)]`)
	f.pair = regex.MustCompile(`^["']?[^\s:/@"']+:([^\s:/"']{5,})["']?\s*$`)
	return f
})

// exported is the end of the bytes of an export of the registry that begin at
// start: hex(1):6c,00. What is none ends at end.
func (l line) exported(start, end int) int {
	if start+3 > len(l.b) || !strings.EqualFold(string(l.b[start:start+3]), "hex") {
		return end
	}
	if m := extentForms().hex.FindSubmatchIndex(l.b[start:]); m != nil {
		return max(end, start+m[1])
	}
	return end
}

// quotedWords extends the value that begins at start, behind a quote, to the quote
// that closes it.
func (l line) quotedWords(start, end int) int {
	if start == 0 || strings.IndexByte("\"'", l.b[start-1]) < 0 || end >= len(l.b) || l.b[end] == l.b[start-1] || start > 1 && l.b[start-2] == '\\' {
		return end
	}
	if s, ok := l.quotedValue(start - 1); ok && s.end < len(l.b) && s.end > end && s.end-start < 2*maxKey && l.closes(s.end+1) {
		return s.end
	}
	return end
}

// ofRouter finds the value behind the number of its kind that ends a setting of a
// router: password 7 08224F4A.
func (l line) ofRouter(k kind, from, stop int) []span {
	f := extentForms()
	m := f.typed.FindSubmatchIndex(l.b[stop:min(len(l.b), stop+2*maxKey)])
	if m == nil {
		return nil
	}
	v := string(l.b[stop+m[2] : stop+m[3]])
	if common(v) || len(v) < 4 || digits(v) || !strings.ContainsAny(v, "0123456789") && !f.router.Match(l.b[max(0, from-maxKey):from]) {
		return nil
	}
	return l.loose(k, from, stop, m)
}

// secondArgument finds the secret behind the name of a user, both in the call of
// a function whose name begins at from: WithCredentials("bob", "x"). v is the first.
func (l line) secondArgument(v span) []span {
	rest := l.b[v.end:min(len(l.b), v.end+2*maxKey)]
	m := extentForms().second.FindSubmatchIndex(rest)
	if m == nil {
		return []span{v}
	}
	i := 2
	if m[i] < 0 {
		i = 4
	}
	return []span{v, {from: v.from, start: v.end + m[i], end: v.end + m[i+1], rule: v.rule}}
}

// phraseName reports whether a name that ends in "phrase" is that of a secret.
func (l line) phraseName(from, end int) bool {
	name := strings.ToLower(string(l.b[from:end]))
	if name != "phrase" {
		for _, w := range []string{"search", "key", "text", "catch", "match", "query"} {
			if strings.Contains(name, w) {
				return false
			}
		}
		return true
	}
	head := strings.Fields(strings.ToLower(string(l.b[max(0, from-16):from])))
	if len(head) == 0 {
		return false
	}
	switch head[len(head)-1] {
	case "recovery", "seed", "secret", "backup", "unlock", "mnemonic", "wallet":
		return true
	}
	return false
}

// userPair finds the secret of a setting that is a user and a password in one:
// cloud.auth: elastic:x.
func (l line) userPair(from, p int) []span {
	m := extentForms().pair.FindSubmatchIndex(l.b[p:min(len(l.b), p+2*maxKey)])
	if m == nil {
		return nil
	}
	if v := string(l.b[p+m[2] : p+m[3]]); common(v) || digits(v) || authMethod(v) {
		return nil
	}
	return []span{{from: from, start: p + m[2], end: p + m[3], rule: RulePassword}}
}
