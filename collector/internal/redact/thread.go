package redact

import (
	"bytes"
	"slices"
	"strings"
)

// pairLines is how many lines may stand between the name and the value of a pair.
const pairLines = 5

// thread is what goes on from one line into the next.
type thread struct {
	pem    int     // lines left in which a private key may go on
	cut    bool    // pem is a guess: no begin was seen
	column int     // where the first line of the key began: behind a time stamp
	value  pending // a secret goes on in the next line
	carry  string  // end of the text of a block of base64 or hexadecimal
	block  bool    // a block of base64 or hexadecimal with a secret goes on
	table  *table  // whose rows go on
	place  region  // of a value of several lines
	until  string  // the line that ends a text which is a secret
	soft   bool    // a value goes on behind the = at the end of its line, of quoted-printable
	public int     // lines left in which a certificate may go on
	dated  bool    // what goes on began behind a time
	left   int     // lines in which the value of a pair, or the end of a text, may come
	lead   string  // begin of the line where what goes on began
	base   int     // bytes of it that the line has, too
	under  int     // column of the text there
	object manifest
	join   joined
	grid   rows // of HTML
	lists  rows // of JSON
	dialog int  // lines left in which a client may prove who it is
}

// open reports whether the next line needs a look whatever is in it.
func (t *thread) open() bool {
	return t.pem > 0 || t.value != pendingNone || t.block || t.carry != "" || t.table != nil || t.place.how != 0 || t.until != "" || t.soft || t.public > 0 ||
		t.object.left > 0 || t.join.text != "" || t.dialog > 0 || t.grid.left > 0 || t.lists.left > 0
}

// judge finds the secrets of the next line, in order and without overlaps.
func (t *thread) judge(r *Redactor, l line) []span {
	t.endAtTime(l.b)
	inner, was, value, place := t.within(l), t.open(), t.value, t.place.how
	if t.pem > 0 && t.keyBody(l.b) {
		i := bytes.Index(l.b, []byte(pemEnd))
		if i < 0 {
			return []span{{end: len(l.b), rule: RulePrivateKey}}
		}
		return merge(append(r.find(l), span{end: i, rule: RulePrivateKey}))
	}
	if t.certificate(l) {
		return nil
	}
	spans := plus(r.find(l), t.encodedBlock(r, inner))
	if text := bytes.TrimSpace(inner.b); t.value == pendingString && len(text) == 1 && (text[0] == '{' || text[0] == '[') {
		t.value, t.place = pendingNone, region{how: '{', left: regionLines}
	}
	spans = plus(spans, t.awaited(inner.b))
	if t.soft {
		spans = plus(spans, softPart(l))
	}
	if t.place.how != 0 {
		t.place.behind(t.base, t.under)
		spans = plus(spans, t.place.goesOn(r, inner))
	}
	spans = plus(spans, t.object.next(r, inner.b))
	spans = plus(spans, t.answers(inner.b))
	spans = plus(spans, t.grid.cells(r, l.b))
	spans = plus(spans, t.lists.lists(r, l.b))
	spans = plus(spans, t.join.goesOn(r, inner))
	spans = merge(plus(spans, t.rows(r, l)))
	if t.value == pendingNone && t.place.how == 0 && l.begin && !l.more {
		t.place = r.opensRegion(l)
	}
	t.soft = len(spans) > 0 && cutSoftly(l.b, spans[len(spans)-1].end)
	t.follow(r, l.b, spans)
	if t.open() && (!was || value != t.value || place != t.place.how) {
		t.lead = string(l.b[:min(len(l.b), maxLead)])
	}
	return spans
}

// endAtTime ends a value of several lines where a line of a log begins, unless the
// value is part of such lines.
func (t *thread) endAtTime(b []byte) {
	switch long := t.value.long(); {
	case !long && t.place.how == 0 && t.until == "":
		t.dated = stamped(b)
	case t.dated || !stamped(b):
	default:
		t.place, t.until = region{}, ""
		if long {
			t.value = pendingNone
		}
	}
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

// awaited finds the secret of which a line before this one has the name.
func (t *thread) awaited(b []byte) (out []span) {
	text := bytes.TrimSpace(b)
	if t.until != "" {
		if t.left--; string(text) == t.until || t.left < 0 {
			t.until = ""
			return nil
		}
		start := bytes.Index(b, text)
		return keep(b, span{from: start, start: start, end: start + len(text), rule: RuleSecret})
	}
	if t.value == pendingNone {
		return nil
	}
	if t.left--; t.value.long() && t.left < 0 || t.value == pendingBlock && run(b, 0, isSpace)-t.base <= t.under {
		t.value = pendingNone
		return nil
	}
	if t.value != pendingPair {
		out, t.value = t.value.goesOn(b)
		return out
	}
	f := pendingForms()
	if len(text) > 2 && text[0] == '<' && bytes.IndexByte(text, '>') == len(text)-1 && text[1] != '/' {
		t.value, t.place = pendingNone, region{how: '<', deep: 0, left: regionLines} // the tag makes it one
		return nil
	}
	m := f.member.FindSubmatch(b)
	if t.left == pairLines-1 || m != nil && slices.Contains([]string{"value", "data", "string", "val", "td", "dd"}, strings.ToLower(string(m[1]))) {
		out, t.value = t.value.goesOn(b)
	}
	if m != nil && len(out) == 0 && t.left > 0 && !f.pair.Match(b) && !f.value.Match(b) {
		t.value = pendingPair
	} else {
		t.value = pendingNone
	}
	return out
}
