package render

import (
	"reflect"
	"testing"
)

func TestSpans(t *testing.T) {
	for line, want := range map[string][]span{
		"":                    nil,
		"plain":               {{"plain", false}},
		"run `net stop x`.":   {{"run ", false}, {"net stop x", true}, {".", false}},
		"`a` and `b`":         {{"a", true}, {" and ", false}, {"b", true}},
		"one ` alone":         {{"one ` alone", false}},
		"three ` back ` ` up": {{"three ` back ` ` up", false}},
	} {
		if got := spans(line); !reflect.DeepEqual(got, want) {
			t.Errorf("spans(%q) = %v, want %v", line, got, want)
		}
	}
}
