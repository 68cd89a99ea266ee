package programs

import (
	"slices"
	"strings"
	"testing"
)

func TestList(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range List() {
		if seen[p.Name] || p.For == "" || p.Timeout <= 0 || p.MaxOut <= 0 || !slices.Contains([]string{"linux", "windows"}, p.OS) {
			t.Errorf("entry %+v", p)
		}
		seen[p.Name] = true
		for _, f := range p.Files {
			if !strings.HasPrefix(f, "/") && !strings.HasPrefix(f, SystemFolder) || strings.Contains(f, "..") {
				t.Errorf("%s: %q is not absolute", p.Name, f)
			}
		}
		if q, ok := Find(p.Name); !ok || q.Name != p.Name {
			t.Errorf("Find(%q) = %+v, %v", p.Name, q, ok)
		}
	}
	if !slices.IsSortedFunc(List(), func(a, b Program) int { return strings.Compare(a.OS+a.Name, b.OS+b.Name) }) {
		t.Error("the list is not in order")
	}
	if _, ok := Find("sh"); ok {
		t.Error("sh is in the list")
	}
}
