package main

import (
	"cmp"
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

//go:embed data-port.md
var dataPortDoc string

func dataPortCheck() *check.Check {
	return &check.Check{
		ID: "data-port", Title: "Data port answers with its certificate", Doc: dataPortDoc,
		URL: article + "#step-7-troubleshoot-an-unreachable-process-server", Since: firstVersion,
		Roles: roles(), OS: systems(), Deployments: withAppliance(), Severities: []abi.Severity{abi.Info, abi.Critical},
		Inputs: []abi.Input{
			check.Fact("probes"), check.OptionalFact("config"), check.OptionalFact("certificates"), check.OptionalFact("connections"),
			check.OptionalFact("network"), asrlogs.CxpsTransferLog().Input(),
		},
		Formats: []scan.Format{asrlogs.CxpsTransfers()}, Scans: []scan.Scan{uploadScan()},
		ExplainedBy: []abi.Cause{{Check: "services-running", SameSubject: true}, {Check: "no-nat"}},
		Worked:      workedUploads,
		Run:         ours(runDataPort),
	}
}

// dataPortReview compares what answered at the addresses of the data port.
type dataPortReview struct {
	p        *check.Pass
	port     string
	attempts []attempt
	own      string // SHA-256 of ps.crt
	whyOwn   string
	in       inbound
}

func runDataPort(p *check.Pass) error {
	probes, err := check.Load[bundles.Probes](p, "probes")
	if err != nil && !check.IsMissing(err) {
		return err
	}
	r := dataPortReview{p: p, port: dataPort(p)}
	r.attempts = dataPortAttempts(p, &probes, r.port)
	r.own, r.whyOwn = ownCertificate(p)
	r.in = inboundOf(p, r.port)
	for _, a := range r.attempts {
		p.Exhibit(pathExhibit("Data port "+a.Target+", tried from this machine", a.Probe))
	}
	r.judge()
	return nil
}

// dataPortAttempts are those at the address that source machines use and at the
// machine's own loopback, the former first: by their names, or by where they went.
func dataPortAttempts(p *check.Pass, probes *bundles.Probes, port string) []attempt {
	server, _ := addressOfServer(p)
	tellNames(p, server)
	list := slices.DeleteFunc(attemptsOf(probes), func(a attempt) bool {
		named := a.Name == probeDataPort || a.Name == probeDataPortLocal
		there := a.port == port && (strings.EqualFold(a.host, strings.Trim(server.text, "[]")) || isOwn(nil, a.host))
		unnamed := a.Name == "" && a.port == defaultDataPort
		return a.viaProxy() || !there && (a.Origin == originFlag || !named && !unnamed)
	})
	slices.SortStableFunc(list, func(a, b attempt) int { return cmp.Compare(localLast(a), localLast(b)) })
	return list
}

// localLast is 1 for the machine's own loopback.
func localLast(a attempt) int {
	if a.Name == probeDataPortLocal || a.Name != probeDataPort && isOwn(nil, a.host) {
		return 1
	}
	return 0
}

// Faults of a data port, the nearest to the root first.
const (
	portProxy   = "proxy-between"
	portClosed  = "no-listener"
	portConnect = "connect"
	portTLS     = "tls"
	portForeign = "foreign-certificate"
)

// faultOf says what is wrong with one answer; empty when nothing is. unsure is
// why a certificate that came could not be judged.
func (r dataPortReview) faultOf(a attempt) (key string, leg int, unsure string) {
	if i := slices.IndexFunc(a.Legs, func(l bundles.Leg) bool { return l.HTTPStatus == statusProxyAuth }); i >= 0 {
		return portProxy, i, ""
	}
	i, tls := a.leg(legTLS)
	switch {
	case i < 0 && a.broken >= 0 && a.Legs[a.broken].Status == "refused":
		return portClosed, a.broken, ""
	case i < 0 && a.broken >= 0:
		return portConnect, a.broken, ""
	case i < 0:
		return "", -1, "no TLS handshake was tried"
	case tls.Status != "ok":
		return portTLS, i, ""
	case r.own == "":
		return "", i, r.whyOwn
	case tls.CertSHA256 == "":
		return "", i, "the collector did not see the certificate"
	case !strings.EqualFold(tls.CertSHA256, r.own):
		return portForeign, i, ""
	}
	return "", i, ""
}

// judge reports one finding a fault, for all addresses that have it.
func (r dataPortReview) judge() {
	if len(r.attempts) == 0 {
		reason, more := notProbed(r.p, "the data port "+r.port)
		r.p.Insufficient(reason, more)
		return
	}
	var keys []string
	found, sure, unsure := map[string][]answer{}, 0, ""
	for _, a := range r.attempts {
		key, leg, why := r.faultOf(a)
		if why != "" {
			unsure = a.Target + ": " + why
		}
		if key == "" {
			sure++
			continue
		}
		if len(found[key]) == 0 {
			keys = append(keys, key)
		}
		found[key] = append(found[key], answer{a, leg})
	}
	for _, key := range keys {
		r.report(key, found[key], sure)
	}
	switch {
	case unsure != "":
		r.p.Insufficient("the port answers, but whose certificate it has is not known: "+unsure, askElevated("ps.crt"))
	case len(keys) == 0:
		r.p.Pass(r.words())
	}
}

// answer is an attempt and the leg that tells its fault.
type answer struct {
	attempt
	at int
}

// harmless reports whether a fault at some of the addresses does not keep source
// machines from uploading: it is only at the loopback, or they are seen to upload and
// nobody answered at one of the addresses, as when a router does not lead back in. A
// wrong answer at an address of the machine itself is one, whoever is still connected.
func (r dataPortReview) harmless(key string, list []answer, others int) bool {
	switch {
	case others > 0 && onlyLocal(list):
		return true
	case !r.in.works:
		return false
	case key == portProxy || key == portForeign:
		network := optional[bundles.Network](r.p, "network")
		return others > 0 && network != nil && !slices.ContainsFunc(list, func(a answer) bool { return isOwn(network, a.host) })
	}
	return others > 0 || len(r.attempts) == 1
}

func onlyLocal(list []answer) bool {
	return !slices.ContainsFunc(list, func(a answer) bool { return localLast(a.attempt) == 0 })
}

// report reports a fault.
func (r dataPortReview) report(key string, list []answer, others int) {
	var hosts []string
	f := check.Finding{Subject: svcData, Key: key, Severity: abi.Critical, State: abi.StateOngoing, Remedy: r.remedy(key)}
	for _, a := range list {
		hosts = append(hosts, a.host)
		f.Evidence = append(f.Evidence, r.evidence(key, a))
	}
	where := " (" + strings.Join(hosts, " and ") + ")"
	title, why := dataPortWords(key, list[0])
	f.Title = "Data port " + r.port + " " + title + where
	f.Detail = why + " Tried from this machine, which says nothing about firewalls between it and the source machines."
	if r.harmless(key, list, others) {
		f.Severity, f.Remedy = abi.Info, nil
		if !onlyLocal(list) { // source machines are heard
			title = strings.TrimSuffix(title, ": nothing listens")
		}
		f.Title = "Data port " + r.port + " works now, but " + title + where
		f.Detail += " " + r.worksBy(onlyLocal(list))
		f.Evidence = append(f.Evidence, r.in.evidence...)
	}
	report(r.p, f)
}

func (r dataPortReview) worksBy(onlyLocal bool) string {
	if r.in.works {
		return "Yet it works: " + r.in.words + "."
	}
	if onlyLocal {
		return "Source machines use the other address, which answers as it should."
	}
	return ""
}

func (r dataPortReview) evidence(key string, a answer) abi.Evidence {
	leg := a.Legs[a.at]
	switch key {
	case portProxy:
		return a.legMember(r.p, a.at, "http_status", leg.HTTPStatus)
	case portForeign:
		return a.legMember(r.p, a.at, "cert_sha256", leg.CertSHA256)
	}
	return a.legProof(r.p, a.at)
}

// dataPortWords gives the end of the title, and why it matters.
func dataPortWords(key string, a answer) (title, why string) {
	leg := a.Legs[a.at]
	switch key {
	case portProxy:
		return "is answered by a proxy (407)", "Something between asks for credentials in place of the process server; source machines cannot upload through it."
	case portClosed:
		return "refuses connections: nothing listens", "The service cxprocessserver listens there, and all source machines upload to it."
	case portForeign:
		return "shows a foreign certificate: " + clip(commonName(leg.CertSubject)), "It is not that of ps.crt: another program or machine answers, or the service has not been restarted since the certificate was renewed. Source machines refuse to upload."
	case portTLS:
		return "does not shake hands: " + legEnd(leg), "A connection stands, but no encrypted one comes about, without which no source machine uploads." + errorWords(leg)
	}
	return "does not answer: " + legEnd(leg), "All source machines upload to this port." + errorWords(leg)
}

func errorWords(l bundles.Leg) string {
	if l.Error == "" {
		return ""
	}
	return " The system says: " + l.Error + "."
}

// words says of a sound port what was seen.
func (r dataPortReview) words() string {
	var words []string
	for _, a := range r.attempts {
		text := a.Target + " shakes hands with the certificate of ps.crt"
		switch i, http := a.leg(legHTTP); {
		case i >= 0 && http.HTTPStatus == 400:
			text += " and answers 400, as it should"
		case i >= 0 && http.HTTPStatus != 0:
			text += " and answers " + strconv.Itoa(http.HTTPStatus)
		case i >= 0:
			text += " and gives a web browser no answer"
		}
		words = append(words, text)
	}
	return strings.Join(words, "; ") + "; tried from this machine, which says nothing about firewalls between"
}

// remedy is steps 6 and 7 of the article for what is wrong here.
func (r dataPortReview) remedy(key string) []string {
	steps := []string{"In a web browser on the process server open https://" + r.attempts[0].Target + "/: a certificate error is normal, and behind it 400 - Bad Request; or `curl.exe -vk https://" + r.attempts[0].Target + "/`."}
	switch key {
	case portProxy:
		return append(steps, "Take the proxy or load balancer out of the way between the source machines and this port, or let it pass TCP "+r.port+" untouched.",
			"Have this server and the source machines go past the proxy for this address: `netsh winhttp show proxy`.")
	case portForeign:
		return append(steps, "See which program has the port: `Get-NetTCPConnection -LocalPort "+r.port+" -State Listen | Select-Object LocalAddress,OwningProcess`, and move it elsewhere if it is not cxps.exe.",
			"If it is cxps.exe, restart it, so that it reads its certificate: `Restart-Service cxprocessserver`. This interrupts uploads of all source machines for some seconds.")
	}
	return append(steps, "Check that cxprocessserver runs: `sc.exe query cxprocessserver`; start it: `net start cxprocessserver`.",
		"See whether it listens: `netstat -ano | findstr :"+r.port+"`, and what it says itself: `Get-Content C:\\ProgramData\\ASR\\home\\svsystems\\transport\\log\\cxps.err.log -Tail 20`.",
		"If it does and still does not answer, restart it: `Restart-Service cxprocessserver`. This interrupts uploads of all source machines for some seconds; they try again by themselves.")
}
