package main

import (
	_ "embed"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed role-conflict.md
var roleConflictDoc string

const (
	processServerKey = `HKLM\SOFTWARE\Microsoft\Azure Site Recovery Process Server`
	applianceKey     = `HKLM\SOFTWARE\Microsoft\Azure Appliance`
)

// Setup types: what the unified setup installed.
const (
	typeServerOnly = "1" // configuration server without a process server
	typeProcess    = "2" // process server alone
	typeBoth       = "3" // configuration server with its process server
)

// evidenceDisagrees begins those lines of the collector's evidence for a role that
// speak against the role it chose.
const evidenceDisagrees = "disagrees"

func roleConflict() *check.Check {
	return &check.Check{
		ID: "role-conflict", Title: "All signs agree on what the server is", Doc: roleConflictDoc,
		URL: article + "#step-2-check-process-server-services", Since: firstVersion, Article: []string{"beyond the article"},
		Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Warning},
		Inputs: []abi.Input{check.Fact("registry"), check.OptionalFact("config"), check.OptionalFact("services"), check.OptionalFact("host")},
		Run:    ours(runRoleConflict),
	}
}

func runRoleConflict(p *check.Pass) error {
	reg, err := check.Load[bundles.Registry](p, "registry")
	if check.IsMissing(err) {
		p.Insufficient("registry: the collector read it and stored nothing", ask("reads the registry", "--quick"))
		return nil
	}
	if err != nil {
		return err
	}
	n, classic := keyAt(&reg, productKey)
	modern := modernized(p, reg)
	setup := setupTypes(p)
	found := reportModernized(p, n, classic, modern)
	found = reportTypes(p, setup) || found
	if !found {
		found = reportServices(p, setup) || reportEvidence(p)
	}
	switch {
	case found:
	case classic.Error != "" || n < 0:
		p.Insufficient("the setup's key was not read: "+orElse(classic.Error, "the profile does not ask for it"), askElevated("the registry"))
	case classic.Exists && (setup.registry == "" || setup.file == ""):
		p.Insufficient("CX_TYPE "+setup.lacks(), askElevated("registry and amethyst.conf"))
	case classic.Exists:
		passUnlessBlind(p, "registry and amethyst.conf say "+typeWords(setup.file), "registry", "config", "services")
	case len(modern) > 0:
		passUnlessBlind(p, "the registry says modernized appliance, and nothing of a classic server is there", "registry")
	default:
		p.Insufficient("the registry has no sign of a classic server or an appliance", askElevated("the registry"))
	}
	return nil
}

// setupType is what the two places say that setup installed; empty: not known.
type setupType struct {
	registry, file     string
	atRegistry, atFile abi.Evidence
}

func setupTypes(p *check.Pass) (s setupType) {
	s.registry, s.atRegistry, _ = registryAt(p, productKey, "CX_TYPE")
	s.file, s.atFile, _ = configAt(p, "amethyst", "CX_TYPE")
	s.registry, s.file = plainType(s.registry), plainType(s.file)
	return s
}

func plainType(text string) string { return strings.Trim(text, ` "'`) }

func (s setupType) lacks() string {
	switch {
	case s.registry == "" && s.file == "":
		return "was read neither in the registry nor in amethyst.conf"
	case s.registry == "":
		return "was not read in the registry; amethyst.conf says " + typeWords(s.file)
	}
	return "was not read in amethyst.conf; the registry says " + typeWords(s.registry)
}

// typeWords are what a setup type means.
func typeWords(setup string) string {
	switch setup {
	case typeServerOnly:
		return "configuration server without a process server (1)"
	case typeProcess:
		return "process server alone (2)"
	case typeBoth:
		return "configuration server with its process server (3)"
	}
	return "an unknown type (" + setup + ")"
}

// registryAt gives a value of a key of the registry and where it stands.
func registryAt(p *check.Pass, key, name string) (text string, at abi.Evidence, ok bool) {
	n, k := keyAt(optional[bundles.Registry](p, "registry"), key)
	i, text := registryValue(k, name)
	if n < 0 || i < 0 {
		return "", abi.Evidence{}, false
	}
	return text, valueAt(p, n, i, k.Values[i].Data), true
}

// modernized points to what the registry has of an appliance.
func modernized(p *check.Pass, reg bundles.Registry) (at []abi.Evidence) {
	for _, sign := range []struct{ key, name, value string }{{applianceKey, "Type", "InMageRcm"}, {processServerKey, "CS Mode", "Rcm"}} {
		n, k := keyAt(&reg, sign.key)
		if i, text := registryValue(k, sign.name); n >= 0 && i >= 0 && strings.EqualFold(text, sign.value) {
			at = append(at, valueAt(p, n, i, text))
		}
	}
	return at
}

func reportModernized(p *check.Pass, n int, classic bundles.RegistryKey, modern []abi.Evidence) bool {
	if !classic.Exists || len(modern) == 0 {
		return false
	}
	p.Report(check.Finding{
		Subject: "role", Key: "modernized", Severity: abi.Warning, State: abi.StateOngoing,
		Title: "Classic server and modernized appliance are installed on one machine",
		Detail: "Setup left the key of a classic configuration or process server (Installed Products\\9), and the registry also says modernized appliance. " +
			"The mix is not supported: both want the data port, the services of the same names and the same backup agent. Measured: values of the registry.",
		Remedy: []string{
			"Find out which of the two is in use: the vault lists it under Site Recovery infrastructure, with its last heartbeat.",
			"Set up a machine of its own for the other one, move its source machines there, then remove it from this machine: `appwiz.cpl`, or `Get-Package -Name 'Microsoft Azure*'` to list it. Removing it ends the replication of the machines that still use it.",
		},
		Evidence: append([]abi.Evidence{p.At("registry", check.Item(n, "exists"), true)}, modern...),
	})
	return true
}

func reportTypes(p *check.Pass, s setupType) bool {
	if s.registry == "" || s.file == "" || s.registry == s.file {
		return false
	}
	p.Report(check.Finding{
		Subject: "role", Key: "cx-type", Severity: abi.Warning, State: abi.StateOngoing,
		Title: "Setup type is " + s.registry + " in the registry and " + s.file + " in amethyst.conf",
		Detail: "CX_TYPE says what setup installed. The registry says " + typeWords(s.registry) + ", amethyst.conf " + typeWords(s.file) + ". " +
			"Programs of the product read either, so that some act as a server that this one is not; updates can fail. " + installedWords(p) +
			"What this report expects of services and sizes follows the registry.",
		Remedy:   typeRemedy(),
		Evidence: []abi.Evidence{s.atRegistry, s.atFile},
	})
	return true
}

func typeRemedy() []string {
	return []string{
		"Find out what the server is: the vault lists configuration servers and process servers under Site Recovery infrastructure.",
		"Look at both values: `reg query \"HKLM\\SOFTWARE\\Wow6432Node\\InMage Systems\\Installed Products\\9\" /v CX_TYPE` and `findstr CX_TYPE C:\\ProgramData\\ASR\\home\\svsystems\\etc\\amethyst.conf`.",
		"Run the unified setup of the same release again and let it repair the installation; do not edit the values by hand. It restarts all services of the product and interrupts uploads for some minutes.",
	}
}

// serverServices are installed with a configuration server alone.
func serverServices(p *check.Pass) (installed, known int, at []abi.Evidence) {
	fact := optional[bundles.Services](p, "services")
	if fact == nil {
		return 0, 0, nil
	}
	for _, name := range []string{svcMySQL, svcProvider} {
		i, s := findService(*fact, name)
		if i < 0 || s.Error != "" || s.State == "" || s.State == bundles.StateUnknown {
			continue
		}
		known++
		if s.State != bundles.StateNotInstalled {
			installed++
		}
		at = append(at, p.At("services", check.Item(i, "state"), s.State))
	}
	return installed, known, at
}

func installedWords(p *check.Pass) string {
	switch installed, known, _ := serverServices(p); {
	case known < 2:
		return ""
	case installed == known:
		return "MySQL and the Site Recovery provider are installed, as on a configuration server. "
	case installed == 0:
		return "Neither MySQL nor the Site Recovery provider is installed, as on a process server alone. "
	}
	return ""
}

// reportServices compares the setup type with the services that only one type has.
func reportServices(p *check.Pass, s setupType) bool {
	installed, known, at := serverServices(p)
	setup := orElse(s.registry, s.file)
	alone := setup == typeProcess && installed == 2
	server := (setup == typeBoth || setup == typeServerOnly) && known == 2 && installed == 0
	if !alone && !server {
		return false
	}
	title := "Setup type says process server alone, but MySQL and the provider are installed"
	if server {
		title = "Setup type says configuration server, but MySQL and the provider are missing"
	}
	if s.registry != "" {
		at = append([]abi.Evidence{s.atRegistry}, at...)
	}
	p.Report(check.Finding{
		Subject: "role", Key: "services", Severity: abi.Warning, State: abi.StateOngoing, Title: title,
		Detail: "CX_TYPE says " + typeWords(setup) + ". The services MySQL and dra belong to a configuration server and to no other. " +
			"Either setup did not finish, or a server was turned into another without removing the first. Measured: the list of services.",
		Remedy: typeRemedy(), Evidence: at,
	})
	return true
}

// reportEvidence passes on what the collector's own rules found against the role.
func reportEvidence(p *check.Pass) bool {
	file, pointer := bundles.ManifestPath, "/host/role_evidence/"
	if p.Bundle.Cut {
		file, pointer = p.Bundle.FactPath("host"), "/role_evidence/"
	}
	for i, words := range p.Bundle.Host().RoleEvidence {
		if !strings.HasPrefix(words, evidenceDisagrees) {
			continue
		}
		p.Report(check.Finding{
			Subject: "role", Key: "evidence", Severity: abi.Warning, State: abi.StateOngoing,
			Title:    "Signs of what this server is do not agree",
			Detail:   "The collector took it for " + orElse(p.Deployment, p.Role) + ", and one of its rules says otherwise: " + words + ". Checks expect what the first of the two should have.",
			Remedy:   typeRemedy(),
			Evidence: []abi.Evidence{check.Document(file, pointer+itoa(i), words)},
		})
		return true
	}
	return false
}
