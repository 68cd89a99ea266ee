package bundles_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/asrdiag/asrdiag/bundles"
)

func TestLogName(t *testing.T) {
	for in, want := range map[string]string{
		"logs/x/a.log": "logs/x/a.log", "logs/x/a.log.tail": "logs/x/a.log", "logs/x/a.log~2": "logs/x/a.log", "logs/x/a.log~12.tail": "logs/x/a.log",
		"logs/x/a~b": "logs/x/a~b", "logs/x/a~": "logs/x/a~", "~1": "",
	} {
		if got := bundles.LogName(in); got != want {
			t.Errorf("LogName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMatchLogsAndTails(t *testing.T) {
	files := fstest.MapFS{"bundle.json": {Data: []byte(`{"format":"asr-bundle","version":1,"id":"x"}`)}}
	for _, p := range []string{"a.log", "a.log.tail", "a.log~2", "a.log~2.tail", "b.log.tail", "c.txt", "c.txt.tail"} {
		files["logs/x/"+p] = &fstest.MapFile{}
	}
	b, err := bundles.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	for glob, want := range map[string][]string{
		"logs/x/*.log":  {"logs/x/a.log", "logs/x/a.log.tail", "logs/x/a.log~2", "logs/x/a.log~2.tail", "logs/x/b.log.tail"},
		"logs/**/c*":    {"logs/x/c.txt", "logs/x/c.txt.tail"},
		"logs/x/*.tail": {"logs/x/b.log.tail"},
	} {
		if got := b.MatchLogs(glob); !slices.Equal(got, want) {
			t.Errorf("MatchLogs(%q) = %q, want %q", glob, got, want)
		}
	}
}

func TestGoesOn(t *testing.T) {
	size := func(n int64) *int64 { return &n }
	tail := bundles.File{Path: "l.tail", SourcePath: "/l", Ranges: [][2]int64{{50, 60}}}
	for _, c := range []struct {
		first bundles.File
		want  bool
	}{
		{bundles.File{Path: "l", SourcePath: "/l", OriginalSize: size(50)}, true},
		{bundles.File{Path: "l", SourcePath: "/l", OriginalSize: size(55), Ranges: [][2]int64{{10, 50}}}, true},
		{bundles.File{Path: "l", SourcePath: "/l", OriginalSize: size(49)}, false},
		{bundles.File{Path: "l", SourcePath: "/l", OriginalSize: size(50), Ranges: [][2]int64{{0, 40}}}, false},
		{bundles.File{Path: "l", SourcePath: "/other", OriginalSize: size(50)}, false},
		{bundles.File{Path: "k", SourcePath: "/l", OriginalSize: size(50)}, false},
		{bundles.File{Path: "l", SourcePath: "/l", OriginalSize: size(50), StoredFrom: "gzip"}, false},
		{bundles.File{Path: "l", SourcePath: "/l"}, false},
	} {
		if got := tail.GoesOn(c.first); got != c.want {
			t.Errorf("goes on with %+v: %v", c.first, got)
		}
	}
}
