package main

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed required-urls.md
var requiredURLsDoc string

func requiredURLs() *check.Check {
	return &check.Check{
		ID: "required-urls", Title: "Hosts in Azure that the server needs answer", Doc: requiredURLsDoc,
		URL: article + "#step-11-check-process-server-firewall-settings", Since: firstVersion,
		Roles: roles(), OS: systems(), Deployments: onPremises(), Severities: allSeverities(),
		Inputs:      []abi.Input{check.Fact("probes"), check.OptionalFact("registry"), check.OptionalFact("connections"), check.OptionalFact("config")},
		ExplainedBy: []abi.Cause{{Check: "proxy-resolution"}, {Check: "proxy-scheme"}, {Check: "ip-firewall"}, {Check: "tls-protocol"}},
		Worked:      workedAzure,
		Run:         ours(runRequiredURLs),
	}
}

// destination is a host of Azure with the attempts at it that went the server's
// own way.
type destination struct {
	target  string
	derived bool // from the registration, or where the backup agent connects to
	names   []string
	best    attempt
	why     string // why nothing is known of it; empty: something is
}

func (d destination) works() bool  { return d.why == "" && d.best.broken < 0 }
func (d destination) failed() bool { return d.why == "" && d.best.broken >= 0 }

// urlReview sorts the destinations.
type urlReview struct {
	route
	login login
	cloud string
	list  []destination
}

func runRequiredURLs(p *check.Pass) error {
	r := urlReview{route: routeOf(p)}
	if r.unknownWay() {
		p.Insufficient("whether this server goes through a proxy was not read: "+r.whyOwn, askElevated("the registry"))
		return nil
	}
	r.login = r.route.login()
	r.cloud = r.cloudOfServer()
	for _, a := range r.attempts {
		r.add(a)
	}
	r.judge()
	return nil
}

// cloudOfServer is the name of the cloud that the registration leads to; empty
// when its hosts do not tell.
func (r urlReview) cloudOfServer() string {
	for _, a := range r.attempts {
		if c, ok := cloudOf(a.host); ok && derivedOrigin(a.Origin) {
			return c.name
		}
	}
	return ""
}

func derivedOrigin(origin string) bool {
	return strings.HasPrefix(origin, originRegistry) || strings.HasPrefix(origin, originConnections)
}

// add puts an attempt to its destination. Of the printed list only hosts of the
// server's own cloud count.
func (r *urlReview) add(a attempt) {
	derived := derivedOrigin(a.Origin)
	c, named := cloudOf(a.host)
	listed := a.Origin == originProfile && named && (r.cloud == "" || c.name == r.cloud)
	if !derived && !listed || r.isProxy(a.host, a.port) {
		return
	}
	i := slices.IndexFunc(r.list, func(d destination) bool { return strings.EqualFold(d.target, a.Target) })
	if i < 0 {
		i = len(r.list)
		r.list = append(r.list, destination{target: a.Target, why: "not tried the way that this server goes", best: a})
	}
	d := &r.list[i]
	d.derived = d.derived || derived
	if a.Name != "" && !slices.Contains(d.names, a.Name) {
		d.names = append(d.names, a.Name)
	}
	if r.counts(a) && (d.why != "" || !d.works()) {
		d.best, d.why = a, r.untold(a)
	}
}

// untold says why an attempt says nothing of the host: the proxy did not let the
// collector in, which has no credentials, or the agent is connected all the same.
func (r urlReview) untold(a attempt) string {
	switch {
	case a.broken < 0:
		return ""
	case a.refusedLogin() && (r.login.given || r.login.agentIn):
		return "the proxy wants credentials (407), which the collector does not have"
	case r.connected(a.Target):
		return "the collector did not get through, yet cbengine.exe is connected to it"
	}
	return ""
}

// connected reports whether the backup agent has a connection to a target.
func (r urlReview) connected(target string) bool {
	return r.conns != nil && slices.ContainsFunc(r.conns.Items, func(c bundles.Connection) bool {
		return strings.EqualFold(c.Process, engineProcess) && strings.EqualFold(c.Remote, target) && slices.Contains(c.States, "ESTABLISHED")
	})
}

func (r urlReview) judge() {
	derived := slices.DeleteFunc(slices.Clone(r.list), func(d destination) bool { return !d.derived })
	listed := slices.DeleteFunc(slices.Clone(r.list), func(d destination) bool { return d.derived || !d.failed() })
	failed := slices.DeleteFunc(slices.Clone(derived), func(d destination) bool { return !d.failed() })
	works := slices.ContainsFunc(derived, destination.works)
	for _, key := range failureKeys() {
		r.reportDerived(slices.DeleteFunc(slices.Clone(failed), func(d destination) bool { return failureOf(d.best) != key }), key, len(derived))
	}
	if len(failed) == 0 {
		r.reportListed(listed, works)
	}
	if len(r.list) > 0 {
		r.p.Exhibit(r.table())
	}
	unknown := slices.IndexFunc(derived, func(d destination) bool { return d.why != "" })
	switch {
	case len(r.list) == 0:
		r.p.Insufficient(untried(r.p, "no host in Azure was tried", "the hosts in Azure"))
	case len(failed)+len(listed) > 0:
	case len(derived) == 0:
		r.p.Insufficient("no host was found that this server itself uses: its registration names none that was tried", askElevated("the registration in the registry"))
	case unknown >= 0 && !works && !r.login.agentIn && !r.anyConnected(derived):
		r.p.Insufficient(derived[unknown].target+": "+derived[unknown].why, r.askForAgent())
	default:
		passUnlessBlind(r.p, r.content(derived), "registry", "connections")
	}
}

func (r urlReview) anyConnected(list []destination) bool {
	return slices.ContainsFunc(list, func(d destination) bool { return r.connected(d.target) })
}

func (r urlReview) askForAgent() *abi.Ask {
	return ask("watches for connections of the backup agent for longer", "--duration", "15m")
}

// content says why all is well.
func (r urlReview) content(derived []destination) string {
	works := 0
	for _, d := range derived {
		if d.works() {
			works++
		}
	}
	if works == 0 && r.login.agentIn {
		return "the collector was not let through the proxy (407); cbengine.exe is connected to it"
	}
	if works < len(derived) {
		return itoa(works) + " of " + check.Count(int64(len(derived)), "host", "hosts") + " that this server uses answer the collector; of the others the backup agent's connections stand"
	}
	return check.Count(int64(len(derived)), "host that this server uses answers", "hosts that this server uses answer")
}

// failureKeys are the legs at which a way to Azure breaks, in their order.
func failureKeys() []string { return []string{legProxy, legName, legConnect, legTLS, legHTTP} }

// failureOf names the leg at which an attempt broke. On the way through a proxy
// everything up to its answer is the proxy's.
func failureOf(a attempt) string {
	switch leg := a.Legs[a.broken].Leg; {
	case a.viaProxy() && (leg == legName || leg == legConnect):
		return legProxy
	case leg == "tls-3k":
		return legTLS
	default:
		return leg
	}
}

// reportDerived reports the hosts that this server uses and that fail at one leg.
func (r urlReview) reportDerived(list []destination, key string, of int) {
	if len(list) == 0 {
		return
	}
	f := r.finding(list, key)
	f.Key, f.Severity = key, abi.Critical
	if len(list) == 1 {
		f.Title = "Needed host " + clipTarget(list[0].target) + " fails: " + list[0].best.ended()
	} else {
		f.Title = itoa(len(list)) + " of " + itoa(of) + " hosts in Azure that this server needs fail: " + list[0].best.ended()
	}
	f.Detail = "These hosts come from the server's own registration and from where the backup agent connects to. While they fail, data stays in the cache, or the vault does not hear from this server. " + r.words(list)
	report(r.p, f)
}

// reportListed reports hosts that only the printed list has: while the server's
// own hosts answer they say little.
func (r urlReview) reportListed(list []destination, works bool) {
	if len(list) == 0 {
		return
	}
	f := r.finding(list, failureOf(list[0].best))
	f.Key, f.Severity = "listed", abi.Warning
	f.Title = "Host " + clipTarget(list[0].target) + " of the list to allow fails: " + list[0].best.ended()
	if len(list) > 1 {
		f.Title = itoa(len(list)) + " hosts of the list to allow fail: " + list[0].best.ended()
	}
	f.Detail = "None of the hosts that this server itself uses is known to answer. " + r.words(list)
	if works {
		f.Severity, f.Detail = abi.Info, "The hosts that this server itself uses answer. "+r.words(list)
	}
	report(r.p, f)
}

func (r urlReview) finding(list []destination, key string) check.Finding {
	f := check.Finding{State: abi.StateOngoing, Remedy: r.remedy(list[0], key)}
	for _, d := range list {
		f.Evidence = append(f.Evidence, d.best.proof(r.p))
	}
	if len(list) == 1 {
		f.Subject = list[0].target
	}
	return f
}

func (r urlReview) words(list []destination) string {
	words := make([]string, 0, len(list))
	for _, d := range list {
		name := d.target
		if len(d.names) > 0 {
			name += " (" + strings.Join(d.names, ", ") + ")"
		}
		words = append(words, name+" "+d.best.ended()+through(d.best))
	}
	return "Tried by the collector: " + strings.Join(words, "; ") + "."
}

func through(a attempt) string {
	if a.viaProxy() {
		return ", through the proxy " + a.Proxy
	}
	return ""
}

func (r urlReview) table() abi.Exhibit {
	e := abi.Exhibit{Kind: "table", Title: "Hosts in Azure", Columns: []string{"Host", "Known from", "Way", "Result"}}
	for _, d := range r.list {
		from, way, result := "the list to allow", "direct", d.best.ended()
		if d.derived {
			from = strings.Join(d.names, ", ")
		}
		if d.best.viaProxy() {
			way = "proxy " + d.best.Proxy
		}
		if d.why != "" {
			result = d.why
		}
		e.Rows = append(e.Rows, []string{d.target, from, way, result})
	}
	return e
}

// remedy is step 11 of the article, for the leg that fails.
func (r urlReview) remedy(d destination, key string) []string {
	host, port := d.best.host, d.best.port
	var steps []string
	switch key {
	case legProxy:
		steps = append(steps, "Check the proxy that the server was given: `reg query \"HKLM\\SOFTWARE\\Microsoft\\Azure Site Recovery\\ProxySettings\"`; have it let this server connect to "+host+":"+port+".")
	case legName:
		steps = append(steps, "Let DNS resolve the name: `Resolve-DnsName "+host+"`.")
	case legTLS, legHTTP:
		steps = append(steps, "Have firewalls and proxies on the way pass the TLS of this host untouched: `curl.exe -v https://"+host+"/`.")
	}
	c, ok := cloudOf(host)
	for _, known := range clouds() {
		if !ok && (known.name == r.cloud || r.cloud == "" && known.name == cloudPublic) {
			c = known
		}
	}
	return append(steps,
		"Check whether the IP address-based firewall blocks access: `Test-NetConnection "+host+" -Port "+port+"`; allow the address ranges of Azure for the region of your subscription and for West US, and HTTPS (443).",
		"On a URL-based firewall allow the hosts of "+c.name+": "+strings.Join(c.allow, ", ")+"; and for the clock "+timeServers+".")
}
