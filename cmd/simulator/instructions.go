package simulator

import "strings"

// act is one action as the actor reads it.
type act struct{ Verb, Object string }

// instructions are what the actor reads; see its package.
func (m *Machine) instructions() map[string]any {
	actions := map[string][]act{}
	for _, a := range m.Incident.Actions {
		name := strings.ToLower(a.Service)
		actions[name] = append(actions[name], act{a.Verb, m.Vars.Expand(a.Object)})
	}
	var running, starting, stopped []string
	for _, s := range m.Incident.Services {
		name := strings.ToLower(s.Name)
		switch {
		case s.driver(): // nobody can start it
		case s.State == "starting":
			starting = append(starting, s.Name)
		case s.State == "running" || s.State == "exited":
			running = append(running, s.Name)
		case strings.HasPrefix(s.Start, "automatic"):
			stopped = append(stopped, s.Name)
			if !ends(actions[name]) {
				actions[name] = []act{{exits, "0"}}
			}
		}
	}
	answers := []Answer{}
	for _, a := range m.Incident.Answers {
		a.Output = m.Vars.Expand(a.Output)
		answers = append(answers, a)
	}
	return map[string]any{"Host": m.Vars["host"], "Running": running, "Starting": starting, "Stopped": stopped, "Actions": actions, "Answers": answers}
}

func ends(list []act) bool {
	for _, a := range list {
		if a.Verb == exits {
			return true
		}
	}
	return false
}
