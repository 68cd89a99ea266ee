package main

import (
	_ "embed"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed static-ip.md
var staticIPDoc string

// interfacesKey holds the settings of each adapter's IPv4.
const interfacesKey = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\`

func staticIP() *check.Check {
	return &check.Check{
		ID: "static-ip", Title: "Process server has a static IPv4 address", Doc: staticIPDoc,
		URL: article + "#best-practices-for-process-server-deployment", Since: firstVersion, Article: []string{"practice: IP address"},
		Roles: roles(), OS: systems(), Deployments: withAppliances(), Severities: allSeverities(),
		Inputs: []abi.Input{check.Fact("network"), check.OptionalFact("config"), check.OptionalFact("registry"), check.OptionalFact("probes"), check.OptionalFact("host")},
		Run:    ours(onPremisesOnly(runStaticIP)),
	}
}

// onPremises are the classic deployments beside the one in Azure, where the
// platform gives the address and keeps it.
func onPremises() []string {
	return []string{bundles.DeployConfigurationServer, bundles.DeployStandalone}
}

// adapter is the one that has the process server's address.
type adapter struct {
	name     string
	address  netip.Addr // the IPv4 address that counts; the zero address when it has none
	evidence []abi.Evidence
	how      string // why this one
	dhcp     *bool
	dhcpAt   abi.Evidence
}

func runStaticIP(p *check.Pass) error {
	network, err := check.Load[bundles.Network](p, "network")
	if check.IsMissing(err) {
		p.Insufficient("network: the collector read it and stored nothing", ask("reads the network's settings", "--quick"))
		return nil
	}
	if err != nil {
		return err
	}
	server, _ := addressOfServer(p)
	a, ok := adapterOf(p, network, server)
	if name, words, at := nameElsewhere(p, &network); words != "" {
		reportName(p, name, words, at)
	}
	switch {
	case !ok:
		p.Insufficient("which adapter sources connect to is not known: neither an address of the process server (PS_IP) nor a default route was found on one", askElevated("amethyst.conf"))
	case !a.address.IsValid():
		a.report(p, "no-ipv4", abi.Critical, "Adapter "+a.name+" has no IPv4 address", "The process server works with IPv4 only: no source machine can reach it.")
	case a.address.IsLinkLocalUnicast():
		a.report(p, "automatic-address", abi.Critical, "Adapter "+a.name+" has only the automatic address "+a.address.String(),
			"Windows takes an address of 169.254.0.0/16 when no DHCP server answers; no source machine of another network can reach it.")
	case a.dhcp == nil:
		p.Insufficient("whether "+a.name+" has its address from DHCP was not read", askElevated("the registry"))
	case *a.dhcp && isModern(p):
		a.report(p, "dhcp", abi.Info, "Address "+a.address.String()+" of adapter "+a.name+" comes from DHCP", "Source machines find an appliance by its name, and by the addresses that it had when they were registered. "+
			"A reservation on the DHCP server keeps both.")
	case *a.dhcp:
		a.report(p, "dhcp", abi.Warning, "Address "+a.address.String()+" of adapter "+a.name+" comes from DHCP", "When the lease changes, source machines go on connecting to the old address and replication stops. "+
			"A reservation on the DHCP server prevents that: then waive this finding.")
	case a.how == ownsAddress && !isModern(p):
		p.Pass("adapter " + a.name + " (" + a.how + ") has the fixed address " + a.address.String())
	default:
		passUnlessBlind(p, "adapter "+a.name+" ("+a.how+") has the fixed address "+a.address.String(), "config", "registry", "probes")
	}
	return nil
}

// adapterOf finds the adapter that owns the process server's address, else the
// one of the default route, else the only one.
func adapterOf(p *check.Pass, network bundles.Network, server serverAddress) (adapter, bool) {
	for _, addr := range server.addresses {
		if a, ok := adapterByAddress(p, network, addr); ok {
			a.evidence = append(a.evidence, server.at)
			return a, true
		}
	}
	for _, r := range network.DefaultRoutes {
		if i := interfaceNamed(network, r.Interface); i >= 0 {
			return adapterAt(p, network, i, netip.Addr{}, defaultRoute), true
		}
	}
	if i := onlyInterface(network); i >= 0 {
		return adapterAt(p, network, i, netip.Addr{}, onlyOne), true
	}
	return adapter{}, false
}

// Why an adapter was taken.
const (
	ownsAddress  = "it owns the process server's address"
	defaultRoute = "of the default route"
	onlyOne      = "the only one"
)

func adapterByAddress(p *check.Pass, network bundles.Network, addr netip.Addr) (adapter, bool) {
	i := slices.IndexFunc(network.Items, func(i bundles.Interface) bool { return owns(i, addr) })
	if i >= 0 && !network.Items[i].Loopback {
		return adapterAt(p, network, i, addr, ownsAddress), true
	}
	a := adapter{address: addr, how: ownsAddress}
	key, ok := a.setDHCP(p)
	a.name = key
	return a, ok
}

// adapterAt takes an interface of the network fact; a member of a team stands for
// its team.
func adapterAt(p *check.Pass, network bundles.Network, i int, addr netip.Addr, how string) adapter {
	if team := interfaceNamed(network, network.Items[i].Team); team >= 0 {
		i = team
	}
	item := network.Items[i]
	a := adapter{name: item.Name, address: addr, how: how, evidence: []abi.Evidence{p.At("network", check.Item(i, "addresses"), item.Addresses)}}
	if !addr.Is4() {
		a.address = ipv4Of(item)
	}
	if item.DHCP != nil {
		a.dhcp, a.dhcpAt = item.DHCP, p.At("network", check.Item(i, "dhcp"), *item.DHCP)
		return a
	}
	a.setDHCP(p)
	return a
}

func interfaceNamed(network bundles.Network, name string) int {
	return slices.IndexFunc(network.Items, func(i bundles.Interface) bool { return name != "" && i.Name == name })
}

// onlyInterface finds the one that is up and leads anywhere; -1 when there are
// several.
func onlyInterface(network bundles.Network) int {
	found := -1
	for i, item := range network.Items {
		if !item.Up || item.Loopback || item.Team != "" || len(item.Addresses) == 0 {
			continue
		}
		if found >= 0 {
			return -1
		}
		found = i
	}
	return found
}

// ipv4Of is an interface's IPv4 address, an automatic one only without another.
func ipv4Of(item bundles.Interface) netip.Addr {
	var automatic netip.Addr
	for _, cidr := range item.Addresses {
		switch addr := addressOf(cidr); {
		case !addr.Is4():
		case addr.IsLinkLocalUnicast():
			automatic = addr
		default:
			return addr
		}
	}
	return automatic
}

// setDHCP takes from the registry whether the address comes from DHCP: of an
// adapter with DHCP the lease counts, of one without what is written; the other
// value may be left over. It gives the key's name.
func (a *adapter) setDHCP(p *check.Pass) (string, bool) {
	reg := optional[bundles.Registry](p, "registry")
	if reg == nil || !a.address.IsValid() {
		return "", false
	}
	for i, k := range reg.Items {
		if len(k.Key) <= len(interfacesKey) || !strings.EqualFold(k.Key[:len(interfacesKey)], interfacesKey) {
			continue
		}
		n, enabled := registryValue(k, "EnableDHCP")
		from := "IPAddress"
		if enabled == "1" {
			from = "DhcpIPAddress"
		}
		_, list := registryValue(k, from)
		if n < 0 || !slices.Contains(strings.Split(list, ";"), a.address.String()) {
			continue
		}
		on := enabled == "1"
		a.dhcp, a.dhcpAt = &on, valueAt(p, i, n, k.Values[n].Data)
		return k.Key[len(interfacesKey):], true
	}
	return "", false
}

func (a adapter) report(p *check.Pass, key string, severity abi.Severity, title, detail string) {
	f := check.Finding{
		Subject: a.name, Key: key, Severity: severity, State: abi.StateOngoing, Title: title,
		Detail: detail + " This adapter was taken because " + a.because() + ". Measured: the adapters' settings, as the system has them now.", Remedy: a.remedy(p), Evidence: a.evidence,
	}
	if a.dhcp != nil {
		f.Evidence = append(f.Evidence, a.dhcpAt)
	}
	report(p, f)
}

func (a adapter) because() string {
	switch a.how {
	case defaultRoute:
		return "it has the default route"
	case onlyOne:
		return "there is no other"
	}
	return a.how
}

// remedy is the best practice of the article, with the commands for a server
// without a desktop.
func (a adapter) remedy(p *check.Pass) []string {
	address := "ADDRESS"
	again := "If the address has to be another one, register the process server again with cspsconfigtool.exe, so that source machines learn it."
	if isModern(p) {
		again = "If the address has to be another one, keep the name: source machines that were registered by the address need a new configuration file from " + managerPage + "."
	}
	if a.address.IsValid() && !a.address.IsLinkLocalUnicast() {
		address = a.address.String()
	}
	return []string{
		"Give the process server a static IPv4 address, the one that it has now, so that source machines find it where they look: `Get-NetIPConfiguration`, then " +
			"`New-NetIPAddress -InterfaceAlias " + strconv.Quote(a.name) + " -IPAddress " + address + " -PrefixLength BITS -DefaultGateway GATEWAY`. This interrupts connections for some seconds.",
		"Set the name servers, which DHCP no longer gives: `Set-DnsClientServerAddress -InterfaceAlias " + strconv.Quote(a.name) + " -ServerAddresses DNS1,DNS2`.",
		again,
	}
}
