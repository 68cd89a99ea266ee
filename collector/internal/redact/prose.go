package redact

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// ordinary are words that sentences, tables and headings have behind the name of
// a secret, in lower case. Those that end as participles and nouns do are known
// by that; a password in letters alone is told from a word by this list.
var ordinary = sync.OnceValue(func() map[string]bool {
	const words = "a about above absent account active activity admin after again age all allowed almost already also always an and another any anonymous apparently are array as at attempt attempts auth available " +
		"back bad bar based base64 basic bearer because been before being below blank bob bool both box but bytes by cache callback case challenge change changes char check class clear close code column common complete complex configured confirm correct could count current " +
		"data date dead default deleted denied different dialog digest disabled does done down due duplicate each either email empty enabled encrypt entry error even exact exceeds exists access apply authenticate comply connect continue decrypt proceed protect satisfy unlock login logon verify work expire exit expires external false fail fails failure field fields file files fine fingerprint first for form format found free from full function " +
		"good group handle has hash self have header hello here hex hidden high hint hints history host hosts how id identical if in inactive incomplete incorrect index info init input insecure inside instead int integer internal into invalid is issue it its item items key keys kind known large last later least left length less level lifetime like limit line link list local lock long longer lookup low lower " +
		"managed manager mandatory manual mask match matches may me message messages minimum mismatch missing mode module more most much must my name names needs never new next no node none normal not nothing now null number object obsolete of off ok okay old on once one only open option optional or order other our out output over owner " +
		"page pair parameter part pass password passwords path pending per permanent plain please plugin policy policies port present prompt properly property protocol public put quality query read ready reason recent record refresh registry remote repeat request requests required requires reset resets response result retry revoke right role rotate rotation round rule rules " +
		"safe salt same saved scheme scope second secret secrets secure section security see sent serial server service services session set setting settings setup short should shown shows simple size so some source started state status still stored store string strength strong stub success such sure support system " +
		"table tags temporary test text than that the their then there this through timeout time times to today token tokens too tool true try type typo unable undefined unique unknown unlike unset until unused up update updates upper use user username users using utf-8 valid value values variable varchar vault version via wait was way weak what when where which while who will with within without won word words write wrong yes yet you your zero " +
		"audit backup box button checker column dem den der die diesem dump ein eine einem einen encoder entropy export generator handler helper ihrem import label manager mailer meter notice provider safe screen script store strategy sync utility validator widget window zum zur " +
		"abgelaufen erforderlich falsch gesperrt leer nicht nötig ungültig unbekannt zu est expiré invalide incorrecto incorrecte non pas requis vide vacía"
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
})

// common reports whether a word is one of a text, and no password.
func common(word string) bool {
	w := strings.ToLower(strings.Trim(word, `.,;:!?()[]"'`))
	if w == "" || ordinary()[w] || ordinary()[strings.TrimSuffix(w, "s")] || message([]byte(w)) {
		return true
	}
	for _, end := range []string{"able", "ible", "ally", "tely", "ment", "ness", "sensitive", "ory"} {
		if len(w) > len(end)+2 && strings.HasSuffix(w, end) && plainName(w) {
			return true
		}
	}
	return false
}

type toldSet struct{ is, given, swapped, with, quoted, tagged, call, router, typed, before, ends, sender, used, judged, next, encoded, user, named *regex.Regexp }

// toldForms are the ways in which a sentence names a password; the last groups
// are the value in quotes and without.
var toldForms = sync.OnceValue(func() *toldSet {
	f := new(toldSet)
	const value = `(?:["“]([^"”\s]+|[^"”\s][^"”=]{0,62}[^"”\s])["”]|['‘]([^'’\s]+|[^'’\s][^'’=]{0,62}[^'’\s])['’]|([^\s"'|<>(]+))`
	f.is = regex.MustCompile(`(?i)^["'*)]*(?:\s+(?:key|phrase|value|word|string))?(?:\s+(?:for|of|von|f\S{1,2}r|pour|para|do|da|de|del|van|[^ -~]\S*)\s+[^\s:]+(?:\s+[^\s:]+)?)?(?::|\s+(?:(?:is|was|ist|war|lautet|es|est|[^ -~]|=|becomes|equals|(?:you\s+|was\s+)?(?:entered|given|used|read|received|supplied|provided)(?:\s+from\s+\w+)?\s*:)(?:\s+(?:now|still|again))?(?:\s+(?:set|changed|reset)\s+to)?|(?:is\s+)?(?:set|changed|reset|updated)\s+to|to\s+value|(?:wurde\s+)?(?:ge\S{1,2}ndert\s+|gesetzt\s+)?auf|[^ -~]+\s+\x{43d}\x{430}|to))\s*:?\s+` + value + `|^(?:\s*(?:->|→|\|)|\s+[-–](?:\s|["“]))\s*` + value)
	f.given = regex.MustCompile(`^\s+(?:is generated for \S+:|(?:elastic|kibana\w*|\w+_system) =)\s+(\S+)`)
	f.swapped = regex.MustCompile(`(?i)^["']?(?:\s+(?:was\s+|has been\s+)?(?:changed|updated|reset|modified|rotated))?\s+from\s+["']?([^\s"']+)["']?\s+to\s+["']?([^\s"']+)`)
	f.with = regex.MustCompile(`(?i)(?:^|[\s(])(?:with|using|use|and|default|temporary|initial|got|enter|entered|typed|wpa|shared|client|radius|my|generated|random|new|trying|tried|testing|guessed|cracked|recovered)\s+(?:the\s+|new\s+|a\s+)?$`)
	f.quoted = regex.MustCompile(`^\s*(?:["“]([^"”\s]+|[^"”\s][^"”=]{0,62}[^"”\s])["”]|['‘]([^'’\s]+|[^'’\s][^'’=]{0,62}[^'’\s])['’]|[(\[]([^()\[\]\s]+)[)\]]|\s([^\s"'|<>(\[]+))`)
	f.call = regex.MustCompile(`^["']\s*,\s*(?:"([^"]+)"|'([^']+)')\s*[,)]`)
	f.router = regex.MustCompile(`(?i)^\s*(?:username|neighbor|ppp|enable|radius|radius-server|tacacs|tacacs-server|aaa|crypto|key|line|ip|ntp|standby|vrrp|area|server)(?:\s|$)`)
	f.typed = regex.MustCompile(`^(?:-string)?\s+(?:\d\s+)?([^\s"'|<>(]+)\s*$`)
	f.tagged = regex.MustCompile(`^\]\s*:?\s+([^\s"'|<>(]+)\s*$`)
	f.before = regex.MustCompile(`(?i)(?:"([^"\s]+)"|'([^'\s]+)'|“([^”\s]+)”|(\S+))\s+(?:is|was)\s+(?:the|my|our|your|his|her)\s+(?:[\w-]+\s+){0,2}$`)
	f.sender = regex.MustCompile(`(?i)(?:>|\bC:|\b(?:request|commands?|cmd|ftp|pop3?|send|sending|sent|put|client|c2s|input|raw|arg|authinfo|out|write|wrote)\W*|"\s?["']|["'\[])$`)
	f.used = regex.MustCompile(`(?i)(?:^|\W)(?:using|with|sent|sending|received|issued|new|my|access|refresh|bearer|session|auth|api|das|the)\s+$`)
	f.judged = regex.MustCompile(`(?i)^["']?\s+(?:accepted|rejected|refused|revoked|issued|expired|is (?:in)?valid|for user)\b`)
	f.ends = regex.MustCompile(`(?i)^["'”’)]*(?:[.,;!)]*\s*$|[.,;!)]+\s|\s+(?:for|to|on|at|in|from|and|now|by|was|is|of|used|rejected|accepted|failed|instead|again|today|set|written|assigned|saved|gesetzt|ge\S{1,2}ndert)\b|\s*[-(])`)
	// what may stand between the name of a variable and its value besides '=' and ':'
	f.next = regex.MustCompile(`^["']?(?:(\s*(?:[\t;|,]|--?>|=>|→)\s*|\s+(?:(?:is|was)(?:\s+now|\s+(?:set|changed)\s+to)?|(?:set|changed)\s+to|has value)\s+)|\s+)(?:"([^"]+)"|'([^']+)'|([^\s"';|,<>()]+))`)
	f.named = regex.MustCompile(`(?i)(?:passw(?:or)?d|pwd|pass|pw|secrets?|tokens?|key|passphrase|passcode|psk|credential|cookie)\d*$`)
	f.encoded = regex.MustCompile(`(?i)^["']?\s*[(\[]?(?:base-?64|b64|hex|hexadecimal|encoded)[)\]]?\s*[:=]?\s+["']?([a-z0-9+/]{8,}=*)(?:["'\s]|$)`)
	f.user = regex.MustCompile(`(?i)\b(?:user|username|user name|login|account)[ =:]+["']?[^\s,;"']+["']?[,;]?\s+(?:(?:and|with)\s+)?$`)
	return f
})

// sent finds the password of the command PASS of FTP and POP3, and that of a line
// `pass: x`; the word "pass" ends at end.
func (l line) sent(from, begin, end int) ([]span, bool) {
	if end-begin != 4 || from != begin || end >= len(l.b) || len(l.b)-end > 2*maxKey || l.more {
		return nil, false
	}
	head := strings.TrimRight(string(l.b[max(0, from-maxKey):from]), " \t")
	p := run(l.b, end, func(c byte) bool { return c == ' ' || c == ':' })
	v := string(bytes.TrimRight(l.b[p:], " \t\r"))
	if c := l.b[max(0, from-1)]; c == '"' || c == '\'' || c == '[' { // in a trace
		v, _, _ = strings.Cut(v, strings.ReplaceAll(string(c), "[", "]"))
		v = strings.TrimSuffix(v, `\r\n`)
	}
	switch alone := p > end && v != "" && !strings.ContainsAny(v, " \t/=") && !common(v) && (!digits(v) || len(v) > 5); {
	case !alone:
		return nil, false
	case l.b[end] == ' ' && string(l.b[begin:end]) == "PASS" && (head == "" && l.begin || toldForms().sender.MatchString(head)) && !strings.HasPrefix(strings.ToLower(v), "test") && !strings.HasSuffix(v, "_test"):
	case l.b[end] == ':' && head == "" && l.begin && len(v) > 5 && string(l.b[begin:end]) == "pass":
	default:
		return nil, false
	}
	return keep(l.b, span{from: from, start: p, end: p + len(v), rule: RulePassword}), true
}

// told finds the value that a sentence names: "the password is x", "with
// password x", "'x' is the password". Of letters alone it must be no common
// word, and end its clause.
func (l line) told(k kind, from, stop int) []span {
	f, rest := toldForms(), l.b[stop:min(len(l.b), stop+2*maxKey)]
	if failing(l.b[max(0, from-16):from], l.b[from:stop], rest) {
		return nil
	}
	if m := f.given.FindSubmatchIndex(rest); m != nil && k == kindPassword {
		return l.loose(k, from, stop, m)
	}
	if m := f.swapped.FindSubmatchIndex(rest); m != nil {
		return append(l.toldValue(k, from, stop, []int{0, 0, m[2], m[3]}), l.toldValue(k, from, stop, []int{0, 0, m[4], m[5]})...)
	}
	if m := f.is.FindSubmatchIndex(rest); m != nil {
		return l.toldValue(k, from, stop, m)
	}
	if k != kindKey {
		if out := l.ofRouter(k, from, stop); out != nil {
			return out
		}
	}
	head := l.b[max(0, from-maxKey):from]
	if name := string(l.b[from:stop]); talkedOf(name) && from > 0 && l.b[from-1] == '[' {
		if m := f.tagged.FindSubmatchIndex(rest); m != nil {
			return l.toldValue(k, from, stop, m)
		}
	}
	if from > 1 && k == kindPassword && bytes.HasSuffix(bytes.TrimRight(head[:len(head)-1], " "), []byte("(")) {
		if m := f.call.FindSubmatchIndex(rest); m != nil {
			return l.toldValue(k, from, stop, append(m, -1, -1))
		}
	}
	if m := f.typed.FindSubmatchIndex(rest); m != nil && l.begin && from < maxKey && from > 0 && f.router.Match(head) && !common(string(rest[m[2]:m[3]])) {
		return l.loose(k, from, stop, m)
	}
	if from > 0 && len(rest) > 0 && rest[0] == l.b[from-1] && strings.IndexByte(`"'`, rest[0]) >= 0 { // the quote is that of the name
		return nil
	}
	if m := f.quoted.FindSubmatchIndex(rest); m != nil && (k == kindPassword && m[8] < 0 && l.b[from] != '-' || f.with.Match(head)) {
		return l.toldValue(k, from, stop, m)
	}
	return nil
}

func (l line) toldValue(k kind, from, stop int, m []int) []span {
	for i := 2; i+1 < len(m); i += 2 {
		if m[i] < 0 {
			continue
		}
		start, end := stop+m[i], stop+m[i+1]
		if words := strings.Fields(string(l.b[start:end])); len(words) > 1 && (slices.ContainsFunc(words, common) || plainName(strings.Join(words, ""))) {
			return nil
		}
		for end > start && strings.IndexByte(".,;:!?", l.b[end-1]) >= 0 && l.closes(end) {
			end--
		}
		v := string(l.b[start:end])
		if i == 6 && len(m) == 10 && l.b[start-1] == '[' && !strong(v) && restless(v) < 5 {
			return nil
		}
		if i == 6 && len(m) == 10 && !talkedOf(string(l.b[from:stop])) || k == kindKey && !strong(v) || common(v) || harmless(kindPassword, "", v, ':') || len(v) < 4 || strings.ContainsAny(v[:1], "/\\<[{(,") || l.b[stop] == '"' && m[i] < 3 && nextField(v) || placeOf(v) || digits(v) && len(v) < 6 || plain(v) && !digits(v) {
			return nil
		}
		if (i == len(m)-2 || i == 6 && len(m) == 14) && plainName(v) && !toldForms().ends.Match(l.b[end:min(len(l.b), end+maxKey)]) {
			return nil
		}
		return []span{{from: from, start: start, end: end, rule: ruleOf(k)}}
	}
	return nil
}

// toldToken finds the token that a sentence names. It has to have letters and more
// than one digit, and the sentence to be about its use.
func (l line) toldToken(from, stop int) []span {
	p := stop + run(l.b[stop:], 0, isSpace)
	for _, is := range []string{"is ", "was ", "ist "} {
		p += len(is) * bytes.Count(l.b[p:min(len(l.b), p+len(is))], []byte(is))
	}
	told, name := l.b[p-1] == ' ' && p > stop+2, strings.ToLower(string(l.b[from:stop]))
	if p == stop || p >= len(l.b) || name != "token" && (!told || !strings.HasSuffix(name, "token") || publicName(name)) || l.parsing(from) {
		return nil
	}
	e := l.token(p)
	if s, ok := l.quotedValue(p); ok {
		p, e = s.start, s.end
	}
	v := strings.TrimRight(string(l.b[p:e]), ".,:;!")
	f := toldForms()
	if !strong(v) || strings.ContainsAny(v, ".=,<>{}") || restless(v) < 3 && !isDigit(v[len(v)-2]) || marked(l.b, p) > p ||
		name == "token" && !f.used.Match(l.b[max(0, from-maxKey):from]) && !f.judged.Match(l.b[e:min(len(l.b), e+maxKey)]) {
		return nil
	}
	return []span{{from: from, start: p, end: p + len(v), rule: RuleToken}}
}

// placeOf matches the path of a file.
func placeOf(v string) bool {
	return len(v) > 3 && v[1] == ':' && v[2] == '\\' || strings.HasPrefix(v, `\\`)
}

// toldBefore finds the value that stands before the name: 'x' is the access key.
func (l line) toldBefore(k kind, from, stop int) []span {
	head := max(0, from-2*maxKey)
	if !bytes.Contains(bytes.ToLower(l.b[max(head, from-40):from]), []byte("s the ")) && !bytes.Contains(bytes.ToLower(l.b[max(head, from-40):from]), []byte("s my ")) {
		return nil
	}
	m := toldForms().before.FindSubmatchIndex(l.b[head:from])
	if m == nil || stop < len(l.b) && !toldForms().ends.Match(l.b[stop:min(len(l.b), stop+maxKey)]) {
		return nil
	}
	for i := 2; i+1 < len(m); i += 2 {
		if m[i] < 0 {
			continue
		}
		v := string(l.b[head+m[i] : head+m[i+1]])
		sure := random(v) || hexKey(v) || strong(v)
		if k == kindPassword && i < len(m)-2 {
			sure = len(v) > 3 && !common(v) && !harmless(k, "", v, ':')
		}
		if !sure || marked(l.b, head+m[i]) > head+m[i] {
			return nil
		}
		return []span{{from: head + m[i], start: head + m[i], end: head + m[i+1], rule: ruleOf(k)}}
	}
	return nil
}

// speaks reports whether what stands behind "name:" or "--name" is not its value:
// the end of a quotation, a message about a failure, the placeholder of a help.
func (l line) speaks(from, stop, p int, sep byte) bool {
	b := l.b
	before := byte(0)
	if from > 0 {
		before = b[from-1]
	}
	text := b[p:min(len(b), p+2*maxKey)]
	if sep != ':' {
		quoted := before != 0 && stop < len(b) && b[stop] == before && (before == '"' || before == '\'')
		word := string(b[p:l.token(p)])
		if sep == '.' {
			return common(word)
		}
		return sep == ' ' && (quoted && text[0] != before || before == '[' && plainName(word) && p+len(word) < len(b) && b[p+len(word)] == ']' || placeholder(word) || strings.HasPrefix(word, "--") && len(word) > 3 && isLetter(word[2]))
	}
	if (before == '"' || before == '\'') && b[p] == before && b[p-1] == ':' && b[stop] == ':' && l.closes(p+1) && (p+1 >= len(b) || b[p+1] != before) { // "Password:" not found
		return true
	}
	head := b[max(0, from-maxKey):from]
	if hexValue().Match(text) {
		return true
	}
	f := spokenForms()
	return f.without.Match(head) || f.failed.Match(head) && f.words.Match(text)
}

// placeholder matches PASSWORD and <password> of a help.
func placeholder(word string) bool {
	w := strings.Trim(word, "<>")
	return len(w) < len(word) && plainName(w) || slices.Contains([]string{"PASSWORD", "PASSPHRASE", "TOKEN", "SECRET", "KEY", "FILE", "VALUE", "STRING"}, word)
}

var hexValue = sync.OnceValue(func() *regex.Regexp { return regex.MustCompile(`^\w+[=:]\s*0x[0-9A-Fa-f]{1,8}\b`) })

type spokenSet struct{ without, failed, words *regex.Regexp }

var spokenForms = sync.OnceValue(func() *spokenSet {
	f := new(spokenSet)
	f.without = regex.MustCompile(`(?i)(?:^|\W)(?:without|no)\s+(?:a\s+)?$`)
	f.failed = regex.MustCompile(`(?i)(?:failed to|unable to|could not|cannot|can't|couldn't|error while|error) \w+ (?:the |a |an )?(?:\w+ )?$`)
	f.words = regex.MustCompile(`^[A-Za-z][a-z']+,? [a-z]+`)
	return f
})
