package collector

import (
	"context"
	"errors"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
	"github.com/asrdiag/asrdiag/collector/internal/source/registry"
	"github.com/asrdiag/asrdiag/collector/internal/store"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// settings are what was read of a machine's registry and configuration files,
// and what the named paths of the profile stand for.
type settings struct {
	reg  bundles.Registry
	conf config.Result
}

// readSettings reads what a profile names. What cannot be read is told by its
// items.
func readSettings(ctx context.Context, p *profiles.Profile) settings {
	var s settings
	vars := config.Vars{}
	if hasRegistry && len(p.Registry) > 0 {
		s.reg, _ = registry.Read(ctx, p.Registry, registry.Options{Secret: redact.New(redact.Options{}).SecretName})
		vars.AddRegistry(s.reg)
	}
	s.conf, _ = config.Read(ctx, p.Steps(), vars, redact.New(redact.Options{}).SecretName)
	return s
}

// registrySources is the source of the registry, where there is one and the
// profile names keys of it.
func (s *session) registrySources() []source.Source {
	if !hasRegistry || len(s.profile.Registry) == 0 {
		return nil
	}
	return []source.Source{{Name: "registry", Timeout: 10 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		f, err := registry.Read(ctx, s.profile.Registry, registry.Options{Secret: s.red.SecretName})
		vars := config.Vars{}
		vars.AddRegistry(f)
		s.vars.set(vars)
		s.known.set(settings{reg: f})
		s.learnRegistry(f)
		return write(k, "registry", f, err)
	}}}
}

// configuration reads configuration files and resolves the named paths.
func (s *session) configuration() source.Source {
	return source.Source{Name: "config", Timeout: 20 * time.Second, Collect: func(ctx context.Context, k *store.Sink) error {
		r, err := config.Read(ctx, s.profile.Steps(), s.vars.get(), s.red.SecretName)
		s.vars.set(r.Vars)
		known := s.known.get()
		known.conf = r
		s.known.set(known)
		s.learnConfig(r.Fact)
		fact := hideSecrets(r.Fact, s.red)
		if s.opt.Commands && told(s.commands(false)) { // what they tell is added when they have run
			return errors.Join(k.StartFact("config", fact), source.Partial(err))
		}
		return write(k, "config", fact, err)
	}}
}

// hideSecrets returns a copy without the values whose names tell that they are
// secrets.
func hideSecrets(f bundles.Config, red *redact.Redactor) bundles.Config {
	items := make([]bundles.ConfigFile, len(f.Items))
	for i, item := range f.Items {
		item.Values = append([]bundles.ConfigValue(nil), item.Values...)
		for j := range item.Values {
			if v := &item.Values[j]; v.Present == nil && red.SecretName(v.Key) {
				v.Value = redact.Mark(redact.RuleSecret)
			}
		}
		items[i] = item
	}
	f.Items = items
	return f
}
