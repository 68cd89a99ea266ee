package profiles

import "testing"

func TestLike(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"Microsoft Azure*", "microsoft azure Site Recovery", true},
		{"*Recovery*Agent", "Microsoft Azure Recovery Services Agent", true},
		{"CN=*/host?", "cn=a/b/host1", true},
		{"a*b*c", "abxbxc", true},
		{"a*b", "abx", false},
		{"a?", "a", false},
		{"", "", true},
		{"", "x", false},
		{"*", "", true},
		{"ä*", "ÄB", true},
	} {
		if got := Like(c.pattern, c.text); got != c.want {
			t.Errorf("Like(%q, %q) = %v", c.pattern, c.text, got)
		}
	}
}
