package planted

import (
	"strings"
	"testing"
)

// TestForms: what is planted in any way is found, and found in nothing else.
func TestForms(t *testing.T) {
	d := NewDrawer(1)
	var all []string
	for _, kind := range Kinds() {
		for range 4 {
			s := d.Draw(kind)
			all = append(all, s.Value)
			search := NewSearch([]string{s.Value})
			for _, e := range Encodings() {
				if found := search.Find(Encode(e, d.Line(s))); (len(found) == 0) != strings.HasPrefix(e, "gzip") {
					t.Fatalf("%s, %s: %q has %q: found %v", kind, e, s.Text, s.Value, found)
				}
			}
			for _, wrap := range Wraps() {
				text, ok := d.Wrap(wrap, s)
				if wrap == "base64 in lines" {
					text = strings.ReplaceAll(text, "\n", "")
				}
				if ok && wrap != "base64 twice" && len(search.Find([]byte(text))) == 0 {
					t.Errorf("%s, %s: %q in %q: not found", kind, wrap, s.Value, text)
				}
			}
		}
	}
	other, search := NewDrawer(2), NewSearch(all)
	for _, kind := range Kinds() {
		for range 50 {
			if found := search.Find([]byte(other.Line(other.Draw(kind)))); len(found) > 0 {
				t.Errorf("found in another draw: %v", found)
			}
		}
	}
}
