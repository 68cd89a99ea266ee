package main

import (
	"fmt"
	"path/filepath"
	"testing"
)

// What the configuration names is the process server, by all addresses that its
// name was found to have; a log or a probe stands in for it.
func TestTellPeers(t *testing.T) {
	for fixture, want := range map[string]string{
		"by-name":                     "[[10.1.0.4]]",
		"refused":                     "[[10.1.0.4]]",
		"two-targets":                 "[[10.1.0.4] [192.168.7.4]]",
		"no-address":                  "[]",
		"configured-in-capitals":      "[[PS01.Corp.Example 10.1.0.4]]",
		"configuration-server-probed": "[[10.1.0.9] [10.1.0.4]]",
		"name-timeout":                "[[ps01.corp.example]]",
	} {
		out := runFixture(t, processServerPort(), filepath.Join("testdata", "process-server-port", fixture+".txtar"))
		if got := fmt.Sprint(out.Status.Peers); got != want {
			t.Errorf("%s: peers %s, want %s", fixture, got, want)
		}
	}
}
