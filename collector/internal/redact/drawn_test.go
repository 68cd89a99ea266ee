package redact

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles/bundletest/planted"
	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
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

// TestMapHasNoSecrets: what is removed as a secret is not told to the map, also
// where it is an identity in base64.
func TestMapHasNoSecrets(t *testing.T) {
	const guid, other = "771a0079-ae7a-4a44-a7e8-619ad13bf4b6", "c9f16284-fbda-41a4-a926-f8e5a7919131"
	var list bytes.Buffer
	m, err := pseudonym.NewMapWriter(&list, pseudonym.Key{1}, pseudonym.Strict)
	if err != nil {
		t.Fatal(err)
	}
	r := New(Options{Mode: Strict, Names: pseudonym.NewMapper(pseudonym.Key{1}, pseudonym.Options{Map: m})})
	for _, text := range []string{"x secret=" + guid + " y", "x secret=" + base64.StdEncoding.EncodeToString([]byte(guid)) + " y", "x " + base64.StdEncoding.EncodeToString([]byte("the host is "+guid+" and secret=hunter2")) + " y", "id " + other} {
		if got := r.String(text, nil); strings.Contains(got, guid) || strings.Contains(got, other) {
			t.Errorf("String(%q) = %q", text, got)
		}
	}
	if err := m.Err(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(list.String(), guid) || !strings.Contains(list.String(), other) {
		t.Errorf("the map has %s", &list)
	}
}
