package simulator

import (
	"encoding/json"
	"os"
	"regexp"
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

// Of what logs name only loopback is found, by the expressions of every profile.
func TestOnLoopback(t *testing.T) {
	for _, c := range []struct{ expression, line, host, port string }{
		{`(?P<host>[0-9]{1,3}(?:\.[0-9]{1,3}){3}):(?P<port>443)\b`, "failed to 127.9.8.40:443 hr=0x80072ee2", "127.9.8.40", "443"},
		{`(?P<host>[0-9]{1,3}(?:\.[0-9]{1,3}){3}):(?P<port>443)\b`, "failed to 20.60.1.2:443 hr=0x80072ee2", "", ""},
		{`(?i)(?P<host>[a-z0-9]{3,24}\.blob\.core\.[a-z0-9.-]+)`, "to account1.blob.core.windows.net", "", ""},
		{`(?i)PS with ip: (?P<host>[0-9a-f.:]+), port: (?P<port>[0-9]+)`, "ps with IP: 127.1.2.3, port: 9443", "127.1.2.3", "9443"},
	} {
		local, err := onLoopback(c.expression)
		if err != nil {
			t.Fatal(err)
		}
		re := regexp.MustCompile(local)
		m, host, port := re.FindStringSubmatch(c.line), "", ""
		if m != nil {
			host = m[re.SubexpIndex("host")]
			if i := re.SubexpIndex("port"); i >= 0 {
				port = m[i]
			}
		}
		if host != c.host || port != c.port {
			t.Errorf("%s finds %q:%q in %q", local, host, port, c.line)
		}
	}
}
