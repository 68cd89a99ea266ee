package collector

import (
	"runtime"
	"slices"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

const (
	applianceKey = `HKLM\SOFTWARE\Microsoft\Azure Appliance`
	serverKey    = `HKLM\SOFTWARE\Microsoft\Azure Site Recovery Process Server`
	classicKey   = `HKLM\SOFTWARE\Wow6432Node\InMage Systems\Installed Products\9`
	agentKey     = `HKLM\SOFTWARE\Wow6432Node\InMage Systems\Installed Products\5`
)

// machineWith is what was read of a machine that has some of the keys, each
// with one value; all others are known not to be there.
func machineWith(has map[string][2]string) settings {
	var reg bundles.Registry
	for _, key := range []string{applianceKey, serverKey, classicKey, agentKey} {
		k := bundles.RegistryKey{Key: key}
		if v, ok := has[key]; ok {
			k.Exists = true
			k.Values = []bundles.RegistryValue{{Name: v[0], Data: []byte(`"` + v[1] + `"`)}}
		}
		reg.Items = append(reg.Items, k)
	}
	vars := config.Vars{}
	vars.AddRegistry(reg)
	return settings{reg: reg, conf: config.Result{Vars: vars}}
}

// TestChooseByEvidence decides between the three products. What speaks for
// another one is told.
func TestChooseByEvidence(t *testing.T) {
	list, err := profiles.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	list = slices.DeleteFunc(list, func(p *profiles.Profile) bool { return len(p.Roles) == 0 })
	typ, mode := [2]string{"Type", "InMageRcm"}, [2]string{"CS Mode", "Rcm"}
	const classicToo = `disagrees, process-server standalone by profile asr-process-server: registry ` + classicKey + ` exists, registry ` + classicKey + ` CX_TYPE=2`
	for name, c := range map[string]struct {
		has       map[string][2]string
		profile   string
		deploy    string
		disagrees []string
		last      string // of the evidence
	}{
		"appliance":             {map[string][2]string{applianceKey: typ, serverKey: mode}, "asr-appliance", "appliance", nil, ""},
		"appliance, one sign":   {map[string][2]string{serverKey: mode}, "asr-appliance", "appliance", nil, ""},
		"another appliance":     {map[string][2]string{applianceKey: {"Type", "Discovery"}}, "generic", "", nil, ""},
		"both, two signs":       {map[string][2]string{applianceKey: typ, serverKey: mode, classicKey: {"CX_TYPE", "2"}}, "asr-appliance", "appliance", []string{classicToo}, ""},
		"classic":               {map[string][2]string{serverKey: {"CS Mode", "LegacyCS"}, classicKey: {"CX_TYPE", "3"}, agentKey: {"Version", "9"}}, "asr-process-server", "configuration-server", nil, ""},
		"classic, one sign":     {map[string][2]string{serverKey: mode, classicKey: {"CX_TYPE", "2"}}, "asr-process-server", "standalone", nil, `disagrees, process-server appliance: registry ` + serverKey + ` CS Mode=Rcm`},
		"source":                {map[string][2]string{agentKey: {"Version", "9"}}, "asr-source-machine", "", nil, ""},
		"appliance that is one": {map[string][2]string{applianceKey: typ, serverKey: mode, agentKey: {"Version", "9"}}, "asr-appliance", "appliance", []string{"disagrees, source-machine by profile asr-source-machine: registry " + agentKey + " exists, not: registry " + classicKey + " exists"}, ""},
		"nothing":               {nil, "generic", "", nil, ""},
	} {
		known := machineWith(c.has)
		got, err := decide(list, "", func(p *profiles.Profile) (role, bool) {
			return detector{t.Context(), known, "unix:path=/nonesuch"}.detect(p)
		})
		if err != nil || got.profile.Name != c.profile || !slices.Equal(got.disagrees, c.disagrees) {
			t.Errorf("%s: profile %s, %q, %v, want %s, %q", name, got.profile.Name, got.disagrees, err, c.profile, c.disagrees)
			continue
		}
		r, _ := detector{t.Context(), known, "unix:path=/nonesuch"}.detect(got.profile)
		if r.Deployment != c.deploy || c.last != "" && r.Evidence[len(r.Evidence)-1] != c.last {
			t.Errorf("%s: %+v, want %s, %q", name, r, c.deploy, c.last)
		}
	}
}

// TestSaidRole takes the general one of the profiles that have the role.
func TestSaidRole(t *testing.T) {
	list, err := profiles.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	none := func(*profiles.Profile) (role, bool) { return role{}, false }
	for said, want := range map[string]string{bundles.RoleProcessServer: "asr-process-server", bundles.RoleSourceMachine: "asr-source-machine"} {
		if got, err := decide(list, said, none); err != nil || got.profile.Name != want {
			t.Errorf("of role %s: %v, %v, want %s", said, got.profile, err, want)
		}
	}
	for _, p := range candidates(list, "") {
		if !p.Fits(runtime.GOOS) || len(p.Roles) == 0 {
			t.Errorf("%s is no candidate", p.Name)
		}
	}
}
