package analyzer

import (
	"slices"
	"testing"
)

// TestMerged: reasons of one kind are one line, others stay as they are.
func TestMerged(t *testing.T) {
	got := merged([]string{
		"averages CPU utilization over the 15 minutes of the alert",
		"run it with administrator rights: the cache folder can then be read",
		"averages Memory utilization (commit charge) over the 15 minutes of the alert",
		"run it with administrator rights: PSSettings.json and the logs can then be read",
		"samples the cache volume for a minute or more",
		"run it with administrator rights: registry: denied: access is denied",
		"reads logs",
		"reads files",
		"run it with administrator rights: the cache folder can then be read",
		"run it with administrator rights: logs/cxps can then be read",
	})
	want := []string{
		"averages CPU utilization and Memory utilization (commit charge) over the 15 minutes of the alert",
		"run it with administrator rights: the cache folder, PSSettings.json and the logs and logs/cxps can then be read",
		"samples the cache volume for a minute or more",
		"run it with administrator rights: registry: denied: access is denied",
		"reads logs", "reads files",
	}
	if !slices.Equal(got, want) {
		t.Errorf("merged = %q, want %q", got, want)
	}
	if got := merged(nil); len(got) != 0 {
		t.Errorf("merged(nil) = %q", got)
	}
}

// TestCommonTail: whole words, and never all of one.
func TestCommonTail(t *testing.T) {
	for _, c := range []struct {
		list []string
		want string
	}{
		{[]string{"a b c", "x b c"}, " b c"},
		{[]string{"a b", "ab"}, ""},
		{[]string{"b c", "a b c"}, " c"},
		{[]string{"", "a"}, ""},
	} {
		if got := commonTail(c.list); got != c.want {
			t.Errorf("commonTail(%q) = %q, want %q", c.list, got, c.want)
		}
	}
}
