package main

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed configuration-server.md
var configurationServerDoc string

const (
	// configServerProbe is the profile's name for attempts to reach it.
	configServerProbe = "configuration-server"
	// configServerPort is where it listens.
	configServerPort = "443"
	// registerInterval is how often an agent registers with it.
	registerInterval = 15 * time.Minute
	// authInterval is how often an agent tries again that was not accepted.
	authInterval = 2 * time.Minute
)

func configurationServer() *check.Check {
	used := asrlogs.Use(asrlogs.AgentPostFailed, asrlogs.AgentPeerRefused, asrlogs.AgentRegister, asrlogs.AgentCloudAccess,
		asrlogs.AgentProxyFailed, asrlogs.AgentAuthFailed, asrlogs.AgentOtherMachine)
	return &check.Check{
		ID: "configuration-server", Title: "The agent reaches its configuration server", Doc: configurationServerDoc,
		URL: article + "#check-connectivity-and-replication", Since: firstVersion,
		Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Info, abi.Warning, abi.Critical},
		Inputs:  append(used.Inputs, check.OptionalFact("probes"), check.OptionalFact("config"), check.OptionalFact("connections")),
		Formats: used.Formats, Scans: used.Scans,
		ExplainedBy: []abi.Cause{
			{Check: "time-sync"},
			{Check: "agent-running"},
			{Check: "source-appliance-address"},
			{Check: "agent-client-certificate"},
			{Check: "asr-process-server/services-running", Subjects: []string{"rcmproxyagent"}},
			{Check: "asr-process-server/control-port"},
			{Check: "asr-process-server/inbound-firewall"},
		},
		Worked: workedServer,
		Run:    runConfigurationServer,
	}
}

// serverRun is one run of the check.
type serverRun struct {
	answer
	p       *check.Pass
	probes  bundles.Probes
	app     applianceSettings
	success time.Time // newest attempt that got through
	tried   int
	broken  []check.Finding // attempts that failed, not yet reported
}

func runConfigurationServer(p *check.Pass) error {
	probes, err := check.Load[bundles.Probes](p, "probes")
	if err != nil && !check.IsMissing(err) {
		return err
	}
	r := serverRun{p: p, probes: probes, app: applianceOf(p)}
	for _, i := range r.targets() {
		r.judge(i)
	}
	logged := r.reports()
	for _, f := range r.broken {
		p.Report(f)
	}
	switch {
	case r.tried == 0 && !logged && p.Role == bundles.RoleUnknown:
		p.NotApplicable("nothing on this machine names a configuration server")
	case r.tried == 0 && !logged:
		r.unclearf("no attempt was made to reach the %s, and the agent's log says nothing of it", r.server())
		r.end(p, r.ask())
	default:
		if logged {
			r.finef("no request of the agent failed in the day before its log's newest line")
		}
		r.sources()
		r.end(p, r.ask())
	}
	return nil
}

// sources notes what could have said otherwise and was not read.
func (r *serverRun) sources() {
	for _, s := range []string{"probes", "config", agentSource} {
		if reason, ok := r.p.Absent(s); !ok {
			r.unclearf("not read: %s", reason)
		}
	}
}

func (r *serverRun) ask() *abi.Ask {
	target := "CONFIGURATION-SERVER:" + configServerPort
	switch host := configuredServer(r.p); {
	case len(r.app.hosts) > 0:
		target = r.app.targets(r.app.port)[0]
	case r.app.modern:
		target = "APPLIANCE-ADDRESS:" + configServerPort
	case host != "":
		target = host + ":" + configServerPort
	}
	return &abi.Ask{Role: bundles.RoleSourceMachine, Args: []string{"--probe", target}, Why: "tries the " + r.server() + " from this machine"}
}

// server is what the agent registers with.
func (r *serverRun) server() string {
	if r.app.modern {
		return "appliance"
	}
	return "configuration server"
}

// configuredServer is the server of drscout.conf, when its port says that it is
// the configuration server.
func configuredServer(p *check.Pass) string {
	cfg, err := check.Load[bundles.Config](p, "config")
	if err != nil {
		return ""
	}
	for _, t := range configuredTargets(cfg) {
		if host, port := splitTarget(t); port == configServerPort {
			return host
		}
	}
	return ""
}

// targets lists the direct attempts at the configuration server: those of its
// name, and those at port 443 of what drscout.conf names.
func (r *serverRun) targets() []int {
	server := configuredServer(r.p)
	var out []int
	for i, probe := range r.probes.Items {
		host, port := splitTarget(probe.Target)
		if r.app.modern {
			if probe.Target != "" && probe.Via != bundles.ViaProxy && among(r.app.targets(r.app.port), probe.Target) {
				out = append(out, i)
			}
			continue
		}
		known := server != "" && strings.EqualFold(host, server) && port == configServerPort
		if probe.Target != "" && probe.Via != bundles.ViaProxy && (probe.Name == configServerProbe || known) {
			out = append(out, i)
		}
	}
	return out
}

// judge reports the leg at which an attempt breaks.
func (r *serverRun) judge(i int) {
	probe := r.probes.Items[i]
	open, failed, _ := outcome(probe.Legs)
	if open < 0 && failed < 0 {
		return
	}
	r.tried++
	k := brokenLeg(probe)
	switch {
	case k < 0 && r.app.modern && r.foreignCertificate(i):
	case k < 0:
		r.success = probe.T
		r.finef("%s answers", probe.Target)
	case spare(r.probes.Items, r.app.targets(r.app.port), probe.Target):
		r.finef("%s %s; the agent tries its addresses in turn, and another one works", probe.Target, failing(probe))
	default:
		r.report(i, k)
	}
}

func (r *serverRun) report(i, k int) {
	probe := r.probes.Items[i]
	leg := probe.Legs[k]
	host, port := splitTarget(probe.Target)
	words := rungs()[rungOf(leg.Leg)-1].words
	if leg.Leg == legDNS {
		words = "name resolution"
	}
	f := check.Finding{
		Subject: probe.Target, Key: "leg-" + slug(probe.Target), Severity: abi.Critical, State: abi.StateOngoing, FirstSeen: &probe.T,
		Title:  strings.ToUpper(r.server()[:1]) + r.server()[1:] + " " + probe.Target + " cannot be reached: " + words + " " + legEnd(leg),
		Detail: "The agent registers there every 15 minutes and takes its settings from there; without it replication stands still after the next change." + measured(probe, leg),
		Remedy: []string{
			"Open TCP " + port + " from this machine to the " + r.server() + ": " + r.onThis("`Test-NetConnection "+host+" -Port "+port+"`", "`timeout 10 bash -c '</dev/tcp/"+host+"/"+port+"' && echo open`") + ".",
			"Have no proxy in between: " + r.onThis("`netsh winhttp show proxy`", "`grep -i proxy /etc/environment`") + ".",
		},
		Evidence: []abi.Evidence{
			r.p.At("probes", check.Item(i, "target"), probe.Target), r.p.At("probes", check.Item(i, "legs/"+strconv.Itoa(k)+"/status"), leg.Status),
		},
	}
	if leg.Leg == legDNS {
		f.Remedy[0] = "Let DNS resolve the " + r.server() + "'s name: `nslookup " + host + "`."
	}
	if r.app.modern {
		f.Detail = "The agent takes its settings from the RCM proxy of the appliance, at /CallRcmApi; without it replication stands still after the next change." + measured(probe, leg)
		f.Remedy = append(f.Remedy, "On the appliance, check that the RCM proxy runs: `sc.exe query rcmproxyagent`; start it: `net start rcmproxyagent`. No other site may hold port "+port+" there.")
	}
	r.broken = append(r.broken, f)
}

// foreignCertificate reports that what answers at the control port is not the RCM
// proxy, which signs its certificate itself: the agent knows it by its fingerprint.
func (r *serverRun) foreignCertificate(i int) bool {
	probe := r.probes.Items[i]
	k := find(probe.Legs, func(l bundles.Leg) string { return l.Leg }, "tls")
	if k < 0 {
		return false
	}
	leg := probe.Legs[k]
	if leg.CertSubject == "" || leg.CertIssuer == "" || leg.CertIssuer == leg.CertSubject && (leg.CertVerified == nil || !*leg.CertVerified) {
		return false
	}
	member := func(name, value string) abi.Evidence {
		return r.p.At("probes", check.Item(i, "legs/"+strconv.Itoa(k)+"/"+name), value)
	}
	r.p.Report(check.Finding{
		Subject: probe.Target, Key: "foreign-certificate-" + slug(probe.Target), Severity: abi.Critical, State: abi.StateOngoing, FirstSeen: &probe.T,
		Title:  "Appliance " + probe.Target + " shows a foreign certificate",
		Detail: "It is of " + leg.CertSubject + ", signed by " + leg.CertIssuer + ". The RCM proxy of an appliance signs its own, and the agent, which knows it by its fingerprint, refuses any other." + measured(probe, leg),
		Remedy: []string{
			"Exempt the appliance's address from TLS inspection on every firewall and proxy between this machine and it.",
			"On the appliance, see which certificate is bound to the port: `netsh http show sslcert`; no other site may hold it.",
			"If the appliance was replaced or set up anew, make a new configuration file in its configuration manager and register the agent with it again.",
		},
		Evidence: []abi.Evidence{member("cert_subject", leg.CertSubject), member("cert_issuer", leg.CertIssuer)},
	})
	return true
}

// told adds to the attempts that failed what the agent says of the same: that nobody
// answers is one cause. A certificate that it refuses is another.
func (r *serverRun) told(t check.Trail, what string) bool {
	code := t.Newest().Fields["code"]
	if len(r.broken) == 0 || t.State == abi.StateRecovered || slices.Contains([]string{"35", "51", "58", "60", "77"}, code) {
		return false
	}
	if words := curlWords(code); words != "" {
		what += " (" + code + ", " + words + ")"
	}
	for i := range r.broken {
		f := &r.broken[i]
		f.Detail += " Its log says so, too: " + what + ", " + check.Count(int64(t.Count), "time", "times") + " since " + r.p.Clock(t.First) + "."
		f.Evidence = append(f.Evidence, check.At(t.Newest()))
		if f.FirstSeen == nil || t.First.Before(*f.FirstSeen) {
			f.FirstSeen = &t.First
		}
	}
	return true
}

func (r *serverRun) onThis(windows, linux string) string {
	if r.p.Bundle.Host().OS == "windows" {
		return windows
	}
	return linux
}

// agentReport is what the agent says in a line of its log.
type agentReport struct {
	id, key, what string
	retry         time.Duration
}

// agentReports are those of either architecture.
func agentReports() []agentReport {
	return []agentReport{
		{asrlogs.AgentPostFailed, "post", "Agent's requests to the configuration server fail", registerInterval},
		{asrlogs.AgentPeerRefused, "certificate", "Agent does not trust the configuration server's certificate", registerInterval},
		{asrlogs.AgentRegister, "register", "Agent's registration with the configuration server fails", registerInterval},
		{asrlogs.AgentProxyFailed, "proxy", "Agent's requests to the appliance fail at all addresses", registerInterval},
		{asrlogs.AgentAuthFailed, "auth", "The appliance does not accept the agent's registration", authInterval},
		{asrlogs.AgentOtherMachine, "other-machine", "Agent was registered on another machine: BIOS ids differ", registerInterval},
	}
}

// reports tells what the agent itself says; it gives whether its log speaks at all.
func (r *serverRun) reports() bool {
	for _, s := range agentReports() {
		t := r.p.Trail(s.id, s.retry, r.success)
		own := s.key == "certificate" || s.key == "auth" || s.key == "other-machine"
		if t.State == "" || !own && r.told(t, s.what) {
			continue
		}
		if r.app.modern {
			s.what = strings.Replace(s.what, "configuration server", "appliance", 1)
		}
		f := check.Finding{Subject: r.server(), Key: s.key, Severity: abi.Critical, Title: s.what, Remedy: r.reportRemedy(s.key)}
		code := t.Newest().Fields["code"]
		switch words := curlWords(code); {
		case words != "":
			f.Title += " (" + code + ", " + words + ")"
		case code != "":
			f.Title += " (curl error " + code + ")"
		}
		f.Detail = "The agent registers every 15 minutes and takes its settings from there. Newest line: " + firstLine(t.Newest().Text) + "."
		r.p.ReportTrail(f, t)
	}
	r.cloud()
	return r.p.Summary(asrlogs.AgentPostFailed).Lines > 0
}

// cloud tells which addresses in Azure an agent of the modernized architecture, for
// which these are what the configuration server is for others, cannot reach.
func (r *serverRun) cloud() {
	told := map[string]bool{}
	for h := range r.p.Hits(asrlogs.AgentCloudAccess) {
		uri := site(h.Fields["uri"])
		if told[uri] || len(told) == maxSites {
			continue
		}
		told[uri] = true
		t := r.p.Follow(check.Following{Scans: []string{asrlogs.AgentCloudAccess}, Retry: registerInterval, Keep: func(o scan.Hit) bool { return site(o.Fields["uri"]) == uri }})
		if t.State == "" {
			continue
		}
		code := t.Newest().Fields["code"]
		f := check.Finding{
			Subject: uri, Key: "cloud-" + slug(uri), Severity: abi.Critical, Title: "Agent does not reach " + uri + " (curl error " + code + ")",
			Detail: "Agents of the modernized architecture take their settings from Azure themselves. Newest line: " + firstLine(t.Newest().Text) + ".",
			Remedy: []string{
				"Open the address from this machine: `curl -v " + uri + "`; a certificate error is not normal here.",
				"Allow it on the firewall or proxy, over HTTPS (443).",
			},
		}
		if words := curlWords(code); words != "" {
			f.Title = "Agent does not reach " + uri + " (" + code + ", " + words + ")"
		}
		r.p.ReportTrail(f, t)
	}
}

// maxSites is how many servers in Azure are told: an agent uses a handful.
const maxSites = 20

// site is the server that an address is of, whatever it was asked for.
func site(uri string) string {
	scheme, rest, ok := strings.Cut(strings.ToLower(uri), "://")
	if !ok {
		return uri
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if scheme == "https" {
		rest = strings.TrimSuffix(rest, ":"+configServerPort)
	}
	return scheme + "://" + rest + "/"
}

// curlWords says what a result code of curl means.
func curlWords(code string) string {
	switch code {
	case "5":
		return "the proxy's name does not resolve"
	case "6":
		return "the name does not resolve"
	case "7":
		return "no connection"
	case "22":
		return "answered with an error"
	case "28":
		return "no answer in time"
	case "35":
		return "TLS handshake failed"
	case "52":
		return "empty answer"
	case "55", "56":
		return "connection cut"
	case "51", "60":
		return "certificate not trusted"
	case "58":
		return "own certificate cannot be used"
	case "77":
		return "trusted certificates cannot be read"
	}
	return ""
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSuffix(strings.Join(strings.Fields(line), " "), ".")
}

func (r *serverRun) reportRemedy(key string) []string {
	if r.app.modern || key == "proxy" || key == "auth" || key == "other-machine" {
		return r.applianceRemedy(key)
	}
	steps := []string{"Open https://CONFIGURATION_SERVER/ from this machine: a certificate error is normal, no answer is not; or `curl -vk https://CONFIGURATION_SERVER/`."}
	if key == "certificate" {
		return append(steps, "Check the clock of both machines.",
			"Register the agent again with the configuration server's passphrase, which also takes its certificate: `UnifiedAgentConfigurator.exe /CSEndPoint ADDRESS /PassphraseFilePath FILE`, on Linux `/usr/local/ASR/Vx/bin/UnifiedAgentConfigurator.sh -i ADDRESS -P FILE`.")
	}
	return append(steps, "Allow TCP 443 from this machine to the configuration server on every firewall in between, and check that W3SVC and MySQL run there.",
		"If registration goes on failing, register the agent again with the configuration server's passphrase.")
}

// applianceRemedy is for an agent that a replication appliance serves.
func (r *serverRun) applianceRemedy(key string) []string {
	at := "APPLIANCE_ADDRESS:" + configServerPort
	if len(r.app.hosts) > 0 {
		at = r.app.targets(r.app.port)[0]
	}
	register := "In the configuration manager of the appliance, https://APPLIANCE:44368, make a new configuration file, and register the agent with it again: `UnifiedAgentConfigurator.exe /SourceConfigFilePath FILE /CSType CSPrime`, on Linux `/usr/local/ASR/Vx/bin/UnifiedAgentConfigurator.sh -S FILE -c CSPrime -q`."
	switch key {
	case "auth", "certificate":
		return []string{"Check the clocks of both machines.", register}
	case "other-machine":
		return []string{"This machine is a copy of another one, or got new hardware: the registration belongs to the other BIOS id.", register}
	}
	return []string{
		"Try the control channel from this machine: `curl -vk https://" + at + "/`; a certificate error is normal, no answer is not.",
		"Allow TCP " + r.app.port + " from this machine to the appliance on every firewall in between, and check on the appliance that the RCM proxy runs: `sc.exe query rcmproxyagent`.",
		"If the appliance has other addresses than the agent's settings, or was replaced, make a new configuration file and register again.",
		register,
	}
}
