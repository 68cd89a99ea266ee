package scan

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// naive finds needles one after the other, at every place.
func naive(needles []needle, hay []byte) []find {
	var out []find
	lower := bytes.Clone(hay)
	for i, c := range lower {
		if c >= 'A' && c <= 'Z' {
			lower[i] += 'a' - 'A'
		}
	}
	for id, n := range needles {
		in := hay
		if n.fold {
			in = lower
		}
		for pos := range in {
			if bytes.HasPrefix(in[pos:], []byte(n.text)) {
				out = append(out, find{pos, id})
			}
		}
	}
	return out
}

func inOrder(finds []find) []find {
	return slices.SortedFunc(slices.Values(finds), func(a, b find) int {
		return cmp.Or(cmp.Compare(a.pos, b.pos), cmp.Compare(a.needle, b.needle))
	})
}

// compareSearch searches both ways.
func compareSearch(tb testing.TB, needles []needle, text []byte) {
	tb.Helper()
	hay := append(bytes.Clone(text), "behind the end of the text"...)[:len(text)]
	s := newSearcher(needles)
	if d := gocmp.Diff(inOrder(naive(needles, hay)), inOrder(s.search(nil, hay)), gocmp.AllowUnexported(find{})); d != "" {
		tb.Fatalf("%+v in %.500q, window %d, alone %v (-naive +searcher):\n%.2000s", needles, text, s.window, s.singles, d)
	}
}

// randomNeedles are of few letters, so that they overlap and repeat.
func (m maker) randomNeedles() []needle {
	var out []needle
	shortest, longest := pick(m, 2, 2, 3, 4, 5, 6, 8, 12), pick(m, 3, 8, 20, 40)
	for range 1 + m.IntN(pick(m, 2, 10, 200)) {
		n := needle{fold: m.IntN(3) == 0}
		n.text = m.letters(max(shortest, 1+m.IntN(longest)))
		if n.fold {
			n.text = strings.ToLower(n.text)
			n.text = strings.Map(func(r rune) rune { return r & 0x7f }, n.text)
		}
		if len(n.text) >= minNeedle && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

func (m maker) letters(n int) string {
	alphabet := pick(m, "ab", "abAB", "abcdefghijklmnop qrstuvwxyz", "@`[{\x00\x20ab", "\xe2\x84\xaa\xc5\xbfks")
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[m.IntN(len(alphabet))]
	}
	return string(b)
}

func TestSearchAgainstNaive(t *testing.T) {
	for seed := range uint64(400) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := maker{rand.New(rand.NewPCG(seed, 2))}
			needles := append(m.randomNeedles(), needle{text: "ab"})
			var text []byte
			for range m.IntN(pick(m, 1, 3, 60)) {
				text = append(text, m.letters(m.IntN(30))...)
				if n := pick(m, needles...).text; m.IntN(2) == 0 {
					text = append(text, pick(m, n, strings.ToUpper(n), n[1:], n[:len(n)-1])...)
				}
			}
			compareSearch(t, needles, text)
		})
	}
}

// TestSearchManyLiterals: the literals of a long list are all found.
func TestSearchManyLiterals(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(1, 3))}
	var needles []needle
	var text []byte
	for i := range 3000 {
		n := needle{text: fmt.Sprintf("%d %s", i, strings.Map(func(r rune) rune { return r & 0x7f }, m.letters(4+i%20)))}
		needles = append(needles, n)
		text = append(append(text, n.text...), "\n"...)
	}
	s := newSearcher(needles)
	found := map[int]bool{}
	for _, f := range s.search(nil, append(text, make([]byte, slack)...)[:len(text)]) {
		found[f.needle] = true
	}
	if len(found) != len(needles) {
		t.Errorf("%d of %d found", len(found), len(needles))
	}
}

func FuzzSearch(f *testing.F) {
	f.Add([]byte("the text with a Failed to send and HTTP 407"), "failed to send", "407", true)
	f.Add([]byte("aaaaaaaaaaaaaaab"), "aaab", "aa", false)
	f.Add([]byte("\u212aelvin @`[{"), "kelvin", "@`", true)
	f.Fuzz(func(t *testing.T, text []byte, a, b string, fold bool) {
		if len(a) < minNeedle || len(b) < minNeedle || strings.ContainsAny(a+b, "\n") || len(text) > 10_000 {
			return
		}
		na, nb := needle{text: a}, needle{text: b}
		if fold {
			if na = literalNeedle(a, true); len(na.text) < minNeedle {
				return
			}
		}
		compareSearch(t, []needle{na, nb}, text)
		compareSearch(t, []needle{nb}, text)
	})
}

// BenchmarkSearch searches a log for literals, none of which is in it.
func BenchmarkSearch(b *testing.B) {
	log := []byte(agentLog(benchSize))
	for _, length := range []int{16, 8, 6, 4, 3, 2} {
		for _, n := range []int{40, 400} {
			m := maker{rand.New(rand.NewPCG(1, 4))}
			var needles []needle
			for range n {
				text := []byte(log[m.IntN(len(log)-length):])[:length]
				text = bytes.ReplaceAll(text, []byte("\n"), []byte(" "))
				m.Shuffle(length, func(i, k int) { text[i], text[k] = text[k], text[i] })
				needles = append(needles, needle{text: string(text)})
			}
			b.Run(fmt.Sprintf("%d of %d bytes", n, length), func(b *testing.B) {
				s := newSearcher(needles)
				b.SetBytes(int64(len(log)))
				var out []find
				for b.Loop() {
					for i := 0; i+chunkSize+slack <= len(log); i += chunkSize {
						out = s.search(out[:0], log[i:i+chunkSize])
					}
				}
			})
		}
	}
}

// BenchmarkSearchShort searches for many long literals and a few short ones,
// without case.
func BenchmarkSearchShort(b *testing.B) {
	log := []byte(agentLog(benchSize))
	words := strings.Fields(rareWords)
	for _, n := range [][2]int{{40, 0}, {40, 1}, {40, 5}, {400, 0}, {400, 1}, {400, 5}} {
		m := maker{rand.New(rand.NewPCG(1, 7))}
		var needles []needle
		for range n[0] {
			needles = append(needles, needle{text: pick(m, words...) + " " + pick(m, words...) + " " + pick(m, words...)})
		}
		for i := range n[1] {
			needles = append(needles, needle{text: []string{"zip", "xyz", "rpo", "qos", "407 x"}[i], fold: true})
		}
		b.Run(fmt.Sprintf("%d and %d", n[0], n[1]), func(b *testing.B) {
			s := newSearcher(needles)
			b.SetBytes(int64(len(log)))
			var out []find
			for b.Loop() {
				for i := 0; i+chunkSize+slack <= len(log); i += chunkSize {
					out = s.search(out[:0], log[i:i+chunkSize])
				}
			}
		})
	}
}

const rareWords = `volume driver service replication session certificate registry adapter checkpoint mirror token bitmap journal
scheduler listener tunnel gateway replica could cannot refused lost timed dropped rejected waiting skipped restarted broken
handle peer queue header lease sequence memory connection answer page thumbprint setting license bandwidth target disk`
