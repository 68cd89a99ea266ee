package profiles

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestProcessServer has the names that the checks of the process server look for.
func TestProcessServer(t *testing.T) {
	p, err := Named("asr-process-server")
	if err != nil {
		t.Fatal(err)
	}
	missing := func(kind string, want, have []string) {
		t.Helper()
		for _, w := range want {
			if !slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, w) }) {
				t.Errorf("%s %q is missing", kind, w)
			}
		}
	}
	var services, config, files, logs, probes, keys []string
	for _, s := range p.Services {
		services = append(services, s.Name)
	}
	for _, c := range p.Config {
		config = append(config, c.Name)
	}
	for _, f := range p.Files {
		files = append(files, f.Name)
	}
	for _, l := range p.Logs {
		logs = append(logs, l.ID)
	}
	for _, pr := range p.Probes {
		probes = append(probes, pr.Name)
	}
	for _, r := range p.Registry {
		keys = append(keys, r.Key)
	}
	missing("service", []string{"ProcessServer", "ProcessServerMonitor", "cxprocessserver", "InMage PushInstall", "LogUpload", "InMage Scout Application Service", "obengine", "svagents", "tmansvc", "W3SVC", "MySQL", "dra"}, services)
	missing("configuration file", []string{"amethyst", "cxps", "app", "drscout"}, config)
	missing("file", []string{"ps-settings"}, files)
	missing("log", []string{"tmansvc", "process-server", "cbengine", "cxps", "svagents"}, logs)
	missing("probe", []string{"data-port", "configuration-server"}, probes)
	missing("key", []string{`HKLM\SOFTWARE\Microsoft\Azure Site Recovery\ProxySettings`, `HKLM\SOFTWARE\Wow6432Node\InMage Systems\Installed Products\5`, `HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings`}, keys)
	for _, name := range []string{"perl.exe", "cbengine.exe", "cxps.exe", "ProcessServer.exe"} {
		if !p.Watches(name) {
			t.Errorf("%s is not watched", name)
		}
	}
}

// TestSecretsUnread looks for what a profile must never have: values and keys
// that are secrets, and paths of keys.
func TestSecretsUnread(t *testing.T) {
	secret := regexp.MustCompile(`(?i)passw|secret|passphrase|_key$|token|account|DB_`)
	never := regexp.MustCompile(`(?i)\\private|\.pem|\.key|VaultCredentials|ASRSetup\\|PushInstall.*\.log|PIJobStatus`)
	list, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		for _, r := range p.Registry {
			for _, v := range r.Values {
				if secret.MatchString(v) || strings.EqualFold(v, "ProxyUserName") {
					t.Errorf("%s reads the value %s of %s", p.Name, v, r.Key)
				}
			}
		}
		for _, c := range p.Config {
			for _, k := range c.Keys {
				if secret.MatchString(k) {
					t.Errorf("%s reads the key %s of %s", p.Name, k, c.Name)
				}
			}
		}
		for _, l := range p.Logs {
			for _, g := range l.Globs {
				if never.MatchString(g) {
					t.Errorf("%s reads %s", p.Name, g)
				}
			}
		}
	}
}
