package programs

import (
	"slices"
	"strings"
	"testing"
)

func TestList(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range List() {
		if seen[p.OS+p.Name] || p.For == "" || p.Timeout <= 0 || p.MaxOut <= 0 || !slices.Contains([]string{"linux", "windows"}, p.OS) {
			t.Errorf("entry %+v", p)
		}
		seen[p.OS+p.Name] = true
		for _, f := range p.Files {
			own := p.Client && strings.HasPrefix(f, AgentFolder)
			if !strings.HasPrefix(f, "/") && !strings.HasPrefix(f, SystemFolder) && !own || strings.HasPrefix(f, "/") != (p.OS == "linux") || strings.Contains(f, "..") {
				t.Errorf("%s: %q is not absolute", p.Name, f)
			}
		}
		if q, ok := Find(p.Name, p.OS); !ok || q.Name != p.Name || q.OS != p.OS {
			t.Errorf("Find(%q, %q) = %+v, %v", p.Name, p.OS, q, ok)
		}
		if p.Client != p.HasTarget() || p.Unkept && p.Setting == "" {
			t.Errorf("%s: only the client connects, and what is kept of no program is of no use", p.Name)
		}
	}
	if !slices.IsSortedFunc(List(), func(a, b Program) int { return strings.Compare(a.OS+a.Name, b.OS+b.Name) }) {
		t.Error("the list is not in order")
	}
	if _, ok := Find("cxpsclient", "plan9"); ok {
		t.Error("found for a system that it is not for")
	}
	if _, ok := Find("sh", ""); ok {
		t.Error("sh is in the list")
	}
}
