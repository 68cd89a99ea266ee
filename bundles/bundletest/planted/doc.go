// Package planted makes up secrets, plants them in texts as programs write
// them, and searches what a program left behind for them. Names, values and
// surroundings are drawn from a seed, so that a redactor is tested with others
// than those it was written with.
//
// It is for tests; nothing in it is a secret of anybody.
package planted

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Secret is one that was made up.
type Secret struct {
	Kind  string // what it is, such as "token"
	Value string // what must not be found
	Text  string // one or more lines that hold it, without an end of line
	alone bool   // Text is whole lines
}

// Drawer draws secrets. It is not safe for concurrent use.
type Drawer struct {
	rnd  *rand.Rand
	next map[string]int // form of a kind that comes next
}

// NewDrawer starts with a seed: the same seed gives the same secrets.
func NewDrawer(seed uint64) *Drawer {
	return &Drawer{rnd: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), next: map[string]int{}}
}

// Draw makes a secret of a kind. All forms of a kind come in turn.
func (d *Drawer) Draw(kind string) Secret {
	k, ok := kinds()[kind]
	if !ok {
		panic(fmt.Sprintf("BUG: no kind of secret %q", kind))
	}
	n := d.next[kind]
	d.next[kind]++
	form := k.forms[n%len(k.forms)]
	value := d.value(k.values[d.rnd.IntN(len(k.values))], form)
	text, alone := strings.CutPrefix(d.fill(form, k, value), "^")
	return Secret{Kind: kind, Value: value, Text: text, alone: alone || strings.Contains(text, "\n")}
}

// Folded is the secret with its value in base64, or in hexadecimal.
func (s Secret) Folded(hexadecimal bool) Secret {
	code := base64.StdEncoding.EncodeToString([]byte(s.Value))
	if hexadecimal {
		code = hex.EncodeToString([]byte(s.Value))
	}
	s.Text = strings.ReplaceAll(s.Text, s.Value, code)
	return s
}

// Line puts the text of a secret into a line of a log, among other words. A text
// of several lines, or one that has to begin its line, stands as it is.
func (d *Drawer) Line(s Secret) string {
	if s.alone {
		return s.Text
	}
	return pick(d, leads()) + s.Text + pick(d, tails())
}

func pick[T any](d *Drawer, from []T) T { return from[d.rnd.IntN(len(from))] }
