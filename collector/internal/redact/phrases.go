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
}

// phraseForms are the words that make a line worth a look, and behind "|\t" what the
// line then has. %v is a value, in quotes or without, %w one that is no word of a
// text, %z the end of a command. Words without capitals are found in any letters.
const phraseForms = `
 LOGIN |	(?:^|[\s>:"'])(?:[A-Za-z]{0,5}\d{1,6}|\.) LOGIN (?:"[^"]*"|\S+) %w%z
AUTH |	(?:^|[>:"\[]\s*|\d 5000 |HELLO [23] )AUTH (?:[\w.@-]+ )?%w(?: OK)?%z
"auth" "|	"auth" (?:"[^"]*" )?%v
setuser |default on >|	(?:setuser|user) \S+ [^>]*\s>%v
authenticate plain|authenticate login|authenticate xoauth|authenticate cram|auth=plain |auth=login |"plain" "|mechanism="|	(?:authenticate |auth=|mechanism=|")["']?(?:plain|login|xoauth2|oauthbearer|cram-md5|digest-md5|scram-\S+|ntlm|gssapi)["']?(?:[^<>]*>|["'\s]+)([a-z0-9+/]{8,}=*)
ugfzc3dvcmq6|	q6\W+(?:[CS]:\s*)?([a-z0-9+/]{4,}=*)%z
nickserv |	nickserv\s(?:\S+\s)?:?(?:identify|register|ghost|release)\s(?:\S+ )??%w%z
stats auth |addauth digest |	auth (?:digest )?[^\s:]+:%v
sp_addlogin|sp_addapprole|sp_setapprole|sp_approlepass|sp_addremotelogin|	sp_\w+\s*\(?\s*N?["']?[^\s,'"]+["']?\s*,\s*N?%v
sp_addlinkedsrvlogin|	login\s*\(?(?:[^,]*,){4}\s*N?%v
sp_password|	sp_password\s*\(?\s*(?:NULL|N?%v)\s*,\s*N?%v
openrowset|	;\s*N?'[^']*'\s*;\s*N?%v
bypassphrase|	bypassphrase\s*\(\s*N?["']([^"']+)
pgp_sym_|aes_encrypt|aes_decrypt|des_encrypt|des_decrypt|	\(.*?,\s*["']([^"']+)["']\s*[,)]
crypt('|hashpw(|checkpw(|	\b(?:crypt|hashpw|checkpw)\(\s*b?["']([^"']+)
auth(|	(?:[a-z]auth\(\s*["'][^"',]*["']\s*,|\.auth\(\s*(?:["'][^"',]*["']\s*,)?)\s*["']([^"']+)["']\s*\)
auth=(|.login(|userpassword(|	(?:auth=|login|userpassword)\(\s*(?:["'][^"']*["']|[\w.]+)\s*,\s*b?["']([^"'\s]+)
mysqli(|mysqli_connect(|mysql_connect(|getconnection(|passwordcredential|	\(\s*(?:["'][^"']*["']|[\w.]+)\s*,\s*(?:["'][^"']*["']\s*,\s*)?["']([^"']+)
identified by|	\bby\s+(?:"[^"]*"|'[^']*'|\S+)\s+replace\s+%v|\b(?:connect|grant\s.*\sto)\s+\S+\s+identified\s+by\s+%v
connect to |	connect\s+to\s+\S+\s+user\s+\S+\s+using\s+%w
.logon |	\.logon\s+[^\s,]+,%v
hdbuserstore|	\sset\s+\S+\s+\S+\s+\S+\s+%v
sapcontrol|	-user\s+\S+\s+%v
brbackup|brarchive|brrestore|brconnect|brspace|	\s-u\s+\w+/%v
sqlldr|dgmgrl|userid=|	(?:sqlldr|dgmgrl|userid=)(?:\s+-\S+)*\s*["']?\w+/([^\s@"'/]+)
scott/"|sys/"|system/"|	\w+/"([^"]+)"@
rasdial |	rasdial(?:\.exe)?\s+(?:"[^"]+"|[^\s/]\S*)\s+[^\s/]\S*\s+%w
wpa_passphrase |	passphrase\s+(?:"[^"]+"|'[^']+'|\S+)\s+%w
iwconfig|	\skey\s+(?:s:%v|([0-9a-f-]{10,}))
nmcli |	\s(?:password|\S+\.psk|\S*wep-key\d?)\s+%v
<<<|	(?:pass|pw|login|auth|secret|token|kinit|crypt|sudo|\bsu)[^<]*<<<\s*%v
cryptsetup |--with-token|smbpasswd|vncpasswd|passphrase-fd|--stdin|-passin stdin|	\b(?:echo|printf)\s+(?:-[ne]+\s+)?(?:["']%s\S*["']\s+)?%w\s*\|
vault login|	vault login\s+(?:-\S+\s+)*%w\s*$
vault kv p|from-literal|secrets set |	(?:kv p|literal|set)[^|]*[\s='"][\w.-]+=%v
user-secrets set|	set\s+(?:"[^"]+"|\S+)\s+%v
put-parameter|	--value[= ]%v
secret set |	\s(?:-b|--body)[= ]%v
generic-password|internet-password|	\s-w\s+%v
encrypt_string|	string\s+(?:--\S+\s+\S+\s+)*%w
authentication-key|digest-key|	-key\s+(?:\d+\s+)?(?:(?:md5|sha\S*|hmac\S*|cmac\S*|value|ascii-text|text)\s+)*(?:\d\s+)?%w(?:\s+\d)?%z
tacacs+ key |connection key |option key |logon password |	(?:key|password)\s+%w%z
shared secret [|	secret \[([^\]\s]+)\]
/setcredentials|	/setcredentials\s+\S+\s+\S+\s+\S+\s+\S+\s+%v
 /p |	\s/u\s+(?:"[^"]*"|\S+)\s+/p\s+%v
 /pd:| /po:|	\s/p[do]:%v
sqlpackage|	\s/[st]p:%v
pvk2pfx|	\s[-/]p[io]\s+%v
nssm|	set\s+\S+\s+objectname\s+\S+\s+%v
ldifde|csvde|	\s-b\s+\S+\s+\S+\s+%v
dsmadmc|dsmc |	\s-pa\w*=%v
rclone obscure|	obscure\s+%w
mc alias set|config host add|	://\S+\s+%v\s+%v
rabbitmqctl|	(?:add_user|change_password|authenticate_user)\s+\S+\s+%w
mosquitto_passwd|	\s-b\s+\S+\s+\S+\s+%v
slappasswd|	\s-s\s+%v
wbinfo|smbget|smbtree|smbcacls|winexe|net ads|net rpc|samba-tool|	\s(?:-u|-a|--user=|--authenticate=)\s*["']?[^\s%'"]+%%v|\suser\s+(?:create|add)\s+[^\s-]\S*\s+%w
openssl passwd|mkpasswd|	passwd(?:\s+-(?:\d|apr1|crypt|s\b|m\s*\S+|salt\s+\S+|-method=\S+))*\s+%w
ipmitool|	set\s+password\s+\d+\s+%v
racadm|	password\s+(?:-i\s+\d+\s+)?%w%z
mysqladmin|	\spassword\s+%v
--security-|	--security-(?:unlock|set-pass|disable|erase\S*)\s+%v\s+/dev
crypt aes-|	crypt\s+\S+\s+([0-9a-f]{32,})
-upw |-opw |input_pw |owner_pw |user_pw |	(?:-[uo]|_)pw\s+%w
veracrypt|truecrypt|steghide|ncftp|	\s-p\s+%w
 pw |	(?:user|login|username|account|-u)[\s:=]+\S+[\s,;]+pw[\s:=]+%w|^\s*pw\s+%w%z
 default(|	(?:passw|secret|token|pwd|pass)\w*\s*\|\s*default\(["']([^"']+)
parameterbinding(|	binding\((?:convertto-securestring|[^)]*credential[^)]*)\): name="string"; value="([^"]+)
bindpw |rootpw |	(?:bind|root)pw\s+%w
`

var phrases = sync.OnceValue(func() map[string]*phrase {
	out := map[string]*phrase{}
	for _, text := range strings.Split(strings.Trim(phraseForms, "\n"), "\n") {
		words, form, _ := strings.Cut(text, "|\t")
		p := &phrase{exact: strings.ToLower(words) != words, wary: strings.Contains(form, "%w")}
		if !p.exact {
			form = "(?i)" + form
		}
		form = strings.NewReplacer("%v", `(?:"([^"]+)"|'([^']+)'|([^\s"']\S*))`, "%w", `(?:"([^"\s]+)"|'([^'\s]+)'|([^\s"']+))`, "%z", `(?:\s*$|["'\])}]|\\[rn])`).Replace(form)
		p.form = sync.OnceValue(func() *regex.Regexp { return regex.MustCompile(form) })
		for _, w := range strings.Split(words, "|") {
			out[strings.ToLower(w)] = p
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
			if v == "" || v[0] == '-' && len(v) > 1 && isLetter(v[1]) || harmless(kindPassword, "", v, '=') || placeholder(v) || p.wary && (len(v) < 4 || common(v) || placeOf(v) || strings.ToUpper(v) == v && plainName(v) || authMethod(v)) {
				continue
			}
			out = append(out, s)
		}
	}
	return out
}
