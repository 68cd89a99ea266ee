package analyzer

import (
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// A case may have several process servers: what one of them has explains nothing of
// a machine that sends to another.
func TestLinkCaseByNames(t *testing.T) {
	for name, c := range map[string]struct {
		subject string // of the source's finding
		peers   [][]string
		names   []string // of the server
		strict  bool
		linked  bool
		note    string
	}{
		"its address":                 {peers: [][]string{{"10.20.0.5"}}, names: []string{"PS1", "10.20.0.5"}, linked: true},
		"its name":                    {peers: [][]string{{"ps1.contoso.example"}}, names: []string{"PS1", "10.20.0.5"}, linked: true},
		"what its name resolves to":   {peers: [][]string{{"data", "10.20.0.5"}}, names: []string{"PS1", "10.20.0.5"}, linked: true},
		"a translated address":        {peers: [][]string{{"203.0.113.10"}}, names: []string{"PS1", "203.0.113.10", "10.20.0.5"}, linked: true},
		"one of two":                  {peers: [][]string{{"10.77.0.5"}, {"10.20.0.5"}}, names: []string{"PS1", "10.20.0.5"}, linked: true},
		"mapped to IPv6":              {peers: [][]string{{"[::ffff:10.20.0.5]"}}, names: []string{"10.20.0.5"}, linked: true},
		"the subject is it":           {subject: "10.20.0.5:9443", names: []string{"PS1", "10.20.0.5"}, linked: true},
		"the subject is its name":     {subject: "data:9443", peers: [][]string{{"data", "10.20.0.5"}}, names: []string{"10.20.0.5"}, linked: true},
		"another address":             {peers: [][]string{{"10.77.0.5"}}, names: []string{"PS1", "10.20.0.5"}, note: "host-src works with 10.77.0.5, which is no name or address of host-ps"},
		"the subject is another":      {subject: "10.77.0.5:9443", peers: [][]string{{"10.20.0.5"}, {"10.77.0.5"}}, names: []string{"PS1", "10.20.0.5"}, note: "which is no name or address of host-ps"},
		"another domain":              {peers: [][]string{{"ps1.contoso.example", "10.77.0.5"}}, names: []string{"ps1.fabrikam.example", "10.20.0.5"}, note: "works with ps1.contoso.example"},
		"a name, not resolved":        {peers: [][]string{{"data"}}, names: []string{"PS1", "10.20.0.5"}, note: "do not tell"},
		"the server's are not known":  {peers: [][]string{{"10.77.0.5"}}, note: "do not tell"},
		"its addresses are not known": {peers: [][]string{{"10.77.0.5"}}, names: []string{"PS1"}, note: "do not tell"},
		"nobody said":                 {names: []string{"PS1", "10.20.0.5"}, note: "do not tell"},
		"pseudonyms of other keys":    {peers: [][]string{{"10.77.0.5"}}, names: []string{"PS1", "10.20.0.5"}, strict: true, note: "the same --case-key"},
		"pseudonyms of one key":       {peers: [][]string{{"10.77.0.5"}}, names: []string{"PS1", "10.77.0.5"}, strict: true, linked: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := ofCase("ps", "1", "server/services", "cxps", abi.Critical)
			source := ofCase("src", "1", "source/port", c.subject, abi.Critical, abi.Cause{Check: "server/services"})
			server.Bundle.Names, server.Bundle.Peers = c.names, nil
			source.Bundle.Names, source.Bundle.Peers, source.Bundle.Pseudonyms = []string{"10.20.1.11"}, c.peers, c.strict
			// The other way round the names are the same.
			back := ofCase("ps2", "1", "server/uploads", "sources", abi.Critical, abi.Cause{Check: "source/port"})
			back.Bundle.Names, back.Bundle.Peers = c.names, nil
			for range 2 { // once more changes nothing
				LinkCase([]*report.Report{source, server, back})
			}
			for _, r := range []*report.Report{source, back} {
				if got := len(r.Checks[0].Findings[0].BecauseElsewhere) > 0; got != c.linked {
					t.Errorf("%s: linked: %t", r.Bundle.ID, got)
				}
			}
			notes := source.Bundle.Notes
			if c.note == "" && len(notes) > 0 || c.note != "" && (len(notes) != 1 || !strings.Contains(notes[0], c.note)) {
				t.Errorf("notes %q, want %q", notes, c.note)
			}
		})
	}
}
