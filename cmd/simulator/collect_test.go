package simulator

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The profile that is run asks nobody outside of this machine, and is otherwise
// the one of the program.
func TestLocalProfile(t *testing.T) {
	raw, err := os.ReadFile("../../collector/profiles/asr-process-server.json")
	if err != nil {
		t.Fatal(err)
	}
	vars := Vars{"net": "127.9.8", "time": "127.9.8.50:443", "time-servers": "{time}", "internet": "127.9.8.40:443"}
	got, err := localProfile(raw, vars)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Name   string
		Logs   []any
		Time   struct{ SNTP, HTTPS []string }
		Probes []struct{ Name, Target string }
	}
	if err := json.Unmarshal(got, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Name != "asr-process-server" || len(doc.Logs) == 0 || len(doc.Time.SNTP) != 0 || len(doc.Time.HTTPS) != 1 || doc.Time.HTTPS[0] != vars["time"] {
		t.Errorf("profile = %+v", doc)
	}
	seen := map[string]bool{}
	for _, p := range doc.Probes {
		if p.Target == "" {
			continue
		}
		local := strings.HasPrefix(p.Target, "127.9.8.") || strings.HasPrefix(p.Target, "${")
		seen[p.Target] = true
		if !local {
			t.Errorf("probe %s goes to %s", p.Name, p.Target)
		}
	}
	if !seen["127.9.8.1:${cxps:cxps:ssl_port}"] || !seen["127.9.8.40:443"] {
		t.Errorf("targets = %v", seen)
	}
}
