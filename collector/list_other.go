//go:build !linux && !windows

package collector

import "github.com/asrdiag/asrdiag/collector/internal/source"

// plan lists what is collected where no service manager is known.
func (s *session) plan() plan {
	return plan{
		Start:  []source.Source{s.processesStart(), s.connectionsStart()},
		Paths:  append(s.registrySources(), s.configuration(), s.hostStart()),
		First:  s.logSources(true),
		Facts:  s.facts(),
		Window: s.windowSource(),
		End:    append([]source.Source{s.connectionsEnd(), s.processesEnd()}, s.cacheSources(true)...),
		Logs:   s.logSources(false),
		Tails:  s.tailSources(),
	}
}

func elevated() bool { return false }

// hasRegistry says that this system has a registry.
const hasRegistry = false
