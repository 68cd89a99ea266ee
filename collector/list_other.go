//go:build !linux && !windows

package collector

// plan lists what is collected where no service manager is known.
func (s *session) plan() plan {
	p := plan{Window: s.windowSource(), First: s.logSources(true), Logs: s.logSources(false)}
	p.Start = append(p.Start, s.processesStart(), s.connectionsStart(), s.configuration(), s.files(), s.network(), s.disksFact(), s.timeFact(), s.hostFact(), s.probes())
	p.End = append(p.End, s.connectionsEnd(), s.processesEnd())
	return p
}

func elevated() bool { return false }
