// Package redact removes secrets from logs, facts and messages while they
// stream into a bundle, and turns names and addresses into pseudonyms, so that
// nothing unredacted ever lies on disk.
//
// What is removed is replaced by [REDACTED:<rule>]; everything else stays as
// it was, byte for byte, lines included. A line is judged as a whole however
// the writes were cut. Memory is bounded whatever the length of a line.
//
// The rules look at the words that come before a secret (password=,
// Authorization:, sig=) and at forms that are a secret by themselves (JWT, PEM
// private keys). Times, codes, versions and ports are left alone. When in doubt
// about a value the rules remove it; when in doubt about bytes (a NUL inside of
// 8-bit text) the whole line goes. Identities are looked for in what is left, by
// package pseudonym.
package redact

import "github.com/asrdiag/asrdiag/collector/internal/pseudonym"

// Rule names, as counted in the manifest.
const (
	RulePassword   = "password"      // password, passphrase, pwd
	RuleSecret     = "secret"        // secrets, credentials
	RuleToken      = "token"         // tokens
	RuleKey        = "key"           // account, access, API and shared keys
	RuleAuth       = "authorization" // Authorization headers, bearer and basic credentials
	RuleCookie     = "cookie"        // Cookie and Set-Cookie headers
	RuleSAS        = "sas"           // sig= of shared access signatures
	RuleJWT        = "jwt"           // JSON web tokens
	RulePrivateKey = "private-key"   // PEM private keys
	RuleUserinfo   = "userinfo"      // user:password@ of addresses
	RuleOption     = "option"        // secret options of known programs
	RuleEncoded    = "encoded"       // base64 or hexadecimal with a secret in it
	RuleBinary     = "binary"        // lines with NUL bytes in 8-bit text
	RuleLongLine   = "long-line"     // the rest of a line behind a secret that did not end
)

// Counts is how often each rule removed something.
type Counts map[string]int

// Add adds other to c.
func (c Counts) Add(other Counts) {
	for rule, n := range other {
		c[rule] += n
	}
}

const markPrefix = "[REDACTED:"

// Mark is the text that replaces what rule removed.
func Mark(rule string) string { return markPrefix + rule + "]" }

// Mode says what becomes a pseudonym, besides the secrets that are removed.
type Mode uint8

// Modes. Standard is about people and subscriptions, Strict about host names
// and addresses as well.
const (
	Secrets Mode = iota // nothing
	Standard
	Strict
)

// Options of a Redactor.
type Options struct {
	Mode Mode
	// Names makes the pseudonyms. It is not used with Secrets.
	Names *pseudonym.Mapper
	// Known are names that are found wherever they stand.
	Known pseudonym.Known
}

// Redactor holds the rules. It is safe for concurrent use. An address must pass
// it once: the pseudonym of an address is an address.
type Redactor struct {
	words  *automaton
	sextet *[256]int8 // of base64
	names  *names     // nil: secrets only
}

// New builds a Redactor.
func New(o Options) *Redactor {
	return &Redactor{words: newAutomaton(triggers()), sextet: newSextets(), names: newNames(o)}
}

// Secrets is a Redactor with the same rules that makes no pseudonyms: for texts
// that pass r later.
func (r *Redactor) Secrets() *Redactor {
	return &Redactor{words: r.words, sextet: r.sextet}
}
