package collector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
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
	if opt.Profile != "" {
		p, err := profiles.Find(opt.Profile)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &OptionError{strings.TrimSuffix(err.Error(), ": "+fs.ErrNotExist.Error()), "see the names with: asrcollect profiles"}
		}
		if err != nil {
			return nil, &OptionError{err.Error(), "correct the profile, or leave --profile out"}
		}
		return p, nil
	}
	list, err := profiles.Builtin()
	if err != nil {
		return nil, err
	}
	var generic *profiles.Profile
	for _, p := range list {
		if p.Name == profiles.Generic {
			generic = p
			continue
		}
		if !p.Fits(runtime.GOOS) {
			continue
		}
		if _, ok := detect(ctx, p, nil, opt.Bus); ok {
			return p, nil
		}
	}
	return generic, nil
}

// detect finds the first role of a profile whose conditions hold. vars are what
// was read of the profile's configuration files; nil: they are read now.
func detect(ctx context.Context, p *profiles.Profile, vars config.Vars, bus string) (role, bool) {
	if len(p.Roles) == 0 {
		return role{Role: bundles.RoleUnknown}, false
	}
	if vars == nil {
		_, vars, _ = config.Read(ctx, p.Config) // what cannot be read is no evidence
	}
	for _, r := range p.Roles {
		var seen []string
		for _, c := range r.All {
			what, ok := holds(ctx, c, vars, bus)
			if !ok {
				seen = nil
				break
			}
			seen = append(seen, what)
		}
		if len(seen) > 0 {
			return role{r.Role, r.Deployment, seen}, true
		}
	}
	return role{Role: bundles.RoleUnknown}, false
}

// holds checks one condition and says in words what was seen.
func holds(ctx context.Context, c profiles.Condition, vars config.Vars, bus string) (string, bool) {
	what, ok := "", false
	switch {
	case c.File != "":
		path, known := vars.Expand(c.File)
		_, err := os.Stat(path)
		what, ok = fmt.Sprintf("file %s exists", c.File), known && err == nil
	case c.Config != "":
		val, known := vars.Get(c.Config, c.Key)
		what, ok = fmt.Sprintf("%s %s=%s", c.Config, c.Key, val), known && (c.Equals == nil || strings.EqualFold(val, *c.Equals))
	case c.Service != "":
		what, ok = fmt.Sprintf("service %s is installed", c.Service), installed(ctx, c.Service, bus)
	}
	if c.Not {
		return "not: " + what, !ok
	}
	return what, ok
}

func installed(ctx context.Context, name, bus string) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	m, err := services.Open(ctx, services.Options{Names: []string{name}, Bus: bus})
	if err != nil {
		return false
	}
	defer m.Close()
	list, err := m.Read(ctx)
	return err == nil && len(list) == 1 && list[0].Error == "" && list[0].State != bundles.StateNotInstalled
}
