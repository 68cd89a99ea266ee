package collector

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestProfileUncoversNothing has a profile in a file whose own words and targets
// are names of the customer: strict mode hides them all the same, in logs and in
// the facts about the profile's own items. What a built-in profile names stays.
func TestProfileUncoversNothing(t *testing.T) {
	dir := t.TempDir()
	text := "connect to sql07.harbour-bank.com and login.microsoftonline.com\n"
	if err := os.WriteFile(filepath.Join(dir, "a.log"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	profile := filepath.Join(dir, "p.json")
	doc := fmt.Sprintf(`{"name":"p","version":"1","title":"sql07 harbour-bank","processes":{},"connections":{},"time":{"sntp":["ntp.harbour-bank.com"],"why":"w"},
"probes":[{"name":"t","target":"sql07.harbour-bank.com:9443","why":"w"},{"name":"d","target":"harbour-bank.com:443","why":"w"}],
"logs":[{"id":"l","globs":["%s/*.log"],"why":"w"}]}`, dir)
	if err := os.WriteFile(profile, []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	sum, err := Run(context.Background(), Options{Profile: profile, Out: dir, Privacy: PrivacyStrict, Duration: time.Second, Interval: time.Second, NoProbes: true, Bus: "unix:path=/nonesuch", Lock: "asrdiag-test-uncovers", test: testOptions{agreed: true}})
	if err != nil {
		t.Fatal(err)
	}
	told := contentsWithout(t, sum.Path, "harbour-bank")
	contentsWithout(t, sum.Path, "sql07")
	if !strings.Contains(told, "login.microsoftonline.com") {
		t.Error("a public name is hidden")
	}
	p, _, err := named(Options{Profile: profile})
	if err != nil {
		t.Fatal(err)
	}
	n, err := newNaming(Options{NoMap: true}, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range n.words {
		if w == "sql07" || w == "harbour" {
			t.Errorf("the profile has the word %q left alone", w)
		}
	}
}
