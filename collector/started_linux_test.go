package collector

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/commands"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
	"github.com/asrdiag/asrdiag/collector/internal/source/probes"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

func TestConsent(t *testing.T) {
	for _, c := range []struct {
		opt  Options
		want *bundles.Consent
	}{
		{Options{}, nil},
		{Options{Commands: true}, &bundles.Consent{Commands: "flag"}},
		{Options{Commands: true, Asked: true}, &bundles.Consent{Commands: "prompt"}},
		{Options{Asked: true, Client: true}, &bundles.Consent{Commands: "declined", Client: "flag"}},
	} {
		if diff := cmp.Diff(c.want, c.opt.consent()); diff != "" {
			t.Errorf("%+v:\n%s", c.opt, diff)
		}
	}
}

// TestClient: the product's client has a flag and a row of its own, and a target
// that the profile names.
func TestClient(t *testing.T) {
	m := newMachine(t)
	writeProfile(t, &m, obj{
		"probes":   []obj{{"name": "p", "target": m.listener.Addr().String(), "why": "w"}},
		"commands": []obj{{"name": "cxpsclient", "probe": "p", "why": "step 7"}},
	})
	if commands.File(commands.Here([]profiles.Command{{Name: "cxpsclient"}}, true, func(string) (string, string, error) { return "", "", nil })[0].Program) != "" {
		t.Skip("the product is installed here")
	}
	for name, c := range map[string]struct {
		client        bool
		status, error string
	}{
		"not asked for": {false, bundles.StatusSkipped, "--with-cxpsclient lets it run"},
		"not installed": {true, bundles.StatusSkipped, "none of these programs is installed: cxpsclient"},
	} {
		opt := m.options()
		opt.Client = c.client
		sum, err := Run(context.Background(), opt)
		if err != nil {
			t.Fatal(err)
		}
		b := openBundle(t, sum.Path)
		row := rowOf(t, b, "logs/"+profiles.ClientID)
		if row.Status != c.status || !strings.Contains(row.Error, c.error) || sum.Complete == c.client {
			t.Errorf("%s: complete %v, row %+v", name, sum.Complete, row)
		}
		if got := b.Manifest.Consent != nil && b.Manifest.Consent.Client == "flag"; got != c.client {
			t.Errorf("%s: consent %+v", name, b.Manifest.Consent)
		}
	}
	opt := m.options()
	opt.Client, opt.NoProbes = true, true
	if _, err := Run(context.Background(), opt); !errors.As(err, new(*OptionError)) {
		t.Errorf("a client without connections: %v", err)
	}
}

func TestTargetOf(t *testing.T) {
	p := &profiles.Profile{Probes: []profiles.Probe{
		{Name: "a", Target: "10.0.0.4:9443", Flag: true},
		{Name: "b", FromConfig: &profiles.FromConfig{Config: "none", Host: "Hostname"}, Flag: true},
	}}
	none := func() config.Vars { return config.Vars{} }
	for _, c := range []struct{ probe, flag, want string }{
		{"a", "", "10.0.0.4 9443 "},
		{"a", "10.0.0.9:443", "10.0.0.4 9443 "},
		{"b", "10.0.0.9:443", "10.0.0.9 443 "},
		{"c", "", "  the profile has no such probe"},
	} {
		var flags []string
		if c.flag != "" {
			flags = []string{c.flag}
		}
		host, port, err := targetOf(p, none, flags)(c.probe)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if got := host + " " + port + " " + text; got != c.want {
			t.Errorf("%s with %q: %q, want %q", c.probe, c.flag, got, c.want)
		}
	}
	for _, odd := range []string{"-P:443", "--help:1", "-y 3:443", "a b:443"} { // no target is an option
		p := &profiles.Profile{Probes: []profiles.Probe{{Name: "a", Target: odd}}}
		if host, port, err := targetOf(p, none, nil)("a"); err == nil {
			t.Errorf("%q gives %q and %q", odd, host, port)
		}
	}
	if _, _, err := targetOf(p, none, nil)("b"); err == nil {
		t.Error("a target that nothing names is known")
	}
	if _, _, err := firstTarget([]probes.Target{{Error: "gone"}}); err == nil || err.Error() != "gone" {
		t.Errorf("the reason is %v", err)
	}
}
