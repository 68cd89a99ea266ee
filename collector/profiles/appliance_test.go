package profiles

import (
	"slices"
	"strings"
	"testing"
)

// TestAppliance has the names that the checks of the appliance look for, and
// what it must never read.
func TestAppliance(t *testing.T) {
	p, err := Named("asr-appliance")
	if err != nil {
		t.Fatal(err)
	}
	var services, config, logs, probes, certificates []string
	for _, s := range p.Services {
		services = append(services, s.Name+s.Folder)
	}
	for _, c := range p.Config {
		config = append(config, c.Name)
		for _, k := range c.Keys {
			if name := k[strings.LastIndexByte(k, ':')+1:]; name == "UserName" || name == "Password" || strings.Contains(strings.ToLower(k), "secret") {
				t.Errorf("%s reads the key %s", c.Name, k)
			}
		}
	}
	for _, l := range p.Logs {
		logs = append(logs, l.ID)
	}
	for _, pr := range p.Probes {
		probes = append(probes, pr.Name)
	}
	for _, c := range p.Certificates {
		certificates = append(certificates, c.Name)
	}
	for _, want := range []struct {
		kind       string
		want, have []string
	}{
		{"service", []string{"cxprocessserver", "ProcessServer", "ProcessServerMonitor", "rcmproxyagent", "rcmreplicationagent", "obengine", "MarsAgent", "dra", "rcmreprotectagent", "pushinstallagent", "amvmwdiscoverysvc", "amserverdiscoverysvc", "W3SVC", "WAS", `%ProgramFiles%\Microsoft Azure Appliance Auto Update`}, services},
		{"configuration file", []string{"appliance", "process-server", "rcmproxyagent", "rcmreplicationagent", "rcmreprotectagent", "pushinstallagent", "marsagent", "discovery", "serverdiscovery", "autoupdater", "cxps"}, config},
		{"log", []string{"process-server", "cxps", "cbengine", "rcm-proxy", "rcm-replication", "rcm-reprotect", "mars-agent", "setup"}, logs},
		{"probe", []string{"data-port", "control-port", "configuration-manager", "rcm", "sign-in-agent", "key-vault"}, probes},
		{"certificate", []string{"ps", "application", "appliance.agent", "process-server.agent", "vault"}, certificates},
	} {
		for _, w := range want.want {
			if !slices.Contains(want.have, w) {
				t.Errorf("%s %q is missing", want.kind, w)
			}
		}
	}
	for _, role := range p.Roles {
		if role.Role != "process-server" || role.Deployment != "appliance" || len(role.All) < 2 {
			t.Errorf("one sign alone is not enough: %+v", role)
		}
	}
}

// TestNoLetter: the drive of the cache is whatever setup has found.
func TestNoLetter(t *testing.T) {
	raw, err := Text("asr-appliance")
	if err != nil {
		t.Fatal(err)
	}
	for _, letter := range []string{`"D:`, `"E:`, `"F:`, `"C:`} {
		if strings.Contains(string(raw), letter) {
			t.Errorf("the profile names a drive: %s", letter)
		}
	}
}

// TestShortLived: the appliance's own lines live for minutes.
func TestShortLived(t *testing.T) {
	p, err := Named("asr-appliance")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(p.Logs, func(l Log) bool { return l.ID == "process-server" })
	if i < 0 || p.Logs[i].When != WhenFirst {
		t.Error("logs/process-server is not read before the window")
	}
}
