package redact

import (
	"bytes"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles/bundletest/planted"
)

// drawnSeed is that of the secrets that are drawn; ASRDIAG_SEED names another.
const drawnSeed = 2611

// drawn is how many secrets of each kind are drawn.
const drawn = 40

// TestDrawnSecrets redacts lines with secrets whose names, values and
// surroundings are drawn, in every way in which they may be encoded.
func TestDrawnSecrets(t *testing.T) {
	seed := uint64(drawnSeed)
	if text := os.Getenv("ASRDIAG_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	d := planted.NewDrawer(seed)
	n, left, byWrap := 0, 0, map[string][2]int{}
	for _, kind := range planted.Kinds() {
		for range drawn {
			s := d.Draw(kind)
			search := planted.NewSearch([]string{s.Value})
			for _, wrap := range planted.Wraps() {
				line, ok := d.Wrap(wrap, s)
				if !ok {
					continue
				}
				text := "2026-11-20 08:14:54 before\n" + line + "\n2026-11-20 08:14:56 behind\n"
				got := redactAll(t, []byte(text), StreamOptions{}, 1+n%len(text))
				w := byWrap[kind+", "+wrap]
				w[0]++
				n++
				if found := search.Find(got); len(found) > 0 {
					left++
					w[1]++
					t.Errorf("%s, %s: %q\n of %q\n leaves %q", kind, wrap, s.Text, line, got)
				}
				if !bytes.HasPrefix(got, []byte("2026-11-20 08:14:54 before\n")) || !bytes.HasSuffix(got, []byte("\n2026-11-20 08:14:56 behind\n")) {
					t.Errorf("%s, %s: lines around are gone: %q", kind, wrap, got)
				}
				byWrap[kind+", "+wrap] = w
			}
		}
	}
	var rows []string
	for name, w := range byWrap {
		if w[1] > 0 {
			rows = append(rows, fmt.Sprintf("%5d of %5d  %s", w[1], w[0], name))
		}
	}
	sort.Strings(rows)
	t.Logf("%d planted, %d left\n%s", n, left, strings.Join(rows, "\n"))
}
