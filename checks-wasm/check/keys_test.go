package check

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestKeys(t *testing.T) {
	r := findingKeys{}
	for i, c := range []struct {
		key, title, want string
		ok               bool
	}{
		{"port", "Port is closed", "port", true},
		{"port", "Port is closed", "", false},
		{"port", "Port hangs", "port~2", true},
		{"port", "Port hangs", "", false},
		{"port", "Port is slow", "port~3", true},
		{"x\xffy", "not text", "x_y", true},
	} {
		if got, ok := r.key(c.key, c.title); got != c.want || ok != c.ok {
			t.Errorf("%d: %q, %v; want %q, %v", i, got, ok, c.want, c.ok)
		}
	}
}

func TestKeysAreShort(t *testing.T) {
	for _, name := range []string{strings.Repeat("a.", 130), strings.Repeat("ä", 130), strings.Repeat("x", 196)} {
		r := findingKeys{}
		first, _ := r.key("port-"+name+"1", "a")
		other, _ := r.key("port-"+name+"2", "a")
		again, _ := r.key("port-"+name+"1", "b")
		for _, key := range []string{first, other, again} {
			if len(key) > maxKeyLen || !utf8.ValidString(key) || !strings.HasPrefix(key, "port-") {
				t.Errorf("key %q of %d bytes", key, len(key))
			}
		}
		if first == other || first == again {
			t.Errorf("keys %q, %q, %q", first, other, again)
		}
	}
	if got := shortKey(strings.Repeat("x", maxKeyLen-5)); len(got) != maxKeyLen-5 || strings.Contains(got, "-") {
		t.Errorf("a key that fits became %q", got)
	}
}
