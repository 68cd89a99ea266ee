package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/paths"
	"github.com/asrdiag/asrdiag/collector/internal/source/services"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// role is what a machine does, and how that was seen.
type role struct {
	Role, Deployment string
	Evidence         []string
}

// chooseProfile finds the profile of the options: by name, by file, or the
// first whose role this machine has.
func chooseProfile(ctx context.Context, opt Options) (*profiles.Profile, error) {
	c, err := choose(ctx, opt)
	return c.profile, err
}

// choice is a profile, and what speaks for another one.
type choice struct {
	profile   *profiles.Profile
	origin    *Origin  // nil: it is built in
	disagrees []string // lines of role_evidence
}

// choose is chooseProfile with what disagrees. The built-in profiles are looked
// at from the special to the general, which is the order of their names: an
// appliance is a process server, and one of these has an agent as well.
func choose(ctx context.Context, opt Options) (choice, error) {
	if opt.Profile != "" {
		p, origin, err := named(opt)
		return choice{profile: p, origin: origin}, err
	}
	list, err := profiles.Builtin()
	if err != nil {
		return choice{}, err
	}
	return decide(candidates(list, opt.Role), opt.Role, func(p *profiles.Profile) (role, bool) {
		return detector{ctx, readSettings(ctx, p.ForRoles()), opt.Bus}.detect(p)
	})
}

// decide takes the first profile whose role is found. Without any it is the
// most general of those that have the role which the user has said, or the one
// for all machines.
func decide(list []*profiles.Profile, said string, detect func(*profiles.Profile) (role, bool)) (choice, error) {
	var c choice
	var first role
	var fallback *profiles.Profile
	for _, p := range list {
		if said != "" && hasRole(p, said) {
			fallback = p
		}
		r, ok := detect(p)
		switch {
		case !ok:
		case c.profile == nil:
			c.profile, first = p, r
		case r.Role != first.Role || r.Deployment != first.Deployment:
			seen := slices.DeleteFunc(r.Evidence, func(line string) bool { return strings.HasPrefix(line, disagrees) })
			c.disagrees = append(c.disagrees, disagreement(r.Role, r.Deployment, "profile "+p.Name, seen))
		}
	}
	if c.profile = cmp.Or(c.profile, fallback); c.profile != nil {
		return c, nil
	}
	p, err := profiles.Named(profiles.Generic)
	return choice{profile: p}, err
}

// candidates are the built-in profiles that a machine of this system may have,
// or those of the role that the user has said.
func candidates(list []*profiles.Profile, said string) []*profiles.Profile {
	return slices.DeleteFunc(slices.Clone(list), func(p *profiles.Profile) bool {
		return !p.Fits(runtime.GOOS) || len(p.Roles) == 0 || said != "" && !hasRole(p, said)
	})
}

func hasRole(p *profiles.Profile, name string) bool {
	return slices.ContainsFunc(p.Roles, func(r profiles.Role) bool { return r.Role == name })
}

func findProfile(nameOrFile string) (p *profiles.Profile, text []byte, err error) {
	p, text, err = profiles.Find(nameOrFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, &OptionError{strings.TrimSuffix(err.Error(), ": "+fs.ErrNotExist.Error()), "see the names with: asrcollect profiles"}
	}
	if err != nil {
		return nil, nil, &OptionError{err.Error(), "correct the profile; its members are in docs/profile-format.md"}
	}
	return p, text, nil
}

// detector finds roles by what was read of a machine.
type detector struct {
	ctx context.Context
	settings
	bus string
}

// detect finds the first role of a profile whose conditions hold. A later role
// that says something else, by other conditions, is put on record.
func (d detector) detect(p *profiles.Profile) (role, bool) {
	found, first := role{Role: bundles.RoleUnknown}, -1
	for i, r := range p.Roles {
		if first >= 0 && (sameRole(r, p.Roles[first]) || wider(r.All, p.Roles[first].All)) {
			continue
		}
		seen, ok := d.all(r.All)
		switch {
		case !ok:
		case first < 0:
			found, first = role{r.Role, r.Deployment, seen}, i
		default:
			found.Evidence = append(found.Evidence, disagreement(r.Role, r.Deployment, "", seen))
		}
	}
	return found, first >= 0
}

func sameRole(a, b profiles.Role) bool { return a.Role == b.Role && a.Deployment == b.Deployment }

// disagrees begins a line of role_evidence that speaks for something else.
const disagrees = "disagrees"

// disagreement is the line of role_evidence about something else than what was
// found; who says so, or nobody else than the profile of the run.
func disagreement(role, deployment, who string, seen []string) string {
	name := strings.TrimSpace(role + " " + deployment)
	if who != "" {
		name += " by " + who
	}
	return fmt.Sprintf(disagrees+", %s: %s", name, strings.Join(seen, ", "))
}

// wider reports whether all conditions of a are among those of b: then a is
// the wider rule, and no contradiction.
func wider(a, b []profiles.Condition) bool {
	return !slices.ContainsFunc(a, func(x profiles.Condition) bool {
		return !slices.ContainsFunc(b, func(y profiles.Condition) bool { return same(x, y) })
	})
}

func same(a, b profiles.Condition) bool {
	if (a.Equals == nil) != (b.Equals == nil) || a.Equals != nil && *a.Equals != *b.Equals {
		return false
	}
	a.Equals, b.Equals = nil, nil
	return a == b
}

// all reports whether all conditions hold, and what was seen, in words.
func (d detector) all(list []profiles.Condition) ([]string, bool) {
	var seen []string
	for _, c := range list {
		what, ok := d.holds(c)
		if !ok {
			return nil, false
		}
		seen = append(seen, what)
	}
	return seen, len(seen) > 0
}

// verdict of a condition. Not looking is never a pass: what could not be looked
// at neither holds nor does not.
type verdict int

const (
	unknown verdict = iota
	no
	yes
)

func verdictOf(ok bool) verdict {
	if ok {
		return yes
	}
	return no
}

// holds checks one condition and says in words what was seen.
func (d detector) holds(c profiles.Condition) (string, bool) {
	var what string
	var v verdict
	switch {
	case c.File != "":
		what, v = fmt.Sprintf("file %s exists", c.File), d.file(c.File)
	case c.Config != "":
		what, v = d.setting(c)
	case c.Registry != "":
		what, v = d.registry(c)
	case c.Service != "":
		what, v = fmt.Sprintf("service %s is installed", c.Service), d.service(c.Service)
	}
	if c.Not {
		return "not: " + what, v == no
	}
	return what, v == yes
}

func (d detector) file(name string) verdict {
	path, known := d.conf.Vars.Expand(name)
	if !known {
		return unknown
	}
	item, err := paths.Look(d.ctx, "", path)
	if err != nil {
		return unknown
	}
	return verdictOf(item.Exists)
}

// wanted is the value that a condition asks for, in words.
func wanted(c profiles.Condition) string {
	if c.Equals == nil {
		return " is there"
	}
	return "=" + *c.Equals
}

func (d detector) setting(c profiles.Condition) (string, verdict) {
	if val, ok := d.conf.Vars.Get(c.Config, c.Key); ok {
		return fmt.Sprintf("%s %s=%s", c.Config, c.Key, val), verdictOf(c.Equals == nil || strings.EqualFold(val, *c.Equals))
	}
	what := fmt.Sprintf("%s %s%s", c.Config, c.Key, wanted(c))
	for _, item := range d.conf.Fact.Items {
		if item.Name == c.Config && item.Error == "" && !d.conf.Unknown[c.Config] {
			return what, no
		}
	}
	return what, unknown
}

func (d detector) registry(c profiles.Condition) (string, verdict) {
	what := fmt.Sprintf("registry %s exists", c.Registry)
	if c.Value != "" {
		what = fmt.Sprintf("registry %s %s%s", c.Registry, c.Value, wanted(c))
	}
	for _, item := range d.reg.Items {
		if !strings.EqualFold(item.Key, c.Registry) {
			continue
		}
		switch {
		case item.Error != "":
			return what, unknown
		case c.Value == "" || !item.Exists:
			return what, verdictOf(item.Exists)
		}
		return d.registryValue(c, item, what)
	}
	return what, unknown
}

func (d detector) registryValue(c profiles.Condition, item bundles.RegistryKey, what string) (string, verdict) {
	for _, v := range item.Values {
		switch {
		case !strings.EqualFold(v.Name, c.Value):
			continue
		case v.Error != "":
			return what, unknown
		case c.Equals == nil:
			return what, yes
		}
		val, ok := d.conf.Vars.Get(c.Registry, c.Value)
		if !ok { // a list, or a secret: it cannot be compared
			return what, unknown
		}
		return fmt.Sprintf("registry %s %s=%s", c.Registry, c.Value, val), verdictOf(strings.EqualFold(val, *c.Equals))
	}
	return what, no
}

func (d detector) service(name string) verdict {
	ctx, cancel := context.WithTimeout(d.ctx, 3*time.Second)
	defer cancel()
	m, err := services.Open(ctx, services.Options{Names: []string{name}, Bus: d.bus})
	if err != nil {
		return unknown
	}
	defer m.Close()
	list, err := m.Read(ctx)
	if err != nil || len(list) != 1 || list[0].Error != "" {
		return unknown
	}
	return verdictOf(list[0].State != bundles.StateNotInstalled)
}
