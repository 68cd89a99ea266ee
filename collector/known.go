package collector

import (
	"encoding/json"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/ownnames"
	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// redactor makes the redactor of a run, which knows the machine's own names.
func (n *naming) redactor() *redact.Redactor {
	own := ownnames.Read()
	return n.redactorOf(own.Hosts, own.Users)
}

// redactorOf makes the redactor of a machine with these names.
func (n *naming) redactorOf(hosts, users []string) *redact.Redactor {
	mode := redact.Standard
	if n.mode == pseudonym.Strict {
		mode = redact.Strict
	}
	return redact.New(redact.Options{Mode: mode, Names: n.mapper, Known: pseudonym.Known{Hosts: hosts, Users: users, Words: n.words}})
}

// host is the machine's name as it may be told.
func (n *naming) host() string { return n.hidden(hostname()) }

// hidden is a host name as it may be told, also one that is an ordinary word or
// too short to be looked for in texts.
func (n *naming) hidden(host string) string {
	if n.mode == pseudonym.Strict {
		return n.mapper.Host(host)
	}
	return host
}

// namedAs is the fact on the machine with the name that may be told.
func (s *session) namedAs(f bundles.HostFact) bundles.HostFact {
	f.Name = s.naming.hidden(f.Name)
	return f
}

// wordsOf are the words of a profile: a machine of such a name must not take
// the names of services, paths and logs with it.
func wordsOf(p *profiles.Profile) []string {
	text, err := json.Marshal(p)
	if err != nil {
		return nil
	}
	return strings.FieldsFunc(strings.ToLower(string(text)), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}

// learnRegistry and learnConfig tell the redactor the names that settings have,
// before they are written.
func (s *session) learnRegistry(f bundles.Registry) { s.red.LearnFrom(registryPairs(f)) }

func registryPairs(f bundles.Registry) (pairs []redact.Pair) {
	for _, k := range f.Items {
		for _, v := range k.Values {
			var text string
			if json.Unmarshal(v.Data, &text) == nil {
				pairs = append(pairs, redact.Pair{Name: v.Name, Value: text})
			}
		}
	}
	return pairs
}

func (s *session) learnConfig(f bundles.Config) { s.red.LearnFrom(configPairs(f)) }

func configPairs(f bundles.Config) (pairs []redact.Pair) {
	for _, c := range f.Items {
		for _, v := range c.Values {
			pairs = append(pairs, redact.Pair{Name: v.Key, Value: v.Value})
		}
	}
	return pairs
}
