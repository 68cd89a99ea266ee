package collector

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/collector/internal/redact"
)

// TestSelftest: nothing is left of what is planted, whatever the seed, and nothing
// lies in the temporary folder afterwards.
func TestSelftest(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMP", os.Getenv("TMPDIR"))
	for _, privacy := range []string{PrivacyStandard, PrivacyStrict} {
		for seed := range uint64(5) {
			res, err := Selftest(t.Context(), seed, privacy)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range res.Rows {
				if r.Planted == 0 || r.Left != 0 || r.Removed != r.Planted {
					t.Errorf("%s, seed %d: %+v", privacy, seed, r)
				}
			}
			if !res.Passed || res.Ordinary < 100 {
				t.Errorf("%s, seed %d: %+v", privacy, seed, res)
			}
		}
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestSelftestFails has a kind of secret that no rule knows: it is told in its row,
// with the files, and the others are not touched by it.
func TestSelftestFails(t *testing.T) {
	kinds := append(selftestKinds(), []string{"what no rule knows", "wthe sky is %s", "wpassword=%s"})
	res, err := newPlanting(7, kinds).run(t.Context(), redact.New(redact.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	last := len(res.Rows) - 1
	if r := res.Rows[last]; res.Passed || r.Left != carriers || r.Removed != carriers || r.Planted != 2*carriers || !slices.ContainsFunc(r.Where, func(p string) bool { return strings.HasSuffix(p, "/base64.log") }) {
		t.Errorf("%v: %+v", res.Passed, r)
	}
	for _, r := range res.Rows[:last] {
		if r.Left > 0 {
			t.Errorf("%+v", r)
		}
	}
}

// TestSelftestMissing has a file that is not collected: it would have no secrets.
func TestSelftestMissing(t *testing.T) {
	p := newPlanting(7, selftestKinds())
	p.named.text = "not-asked-for.txt"
	if res, err := p.run(t.Context(), redact.New(redact.Options{})); err == nil || res.Passed {
		t.Errorf("%+v, %v", res, err)
	}
}

// TestSelftestSeed: a seed tells what is planted, and another one plants others.
func TestSelftestSeed(t *testing.T) {
	a, b, c := newPlanting(1, selftestKinds()).text, newPlanting(1, selftestKinds()).text, newPlanting(2, selftestKinds()).text
	if diff := cmp.Diff(a, b); diff != "" || a == c {
		t.Errorf("the same seed plants others: %s", diff)
	}
}
