package redact

import (
	"bytes"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// phraseRoom is how much of a line behind the words of a phrase is looked at.
const phraseRoom = 8 * maxKey

// phrase is where a secret stands that has no name: in a command of a protocol, the
// call of a procedure, or a command line.
type phrase struct {
	form  func() *regex.Regexp
	exact bool // the words are in capitals: in other letters they are those of a text
	wary  bool // the same words may begin a message
	here  bool // the form begins with the words
	keys  bool // the value has to look like a key
}

// phraseForms are the words that make a line worth a look, and behind "|\t" what the
// line then has, from the words on where it begins with ^. %v is a value, in quotes or
// without, %w one that is no word of a text, %r a key, %z the end of a command. Words without capitals are found in any letters.
const phraseForms = `
 LOGIN |	(?:^|[\s>:"'])(?:[A-Za-z]{0,5}\d{1,6}|\.) LOGIN (?:"[^"]*"|\S+) %w%z
AUTH |	(?:^|[>:"\[]\s*|\d 5000 |HELLO [23] )AUTH (?:[\w.@-]+ )?%w(?: OK)?%z
"auth" "|	"auth" (?:"[^"]*" )?%v
setuser |lt on >|	(?:setuser|user) \S+ [^>]*\s>%v
authenticate plain|authenticate login|authenticate x|authenticate c|auth=plain|auth=login|"plain" |ism="|	(?:authenticate |auth=|mechanism=|")["']?(?:plain|login|xoauth2|oauthbearer|cram-md5|digest-md5|scram-\S+|ntlm|gssapi)["']?(?:[^<>]*>|["'\s]+)([a-z0-9+/]{8,}=*)
ugfzc3dvcmq6|	q6\W+(?:[CS]:\s*)?([a-z0-9+/]{4,}=*)%z
nickserv|	nickserv\s(?:\S+\s)?:?(?:identify|register|ghost|release)\s(?:\S+ )??%w%z
stats au|addauth|	(?:stats |add)auth (?:digest )?[^\s:]+:%v
sp_a|sp_setapp|	srvlogin\s*\(?(?:[^,]*,){4}\s*N?%v|sp_(?:addlogin|\w+role\w*|addremotelogin)\s*\(?\s*N?["']?[^\s,'"]+["']?\s*,\s*N?%v
sp_p|	sp_password\s*\(?\s*(?:NULL|N?%v)\s*,\s*N?%v
openrow|	;\s*N?'[^']*'\s*;\s*N?%v
bypassp|	bypassphrase\s*\(\s*N?["']([^"']+)
pgp_s|aes_e|aes_d|des_e|des_d|	(?:pgp_sym_|[ad]es_)[a-z_]+\(.*?,\s*["']([^"']+)["']\s*[,)]
crypt('|hashpw(|eckpw(|	\b(?:crypt|hashpw|checkpw)\(\s*b?["']([^"']+)
auth(|	(?:[a-z]auth\(\s*["'][^"',]*["']\s*,|\.auth\(\s*(?:["'][^"',]*["']\s*,)?)\s*["']([^"']+)["']\s*\)
auth=(|.login(|password(|	(?:auth=|login|userpassword)\(\s*(?:["'][^"']*["']|[\w.]+)\s*,\s*b?["']([^"'\s]+)
mysqli|mysql_c|getconnec|passwordcr|	(?:mysqli\w*|mysql_\w*connect|getconnection|credentials?)\(\s*(?:["'][^"']*["']|[\w.]+)\s*,\s*(?:["'][^"']*["']\s*,\s*)?["']([^"']+)
>connect(|onstruct(|new pdo(|	(?:dbi|mysqli?|pdo)(?:->\w+)?\(\s*["'][^"']*["']\s*,\s*["'][^"']*["']\s*,\s*["']([^"']+)
identified by|	\bby\s+(?:"[^"]*"|'[^']*'|\S+)\s+replace\s+%v|\b(?:connect|grant\s.*\sto)\s+\S+\s+identified\s+by\s+%v
connect to |	connect\s+to\s+\S+\s+user\s+\S+\s+using\s+%w
.logon |	\.logon\s+[^\s,]+,%v
hdbuser|	\sset\s+\S+\s+\S+\s+\S+\s+%v
sapcontr|	-user\s+\S+\s+%v
brbac|brarc|brrest|brconn|brspa|	\s-u\s+\w+/%v
sqlldr|dgmgrl|userid=|	(?:sqlldr|dgmgrl|userid=)(?:\s+-\S+)*\s*["']?\w+/([^\s@"'/]+)
rasdial |	rasdial(?:\.exe)?\s+(?:"[^"]+"|[^\s/]\S*)\s+[^\s/]\S*\s+%w
wpa_p|	passphrase\s+(?:"[^"]+"|'[^']+'|\S+)\s+%w
iwconf|	\skey\s+(?:s:%v|([0-9a-f-]{10,}))
nmcli |	\s(?:password|\S+\.psk|\S*wep-key\d?)\s+%v
<<<|	(?:pass|pw|login|auth|secret|token|kinit|crypt|sudo|\bsu)[^<]*<<<\s*%v
cryptset|th-token|smbpass|vncpass|passphrase-f|--stdin|	\b(?:echo|printf)\s+(?:-[ne]+\s+)?(?:["']%s\S*["']\s+)?%w\s*\|
vault login|	vault login\s+(?:-\S+\s+)*%w\s*$
vault kv p|from-lit|secrets set|	(?:kv p|literal|set)[^|]*[\s='"][\w.-]+=%v
user-sec|	secrets set\s+(?:"[^"]+"|\S+)\s+%v
put-para|	--value[= ]%v
secret set|	\s(?:-b|--body|--value)[= ]%v
add-gen|add-inter|	\s-w\s+%v
encrypt_str|	string\s+(?:--\S+\s+\S+\s+)*%w
on-key |st-key |	-key\s+(?:\d+\s+)?(?:(?:md5|sha\S*|hmac\S*|cmac\S*|value|ascii-text|text)\s+)*(?:\d\s+)?%w(?:\s+\d)?%z
tacacs+|connection k|option k|logon p|	(?:tacacs\+|connection|option|logon) (?:key|password)\s+%w%z
secret [|	secret \[([^\]\s]+)\]
/setcred|	/setcredentials\s+\S+\s+\S+\s+\S+\s+\S+\s+%v
 /p |	\s/u\s+(?:"[^"]*"|\S+)\s+/p\s+%v
 /pd:| /po:|	\s/p[do]:%v
sqlpac|	\s/[st]p:%v
pvk2pfx|	\s[-/]p[io]\s+%v
nssm|	set\s+\S+\s+objectname\s+\S+\s+%v
ldifde|csvde|	\s-b\s+\S+\s+\S+\s+%v
dsmad|dsmc |	\s-pa\w*=%v
obscure |	rclone obscure\s+%w
mc alias|	://\S+\s+%v\s+%v
rabbitmqc|	(?:add_user|change_password|authenticate_user)\s+\S+\s+%w
mosquitto_p|	\s-b\s+\S+\s+\S+\s+%v
slappas|	\s-s\s+%v
wbinfo|smbg|smbt|smbca|winexe|net ads|net rpc|samba-t|	\s(?:-u|-a|--user=|--authenticate=)\s*["']?[^\s%'"]+%%v|\suser\s+(?:create|add)\s+[^\s-]\S*\s+%w
openssl p|mkpass|	(?:openssl |mk)passwd(?:\s+-(?:\d|apr1|crypt|s\b|m\s*\S+|salt\s+\S+|-method=\S+))*\s+%w
ipmitool|	set\s+password\s+\d+\s+%v
racadm|	password\s+(?:-i\s+\d+\s+)?%w%z
mysqlad|	\spassword\s+%v
--securit|	--security-(?:unlock|set-pass|disable|erase\S*)\s+%v\s+/dev
crypt a|	crypt\s+\S+\s+([0-9a-f]{32,})
-upw |-opw |_pw |	(?:-[uo]|_)pw\s+%w
veracr|truecr|stegh|ncftp|	(?:vera|true|steg|ncft).*\s-p\s+%w
 pw |	(?:user|login|username|account|-u)[\s:=]+\S+[\s,;]+pw[\s:=]+%w|^\s*pw\s+%w%z
default(|	(?:passw|secret|token|pwd|pass)\w*\s*\|\s*default\(["']([^"']+)
terbind|	binding\((?:convertto-securestring|[^)]*credential[^)]*)\): name="string"; value="([^"]+)
bindpw |rootpw |	(?:bind|root)pw\s+%w
chlüssel|chluessel|chiave|chave|anahtar|klucz|sleutel|nyckel|avain|kulcs|llave|kunci|nøgle|clé |clé=|люч|окен|密钥|秘钥|密鑰|令牌|トークン|토큰|λειδί|	^[^:=]{1,40}[:=]\s*%r
, old=|	token.*?\bold=%r.*?\bnew=%r
confirm=|retype=|	passw.*?(?:confirm\w*|repeat|retype)=%v
wing passw|	^wing password[^:]*:\s+%w%z
password)|	(?:^|\s)[\w.@\\-]+(?:\s/\s|[/:])%w\s+\((?:password|login|user)
and passw|ser:pass |	(?:user\w*|login|name|account) and password: \S+ %w%z|user:pass [\w.@\\-]+:%w
credentials |	(?:with|using|trying|tried|valid|found|try)\s+(?:the\s+)?credentials:?\s+[\w.@\\-]+[:/]%w|credentials\s+[\w.@\\-]+:%w
random_p|	random_password.*"result(?:_b64)?"\s*:\s*"([^"]+)
 51:b:|	^ 51:b:(\S+)
key-s|	^key-string\s+(?:\d\s+)?%w%z
pw is |	^pw is %w%z
`

var phrases = sync.OnceValue(func() map[string]*phrase {
	out := map[string]*phrase{}
	for _, text := range strings.Split(strings.Trim(phraseForms, "\n")+strings.TrimRight(toolForms, "\n"), "\n") {
		words, form, _ := strings.Cut(text, "|\t")
		p := &phrase{exact: strings.ToLower(words) != words, wary: strings.Contains(form, "%w"), here: form[0] == '^', keys: strings.Contains(form, "%r")}
		if !p.exact {
			form = "(?i)" + form
		}
		for _, sign := range [][2]string{{"%r", `["']?([\w+/.~-]{16,}=*)`}, {"%v", `(?:"([^"]+)"|'([^']+)'|([^\s"']\S*))`}, {"%w", `(?:"([^"\s]+)"|'([^'\s]+)'|([^\s"']+))`}, {"%z", `(?:\s*$|["'\])}]|\\[rn])`}} {
			form = strings.ReplaceAll(form, sign[0], sign[1])
		}
		p.form = sync.OnceValue(func() *regex.Regexp { return regex.MustCompile(form) })
		for _, w := range strings.Split(words, "|") {
			w = strings.ToLower(w)
			out[w], out[narrowed(w)] = p, p
		}
	}
	return out
})

// phrase finds the secrets of a phrase whose words end at end.
func (l line) phrase(word string, end int) (out []span) {
	begin := end - len(word)
	p := phrases()[word]
	if p.exact && string(l.b[begin:end]) != strings.ToUpper(word) {
		return nil
	}
	from := max(0, begin-maxKey)
	if p.here {
		from = begin
	}
	text := l.b[from:min(len(l.b), begin+phraseRoom)]
	for _, m := range p.form().FindAllSubmatchIndex(text) {
		for i := 2; i+1 < len(m); i += 2 {
			if m[i] < 0 {
				continue
			}
			s := span{from: from + m[0], start: from + m[i], end: from + m[i+1], rule: RulePassword}
			if c := l.b[s.start-1]; c != '"' && c != '\'' {
				s.end = min(s.end, l.token(s.start))
				for _, cut := range []string{`\n`, `\r`} {
					s.end = s.start + len(bytes.TrimSuffix(l.b[s.start:s.end], []byte(cut)))
				}
			}
			v := string(l.b[s.start:s.end])
			if marked(l.b, s.start-1) > s.start { // [ and the mark
				continue
			}
			if p.keys && (!random(v) && !hexKey(v) || public(l.b[max(0, begin-24):s.start])) {
				continue
			}
			if v == "" || v[0] == '-' && len(v) > 1 && isLetter(v[1]) || harmless(kindPassword, "", v, '=') || placeholder(v) || p.wary && (len(v) < 4 || digits(v) && len(v) < 6 || common(v) || placeOf(v) || strings.ToUpper(v) == v && plainName(v) || !digits(v) && authMethod(v)) {
				continue
			}
			out = append(out, s)
		}
	}
	return out
}

// public reports whether a text says of a key that anybody may have it.
func public(text []byte) bool {
	lower := bytes.ToLower(text)
	for _, w := range []string{"ffentlich", "public", "pubbli", "p\u00fablic", "\u043e\u0442\u043a\u0440\u044b\u0442"} {
		if bytes.Contains(lower, []byte(w)) {
			return true
		}
	}
	return false
}
