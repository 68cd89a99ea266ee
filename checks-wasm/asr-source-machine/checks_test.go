package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles/bundletest"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/checktest"
	"golang.org/x/tools/txtar"
)

func TestChecks(t *testing.T) {
	for _, c := range checks() {
		t.Run(c.ID, func(t *testing.T) { checktest.Run(t, c) })
	}
}

// What the host believes of the pack.
func TestDescribe(t *testing.T) {
	d, err := check.Describe(module, checks())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range d.Checks {
		ids = append(ids, c.ID)
		if !slices.Equal(c.Roles, roles()) || c.Since == "" || c.URL == "" {
			t.Errorf("%s: roles %v, since %q, url %q", c.ID, c.Roles, c.Since, c.URL)
		}
	}
	want := []string{"agent-running", "time-sync", "process-server-port", "process-server-endpoint", "configuration-server", "log-level", "driver-loaded", "antivirus-exclusions", "recent-change", "source-appliance-address", "agent-client-certificate", "churn", "cxpsclient", "unreachable-process-server", "upload-failures", "collector-limits"}
	if !slices.Equal(ids, want) {
		t.Errorf("checks = %v, want %v (ids are for ever)", ids, want)
	}
	if d.ABI != abi.Version {
		t.Errorf("abi = %q, want %q", d.ABI, abi.Version)
	}
}

// What a check without an answer asks for is an exact command, which a report
// repeats as it is.
func TestAsks(t *testing.T) {
	for fixture, want := range map[string]string{
		"process-server-port/no-probes":             "--probe 10.1.0.4:9443",
		"process-server-port/other-address":         "--probe 10.1.0.4:9443",
		"process-server-port/no-address":            "--probe PROCESS-SERVER-ADDRESS:9443",
		"agent-running/windows-denied":              "--role source-machine --quick",
		"agent-running/linux-hidden":                "--role source-machine --quick",
		"collector-limits/cut":                      "--duration 15m",
		"time-sync/linux-chrony-stopped-unmeasured": "--quick",
	} {
		t.Run(fixture, func(t *testing.T) {
			id, _, _ := strings.Cut(fixture, "/")
			i := slices.IndexFunc(checks(), func(c *check.Check) bool { return c.ID == id })
			out := runFixture(t, checks()[i], filepath.Join("testdata", filepath.FromSlash(fixture)+".txtar"))
			if out.Status.Ask == nil || strings.Join(out.Status.Ask.Args, " ") != want || out.Status.Ask.Role != roles()[0] || out.Status.Ask.Why == "" {
				t.Errorf("ask = %+v, want %q of a %s, with a reason", out.Status.Ask, want, roles()[0])
			}
		})
	}
}

func runFixture(t *testing.T, c *check.Check, file string) checktest.Output {
	t.Helper()
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := bundletest.Parse(ar)
	if err != nil {
		t.Fatal(err)
	}
	b, err := tree.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	out, err := checktest.RunBundle(c, b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Remedies name the machine's own commands.
func TestRemedies(t *testing.T) {
	for fixture, want := range map[string][]string{
		"agent-running/windows-stopped":                {`sc.exe start "svagents"`},
		"agent-running/windows-never-registered":       {"UnifiedAgentConfigurator.exe", "/CSEndPoint"},
		"agent-running/windows-disabled":               {`sc.exe config "svagents" start= auto`, `sc.exe start "svagents"`},
		"agent-running/linux-dead":                     {"systemctl restart vxagent"},
		"agent-running/linux-marker":                   {"rm /usr/local/.norespawn_vxagent", "systemctl restart vxagent"},
		"process-server-port/refused":                  {"localport=9443", "sc.exe start cxprocessserver", "Test-NetConnection 10.1.0.4 -Port 9443"},
		"process-server-port/timeout-linux":            {"localport=9443", "/dev/tcp/10.1.0.4/9443"},
		"process-server-port/name-not-found":           {"nslookup ps01.corp.example"},
		"process-server-port/partial-tls":              {"curl -vk https://10.1.0.4:9443/", "cxpsclient.exe\" -i 10.1.0.4 -l 9443 -y 300", "cxps.err.log"},
		"collector-limits/not-elevated":                {"as administrator"},
		"collector-limits/not-elevated-nothing-denied": {"sudo ./asrcollect --duration 15m"},
	} {
		t.Run(fixture, func(t *testing.T) {
			id, _, _ := strings.Cut(fixture, "/")
			i := slices.IndexFunc(checks(), func(c *check.Check) bool { return c.ID == id })
			out := runFixture(t, checks()[i], filepath.Join("testdata", filepath.FromSlash(fixture)+".txtar"))
			text := strings.Join(out.Findings[0].Remedy, "\n")
			for _, w := range want { // in this order
				k := strings.Index(text, w)
				if k < 0 {
					t.Fatalf("remedy lacks %q, or has it too early:\n%s", w, strings.Join(out.Findings[0].Remedy, "\n"))
				}
				text = text[k:]
			}
		})
	}
}

// Every folder of fixtures belongs to a check, so that none is forgotten.
func TestFixturesBelong(t *testing.T) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.ContainsFunc(checks(), func(c *check.Check) bool { return c.ID == e.Name() }) {
			t.Errorf("testdata/%s belongs to no check", e.Name())
		}
	}
}

// The module compiles for the host, and keeps below its limit.
func TestModuleSize(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the module")
	}
	out := filepath.Join(t.TempDir(), "module.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, ".")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > abi.MaxModuleBytes {
		t.Errorf("module has %d bytes, the limit is %d", info.Size(), abi.MaxModuleBytes)
	}
}
