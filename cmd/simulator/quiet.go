package simulator

import (
	"fmt"
	"strings"
	"time"
)

// QuietLog is a file of a log without the lines of an incident's fault.
type QuietLog struct {
	Path string // on the machine; one that is compressed there is not here
	Data []byte
}

// Quiet gives the logs of the machine as they are without the fault, as the machine
// writes them at a time. The lines of the fault are those that the incident's own
// sections "logs" add, whatever they say; those of its deployment are not. What these
// sections drop is the fault's silence: the lines are there again. Logs that the
// incident declares, cuts or takes away are as it has them, and so are its variables.
func (in *Incident) Quiet(now time.Time, zone *time.Location) ([]QuietLog, error) {
	vars := in.quietVars()
	var out []QuietLog
	for _, g := range in.Logs {
		g.Lines = g.Lines[:g.own]
		list, err := g.pieces(now, zone, vars, seed)
		if err != nil {
			return nil, fmt.Errorf("log %s: %w", g.Name, err)
		}
		for _, p := range list {
			out = append(out, QuietLog{strings.TrimSuffix(p.path, ".gz"), p.plain})
		}
	}
	return out, nil
}

// quietVars are the variables of a machine that nobody arranges: its ports are
// addresses of a network that is nobody's.
func (in *Incident) quietVars() Vars {
	vars := Vars{}
	for i, p := range in.Ports {
		host, port := fmt.Sprintf("203.0.113.%d", i+1), "443"
		if _, text, ok := strings.Cut(p.Address, "}."); ok {
			if _, given, ok := strings.Cut(text, ":"); ok {
				port = given
			}
		}
		vars[p.Name], vars[p.Name+".host"], vars[p.Name+".port"] = host+":"+port, host, port
	}
	for name, value := range in.Set {
		vars[name] = value
	}
	return vars
}
