package check

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// What a stranger put where a name belongs does not come into a command.
func TestPlainRemedy(t *testing.T) {
	value := func(s string) []abi.Evidence {
		raw, _ := json.Marshal(s)
		return []abi.Evidence{{File: "facts/x.json", Value: raw}}
	}
	for name, c := range map[string]struct {
		f    Finding
		want []string
	}{
		"an address": {
			Finding{Subject: "10.1.0.5:9443", Remedy: []string{"`curl https://10.1.0.5:9443/`", "`a | b; c`"}},
			[]string{"`curl https://10.1.0.5:9443/`", "`a | b; c`"},
		},
		"an odd host": {
			Finding{Subject: "ps1;calc:9443", Remedy: []string{"`curl https://ps1;calc:9443/`", "`ping ps1;calc`"}},
			[]string{"`curl https://" + foreign + "/`", "`ping " + foreign + "`"},
		},
		"an odd value": {
			Finding{Subject: "proxy", Evidence: value("p`calc`"), Remedy: []string{"`nslookup p`calc``"}},
			[]string{"`nslookup " + foreign + "`"},
		},
		"an option": {
			Finding{Subject: "--exec=x:443", Remedy: []string{"`nslookup --exec=x`"}},
			[]string{"`nslookup " + foreign + "`"},
		},
		"a path of Windows": {
			Finding{Evidence: value(`C:\Program Files (x86)\ASR`), Remedy: []string{"`dir \"C:\\Program Files (x86)\\ASR\"`"}},
			[]string{"`dir \"C:\\Program Files (x86)\\ASR\"`"},
		},
		"too short to be told apart": {
			Finding{Subject: "a;b", Remedy: []string{"`a;b`"}},
			[]string{"`a;b`"},
		},
	} {
		given := slices.Clone(c.f.Remedy)
		if got := plainRemedy(c.f); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if !slices.Equal(given, c.f.Remedy) {
			t.Errorf("%s: the check's own list was changed", name)
		}
	}
}
