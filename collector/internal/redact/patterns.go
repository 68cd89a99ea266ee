package redact

import (
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// pattern is an expression about texts of several lines and bytes written apart.
type pattern int

const (
	hexApart    pattern = iota // 70 61, 70:61 and 0x70, 0x61
	wordsApart                 // 7061 7373
	numberApart                // 112, 97
	dumpOffset                 // what stands before the bytes in a line of a dump
	argument                   // of a record of the audit system
	preludeEnd                 // of what lines of a log begin with
	leadIn                     // what lines of a log, a comment or a quotation begin with
	sectionHead
	sectionEntry
	manifestHead
	manifestMember
	manifestData
	dialogBegin // of SMTP, IMAP and POP3
	dialogWord  // base64 that is all that somebody sends
	listItem    // of YAML and JSON, in a line of its own
	foldable    // a header, or what is indented behind it belongs to
	cell        // of HTML
	listing     // a list without others in it
	resource    // of Terraform: a password
	resourceResult
)

var patterns = sync.OnceValue(func() []*regex.Regexp {
	texts := []string{
		`^(?:(?:0x)?[0-9A-Fa-f]{2}\b[ ,:;-]{0,3})+`,
		`^(?:[0-9A-Fa-f]{4}\b {0,2})+(?:[0-9A-Fa-f]{2}\b)?`,
		`^(?:\d{1,3}\b[ ,;:-]{0,2})+`,
		`^[\s{\[(]*((?:0x)?[0-9A-Fa-f]{4,16}(?:: *|  +))?`,
		`\sa\d+(?:\[\d+\])?=(?:"([^"]*)"|([0-9A-F]+)\b)`,
		`(?:(?:^|\s)[^\sa-z]+|[:\])|])\s*["']?$`,
		`^[\s#>|*;/+!]+$|^\s*(?:--|(?i:rem)|\[.*[\]:]|.{0,40}\|)\s*$|^[\s\[<(]*(?:INFO|DEBUG|WARN|WARNING|ERROR|TRACE|VERBOSE|FATAL|NOTICE)\b|\d\d:\d\d:\d\d|\d{4}-\d\d-\d\d`,
		`^\s*\[+([A-Za-z][\w .:/-]{0,64})\]+\s*$`,
		`^\s*["']?([\w.@\\-]+)["']?\s*[=:]\s*(?:"([^"\s]*)"|'([^'\s]*)'|([^\s"']+))\s*,?$`,
		`^\s*(?:-\s+)?["']?(apiVersion|kind|data|stringData)["']?\s*:\s*["']?([\w./-]*)["']?\s*[{,]?\s*$`,
		`^\s*(?:["']?([\w.-]+)["']?\s*:(?:\s+|$))?["']?(.*?)["']?,?\s*$`,
		`["'](?:data|stringData)\\*["']\s*:\s*\{`,
		`\b(?:AUTH|AUTHENTICATE) (?:LOGIN|PLAIN|XOAUTH2|OAUTHBEARER|CRAM-MD5|NTLM|EXTERNAL)\W*$|334,? (?:VXNlcm5hbWU6|UGFzc3dvcmQ6)\W*$`,
		`(?:^\s*(?:\S{1,12}[:>]\s+|[<>~*=-]+\s*)?|[<>],|(?:[<>]|C:)\s+)"?([A-Za-z0-9+/]{4,}=*)"?,*\s*$`,
		`^\s*(?:-\s+["']?([^"'\s][^"']*?)["']?|["']([^"']+)["'],?)\s*$`,
		`(?i)^(?:[<>*]\s+)?(?:(?:proxy-)?authorization|(?:set-)?cookie):|^\s*(?:aaa group )?(?:tacacs|radius)[ -]server \S+$`,
		`(?i)<(/table|tr|t[hd])\b[^<>]*>\s*([^<]*)`,
		`[\[(]((?:\s*(?:"[^"]*"|'[^']*'|[^\s\[\](){}",']+)\s*,)+\s*(?:"[^"]*"|'[^']*'|[^\s\[\](){}",']+)\s*)[\])]`,
		`"type"\s*:\s*"\w*password",?$`,
		`^\s*"(?:(result|bcrypt_hash|value|secret_text)|type)"\s*:\s*"((?:[^"\\]|\\.)*)"`,
	}
	out := make([]*regex.Regexp, len(texts))
	for i, text := range texts {
		out[i] = regex.MustCompile(text)
	}
	return out
})

// in is where the pattern and its groups are in a text; nil: nowhere.
func (p pattern) in(b []byte) []int { return patterns()[p].FindSubmatchIndex(b) }

// one is a secret, unless it is empty or was removed before.
func one(b []byte, start, end int, rule string) []span {
	return keep(b, span{from: start, start: start, end: end, rule: rule})
}

// plus joins the secrets of two rules.
func plus(a, b []span) []span { return append(a, b...) }

// oneOf reports whether a word, in any case, is in a list of |words|.
func oneOf(words, word string) bool {
	return word != "" && strings.Contains(words, "|"+strings.ToLower(word)+"|")
}
