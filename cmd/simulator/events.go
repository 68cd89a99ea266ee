package simulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// Event is one record of the event log, or a series of them. Wine has no event
// log: they are put into the finished bundle.
type Event struct {
	When
	Channel, Provider string
	ID, Level         int
	Parameters        [][2]string // names, which may be empty, and values
}

// levels are the numbers of the event log.
var levels = map[string]int{"critical": 1, "error": 2, "warning": 3, "information": 4}

// eventLine reads WHEN | CHANNEL | PROVIDER | ID | LEVEL | NAME=VALUE | ... Values
// may have no names.
func (in *Incident) eventLine(l string) (err error) {
	c := cells(l)
	if len(c) < 5 || levels[c[4]] == 0 {
		return fmt.Errorf("want WHEN | CHANNEL | PROVIDER | ID | LEVEL | NAME=VALUE..., with critical, error, warning or information")
	}
	e := Event{Channel: c[1], Provider: c[2], Level: levels[c[4]]}
	if e.When, err = parseWhen(c[0]); err != nil {
		return err
	}
	if e.ID, err = strconv.Atoi(c[3]); err != nil {
		return fmt.Errorf("id %q: %w", c[3], err)
	}
	for _, pair := range c[5:] {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			name, value = "", pair
		}
		e.Parameters = append(e.Parameters, [2]string{name, value})
	}
	in.Events = append(in.Events, e)
	return nil
}

// eventChanges put the records into the bundle, oldest first, and say of their
// source that it is whole.
func (m *Machine) eventChanges() ([]Change, error) {
	if len(m.Incident.Events) == 0 {
		return nil, nil
	}
	r := rand.New(rand.NewPCG(seed, 1))
	var list []bundles.Event
	for _, e := range m.Incident.Events {
		for n, at := range e.moments(m.Now) {
			record, err := e.record(at, func(text string) string { return draw(m.Vars.Expand(text), n, r) })
			if err != nil {
				return nil, err
			}
			list = append(list, record)
		}
	}
	slices.SortStableFunc(list, func(a, b bundles.Event) int { return cmp.Compare(a.T.UnixNano(), b.T.UnixNano()) })
	out := []Change{
		{bundles.ManifestPath, "/sources/name=events/status", `"ok"`},
		{bundles.ManifestPath, "/sources/name=events/error", `""`},
	}
	for _, e := range list {
		raw, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		out = append(out, Change{"facts/events.ndjson", "/-", string(raw)})
	}
	return out, nil
}

func (e Event) record(at time.Time, expand func(string) string) (bundles.Event, error) {
	named, values := map[string]string{}, []string{}
	for _, p := range e.Parameters {
		value := expand(p[1])
		values = append(values, value)
		if p[0] != "" {
			named[p[0]] = value
		}
	}
	var raw json.RawMessage
	var err error
	switch len(values) {
	case 0:
	case len(named):
		raw, err = json.Marshal(named)
	default:
		raw, err = json.Marshal(values)
	}
	return bundles.Event{T: at.UTC(), Channel: e.Channel, Provider: e.Provider, ID: e.ID, Level: e.Level, Parameters: raw}, err
}
