package main

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed inbound-firewall.md
var inboundFirewallDoc string

// svcFirewall is the service of Windows Firewall.
const svcFirewall = "MpsSvc"

func inboundFirewall() *check.Check {
	return &check.Check{
		ID: "inbound-firewall", Title: "Windows Firewall admits the data port", Doc: inboundFirewallDoc,
		URL: article + "#step-6-check-connectivity-from-source-machine", Since: firstVersion,
		Roles: roles(), OS: systems(), Deployments: withAppliance(), Severities: allSeverities(),
		Inputs: []abi.Input{
			check.Fact("firewall"), check.OptionalFact("config"), check.OptionalFact("connections"), check.OptionalFact("network"),
			check.OptionalFact("services"), check.OptionalFact("software"), check.OptionalFact("probes"), asrlogs.CxpsTransferLog().Input(),
		},
		Formats: []scan.Format{asrlogs.CxpsTransfers()}, Scans: []scan.Scan{uploadScan()},
		Worked: workedUploads,
		Run:    ours(runInboundFirewall),
	}
}

// firewallReview judges whether source machines come in.
type firewallReview struct {
	p       *check.Pass
	view    firewallView
	in      inbound
	foreign string // another maker's firewall
}

func runInboundFirewall(p *check.Pass) error {
	fact, err := check.Load[bundles.Firewall](p, "firewall")
	if check.IsMissing(err) {
		p.Insufficient("firewall: the collector read it and stored nothing", askElevated("the firewall's rules"))
		return nil
	}
	if err != nil {
		return err
	}
	server, _ := addressOfServer(p)
	r := firewallReview{p: p, view: firewallView{fact: &fact, port: dataPort(p), server: server.addresses}, foreign: foreignFirewall(p)}
	r.in = inboundOf(p, r.view.port)
	if why := r.unknownPort(); why != "" {
		p.Insufficient(why, ask("asks for the rules of the data port", "--quick"))
		return nil
	}
	if profile, why := activeProfile(fact, r.view); profile == "" {
		r.unsure(why)
	} else {
		r.view.profile = profile
		r.judge()
		r.judgeControl()
	}
	return nil
}

// judgeControl looks at the other port of an appliance, where source machines have
// their control channel. Nothing in the bundle proves that they come in there.
func (r firewallReview) judgeControl() {
	v := r.view
	v.port = controlPortNumber
	port, err := strconv.Atoi(v.port)
	if r.p.Deployment != bundles.DeployAppliance || r.stopped() || r.foreign != "" || err != nil || !slices.Contains(v.fact.Ports, port) {
		return
	}
	got := v.ruling()
	key, title, by := "control-not-admitted", "Windows Firewall does not admit TCP 443 in profile "+v.profile+": no rule allows it", ""
	switch got.kind {
	case kindBlocked:
		key, title, by = "control-blocked", "Windows Firewall blocks TCP 443 in profile "+v.profile+r.byRule(got), " A rule that blocks beats all that allow, also local ones."
	case kindClosed:
	default:
		return
	}
	report(r.p, check.Finding{
		Subject: "TCP 443", Key: key, Severity: abi.Warning, State: abi.StateOngoing,
		Title:    title,
		Detail:   "All source machines have their control channel at this port of an appliance." + by + " Whether they come in nevertheless is not known. Measured: the active rules and settings of Windows Firewall, from this machine, group policy and device management.",
		Evidence: r.evidence(got),
		Remedy: []string{
			"On a source machine try the port: `Test-NetConnection APPLIANCE -Port 443`.",
			"Allow it on the appliance: `New-NetFirewallRule -DisplayName \"Site Recovery control port\" -Direction Inbound -Protocol TCP -LocalPort 443 -Action Allow`, or change the rule or policy that keeps it closed.",
			"If the appliance is a machine in a cloud, allow the port in that network's rules as well.",
		},
	})
}

// unknownPort says why the rules in the bundle are not those of the data port.
func (r firewallReview) unknownPort() string {
	port, err := strconv.Atoi(r.view.port)
	if err == nil && slices.Contains(r.view.fact.Ports, port) {
		return ""
	}
	return "the rules for the data port " + r.view.port + " were not asked for"
}

// activeProfile is the profile of the network that the machine was connected to
// last. Where that is not known, any will do when all say the same.
func activeProfile(fact bundles.Firewall, v firewallView) (profile, why string) {
	if len(fact.Networks) > 0 {
		return strings.ToLower(fact.Networks[0].Profile), ""
	}
	var first ruling
	for i, name := range profilesOfFirewall() {
		v.profile = name
		if got := v.ruling(); i == 0 {
			first = got
		} else if got.kind != first.kind {
			return "", "which profile is active is not known, and they differ: " + profilesOfFirewall()[0] + " " + first.kind + ", " + name + " " + got.kind
		}
	}
	return profilesOfFirewall()[0], ""
}

// Kinds of a ruling, as they stand in a text.
const (
	kindOff     = "is off"
	kindAdmits  = "admits it"
	kindSome    = "admits it for some addresses"
	kindBlocked = "blocks it by a rule"
	kindClosed  = "has no rule for it"
)

// ruling is what a profile does with the data port, and the rule or the setting
// that decides.
type ruling struct {
	kind string
	rule int // -1: none
	set  int // profile's setting; -1: none
}

func (v firewallView) ruling() ruling {
	on, at := v.enabled()
	a := v.admits()
	switch {
	case !on:
		return ruling{kindOff, -1, at}
	case a.block >= 0:
		return ruling{kindBlocked, a.block, -1}
	case a.blockSome >= 0 && (a.allow >= 0 || v.openByDefault()):
		return ruling{kindSome, a.blockSome, -1}
	case a.allow >= 0:
		return ruling{kindAdmits, a.allow, -1}
	case v.openByDefault():
		return ruling{kindAdmits, -1, -1}
	case a.allowSome >= 0:
		return ruling{kindSome, a.allowSome, -1}
	}
	_, at = v.merges()
	return ruling{kindClosed, -1, at}
}

func (r firewallReview) judge() {
	got := r.view.ruling()
	stopped := r.stopped()
	switch {
	case (got.kind == kindOff || stopped) && r.foreign == "":
		r.content(r.offWords(stopped))
	case got.kind == kindAdmits && r.foreign == "":
		r.content("profile " + r.view.profile + " admits TCP " + r.view.port + r.byRule(got))
	case got.kind == kindOff || got.kind == kindAdmits || stopped:
		r.unsure("Windows Firewall lets TCP " + r.view.port + " in; what " + r.foreign + " does cannot be told")
	default:
		r.report(got)
	}
}

func (r firewallReview) offWords(stopped bool) string {
	if stopped {
		return "Windows Firewall does not run: its service is stopped"
	}
	return "Windows Firewall is off in profile " + r.view.profile
}

// content passes, unless a firewall of another maker may be there that was not
// looked for.
func (r firewallReview) content(reason string) {
	if r.in.works {
		r.p.Pass(reason + "; " + r.in.words)
		return
	}
	passUnlessBlind(r.p, reason, "config", "services", "software")
}

// unsure passes when source machines are seen to come in, else says why not.
func (r firewallReview) unsure(why string) {
	if r.in.works {
		r.p.Pass(r.in.words + "; " + why)
		return
	}
	r.p.Insufficient(why+", and no source machine was seen to connect", &abi.Ask{
		Role: bundles.RoleSourceMachine, Args: []string{"--probe", r.target()}, Why: "tries the data port from a source machine",
	})
}

func (r firewallReview) target() string {
	server, ok := addressOfServer(r.p)
	if !ok {
		return "PROCESS-SERVER:" + r.view.port
	}
	return server.text + ":" + r.view.port
}

// stopped reports whether the firewall's service does not run.
func (r firewallReview) stopped() bool {
	fact := optional[bundles.Services](r.p, "services")
	if fact == nil {
		return false
	}
	i, item := findService(*fact, svcFirewall)
	return i >= 0 && item.State == bundles.StateStopped
}

func (r firewallReview) byRule(v ruling) string {
	if v.rule < 0 {
		return " by default"
	}
	return " by rule " + ruleName(r.view.fact.Items[v.rule])
}

func ruleName(rule bundles.FirewallRule) string {
	name := rule.Name
	if name == "" || strings.HasPrefix(name, "@") {
		name = rule.ID
	}
	return strconv.Quote(clip(name))
}

// report tells that source machines, or some, are not let in.
func (r firewallReview) report(v ruling) {
	f := check.Finding{Subject: "TCP " + r.view.port, State: abi.StateOngoing, Evidence: r.evidence(v), Remedy: r.remedy(v)}
	by := "profile " + r.view.profile
	switch v.kind {
	case kindSome:
		f.Key, f.Severity, f.Title = "limited", abi.Info, "Windows Firewall admits TCP "+r.view.port+" for some addresses only"+r.byRule(v)
		f.Detail = "Source machines with other addresses cannot upload. The rule is for " + strings.Join(r.view.fact.Items[v.rule].Remote, ", ") + "."
	case kindBlocked:
		f.Key, f.Severity, f.Title = "blocked", abi.Warning, "Windows Firewall blocks TCP "+r.view.port+" in "+by+r.byRule(v)
		f.Detail = "A rule that blocks beats all that allow, also local ones."
	default:
		f.Key, f.Severity, f.Title = "not-admitted", abi.Warning, "Windows Firewall does not admit TCP "+r.view.port+" in "+by+": no rule allows it"
		f.Detail = r.whyClosed()
	}
	switch {
	case v.kind == kindSome:
	case r.in.works:
		f.Severity, f.Title = abi.Info, "Data port works now, but "+f.Title
		f.Detail += " Yet " + r.in.words + "."
		f.Evidence = append(f.Evidence, r.in.evidence...)
	case r.in.silent(r.p):
		f.Severity = abi.Critical
		f.Detail += " No source machine has uploaded " + r.since() + "."
	default:
		f.Detail += " Whether source machines come in nevertheless is not known."
	}
	f.Detail = "All source machines upload to this port. " + f.Detail + " Measured: the active rules and settings of Windows Firewall, from this machine, group policy and device management."
	if r.foreign != "" {
		f.Detail += " Beside it there is " + r.foreign + ", whose rules cannot be told."
	}
	report(r.p, f)
}

func (r firewallReview) since() string {
	if r.in.last.IsZero() {
		return "in the " + check.Span(r.in.span) + " that cxps.xfer.log goes back"
	}
	return "since " + r.p.Clock(r.in.last) + " (cxps.xfer.log)"
}

func (r firewallReview) whyClosed() string {
	merges, at := r.view.merges()
	local := slices.ContainsFunc(r.view.fact.Items, func(f bundles.FirewallRule) bool {
		return f.Store == bundles.StoreLocal && f.Action == "allow" && r.view.matches(f)
	})
	if !merges && at >= 0 && local {
		return "A local rule allows it, but the policy does not let local rules count (merging is off)."
	}
	return "What no rule allows is not let in."
}

func (r firewallReview) evidence(v ruling) []abi.Evidence {
	switch {
	case v.rule >= 0:
		rule := r.view.fact.Items[v.rule]
		return []abi.Evidence{r.p.At("firewall", check.Item(v.rule, "action"), rule.Action), r.p.At("firewall", check.Item(v.rule, "id"), rule.ID)}
	case v.set >= 0 && v.kind == kindClosed:
		return []abi.Evidence{r.p.At("firewall", "/profiles/"+strconv.Itoa(v.set)+"/merge_local", false)}
	}
	return []abi.Evidence{r.p.At("firewall", "/ports", r.view.fact.Ports), r.p.At("firewall", "/others", r.view.fact.Others)}
}

// remedy is step 6 of the article for the process server.
func (r firewallReview) remedy(v ruling) []string {
	port, server := r.view.port, "PROCESS_SERVER"
	if s, ok := addressOfServer(r.p); ok {
		server = s.text
	}
	steps := []string{"Don't use ping. On a source machine try the port: `telnet " + server + " " + port + "`, or `Test-NetConnection " + server + " -Port " + port + "`."}
	rule := "`New-NetFirewallRule -DisplayName \"Site Recovery data port\" -Direction Inbound -Protocol TCP -LocalPort " + port + " -Action Allow`"
	switch {
	case v.rule >= 0 && r.view.fact.Items[v.rule].Store != bundles.StoreLocal:
		steps = append(steps, "Have the policy changed that brings rule "+ruleName(r.view.fact.Items[v.rule])+", so that it leaves TCP "+port+" open on this server; see which: `gpresult /scope computer /r`.")
	case v.rule >= 0:
		steps = append(steps, "Change rule "+ruleName(r.view.fact.Items[v.rule])+" so that it leaves TCP "+port+" open for the source machines: `Get-NetFirewallRule -Name \""+r.view.fact.Items[v.rule].ID+"\"`.")
	case v.set >= 0:
		steps = append(steps, "Have a rule put into the policy that allows inbound TCP "+port+" on this server: local rules do not count here.")
	default:
		steps = append(steps, "Make sure that inbound port "+port+" is allowed on the process server: "+rule+".")
	}
	return append(steps, "Where a perimeter or screened subnet lies in between, allow the port there as well. Check connectivity again.")
}

// foreignFirewall names an installed firewall of another maker; empty without one.
func foreignFirewall(p *check.Pass) string {
	software := optional[bundles.Software](p, "software")
	if software == nil {
		return ""
	}
	for _, product := range software.Items {
		name := strings.ToLower(product.Name)
		if slices.ContainsFunc(firewallProducts(), func(mark string) bool { return strings.Contains(name, mark) }) {
			return product.Name
		}
	}
	return ""
}

// firewallProducts are parts of the names of products that have a firewall of
// their own, in lower case.
func firewallProducts() []string {
	return []string{
		"firewall", "symantec endpoint protection", "host intrusion prevention", "check point endpoint", "kaspersky endpoint security",
		"eset endpoint security", "eset server security", "apex one", "officescan", "deep security agent", "bitdefender endpoint", "zonealarm", "comodo",
		"cortex xdr", "f-secure server", "mcafee endpoint security firewall", "trellix endpoint security firewall", "sophos firewall",
	}
}
