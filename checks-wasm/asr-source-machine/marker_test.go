package main

import (
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
)

// What a bundle calls the marker does not remove anything else.
func TestRemoveMarker(t *testing.T) {
	for path, want := range map[string]string{
		markerPath:                   "`rm " + markerPath + "`.",
		"/opt/agent/.norespawn":      "`rm /opt/agent/.norespawn`.",
		markerPath + "; rm -rf /":    "`rm " + markerPath + "`.",
		markerPath + " /etc":         "`rm " + markerPath + "`.",
		"/usr/local/*":               "`rm " + markerPath + "`.",
		"~":                          "`rm " + markerPath + "`.",
		"-rf/":                       "`rm " + markerPath + "`.",
		"/usr/local/$(calc)/.marker": "`rm " + markerPath + "`.",
	} {
		if got := removeMarker(bundles.FileInfo{Path: path}); got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
}
