package simulator

import (
	"fmt"
	"slices"
	"strings"
)

// Service is one service, which really runs when its state says so.
type Service struct {
	Name, State, Start, Display, Path, Account string
}

// startTypes are the values of Start in the registry.
var startTypes = map[string]string{"boot": "0", "system": "1", "automatic": "2", "automatic_delayed": "2", "manual": "3", "disabled": "4"}

// Action is something that a service does while it runs.
type Action struct{ Service, Verb, Object string }

// Verbs of actions.
const (
	connects = "connects" // keeps a connection to HOST:PORT, or keeps trying
	starts   = "starts"   // starts PATH ARGUMENTS, which then waits
	holds    = "holds"    // has PATH open and shares it with nobody
	exits    = "exits"    // ends at once with this code, in the place of running
	grows    = "grows"    // adds a line to PATH every second
	rotates  = "rotates"  // as grows, and renames PATH to PATH.1 every three
)

// serviceLine reads NAME | STATE | START | display name | image path | account.
// Empty cells keep what is there. The states are running, stopped and, on
// Windows, starting (it never gets further), on Linux exited (it has done its
// work) and failed; a service that is absent is none.
func (in *Incident) serviceLine(l string) error {
	c := append(cells(l), "", "", "", "", "")[:6]
	i := slices.IndexFunc(in.Services, func(s Service) bool { return strings.EqualFold(s.Name, c[0]) })
	if c[1] == "absent" {
		in.Services = slices.DeleteFunc(in.Services, func(s Service) bool { return strings.EqualFold(s.Name, c[0]) })
		return nil
	}
	if i < 0 {
		i = len(in.Services)
		in.Services = append(in.Services, Service{Name: c[0], State: "running", Start: "automatic", Display: c[0], Account: "LocalSystem"})
	}
	s := &in.Services[i]
	for j, field := range []*string{&s.Name, &s.State, &s.Start, &s.Display, &s.Path, &s.Account} {
		if c[j] != "" {
			*field = c[j]
		}
	}
	switch {
	case !slices.Contains([]string{"running", "stopped", "starting", "exited", "failed"}, s.State):
		return fmt.Errorf("state %q: want running, stopped, starting or absent, or exited or failed on Linux", s.State)
	case startTypes[s.Start] == "":
		return fmt.Errorf("start type %q: want automatic, automatic_delayed, manual, disabled, boot or system", s.Start)
	case s.State == "running" && s.Start == "disabled":
		return fmt.Errorf("a disabled service cannot be started")
	case !isPath(s.Path):
		return fmt.Errorf("the image path %q is no path", s.Path)
	}
	return nil
}

// actionLine reads SERVICE | VERB | OBJECT; "SERVICE | nothing" takes the
// actions of a service away.
func (in *Incident) actionLine(l string) error {
	c := cells(l)
	if len(c) == 2 && c[1] == "nothing" {
		in.Actions = slices.DeleteFunc(in.Actions, func(a Action) bool { return strings.EqualFold(a.Service, c[0]) })
		return nil
	}
	if len(c) != 3 || !slices.Contains([]string{connects, starts, holds, exits, grows, rotates}, c[1]) {
		return fmt.Errorf("want SERVICE | connects, starts, holds, grows, rotates or exits | OBJECT")
	}
	in.Actions = append(in.Actions, Action{c[0], c[1], c[2]})
	return nil
}

// image is the program of an image path: without its arguments and quotes.
func (s Service) image() string {
	if inner, ok := strings.CutPrefix(s.Path, `"`); ok {
		inner, _, _ = strings.Cut(inner, `"`)
		return inner
	}
	if i := strings.Index(strings.ToLower(s.Path), ".exe"); i >= 0 {
		return s.Path[:i+len(".exe")]
	}
	return s.Path
}

// driver reports whether the service is a driver, which Wine does not load: it
// is there, and the overlay says its state.
func (s Service) driver() bool { return strings.HasSuffix(strings.ToLower(s.image()), ".sys") }

// key is the service in the registry.
func (s Service) key() Key {
	k := Key{Path: `HKLM\System\CurrentControlSet\Services\` + s.Name, Age: defaultAge, Values: []Value{
		{"Type", "dword", "16"},
		{"Start", "dword", startTypes[s.Start]},
		{"ErrorControl", "dword", "1"},
		{"ImagePath", "expand", s.Path},
		{"DisplayName", "", s.Display},
		{"ObjectName", "", s.Account},
	}}
	if s.driver() {
		k.Values[0].Data = "1"
	}
	if s.Start == "automatic_delayed" {
		k.Values = append(k.Values, Value{"DelayedAutostart", "dword", "1"})
	}
	return k
}
