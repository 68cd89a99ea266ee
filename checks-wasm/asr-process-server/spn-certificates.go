package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed spn-certificates.md
var spnCertificatesDoc string

// When an application's certificate must be renewed. One is made for 36 months,
// and all appliances of a vault share three of the four.
const (
	spnWarning  = 60 * 24 * time.Hour
	spnCritical = 14 * 24 * time.Hour
)

// applianceArticle says how an appliance is set up and kept.
const applianceArticle = "https://learn.microsoft.com/en-us/azure/site-recovery/deploy-vmware-azure-replication-appliance-modernized"

func spnCertificates() *check.Check {
	return &check.Check{
		ID: "spn-certificates", Title: "Application certificates agree and are valid", Doc: spnCertificatesDoc, URL: applianceArticle, Since: firstVersion,
		Article: []string{"beyond the article"}, Roles: roles(), OS: systems(), Deployments: onAppliance(), Severities: []abi.Severity{abi.Warning, abi.Critical},
		Inputs: []abi.Input{check.Fact("certificates"), check.OptionalFact("config"), check.OptionalFact("registry"), check.OptionalFact("time")},
		Run:    ofAppliance(runSPNCertificates),
	}
}

func onAppliance() []string { return []string{bundles.DeployAppliance} }

// spnPlace is one place that names an application's certificate: a member of a
// file, or a value of a key.
type spnPlace struct {
	certificate  string // its name among the certificates
	file, member string // "rcmproxyagent", "SpnIdentity"
	key, value   string
}

// spnKind is one of the four applications.
type spnKind struct {
	name   string
	places []spnPlace
}

const (
	thumbprintKey = "CertificateThumbprint"
	// maxThumbprint is as much of one as a text shows: one of SHA-1 has 40 characters.
	maxThumbprint = 64
)

func spnKinds() []spnKind {
	in := func(kind, file, member string) spnPlace {
		return spnPlace{certificate: file + "." + kind, file: file, member: member}
	}
	return []spnKind{
		{"agent", []spnPlace{
			in("agent", "appliance", "AgentAuthenticationSpn"), in("agent", "process-server", "RcmAzureADSpn"), in("agent", "rcmproxyagent", "SpnIdentity"),
			in("agent", "rcmreplicationagent", "SpnIdentity"), in("agent", "pushinstallagent", "SpnIdentity"), in("agent", "marsagent", "SpnIdentity"),
			{certificate: "registration", key: registrationKey, value: "AcsCertificateThumbprint"},
		}},
		{"discovery", []spnPlace{
			in("discovery", "appliance", "DiscoveryAuthenticationSpn"), in("discovery", "discovery", "DiscoveryAuthenticationSpn"),
			in("discovery", "serverdiscovery", "DiscoveryAuthenticationSpn"),
		}},
		{"failback", []spnPlace{
			in("failback", "appliance", "FailbackAgentAuthenticationSpn"), in("failback", "rcmproxyagent", "FailbackAgentAuthenticationSpn"),
			in("failback", "rcmreprotectagent", "SpnIdentity"),
		}},
		{"MARS", []spnPlace{
			in("mars", "appliance", "MarsAgentAuthenticationSpn"), in("mars", "rcmreplicationagent", "MarsSpnIdentity"), in("mars", "marsagent", "MarsSpnIdentity"),
			{certificate: "vault", key: vaultKey, value: "PrimaryCertThumbprint"},
		}},
	}
}

// named is what one place names, and what of it is in the machine's store.
type named struct {
	where      string
	thumbprint string // in lower case
	at         abi.Evidence
	cert       int // of the fact; -1: the collector did not look
}

// spnReview is one run of the check.
type spnReview struct {
	p       *check.Pass
	certs   bundles.Certificates
	soonest *time.Time
	seen    int // places that name a certificate
	found   bool
	noClock bool
	blind   []string
}

func runSPNCertificates(p *check.Pass) error {
	certs, err := check.Load[bundles.Certificates](p, "certificates")
	if check.IsMissing(err) {
		p.Insufficient("certificates: the collector read them and stored nothing", askElevated("certificates"))
		return nil
	}
	if err != nil {
		return err
	}
	r := spnReview{p: p, certs: certs}
	clock := optional[bundles.Time](p, "time")
	if clock != nil && clock.OffsetSeconds != nil && check.Seconds(*clock.OffsetSeconds).Abs() > maxClockError {
		r.noClock = true
		r.blind = append(r.blind, "the clock is off by "+check.Span(check.Seconds(*clock.OffsetSeconds).Abs())+", so that expiry cannot be judged")
	}
	for _, k := range spnKinds() {
		r.judge(k)
	}
	r.conclude()
	return nil
}

// judge reports one finding on one application's certificate: places that disagree
// before one that is missing, that before one without a key, that before its age.
func (r *spnReview) judge(k spnKind) {
	list := r.named(k)
	if len(list) == 0 {
		return
	}
	r.seen += len(list)
	var absent, keyless, readable []named
	for _, n := range list {
		c := bundles.Certificate{}
		if n.cert >= 0 {
			c = r.certs.Items[n.cert]
		}
		switch {
		case n.cert < 0:
			r.blind = append(r.blind, n.where+": its certificate was not looked for")
		case c.Error != "":
			r.blind = append(r.blind, n.where+": "+c.Error)
		case !c.Exists:
			absent = append(absent, n)
		case c.HasPrivateKey != nil && !*c.HasPrivateKey:
			keyless = append(keyless, n)
		default:
			readable = append(readable, n)
		}
	}
	switch age := r.age(readable); {
	case slices.ContainsFunc(list, func(n named) bool { return n.thumbprint != list[0].thumbprint }):
		r.disagree(k, list, absent, age)
	case len(absent) > 0:
		r.report(k, "not-in-store", abi.Critical, "is not in the machine's store", "Every place names it, and it is not there: a rollover that ended half way, or a certificate that somebody removed.", absent, "exists")
	case len(keyless) > 0:
		r.report(k, "no-key", abi.Critical, "has no private key", "Without it the components cannot sign in.", keyless, "has_private_key")
	case age.severity != "":
		r.report(k, "expiry", age.severity, age.title, age.words, age.of, "not_after")
	}
}

// named lists the places that name a certificate of an application.
func (r *spnReview) named(k spnKind) (list []named) {
	for _, place := range k.places {
		text, at, ok := memberAt(r.p, place.file, place.member, thumbprintKey)
		where := place.file
		if place.key != "" {
			text, at, ok = registryAt(r.p, place.key, place.value)
			where = place.key + " " + place.value
		}
		if !ok || text == "" {
			continue
		}
		list = append(list, named{where, strings.ToLower(text), at, slices.IndexFunc(r.certs.Items, func(c bundles.Certificate) bool { return c.Name == place.certificate })})
	}
	return list
}

// memberAt gives a key of a section of a configuration file.
func memberAt(p *check.Pass, name, section, key string) (string, abi.Evidence, bool) {
	cfg := optional[bundles.Config](p, "config")
	if cfg == nil || name == "" {
		return "", abi.Evidence{}, false
	}
	for i, f := range cfg.Items {
		for n, v := range f.Values {
			if strings.EqualFold(f.Name, name) && strings.EqualFold(v.Section, section) && strings.EqualFold(v.Key, key) {
				return v.Value, p.At("config", check.Item(i, "values/"+itoa(n)+"/value"), v.Value), true
			}
		}
	}
	return "", abi.Evidence{}, false
}

// spnAge is what the age of certificates makes of them.
type spnAge struct {
	severity     abi.Severity // empty: nothing
	title, words string
	of           []named
}

// age judges the certificate that ends first. Without a clock to judge by it is
// none.
func (r *spnReview) age(list []named) (age spnAge) {
	var first named
	var end time.Time
	for _, n := range list {
		if at := r.certs.Items[n.cert].NotAfter; at != nil && (end.IsZero() || at.Before(end)) {
			first, end = n, *at
		}
	}
	if end.IsZero() || r.noClock {
		return age
	}
	if r.soonest == nil || end.Before(*r.soonest) {
		r.soonest = &end
	}
	left := end.Sub(r.p.Now)
	age.of = []named{first}
	age.words = "It ends at " + r.p.Clock(end) + ". All components that sign in with it stop then."
	switch {
	case left <= 0:
		age.severity, age.title = abi.Critical, "expired "+check.Span(-left)+" ago"
		age.words = "It ended at " + r.p.Clock(end) + ". No component can sign in with it."
	case left <= spnCritical:
		age.severity, age.title = abi.Critical, "expires in "+check.Span(left)
	case left <= spnWarning:
		age.severity, age.title = abi.Warning, "expires in "+check.Span(left)
	}
	return age
}

// disagree reports half a rollover: which places name which certificate.
func (r *spnReview) disagree(k spnKind, list, absent []named, age spnAge) {
	var groups []string // thumbprints by their first place
	by := map[string][]string{}
	var at []abi.Evidence
	for _, n := range list {
		if len(by[n.thumbprint]) == 0 {
			groups, at = append(groups, n.thumbprint), append(at, n.at)
		}
		by[n.thumbprint] = append(by[n.thumbprint], n.where)
	}
	var words []string
	for _, g := range groups {
		text := shorten(g, maxThumbprint) + " by " + strings.Join(by[g], ", ")
		if slices.ContainsFunc(absent, func(n named) bool { return n.thumbprint == g }) {
			text += " (not in the machine's store)"
		}
		words = append(words, text)
	}
	f := r.finding(k, "half-a-rollover", abi.Critical, fmt.Sprintf("Half a rollover: %d places name %d different %s certificates", len(list), len(groups), k.name))
	f.Detail = "A rollover gives all components the same certificate. Named are " + strings.Join(words, "; ") + ". Components with the old one stop working when it ends, those with one that is not in the store at once."
	if age.severity != "" {
		f.Detail += " One of them " + age.title + "."
	}
	f.Evidence = at
	for _, n := range absent {
		f.Evidence = append(f.Evidence, r.p.At("certificates", check.Item(n.cert, "exists"), false))
	}
	r.p.Report(f)
}

// report reports what all places say of the same certificate.
func (r *spnReview) report(k spnKind, key string, s abi.Severity, title, why string, of []named, member string) {
	f := r.finding(k, key, s, "Appliance's "+k.name+" certificate "+title)
	var where []string
	for _, n := range of {
		where = append(where, n.where)
		c := r.certs.Items[n.cert]
		value := map[string]any{"exists": false, "has_private_key": false, "not_after": c.NotAfter}[member]
		f.Evidence = append(f.Evidence, r.p.At("certificates", check.Item(n.cert, member), value))
	}
	f.Detail = why + " Named by " + strings.Join(where, ", ") + "."
	r.p.Report(f)
}

func (r *spnReview) finding(k spnKind, key string, s abi.Severity, title string) check.Finding {
	r.found = true
	return check.Finding{
		Subject: k.name, Key: slug(k.name) + "-" + key, Severity: s, State: abi.StateOngoing, Title: title,
		Remedy: []string{
			"See what is in the store: `Get-ChildItem Cert:\\LocalMachine\\My | Where-Object Subject -like '*SpnCert*' | Format-List Subject,Thumbprint,NotAfter,HasPrivateKey`.",
			"Roll the appliance's certificates over, with the vendor's script for it, to its end. It stops the appliance's services and IIS for some minutes, and with them uploads of all source machines.",
			"Do so on every appliance of the vault: they share the agent, failback and MARS certificates, and a rollover on one leaves the others with the old ones.",
			"Collect again and see that all places name the same certificate; `C:\\ProgramData\\Microsoft Azure\\UpdateCert` has the log of the rollover.",
		},
	}
}

// conclude sets the status.
func (r *spnReview) conclude() {
	if why, ok := r.p.Absent("config"); !ok {
		r.blind = append(r.blind, "not read: "+why)
	}
	if why, ok := r.p.Absent("registry"); !ok {
		r.blind = append(r.blind, "not read: "+why)
	}
	switch {
	case len(r.blind) > 0:
		r.p.Insufficient(strings.Join(r.blind, "; "), askElevated("certificates and settings"))
	case r.seen == 0:
		r.p.Insufficient("no file of the appliance names a certificate: see component-registration", nil)
	case !r.found:
		words := fmt.Sprintf("%d places agree on the certificates of the appliance", r.seen)
		if r.soonest != nil {
			words += ", of which the first ends at " + r.p.Clock(*r.soonest)
		}
		r.p.Pass(words)
	}
}
