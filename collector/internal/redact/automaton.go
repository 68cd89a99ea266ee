package redact

// kind says what a trigger word may announce.
type kind uint8

const (
	kindPassword kind = iota + 1
	kindSecret
	kindToken
	kindKey
	kindAuth
	kindCookie
	kindBearer
	kindBasic
	kindSig
	kindJWT
	kindPEM
	kindURL
	kindAt
	kindProgram
	kindVendor
	kindSQL
	kindQuery
	kindCrypt
)

// trigger is a word in lower case that makes a line worth a closer look.
type trigger struct {
	word string
	kind kind
}

func triggers() []trigger {
	words := map[kind][]string{
		kindPassword: {"passw", "passphrase", "pass phrase", "pass-phrase", "passcode", "pwd", "pass=", "pass:", "pass\":", "-pass ", "kennwort", "mot de passe", "mot_de_passe", "contrase"},
		kindSecret:   {"secret", "credential", "community string", "communitystring"},
		kindToken:    {"token"},
		kindKey: {
			"accountkey", "account_key", "account-key", "account key", "accesskey", "access_key", "access-key", "access key",
			"apikey", "api_key", "api-key", "api key", "sharedkey", "shared_key", "shared-key", "shared key",
			"privatekey", "private_key", "storagekey", "storage_key", "functions-key", "subscription-key", "subscriptionkey", "masterkey", "master_key", "signingkey", "signing_key", "encryptionkey", "encryption_key", "authcert", "authkey", "auth_key",
			"validationkey", "decryptionkey", "primarykey", "secondarykey", "hmackey", "hmac_key", "hmac-key", "accesssignature", "x-amz-signature", "_psk", "psk=", "pre-shared", "preshared",
		},
		kindAuth:    {"authorization"},
		kindCookie:  {"cookie"},
		kindBearer:  {"bearer"},
		kindBasic:   {"basic"},
		kindSig:     {"sig=", "sig%3d"},
		kindJWT:     {"eyj"},
		kindPEM:     {"private key", "private-lines:"},
		kindURL:     {"://"},
		kindAt:      {"@"},
		kindProgram: {"sshpass", "plink", "pscp", "mysql", "curl", "wget", "openssl", "net use"},
		kindVendor:  {"akia", "ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "xoxb-", "xoxp-", "xoxa-", "asia", "aiza", "sk_live_", "rk_live_", "glpat-", "npm_"},
		kindSQL:     {"identified by"},
		kindQuery:   {"?code=", "&code=", "?key=", "&key=", "auth="},
		kindCrypt:   {"$1$", "$5$", "$6$", "$y$", "$2a$", "$2b$", "$2y$", "$apr1$", "{ssha"},
	}
	var out []trigger
	for k := kindPassword; k <= kindCrypt; k++ {
		for _, w := range words[k] {
			out = append(out, trigger{w, k})
		}
	}
	return out
}

// automaton finds all trigger words in one pass, one table look-up a byte
// (Aho-Corasick over a folded alphabet). Regular expressions cost 20 to 50
// times that.
type automaton struct {
	class [256]uint16
	// next holds, for state*width+class, the state that follows, already
	// multiplied by width. States that end a word are numbered last.
	next   []uint16
	width  int
	accept uint16 // states from here on end a word
	ends   map[uint16][]trigger
}

// hit is a trigger word that ends at end.
type hit struct {
	trigger
	end int
}

// trie is the automaton while it is built.
type trie struct {
	to   []map[byte]int
	fail []int
	out  [][]trigger
}

func newTrie(words []trigger) *trie {
	t := &trie{to: []map[byte]int{{}}, fail: []int{0}, out: [][]trigger{nil}}
	for _, w := range words {
		s := 0
		for _, c := range []byte(w.word) {
			if _, ok := t.to[s][c]; !ok {
				t.to = append(t.to, map[byte]int{})
				t.fail, t.out = append(t.fail, 0), append(t.out, nil)
				t.to[s][c] = len(t.to) - 1
			}
			s = t.to[s][c]
		}
		t.out[s] = append(t.out[s], w)
	}
	t.link()
	return t
}

// link sets the failure links, breadth first.
func (t *trie) link() {
	queue := []int{0}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		for c, next := range t.to[s] {
			if s != 0 {
				t.fail[next] = t.step(t.fail[s], c)
			}
			t.out[next] = append(t.out[next], t.out[t.fail[next]]...)
			queue = append(queue, next)
		}
	}
}

func (t *trie) step(s int, c byte) int {
	for {
		if next, ok := t.to[s][c]; ok {
			return next
		}
		if s == 0 {
			return 0
		}
		s = t.fail[s]
	}
}

func newAutomaton(words []trigger) *automaton {
	t := newTrie(words)
	a := &automaton{ends: map[uint16][]trigger{}, width: 1}
	var letters []byte
	for _, w := range words {
		for _, c := range []byte(w.word) {
			if a.class[c] == 0 {
				a.class[c] = uint16(a.width)
				letters = append(letters, c)
				a.width++
			}
		}
	}
	for c := byte('A'); c <= 'Z'; c++ {
		a.class[c] = a.class[c+'a'-'A']
	}
	a.fill(t, letters)
	return a
}

// fill numbers the states, those that end a word last, and writes the table.
func (a *automaton) fill(t *trie, letters []byte) {
	number, n := make([]uint16, len(t.to)), 0
	for _, accepting := range []bool{false, true} {
		if accepting {
			a.accept = uint16(n * a.width)
		}
		for s := range t.to {
			if (len(t.out[s]) > 0) == accepting {
				number[s] = uint16(n * a.width)
				n++
			}
		}
	}
	a.next = make([]uint16, n*a.width)
	for s := range t.to {
		for _, c := range letters {
			a.next[int(number[s])+int(a.class[c])] = number[t.step(s, c)]
		}
		if len(t.out[s]) > 0 {
			a.ends[number[s]] = t.out[s]
		}
	}
}

// find returns the position after the first trigger word at or after from, or -1.
func (a *automaton) find(p []byte, from int) int {
	var s uint16
	for i := from; i < len(p); i++ {
		s = a.next[s+a.class[p[i]]]
		if s >= a.accept {
			return i + 1
		}
	}
	return -1
}

// all appends every trigger word of a line to hits.
func (a *automaton) all(p []byte, hits []hit) []hit {
	var s uint16
	for i, c := range p {
		s = a.next[s+a.class[c]]
		if s >= a.accept {
			for _, t := range a.ends[s] {
				hits = append(hits, hit{t, i + 1})
			}
		}
	}
	return hits
}
