package redact

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// word is a word of a command line that is no option, perhaps in quotes.
const word = `(?:"([^"]+)"?|'([^']+)'?|([^\s"'/-]\S*))`

// programs are command lines whose secret options have names of one letter.
var programs = sync.OnceValue(func() map[string]*regex.Regexp {
	lists := map[string]string{
		`\s-p\s*` + word:      "sshpass",
		`(?i)\s-pw\s+` + word: "plink pscp psftp",
		`\s-[gv]?p\s+` + word: "vmrun",
		`\s["']?-h?p(?:"([^"]+)|'([^']+)|([^\s"'-][^"']*["']|[^\s"'-]\S*))`:                             "7z x,7z a,7z e,7z.exe,7za ,rar a ,rar x ,rar e ,winrar",
		`\s-p(?:"([^"]+)|'([^']+)|([^\s"'-]\S*))`:                                                       "mysql mariadb",
		`\s(?:-u|-U|--user|--proxy-user)[\s=]*(?:'([^:']+:[^']+)|"([^:"]+:[^"]+)|([^\s:'"]+:[^\s'"]+))`: "curl",
		`\spass:(\S+)|\s-k\s+([^\s-]\S*)|\s-K\s+([0-9a-fA-F]{16,})`:                                     "openssl",
		`\s-[NP]\s*` + word: "ssh-keygen",
		`\s-[a-zA-Z]*(?:nb|bn)[a-zA-Z]*\s+\S+\s+(\S+)|\s-(?:b|cb|bc|[a-mo-zA-Z]*b[a-mo-zA-Z]*)\s+\S+\s+\S+\s+(\S+)`: "htpasswd",
		`\s-u\s*(?:'[^',]+,([^']+)|"[^",]+,([^"]+)|[^\s,'"]+,(\S+))`:                                                "lftp",
		`\s"?'?[\w.$#]+/([^\s@"'/]+)`:                                  "expdp impdp",
		`\s-P\s*` + word + `|sql\s+(?:-\S+\s+)*[\w.]+\s+\w+\s+(\w\S*)`: "isql",
		`(?i)\s/de(?:crypt)?\s+` + word:                                "dtexec",
		`\s-P\s+` + word:                                               "zip ,zip.exe ",
		`(?i)sink\s+(?:[\w-]*[.:]\S*|localhost)\s+(\S+)`:               "trapsink,trap2sink,informsink",
		`(?i)createuser\s+(?:-e\s+\S+\s+)?\S+\s+(?:MD5|SHA\S*)\s+(?:"([^"]+)"|(\S+))(?:\s+(?:DES|AES\S*)\s+(?:"([^"]+)"|(\S+)))?`:                                             "createuser",
		`(?i)snmp-(?:server host\s+\S+\s+(?:traps\s+|informs\s+)?(?:version\s+\S+\s+(?:auth\s+|priv\s+|noauth\s+)?)?|agent community\s+(?:read|write)\s+(?:cipher\s+)?)(\S+)`: "snmp-",
		`\s--(?:http-|ftp-|proxy-)?user=\S+:(\S+)`: "wget",
		`(?i)\s[-/]p\s+` + word:                    "psexec,docker login,az login,certutil,signtool",
		`(?i)\s/r?p\s+` + word:                     "schtasks",
		`\s-P\s*` + word:                           "sqlcmd osql bcp",
		`\s-U\s*(?:'[^%']+%([^']+)|"[^%"]+%([^"]+)|[^\s%'"]+%([^\s'"]+))|smbclient\s+//\S+\s+([^\s-]\S*)`: "smbclient rpcclient",
		`\s-w\s*` + word:                          "ldapsearch ldapmodify ldapadd ldapdelete",
		`\s-[wsa]\s*` + word:                      "ldappasswd",
		`(?i)\s-p\s+` + word:                      "useradd usermod vim-cmd esxcli",
		`\s-P\s*(\S+)`:                            "ipmitool",
		`\s-(?:A|X|c)\s*` + word:                  "snmpwalk snmpget snmpset",
		`(?i)\skey(?:\s*=|\s+)\s*"?([^\s"]+)`:     "netsh wlan,",
		`(?i)\skey:(\S+)`:                         "bcdedit",
		`(?i)key\s+(?:\d\s+)?([^\s:=]\S*)`:        "isakmp key,server key,pre-shared-key",
		`(?i)community6?\s+(\S+)`:                 "server community,rocommunity,rwcommunity",
		`com2sec6?\s+\S+\s+\S+\s+(\S+)\s*$`:       "com2sec",
		`(?:EAP|XAUTH|RSA\s+\S+)\s+"([^"]+)"\s*$`: ": eap ,: rsa ,: xauth ",
		`\s-a\s+` + word:                          "redis-cli",
		`thin:\w+/([^\s@]+)@|\s\w+/"([^"]+)"@|sqlplus\s+\w+/([^\s@]+)@?|\s["']?[\w.$#]+/([^\s@"'/]+)@`: "jdbc:oracle,sqlplus,rman ,exp ,imp ",
	}
	out := map[string]*regex.Regexp{}
	for pattern, names := range lists {
		re := regex.MustCompile(pattern)
		for _, name := range strings.FieldsFunc(names, func(c rune) bool { return c == ',' || c == ' ' && !strings.Contains(names, ",") }) {
			out[name] = re
		}
	}
	out["bcp "] = out["bcp"]
	return out
})

func (l line) program(name string, begin int) []span {
	switch verb := name[strings.LastIndexByte(name, ' ')+1:]; verb {
	case "use":
		return l.operand(begin+len(name), func(w string) bool { return strings.HasPrefix(strings.Trim(w, `"'`), `\\`) })
	case "user":
		return l.operand(begin+len(name), func(string) bool { return true })
	}
	switch name {
	case "conn ", "connect ":
		return l.connect(begin, begin+len(name))
	case "reg add", "reg.exe add":
		return nil // the name of the value says it
	}
	var out []span
	for _, m := range programs()[name].FindAllSubmatchIndex(asTyped(l.b[begin:], run(l.b[begin:], len(name), isKnit))) {
		for i := 2; i+1 < len(m); i += 2 {
			s := span{from: begin, start: begin + m[i], end: begin + m[i+1], rule: RuleOption}
			if m[i] >= 0 && marked(l.b, s.start) != s.end && (s.end-s.start > 3 || !message(l.b[s.start:s.end])) && !bytes.HasPrefix(l.b[s.start:], []byte("assword")) { // -Password is another option
				out = append(out, s)
			}
		}
	}
	return out
}

// connect finds the password of SQL*Plus's `connect user/SECRET@db` and
// `conn user/SECRET as sysdba`.
func (l line) connect(begin, p int) []span {
	p = run(l.b, p, isSpace)
	stop := l.token(p)
	start := run(l.b[:stop], p, isIdent)
	if start == p || start >= stop || l.b[start] != '/' {
		return nil
	}
	start++
	end := stop
	if i := bytes.LastIndexByte(l.b[start:stop], '@'); i >= 0 {
		end = start + i
	} else if !bytes.HasPrefix(bytes.ToLower(bytes.TrimLeft(l.b[stop:], " ")), []byte("as sys")) {
		return nil
	}
	if v := l.b[start:end]; len(v) == 0 || digits(string(v)) || bytes.IndexByte(v, '/') >= 0 || marked(l.b, start) == end {
		return nil
	}
	return []span{{from: begin, start: start, end: end, rule: RuleOption}}
}

// asTyped gives a list of arguments in quotes, `mysql", "-px"]`, as it is typed in a
// shell, in as many bytes; p is where the name of the program ends. What is no list
// stays as it is.
func asTyped(b []byte, p int) []byte {
	if p+2 < len(b) && b[p] == ' ' && b[p+1] == '[' && (b[p+2] == '"' || b[p+2] == '\'') { // mysql ["-u", "root"]
		p += 2
	} else if p >= len(b) || b[p] != '"' && b[p] != '\'' {
		return b
	} else if next := run(b, p+1, isSpace); next >= len(b) || b[next] != ',' {
		return b
	}
	out := append(make([]byte, 0, len(b)), b[:p]...)
	inside := b[p-1] != '['
	for i := p; i < len(b); i++ {
		switch c := b[i]; {
		case c == b[p] && b[i-1] != '\\':
			inside = !inside
			out = append(out, ' ')
		case inside:
			out = append(out, c)
		case c == ']' || c == ')':
			return out
		default:
			out = append(out, ' ')
		}
	}
	return out
}

// operand finds the password of `net use X: \\host\share SECRET /user:bob` and
// of `net user bob SECRET`, whatever their order: the words behind the one that
// is a target, and those behind /user. Of a message that goes on with words
// nothing is one.
func (l line) operand(p int, target func(string) bool) []span {
	var words [][]int
	seen, user := false, false
	for _, m := range wordRE().FindAllSubmatchIndex(l.b[p:]) {
		w := string(l.b[p+m[0] : p+m[1]])
		switch lower := strings.ToLower(w); {
		case w == "|" || w == "&" || w == "&&" || strings.HasPrefix(w, ">"):
			return l.secretWords(p, words, user)
		case strings.HasPrefix(lower, "/u") && strings.Contains(lower, ":"):
			user, seen = true, true
		case w[0] == '/' || w == "*":
		case !seen:
			seen = target(w)
		default:
			words = append(words, m)
		}
	}
	return l.secretWords(p, words, user)
}

var wordRE = sync.OnceValue(func() *regex.Regexp { return regex.MustCompile(`"[^"]*"?|'[^']*'?|\S+`) })

func (l line) secretWords(p int, words [][]int, user bool) []span {
	if len(words) == 0 || len(words) > 1 && !user {
		return nil
	}
	var out []span
	for _, m := range words {
		s := span{from: p, start: p + m[0], end: p + m[1], rule: RuleOption}
		if c := l.b[s.start]; (c == '"' || c == '\'') && s.end-s.start > 2 && l.b[s.end-1] == c {
			s.start, s.end = s.start+1, s.end-1
		}
		if message(l.b[s.start:s.end]) && !user || marked(l.b, s.start) == s.end || bytes.HasPrefix(l.b[s.start:], []byte(`\\`)) {
			continue
		}
		out = append(out, s)
		if user { // what stands behind the command is not of it
			break
		}
	}
	return out
}

// option finds -pSECRET and /p:SECRET of programs that are not known, when the
// value looks like a secret: -port, -process and /p:Name=value are none.
func (l line) option(begin, end int) []span {
	if c := l.b[begin]; c == '"' || c == '\'' {
		return l.listed(begin, end)
	}
	if far := end + maxKey; far < len(l.b) {
		l.b, l.more = l.b[:far], true
	}
	if end < len(l.b) && l.b[end-1]|0x20 == 'p' && (l.b[end] == ':' || l.b[end] == '=') { // -p:x
		end++
	}
	e := l.token(end)
	if s, ok := l.quotedValue(end); ok && l.b[end-1] == ':' && s.start == end+1 {
		end, e = s.start, s.end
	}
	v := string(l.b[end:e])
	switch {
	case v == "" && l.b[end-1]|0x20 == 'p':
		if out := l.behindUser(begin, end); out != nil {
			return out
		}
		return l.chosen(begin, end)
	case marked(l.b, end) == e || digits(v) || v == "":
		return nil
	case strings.IndexByte(`: "'`, l.b[end-1]) >= 0:
		if begin > 0 && l.b[begin] != ' ' && isIdent(l.b[begin-1]) || strings.ContainsAny(v, `=\/`) || len(v) < 4 || plainName(v) && len(v) < 8 {
			return nil
		}
	case !strong(v) || restless(v) < 4:
		return nil
	}
	return []span{{from: begin, start: end, end: e, rule: RuleOption}}
}

type userOptionSet struct{ user, other *regex.Regexp }

// userOption finds the name of a user before the option -p. The programs in the
// second expression mean something else by it, or have none by it.
var userOption = sync.OnceValue(func() *userOptionSet {
	f := new(userOptionSet)
	f.user = regex.MustCompile(`(?i)(?:^|[\s"'])--?(?:u|user|username|l|login)[\s=]+["']?[^\s"'-][^|;&]*$`)
	f.other = regex.MustCompile(`(?i)\b(?:journalctl|mkdir|sudo|su|ps|psql|mysql\w*|mariadb\w*|ssh|scp|cp|docker run|useradd|strace|lsof|top|install|rsync)(?:\.exe)?\s[^|;&]*$`)
	return f
})

// behindUser finds the value of an option -p or -P that stands behind -u with a name.
func (l line) behindUser(begin, end int) []span {
	head := l.b[max(0, begin-2*maxKey):begin]
	if !bytes.Contains(head, []byte("-u")) && !bytes.Contains(head, []byte("-U")) && !bytes.Contains(head, []byte("-l")) {
		return nil
	}
	if f := userOption(); !f.user.Match(head) || f.other.Match(head) {
		return nil
	}
	p := run(l.b, end, isSpace)
	if p >= len(l.b) {
		return nil
	}
	start, e := p, l.token(p)
	if s, ok := l.quotedValue(p); ok {
		start, e = s.start, s.end
	}
	v := string(l.b[start:e])
	if digits(v) && len(v) < 6 || len(v) < 3 || strings.IndexByte("-/.$<%", v[0]) >= 0 || strings.Trim(v, "0123456789:-,") == "" && (len(v) < 8 || !digits(v)) || marked(l.b, start) == e {
		return nil
	}
	return []span{{from: begin, start: start, end: e, rule: RuleOption}}
}

// chosen finds the value of an option -p or -P of a program that is not known,
// when it looks as people choose passwords: letters of both cases and digits.
func (l line) chosen(begin, end int) []span {
	p := run(l.b, end, isSpace)
	if p == end || p >= len(l.b) {
		return nil
	}
	start, e := p, l.token(p)
	if s, ok := l.quotedValue(p); ok {
		start, e = s.start, s.end
	}
	v := string(l.b[start:e])
	if !strong(v) || strings.ToLower(v) == v || strings.ToUpper(v) == v || strings.ContainsAny(v, "=,;") || marked(l.b, start) == e {
		return nil
	}
	return []span{{from: begin, start: start, end: e, rule: RuleOption}}
}

// calls are functions that are handed a secret.
var calls = sync.OnceValue(func() map[string]*regex.Regexp {
	const quoted = `(?:"([^"]+)"|'([^']+)')`
	credential := regex.MustCompile(`(?i)credential(?:\]::new)?["']?\s*(?:-argumentlist\s*)?\(?\s*@?\(?\s*["'][^"']*["']\s*,\s*` + quoted)
	piped := regex.MustCompile(`(?i)\b(?:echo|printf)\s+(?:-n\s+)?(?:["']%s\S*["']\s+)?(?:"([^"]+)"|'([^']+)'|([^\s"'|]+))\s*\|\s*(?:sudo\s+)?(?:chpasswd|passwd|sudo -s|kinit|docker|podman|helm|cryptsetup)|(?:chpasswd|passwd|kinit)\b[^|]*<<<\s*(?:"([^"]+)|'([^']+)|(\S+))`)
	secure := regex.MustCompile(`(?i)securestring(?:\s+-(?:asplaintext|force|string|s)\b)*(?:\s*\(|\s)\s*(?:"([^"]+)"?|'([^']+)'?|([^\s"'|:;)(\\-][^\s"'|;)]*))|(?:"([^"]+)"|'([^']+)')\s*\|\s*convertto-secure`)
	return map[string]*regex.Regexp{"securestring": secure, "pscredential": credential, "networkcredential": credential, "chpasswd": piped, "passwd --stdin": piped, "sudo -s": piped, "kinit": piped, "password-stdin": piped}
})

// call finds the secret that a function of PowerShell or .NET is called with.
func (l line) call(name string, begin int) []span {
	re := calls()[name]
	if re == nil {
		return nil
	}
	begin = max(0, begin-phraseRoom)
	var out []span
	for _, m := range re.FindAllSubmatchIndex(l.b[begin:]) {
		for i := 2; i+1 < len(m); i += 2 {
			if m[i] < 0 {
				continue
			}
			s := span{from: begin + m[0], start: begin + m[i], end: begin + m[i+1], rule: RuleOption}
			if v := l.b[s.start:s.end]; marked(l.b, s.start) != s.end && !slices.Contains([]string{"conversion", "cmdlet", "class"}, string(v)) && !message(v) {
				out = append(out, s)
			}
		}
	}
	return out
}
