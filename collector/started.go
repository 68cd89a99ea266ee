package collector

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/source/commands"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
	"github.com/asrdiag/asrdiag/collector/internal/source/probes"
	"github.com/asrdiag/asrdiag/collector/internal/store"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// mostCommands is how long all programs of --commands together may take.
const mostCommands = 2 * time.Minute

// commandSources are the programs that the profile names, where some of them are
// for this system: those of --commands with the settings that they tell, and the
// product's own client.
func (s *session) commandSources() []source.Source {
	var out []source.Source
	if list := s.commands(false); len(list) > 0 {
		out = append(out, s.programs(profiles.CommandsID, list, s.opt.Commands, "no program was started: --commands lets them run"))
		if s.opt.Commands && told(list) {
			out = append(out, s.configurationEnd())
		}
	}
	if list := s.commands(true); len(list) > 0 {
		out = append(out, s.programs(profiles.ClientID, list, s.opt.Client, "the product's client was not started: --with-cxpsclient lets it run"))
	}
	return out
}

// commands are the programs of the profile for this system.
func (s *session) commands(client bool) []commands.Job {
	return commands.Here(s.profile.Commands, client, targetOf(s.profile, s.vars.get, s.opt.Probes))
}

// told reports whether some of the programs tell settings.
func told(list []commands.Job) bool {
	return slices.ContainsFunc(list, func(j commands.Job) bool { return j.Setting != "" })
}

func (s *session) programs(id string, list []commands.Job, agreed bool, otherwise string) source.Source {
	timeout := 5 * time.Second
	for _, j := range list {
		timeout += j.Timeout
	}
	return source.Source{Name: "logs/" + id, Timeout: min(timeout, mostCommands), Collect: func(ctx context.Context, k *store.Sink) error {
		if !agreed {
			return &source.Problem{Status: bundles.StatusSkipped, Chosen: true, Err: errors.New(otherwise)}
		}
		told, err := commands.Collect(ctx, k, id, s.commands(id == profiles.ClientID), s.log) // targets are known by now
		if id == profiles.CommandsID {
			s.told.set(told)
		}
		return err
	}}
}

// targetOf gives what the product's client connects to: the target of the probe
// of that name.
func targetOf(p *profiles.Profile, vars func() config.Vars, flags []string) commands.Target {
	return func(name string) (host, port string, err error) {
		i := slices.IndexFunc(p.Probes, func(p profiles.Probe) bool { return p.Name == name })
		if i < 0 {
			return "", "", errors.New("the profile has no such probe")
		}
		known := vars()
		return firstTarget(probes.Targets(context.Background(), p.Probes[i:i+1], probes.Sources{Vars: known, Registry: known.Get, Flags: flags}))
	}
}

// firstTarget is the first one that is known.
func firstTarget(list []probes.Target) (host, port string, err error) {
	why := "the address of the process server is not known"
	for _, t := range list {
		if t.Error == "" {
			return net.SplitHostPort(t.Target)
		}
		why = cmp.Or(t.Error, why)
	}
	return "", "", errors.New(why)
}

// configurationEnd writes the configuration once more, with the settings that
// programs have told. The first writing is what remains when it fails.
func (s *session) configurationEnd() source.Source {
	return source.Source{Name: "config", Timeout: 5 * time.Second, Collect: func(_ context.Context, k *store.Sink) error {
		f := hideSecrets(s.known.get().conf.Fact, s.red)
		if f.Taken.IsZero() {
			f.Taken = time.Now().UTC()
		}
		f.Items = append(f.Items, s.told.get()...)
		return k.Fact("config", f)
	}}
}

// Consent in words, for the manifest.
const (
	consentFlag     = "flag"
	consentPrompt   = "prompt"
	consentDeclined = "declined"
)

// consent says which programs the user let run, and how.
func (o *Options) consent() *bundles.Consent {
	var c bundles.Consent
	switch {
	case o.Commands && o.Asked:
		c.Commands = consentPrompt
	case o.Commands:
		c.Commands = consentFlag
	case o.Asked:
		c.Commands = consentDeclined
	}
	if o.Client {
		c.Client = consentFlag
	}
	if c == (bundles.Consent{}) {
		return nil
	}
	return &c
}

// logConsent notes who let programs run.
func (s *session) logConsent() {
	if c := s.opt.consent(); c != nil {
		s.log.Info("programs", runlog.Any("commands", c.Commands), runlog.Any("cxpsclient", c.Client))
	}
}

// Program is one that a run may start when the user agrees.
type Program struct {
	Name, Line string
	Why        string // the check or the step that asks for it, as the profile says
}

// Programs lists what --commands would start on this machine with these options:
// what is not installed is left out.
func Programs(ctx context.Context, opt Options) ([]Program, error) {
	p, err := chooseProfile(ctx, opt)
	if err != nil {
		return nil, err
	}
	var out []Program
	for _, j := range commands.Here(p.Commands, false, nil) {
		if file := commands.File(j.Program); file != "" {
			out = append(out, Program{j.Name, commands.Line(file, j), whyCommand(p, j.Name)})
		}
	}
	return out, nil
}

func whyCommand(p *profiles.Profile, name string) string {
	for _, c := range p.Commands {
		if c.Name == name {
			return c.Why
		}
	}
	return ""
}
