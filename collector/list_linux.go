package collector

import (
	"os"

	"github.com/asrdiag/asrdiag/collector/internal/source"
)

// plan lists what is collected on Linux.
func (s *session) plan() plan {
	return plan{
		Start:  []source.Source{s.processesStart(), s.connectionsStart(), s.servicesStart()},
		Paths:  append(s.registrySources(), s.configuration(), s.hostStart()),
		First:  s.logSources(true),
		Facts:  s.facts(),
		Window: s.windowSource(),
		End:    append([]source.Source{s.servicesEnd(), s.connectionsEnd(), s.processesEnd()}, s.cacheSources(true)...),
		Logs:   s.logSources(false),
		Tails:  s.tailSources(),
	}
}

// elevated reports whether the collector may read everything.
func elevated() bool { return os.Geteuid() == 0 }

// hasRegistry says that this system has a registry.
const hasRegistry = false
