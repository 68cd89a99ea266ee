package processes

import (
	"context"
	"os"
	"strings"
	"testing"
)

// TestRead finds this process, which is watched, and no other's command line.
func TestRead(t *testing.T) {
	f, err := Read(context.Background(), Options{
		Watched: func(name string) bool { return name == "processes.test.exe" },
		Args:    func(args []string) string { return strings.Join(args, "|") },
	})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range f.Items {
		own := int(p.PID) == os.Getpid()
		found = found || own
		if p.Watched != own || p.Collector != own || (p.CommandLine != "") != own || p.Name == "" {
			t.Errorf("%+v", p)
		}
		if own && (p.CommandLine[strings.IndexByte(p.CommandLine, '|'):] != "|"+strings.Join(os.Args[1:], "|") || p.Started == nil || p.RSSBytes < 1<<20) {
			t.Errorf("this process: %+v", p)
		}
	}
	if !found {
		t.Error("this process is not listed")
	}
}
