package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/asrdiag/asrdiag/bundles/bundletest"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/checktest"
)

// The address that source machines are given is told to the host, also one that no
// adapter has.
func TestTellNames(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "no-nat", "translated-works.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := bundletest.Parse(txtar.Parse(data))
	if err != nil {
		t.Fatal(err)
	}
	b, err := tree.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*check.Check{noNAT(), dataPortCheck()} {
		out, err := checktest.RunBundle(c, b)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(out.Status.Names, "203.0.113.9") {
			t.Errorf("%s: names %q", c.ID, out.Status.Names)
		}
	}
}
