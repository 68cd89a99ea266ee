package main

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed component-versions.md
var componentVersionsDoc string

// supportedBehind is how many releases an agent may be older than its server:
// the vendor supports the last four.
const supportedBehind = 4

// Keys of the product's parts, and names of programs in the list of software.
const (
	dependenciesKey  = `HKLM\SOFTWARE\Wow6432Node\InMage Systems\Installed Products\10`
	monitoringKey    = processServerKey + `\Monitoring`
	softwareServer   = "Process Server"
	softwareMobility = "Mobility Service"
)

func componentVersions() *check.Check {
	return &check.Check{
		ID: "component-versions", Title: "All parts are of one release", Doc: componentVersionsDoc,
		URL: "https://learn.microsoft.com/en-us/azure/site-recovery/service-updates-how-to", Since: firstVersion, Article: []string{"beyond the article"},
		Roles: roles(), OS: systems(), Deployments: withAppliance(), Severities: []abi.Severity{abi.Info, abi.Warning},
		Inputs: []abi.Input{check.Fact("registry"), check.OptionalFact("software"), check.OptionalFact("config"), check.OptionalFact("host")},
		Run:    ours(runComponentVersions),
	}
}

// part is one part of the product and its release.
type part struct {
	name    string
	text    string // as it is written: 9.56.6879.1
	release [2]int // 9.56
	at      abi.Evidence
}

func runComponentVersions(p *check.Pass) error {
	if _, err := check.Load[bundles.Registry](p, "registry"); check.IsMissing(err) {
		p.Insufficient("registry: the collector read it and stored nothing", ask("reads the registry", "--quick"))
		return nil
	} else if err != nil {
		return err
	}
	server, agent := serverParts(p), agentParts(p)
	if len(server) == 0 {
		p.Insufficient("no release of the process server was read", askElevated("the registry"))
		return nil
	}
	found := reportHalfUpdate(p, server, agent)
	if !found {
		found = reportOldAgent(p, server, agent)
	}
	endVersions(p, found, server)
	return nil
}

// endVersions says what remains to be known. The release of another server is not
// in this bundle: of a process server alone the parts can be compared with each other
// and no more, so that it cannot pass, whatever its own parts say.
func endVersions(p *check.Pass, found bool, server []part) {
	own := releaseWords(newest(server).release)
	switch {
	case p.Deployment != bundles.DeployConfigurationServer && p.Deployment != bundles.DeployAppliance:
		words := "the parts of this process server agree on release " + own
		if found {
			words = "this process server is of release " + own
		}
		for _, source := range []string{"registry", "software"} {
			if why, ok := p.Unread(source); !ok {
				words += ", as far as they were read (" + why + ")"
			}
		}
		server := "its configuration server"
		if address := configValue(p, "amethyst", "PS_CS_IP"); address != "" {
			server += " (" + address + ")"
		}
		// Another run here would not tell it, so nothing is asked for.
		p.Insufficient(words+"; the release of "+server+", which must not be older, is not known on this machine: compare it with that of asrcollect --quick there", nil)
	case !found:
		passUnlessBlind(p, "all parts are of release "+own, "registry", "software")
	}
}

// serverParts are the places that have the process server's release.
func serverParts(p *check.Pass) []part {
	return slices.Concat(
		registryParts(p, productKey, "the product's key"), registryParts(p, processServerKey, "the process server's key"),
		registryParts(p, monitoringKey, "the process server's monitoring"), registryParts(p, dependenciesKey, "the dependencies' key"),
		softwareParts(p, softwareServer))
}

func agentParts(p *check.Pass) []part {
	return slices.Concat(registryParts(p, agentKey, "the agent's key"), softwareParts(p, softwareMobility))
}

// registryParts reads the release of a key; there is at most one.
func registryParts(p *check.Pass, key, name string) []part {
	n, k := keyAt(optional[bundles.Registry](p, "registry"), key)
	for _, value := range []string{"Build_Version", "Version", "PSVersion"} {
		i, text := registryValue(k, value)
		if r, ok := releaseOf(text); n >= 0 && i >= 0 && ok {
			return []part{{name: name, text: text, release: r, at: p.At("registry", check.Item(n, "values/"+itoa(i)+"/data"), text)}}
		}
	}
	return nil
}

// softwareParts are programs in the list of software whose name has the words.
func softwareParts(p *check.Pass, words string) (list []part) {
	fact := optional[bundles.Software](p, "software")
	if fact == nil {
		return nil
	}
	for i, s := range fact.Items {
		r, ok := releaseOf(s.Version)
		if ok && strings.Contains(s.Name, "Azure Site Recovery") && strings.Contains(s.Name, words) {
			list = append(list, part{name: "the program " + s.Name, text: s.Version, release: r, at: p.At("software", check.Item(i, "version"), s.Version)})
		}
	}
	return list
}

// releaseOf reads the first two numbers of a version. Only releases of the product
// count, which begin with 9: others number by another scheme.
func releaseOf(version string) (r [2]int, ok bool) {
	fields := strings.SplitN(version, ".", 3)
	if len(fields) < 2 {
		return r, false
	}
	for i := range r {
		n, err := strconv.Atoi(strings.TrimSpace(fields[i]))
		if err != nil || n < 0 {
			return r, false
		}
		r[i] = n
	}
	return r, r[0] == 9
}

func releaseWords(r [2]int) string { return itoa(r[0]) + "." + itoa(r[1]) }

func compareReleases(a, b part) int { return slices.Compare(a.release[:], b.release[:]) }

func newest(list []part) part {
	return slices.MaxFunc(list, compareReleases)
}

func oldest(list []part) part {
	return slices.MinFunc(list, compareReleases)
}

// reportHalfUpdate compares the parts of the server with each other, those of the
// agent with each other, and the agent with the server, which is updated first.
func reportHalfUpdate(p *check.Pass, server, agent []part) bool {
	var differ []part
	switch {
	case newest(server).release != oldest(server).release:
		differ = slices.Concat(server, agent)
	case len(agent) > 0 && newest(agent).release != oldest(agent).release:
		differ = agent
	case len(agent) > 0 && compareReleases(newest(agent), newest(server)) > 0:
		differ = slices.Concat(server, agent)
	default:
		return false
	}
	var words []string
	var at []abi.Evidence
	for _, d := range differ {
		words, at = append(words, d.name+" says "+d.text), append(at, d.at)
	}
	p.Report(check.Finding{
		Subject: "release", Key: "half-an-update", Severity: abi.Warning, State: abi.StateOngoing,
		Title: "Parts of the product are of releases " + releaseWords(oldest(differ).release) + " and " + releaseWords(newest(differ).release) + ": half an update",
		Detail: "An update that stops halfway leaves parts that do not fit each other: services fail to start, or talk past each other. " + capital(strings.Join(words, "; ")) + "." +
			rebootWords(p),
		Remedy: []string{
			"Read why the update stopped: the newest files in `C:\\ProgramData\\ASRSetupLogs`, from their end.",
			"If setup asks for a restart of the machine, do that first: it interrupts uploads of all source machines for some minutes.",
			"Run the unified setup of the newer release again and let it finish. It restarts all services of the product.",
			"Then check that all parts agree: `reg query \"HKLM\\SOFTWARE\\Wow6432Node\\InMage Systems\\Installed Products\" /s /v Version` and `/v Build_Version`.",
		},
		Evidence: at,
	})
	return true
}

// rebootWords tell that setup itself waits for a restart.
func rebootWords(p *check.Pass) string {
	if text, _, _ := registryAt(p, productKey, "Reboot_Required"); saysYes(text) {
		return " Setup waits for a restart of the machine (Reboot_Required)."
	}
	return ""
}

// saysYes reads a switch of setup.
func saysYes(text string) bool {
	return slices.Contains([]string{"yes", "true", "1"}, strings.ToLower(strings.TrimSpace(text)))
}

func reportOldAgent(p *check.Pass, server, agent []part) bool {
	if len(agent) == 0 {
		return false
	}
	a, s := newest(agent), newest(server)
	behind := s.release[1] - a.release[1]
	if a.release[0] != s.release[0] || behind <= supportedBehind {
		return false
	}
	p.Report(check.Finding{
		Subject: "agent", Key: "agent-behind", Severity: abi.Info, State: abi.StateOngoing,
		Title:  "Agent of this server is " + itoa(behind) + " releases behind (" + releaseWords(a.release) + ", server " + releaseWords(s.release) + ")",
		Detail: "The vendor supports the last " + itoa(supportedBehind) + " releases together. Here " + a.name + " says " + a.text + " and " + s.name + " " + s.text + ". Agents of source machines are not seen from this server.",
		Remedy: []string{
			"Update the agent on this server with the unified setup of the server's release; on source machines from the vault: Replicated items, Update agent. Newer releases of the agent may ask for a restart of the source machine.",
		},
		Evidence: []abi.Evidence{a.at, s.at},
		Measure:  &abi.Measure{Metric: "releases.behind", Value: float64(behind), Op: ">", Limit: supportedBehind, Method: "difference of the second number of both releases", LimitSource: "Azure Site Recovery: supported updates"},
	})
	return true
}
