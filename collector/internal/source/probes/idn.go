package probes

import (
	"strings"
	"unicode"
)

// asciiLabel gives the ASCII form of one label of a name (RFC 3492), in lower
// case when it was written in another script.
func asciiLabel(label string) (string, error) {
	if isLabel(label) {
		return label, nil
	}
	runes := []rune(strings.ToLower(label))
	if len(runes) > 63 {
		return "", errHost
	}
	wide := false
	for _, r := range runes {
		wide = wide || r >= 0x80
		if r < 0x80 && !isLabel("a"+string(r)+"a") || r >= 0x80 && !unicode.In(r, unicode.L, unicode.M, unicode.N) {
			return "", errHost
		}
	}
	if out := "xn--" + punycode(runes); wide && isLabel(out) {
		return out, nil
	}
	return "", errHost
}

// The parameters of RFC 3492, section 5.
const (
	punyBase, punyMin, punyMax   = 36, 1, 26
	punySkew, punyDamp, punyBias = 38, 700, 72
)

func punycode(in []rune) string {
	var out []byte
	for _, r := range in {
		if r < 0x80 {
			out = append(out, byte(r))
		}
	}
	basic := len(out)
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(0x80), 0, punyBias
	for done := basic; done < len(in); n, delta = n+1, delta+1 {
		next := unicode.MaxRune
		for _, r := range in {
			if r >= n {
				next = min(next, r)
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range in {
			switch {
			case r < n:
				delta++
			case r == n:
				out = punyNumber(out, delta, bias)
				bias = punyAdapt(delta, done+1, done == basic)
				delta = 0
				done++
			}
		}
	}
	return string(out)
}

// punyNumber writes a number of variable length.
func punyNumber(out []byte, q, bias int) []byte {
	for k := punyBase; ; k += punyBase {
		t := min(max(k-bias, punyMin), punyMax)
		if q < t {
			return append(out, punyDigit(q))
		}
		out = append(out, punyDigit(t+(q-t)%(punyBase-t)))
		q = (q - t) / (punyBase - t)
	}
}

func punyDigit(d int) byte {
	if d < 26 {
		return byte('a' + d)
	}
	return byte('0' + d - 26)
}

func punyAdapt(delta, points int, first bool) int {
	if delta /= 2; first {
		delta = delta * 2 / punyDamp
	}
	delta += delta / points
	k := 0
	for delta > (punyBase-punyMin)*punyMax/2 {
		delta /= punyBase - punyMin
		k += punyBase
	}
	return k + (punyBase-punyMin+1)*delta/(delta+punySkew)
}
