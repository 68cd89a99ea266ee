package collector

import "golang.org/x/sys/windows"

// plan lists what is collected on Windows.
func (s *session) plan() plan {
	p := plan{Window: s.windowSource(), First: s.logSources(true), Logs: s.logSources(false)}
	p.Start = append(p.Start, s.processesStart(), s.connectionsStart(), s.servicesStart())
	p.Start = append(p.Start, s.configuration(), s.files(), s.network(), s.disksFact(), s.timeFact(), s.hostFact(), s.probes())
	p.End = append(p.End, s.servicesEnd(), s.connectionsEnd(), s.processesEnd())
	return p
}

// elevated reports whether the collector may read everything.
func elevated() bool { return windows.GetCurrentProcessToken().IsElevated() }
