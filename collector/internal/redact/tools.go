package redact

import (
	"bytes"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// toolForms are more phrases, of programs and of the settings of routers.
const toolForms = `
s-server |aaa-server |	-server\s.*\skey\s+(?:\d\s+)?%w%z
requirepass |masterauth |auth-pass |auth_pass |	(?:requirepass|masterauth|auth[-_]pass)\s+%w
qlogin |	\s-ps\s+%w
radtest |	radtest\s+(?:-\S+\s+(?:(?:pap|chap|mschap|eap-md5)\s+)?)*\S+\s+%w\s+\S+\s+\d
rclone config|	\spass(?:word)?[\s=]+%w
cxpsclient|agentconf|cdpcli|	\s-P\s+([^\s"':/\\-][^\s"':/\\][^\s"']*)
setx |	setx\s+(?:/m\s+)?\w*(?:pass|pwd|pw|secret)\w*\s+%v
freerdp|rdesktop|	\s/p:%v|\s-p\s+%w
pw of |pw for |	\bpw (?:of|for) \S+ (?:(?:is |was )?(?:changed |reset |set )?(?:from|to)|is|was)\s+%w
:587 |:465 |]:25 |	:(?:587|465|25)\s+[^\s:=]+:%w%z
nsupdate|	\s-y\s+(?:[\w-]+:)?[\w.-]+:%v
avtar |	\s--ap=%v
http -a |	\s-a\s+["']?[^\s:]+:%v
vsql |kadmin |	\s-w\s+%w
 /pass | /pwd | /passwd |	\s/(?:pass|pwd|passwd)\s+([^\s"'/\d-][^\s"']{3,})
 -p12 |	\s-p12\s+\S+\s+%w
creds |	-creds[= ][^\s:]+:%v
tpw |npw |rpw |epw |	\s--?[a-z]\w*pw\s+%w
incominguser |	user\s+\S+\s+%w
-name pw|	-name\s+["']?pw["']?\s+-value\s+%v
-art-api|	-api["']?\s*[:=]\s*%v
&redirect_|	\bcode=([^&\s]{8,})&
ks/catch/|	/catch/\d+/([\w-]{6,})
incorrect: [|login ok: [|	\[[^\s/\]]+/([^\]<\s]+)\]
configure set |config set |	(?:configure|config)\s+set\s+[^\s=]*(?:secret|token|pass|pwd|key|auth)\w*[\s=]+%w
--auth |--auth=|	--auth[\s=]+["']?[^\s:/]+:%v
{plain}|	\{\w+\}([^\s:]+)
:5432:|	:5432:[^\s:]+:[^\s:]+:%w%z
`

type extentSet struct{ constant, name, hex, typed, router, second, pair, phrase *regex.Regexp }

var extentForms = sync.OnceValue(func() *extentSet {
	f := new(extentSet)
	f.constant = regex.MustCompile(`^\s*,\s*(?:"([^"]+)"|'([^']+)')\s*\)`)
	f.name = regex.MustCompile(`^[ (_=-]([^\s/().]{8,})\)?(?:\.[a-z]{2,4}){1,3}(?:$|["'\s:,])`)
	f.hex = regex.MustCompile(`(?i)^hex(?:\([0-9a-f]+\))?:[0-9a-f]{2}(?:,[0-9a-f]{2})*,?`)
	f.typed = regex.MustCompile(`^\s+\d\s+([^\s"'|<>(]+)\s*$`)
	f.router = regex.MustCompile(`(?i)\b(?:username|sent-username|hostname|neighbor|privilege|enable|ppp|vrrp|standby)\s`)
	f.second = regex.MustCompile(`^["']\s*,\s*(?:"([^"]+)"|'([^']+)')\s*[,)]`)
	f.pair = regex.MustCompile(`^["']?[^\s:/@"']+:([^\s:/"']{5,})["']?\s*$`)
	f.phrase = regex.MustCompile(`(?i)(?:recovery|seed|secret|backup|unlock|mnemonic|wallet|pass|login|logon|user|access|auth|admin|vault|crypt\w*|private|sign\w*)[\w.-]*\W?phrase$`)
	return f
})

// exported is the end of the bytes of an export of the registry that begin at
// start: hex(1):6c,00. What is none ends at end.
func (l line) exported(start, end int) int {
	if start < len(l.b) && l.b[start]|0x20 == 'h' {
		if m := extentForms().hex.FindSubmatchIndex(l.b[start:]); m != nil {
			return max(end, start+m[1])
		}
	}
	return end
}

// quotedWords is the end of the value from start to end that goes on to the quote
// that closes it.
func (l line) quotedWords(start, end int) int {
	if c := l.b[max(0, start-1)]; c == '"' || c == '\'' {
		if i := bytes.IndexByte(l.b[end:min(len(l.b), end+maxKey)], c); i > 0 && l.b[end+i-1] != '\\' && l.closes(end+i+1) {
			return end + i
		}
	}
	return end
}

// formAt returns the first group of re in the text at p and the span of it, of a
// secret that is announced at from, or no span.
func (l line) formAt(re *regex.Regexp, k kind, from, p int) (string, span) {
	m := re.FindSubmatchIndex(l.b[p:min(len(l.b), p+2*maxKey)])
	for i := 2; i+1 < len(m); i += 2 {
		if m[i] >= 0 {
			return string(l.b[p+m[i] : p+m[i+1]]), span{from: from, start: p + m[i], end: p + m[i+1], rule: ruleOf(k)}
		}
	}
	return "", span{}
}

// ofRouter finds the value behind the number of its kind that ends a setting of a
// router: password 7 08224F4A.
func (l line) ofRouter(k kind, from, stop int) []span {
	f := extentForms()
	v, s := l.formAt(f.typed, k, from, stop)
	if len(v) < 4 || common(v) || digits(v) || !strings.ContainsAny(v, "0123456789") && !f.router.Match(l.b[max(0, from-maxKey):from]) {
		return nil
	}
	return keep(l.b, s)
}

// secondArgument finds the secret behind the name of a user, both in the call of
// a function whose name begins at from: WithCredentials("bob", "x"). first is the name.
func (l line) secondArgument(k kind, first span) []span {
	if v, s := l.formAt(extentForms().second, k, first.from, first.end); v != "" {
		return []span{first, s}
	}
	return []span{first}
}

// phraseName reports whether a name that ends in "phrase" at end is that of a secret.
func (l line) phraseName(end int) bool {
	return extentForms().phrase.Match(l.b[max(0, end-32):end])
}

// userPair finds the secret of a setting that is a user and a password in one:
// cloud.auth: elastic:x.
func (l line) userPair(from, p int) []span {
	v, s := l.formAt(extentForms().pair, kindPassword, from, p)
	if v == "" || common(v) || authMethod(v) {
		return nil
	}
	return []span{s}
}

// putting finds the second argument of a call whose first one is a constant that
// has the name of a secret: put(Context.SECURITY_CREDENTIALS, "x").
func (l line) putting(k kind, from, stop int) []span {
	name := string(l.b[from:stop])
	if constant := name[strings.LastIndexByte(name, '.')+1:]; from == 0 || l.b[from-1] != '(' || strings.ToUpper(constant) != constant || attribute(name) {
		return nil
	}
	if v, s := l.formAt(extentForms().constant, k, from, stop); v != "" {
		return keep(l.b, s)
	}
	return nil
}

// inName finds a secret in the name of a file of a path, behind the word for it:
// letters and digits, where the letters alone are no word of a text.
func (l line) inName(k kind, from, stop int) []span {
	v, s := l.formAt(extentForms().name, k, from, stop)
	if k == kindKey || !strong(v) || common(strings.Trim(v, "0123456789")) {
		return nil
	}
	return []span{s}
}

// plainSetting reports whether a word is a setting with a name in small letters:
// port=9443.
func plainSetting(word string) bool {
	name, _, ok := strings.Cut(word, "=")
	return ok && plainName(name) && strings.ToLower(name) == name
}
