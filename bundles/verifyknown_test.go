package bundles

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"testing/fstest"
)

// TestVerifyKnown gives the sums of a file that cannot be read again.
func TestVerifyKnown(t *testing.T) {
	sum := sha256.Sum256([]byte("log"))
	want := Sum{Size: 3, SHA256: hex.EncodeToString(sum[:])}
	tree := fstest.MapFS{
		HeaderPath:   {Data: []byte(`{"format":"asr-bundle","version":1,"id":"x"}`)},
		ManifestPath: {Data: fmt.Appendf(nil, `{"format":"asr-bundle","version":1,"id":"x","files":[{"path":"logs/a","size":3,"sha256":%q}]}`, want.SHA256)},
		"logs/a":     {Data: []byte("not what was read")},
		"logs/extra": {Data: nil},
	}
	b, err := Open(tree)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		known map[string]Sum
		kind  string // of the problem of logs/a
	}{
		"right":   {map[string]Sum{"logs/a": want, "logs/extra": {}}, ""},
		"wrong":   {map[string]Sum{"logs/a": {Size: 3, SHA256: "00"}}, ProblemChanged},
		"shorter": {map[string]Sum{"logs/a": {Size: 2, SHA256: want.SHA256}}, ProblemChanged},
		"none":    {nil, ProblemChanged},
	} {
		in, err := b.VerifyKnown(context.Background(), test.known)
		if err != nil {
			t.Fatal(err)
		}
		kind, extra := "", false
		for _, p := range in.Problems {
			if p.Path == "logs/a" {
				kind = p.Kind
			}
			extra = extra || p.Kind == ProblemExtra
		}
		if kind != test.kind || !extra {
			t.Errorf("%s: problems %+v, want %q for logs/a and the extra file", name, in.Problems, test.kind)
		}
	}
}
