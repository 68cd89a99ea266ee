package planted

import "strings"

// class of values.
type class int

const (
	human     class = iota // as people choose them: Xolqab-72!
	letters                // letters alone
	digits                 // digits alone
	phrase                 // words with hyphens or dots between them
	spaced                 // words with blanks between them
	base64s                // 32 bytes in base64, with its padding
	base64url              // the same without padding, in the other alphabet
	hexadec                // 32 hexadecimal digits
	guid                   // as a client's secret may be
	licence                // groups of capitals and digits
	special                // with the characters that end words elsewhere
	strange                // with letters beyond ASCII
)

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digit  = "0123456789"
	hexes  = "0123456789abcdef"
	signs  = "!#$%*+-._~^"
	ending = "!#$%&*()+-._~^;,:?@/"
)

// text is n characters of an alphabet.
func (d *Drawer) text(alphabet string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[d.rnd.IntN(len(alphabet))]
	}
	return string(out)
}

// word is one that no language has.
func (d *Drawer) word(syllables int) string {
	var b strings.Builder
	for range syllables {
		b.WriteString(d.text("bdfgjklmnpqrstvwxz", 1) + d.text("aeiouy", 1) + d.text("kqxzvwj", 1))
	}
	return b.String()
}

// value makes one of a class. One with characters that end words is made only
// for forms that say where it ends.
func (d *Drawer) value(c class, form string) string {
	if (c == special || c == spaced) && !bounded(form) {
		c = human
	}
	switch c {
	case human:
		w := d.word(3)
		return strings.ToUpper(w[:1]) + w[1:] + d.text(digit, 2) + d.text("!#*+~", 1) + d.text(lower, 1)
	case letters:
		return d.word(4)
	case digits:
		return d.text("123456789", 1) + d.text(digit, 11)
	case phrase:
		return strings.Join([]string{d.word(2), d.word(2), d.word(2), d.text(digit, 2)}, pick(d, []string{"-", ".", "_"}))
	case spaced:
		return strings.Join([]string{d.word(2), d.word(2), d.word(2)}, " ")
	case base64s:
		return d.text(lower+upper+digit+"+/", 41) + d.text(digit, 1) + "q" + "="
	case base64url:
		return d.text(lower+upper, 4) + d.text(lower+upper+digit+"-_", 38) + d.text(digit, 1)
	case hexadec:
		return d.text("abcdef", 1) + d.text(hexes, 30) + d.text(digit, 1)
	case guid:
		return d.text(hexes, 8) + "-" + d.text(hexes, 4) + "-4" + d.text(hexes, 3) + "-a" + d.text(hexes, 3) + "-" + d.text(hexes, 12)
	case licence:
		return d.text(upper+digit, 5) + "-" + d.text(upper+digit, 5) + "-" + d.text(upper+digit, 5) + "-" + d.text(upper+digit, 5)
	case special:
		return d.text(upper, 2) + d.text(ending+lower+digit, 12) + d.text(lower, 2)
	case strange:
		return d.word(1) + "ß" + d.word(2) + "é" + d.text(digit, 3)
	}
	return d.text(lower+upper+digit+signs, 16)
}
