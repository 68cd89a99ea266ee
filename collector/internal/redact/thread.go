package redact

import "bytes"

// thread is what goes on from one line into the next.
type thread struct {
	pem   int     // lines left in which a private key may go on
	cut   bool    // pem is a guess: no begin was seen
	value pending // a secret goes on in the next line
	carry string  // end of the text of a block of base64 or hexadecimal
	block bool    // a block of base64 or hexadecimal with a secret goes on
	table *table  // whose rows go on
}

// open reports whether the next line needs a look whatever is in it.
func (t *thread) open() bool {
	return t.pem > 0 || t.value != pendingNone || t.block || t.carry != "" || t.table != nil
}

// judge finds the secrets of the next line, in order and without overlaps.
func (t *thread) judge(r *Redactor, l line) []span {
	if t.pem > 0 && t.keyBody(l.b) {
		i := bytes.Index(l.b, []byte(pemEnd))
		if i < 0 {
			return []span{{end: len(l.b), rule: RulePrivateKey}}
		}
		return merge(append(r.find(l), span{end: i, rule: RulePrivateKey}))
	}
	spans := append(r.find(l), t.encodedBlock(r, l)...)
	if t.value != pendingNone {
		var more []span
		more, t.value = t.value.goesOn(l.b)
		spans = append(spans, more...)
	}
	spans = merge(append(spans, t.rows(r, l)...))
	t.follow(r, l.b, spans)
	return spans
}

// rows finds the secrets of a row of a table, or notes that one begins.
func (t *thread) rows(r *Redactor, l line) (out []span) {
	if out = r.couple(l); len(out) > 0 {
		t.table = nil
		return out
	}
	if t.table != nil {
		var goesOn bool
		if out, goesOn = t.table.row(r, l.b); goesOn {
			return out
		}
	}
	t.table = r.header(l)
	return nil
}
