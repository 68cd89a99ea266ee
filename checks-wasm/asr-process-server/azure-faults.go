package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Keys of the causes.
const (
	causeConnect = "connect"
	causeName    = "name"
	causeTLS     = "tls"
	causeProxy   = "proxy-auth"
	causeMention = "mention"
)

// azureCause is one reason why a connection to Azure fails.
type azureCause struct {
	key      string
	failed   string // "could not connect to Azure"
	why      string
	severity abi.Severity
	marks    []string // in lower case; any of them tells it
}

// azureCauses are in the order in which they are looked for: the nearer to the
// root the earlier. The last one is what is left.
func azureCauses() []azureCause {
	return []azureCause{
		{causeProxy, "is refused by a proxy that wants credentials (407)", "A proxy answers instead of Azure and asks for a user name; the agent runs as SYSTEM and needs credentials of its own.", abi.Critical, []string{"407", "0x80190197"}},
		{causeTLS, "gets no trusted connection to Azure (0x80072f8f)", "The certificate is not accepted: the clock is wrong, a root certificate is missing, or something inspects TLS in between.", abi.Critical, []string{"0x80072f8f"}},
		{causeName, "cannot resolve Azure's names (0x80072ee7)", "DNS gives no address for the storage account or the service.", abi.Critical, []string{"0x80072ee7"}},
		{causeConnect, "could not connect to Azure", "Replicated data reaches Azure through these connections; while they fail it piles up in the cache.", abi.Critical, []string{"connection attempt failed", "0x80072ee2", "0x80072efd", "0x80072efe"}},
		{causeMention, "logs trouble with Azure on port 443", "The lines name port 443 without a result code that is known.", abi.Warning, nil},
	}
}

func causeOf(text string) azureCause {
	text = strings.ToLower(text)
	causes := azureCauses()
	i := slices.IndexFunc(causes, func(c azureCause) bool {
		return slices.ContainsFunc(c.marks, func(m string) bool { return strings.Contains(text, m) })
	})
	if i < 0 {
		return causes[len(causes)-1]
	}
	return causes[i]
}

// fault are all hits of one cause.
type fault struct {
	cause     azureCause
	hits      []scan.Hit
	times     []time.Time
	addresses map[string][]scan.Hit // by host:port, in order of time; "" for lines without one
}

// groupFaults sorts hits by cause, in the order of the causes. A line that names
// only the port says nothing new beside one that names the reason.
func groupFaults(hits []scan.Hit) []fault {
	found := map[string]*fault{}
	for _, h := range hits {
		c := causeOf(h.Text)
		f := found[c.key]
		if f == nil {
			f = &fault{cause: c, addresses: map[string][]scan.Hit{}}
			found[c.key] = f
		}
		f.hits, f.times = append(f.hits, h), append(f.times, *h.Time)
		f.addresses[h.Fields["address"]] = append(f.addresses[h.Fields["address"]], h)
	}
	if len(found) > 1 {
		delete(found, causeMention)
	}
	var out []fault
	for _, c := range azureCauses() {
		if f := found[c.key]; f != nil {
			out = append(out, *f)
		}
	}
	return out
}

// named lists the addresses, the most frequent first.
func (f fault) named() []string {
	list := slices.DeleteFunc(slices.Sorted(maps.Keys(f.addresses)), func(a string) bool { return a == "" })
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(len(f.addresses[b]), len(f.addresses[a])) })
	return list
}

func (f fault) firstAddress() string {
	if list := f.named(); len(list) > 0 {
		return list[0]
	}
	return unknownTarget
}

// unknownTarget stands in commands when no line names a target.
const unknownTarget = "AZURE_PUBLIC_IP:443"

// subject is the address when there is only one.
func (f fault) subject() string {
	if list := f.named(); len(list) == 1 {
		return list[0]
	}
	return ""
}

func (f fault) to() string {
	switch list := f.named(); len(list) {
	case 0:
		return ""
	case 1:
		return ", to " + list[0]
	default:
		return fmt.Sprintf(", to %d addresses", len(list))
	}
}

// maxShown addresses are told in words and shown as evidence.
const maxShown = 5

func (f fault) words(p *check.Pass) string {
	var words []string
	for i, a := range f.named() {
		if i == maxShown {
			words = append(words, "and more")
			break
		}
		hits := f.addresses[a]
		words = append(words, fmt.Sprintf("%s %s, first %s, last %s", a, times(len(hits)), p.Clock(*hits[0].Time), p.Clock(*hits[len(hits)-1].Time)))
	}
	if n := len(f.addresses[""]); n > 0 {
		words = append(words, check.Count(int64(n), "line", "lines")+" without an address")
	}
	return "By address: " + strings.Join(words, "; ") + "."
}

// evidence is the newest line of each address.
func (f fault) evidence() []abi.Evidence {
	var ev []abi.Evidence
	for _, a := range append(f.named(), "") {
		if hits := f.addresses[a]; len(hits) > 0 && len(ev) < maxShown {
			ev = append(ev, check.At(hits[len(hits)-1]))
		}
	}
	return ev
}

func (f fault) table(p *check.Pass, w witnesses) abi.Exhibit {
	e := abi.Exhibit{Kind: "table", Title: "Azure addresses: backup agent " + f.cause.failed, Columns: []string{"Address", "Lines", "First", "Last", "Now"}}
	for _, a := range append(f.named(), "") {
		hits := f.addresses[a]
		if len(hits) == 0 {
			continue
		}
		name, now := a, w.answer(a)
		if a == "" {
			name, now = "not named", ""
		}
		e.Rows = append(e.Rows, []string{name, check.Number(int64(len(hits))), p.Clock(*hits[0].Time), p.Clock(*hits[len(hits)-1].Time), now})
	}
	return e
}

// witnesses are what else is known about the addresses.
type witnesses struct {
	p      *check.Pass
	probes *bundles.Probes
	conns  *bundles.Connections
}

// probeOf finds the collector's own attempt at an address: one that got through,
// directly or through the proxy, if there is one.
func (w witnesses) probeOf(address string) (int, *bundles.Probe) {
	if w.probes == nil || address == "" {
		return -1, nil
	}
	found := -1
	for i, pr := range w.probes.Items {
		if strings.EqualFold(pr.Target, address) && tried(pr) && (found < 0 || brokenAt(w.probes.Items[found]) >= 0 && brokenAt(pr) < 0) {
			found = i
		}
	}
	if found < 0 {
		return -1, nil
	}
	return found, &w.probes.Items[found]
}

// answer says how an address answers now.
func (w witnesses) answer(address string) string {
	_, pr := w.probeOf(address)
	if pr == nil {
		return "not tried"
	}
	if leg := brokenLeg(*pr); leg != "" {
		return legWords(leg) + " " + statusWords(pr.Legs[brokenAt(*pr)])
	}
	return "answers"
}

// now tells for which addresses the collector's attempts ended how.
func (w witnesses) now(f fault) string {
	var words []string
	for i, a := range f.named() {
		if _, pr := w.probeOf(a); pr != nil && i < maxShown {
			words = append(words, a+" "+w.answer(a))
		}
	}
	if len(words) == 0 {
		return "Whether the addresses answer now was not tried."
	}
	return "Tried by the collector: " + strings.Join(words, ", ") + "."
}

// failsNow reports whether an address that failed in the log fails for the
// collector as well.
func (w witnesses) failsNow(f fault) (bool, []abi.Evidence) {
	for _, a := range f.named() {
		i, pr := w.probeOf(a)
		if pr == nil || brokenLeg(*pr) == "" {
			continue
		}
		n := brokenAt(*pr)
		return true, []abi.Evidence{w.p.At("probes", check.Item(i, fmt.Sprintf("legs/%d/status", n)), pr.Legs[n].Status)}
	}
	return false, nil
}

// success is the newest proof that a connection of the fault's kind works: an
// attempt of the collector, data that leaves the cache, or a connection of the
// agent that stands. That it stands says nothing of credentials or certificates, which come later.
func (w witnesses) success(f fault) (time.Time, string) {
	var newest time.Time
	how := ""
	for _, a := range f.named() {
		if _, pr := w.probeOf(a); pr != nil && brokenLeg(*pr) == "" && pr.T.After(newest) && (f.cause.key != causeTLS || trusted(*pr)) {
			newest, how = pr.T, fmt.Sprintf("%s answered the collector at %s.", a, w.p.Clock(pr.T))
		}
	}
	if words, t := uploadingUntil(w.p); t.After(newest) {
		newest, how = t, "Data reaches Azure: "+words+"."
	}
	if w.conns == nil || f.cause.key == causeTLS || f.cause.key == causeProxy {
		return newest, how
	}
	for _, c := range w.conns.Items {
		_, port, _ := cutPort(c.Remote)
		if !strings.EqualFold(c.Process, engineProcess) || !slices.Contains(c.States, "ESTABLISHED") || !c.LastSeen.After(newest) {
			continue
		}
		if _, named := f.addresses[c.Remote]; named || port == "443" && len(f.named()) == 0 {
			newest, how = c.LastSeen, fmt.Sprintf("cbengine.exe had a connection to %s at %s.", c.Remote, w.p.Clock(c.LastSeen))
		}
	}
	return newest, how
}

// trusted reports whether an attempt ended with a certificate that the machine
// trusts; no step of it fails because of one.
func trusted(pr bundles.Probe) bool {
	return slices.ContainsFunc(pr.Legs, func(l bundles.Leg) bool { return l.Leg == legTLS && l.CertVerified != nil && *l.CertVerified })
}

// azureRemedy is steps 10 to 12 of the article, as far as the cause needs them.
func azureRemedy(cause, target string) []string {
	host, port, _ := cutPort(target)
	host = strings.Trim(host, "[]")
	steps := []string{
		`On the process server, open the newest CBEngineCurr.errlog in %programfiles%\Microsoft Azure Recovery Services Agent\Temp and search for 443 or "connection attempt failed": ` +
			"`" + `Select-String -Path "$env:ProgramFiles\Microsoft Azure Recovery Services Agent\Temp\CBEngine*.errlog" -Pattern ':443','connection attempt failed' | Select-Object -Last 20` + "`.",
		fmt.Sprintf("Connect to the address that it names: `telnet %s %s`, or `Test-NetConnection %s -Port %s`.", host, port, host, port),
	}
	switch cause {
	case causeProxy:
		return append(steps, "Give the backup agent credentials for the proxy, on the tab Proxy Configuration of Microsoft Azure Backup, Action > Change Properties: `Set-OBMachineSetting -ProxyServer http://PROXY -ProxyPort PORT -ProxyUsername USER -ProxyPassword (Read-Host -AsSecureString)`; or let the proxy pass this server without.")
	case causeTLS:
		return append(steps, "Check the clock: `w32tm /query /status`.", "Exempt Azure's addresses from TLS inspection on the firewall or proxy.")
	case causeName:
		return append(steps, "Let DNS resolve *.blob.core.windows.net and *.backup.windowsazure.com: `Resolve-DnsName login.windows.net`.")
	}
	return append(steps,
		"If you can't connect, check whether an IP address-based firewall blocks access: download the list of Microsoft Azure datacenter IP ranges, allow those of your subscription's region and of West US, and HTTPS (443).",
		"On a URL-based firewall allow *.accesscontrol.windows.net, *.backup.windowsazure.com, *.blob.core.windows.net, *.hypervrecoverymanager.windowsazure.com and time.windows.com.",
		`If you use a proxy, check that its name resolves and that Site Recovery and Microsoft Azure Backup have the same: `+"`"+`reg query "HKLM\SOFTWARE\Microsoft\Azure Site Recovery\ProxySettings"`+"`.")
}
