package main

import (
	_ "embed"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed azure-storage-connection.md
var azureStorageDoc string

func azureStorageConnection() *check.Check {
	return &check.Check{
		ID: "azure-storage-connection", Title: "Backup agent is connected to Azure", Doc: azureStorageDoc,
		URL: article + "#step-9-check-the-process-server-connection-to-azure-blob-storage", Since: firstVersion,
		Roles: roles(), OS: systems(), Deployments: onPremises(), Severities: []abi.Severity{abi.Critical},
		Inputs: []abi.Input{
			check.Fact("connections"), check.OptionalFact("registry"), check.OptionalFact("config"), check.OptionalFact("probes"), check.OptionalFact("cache"),
		},
		ExplainedBy: []abi.Cause{
			{Check: "services-running", SameSubject: true},
			{Check: "proxy-agreement"},
			{Check: "proxy-resolution"},
			{Check: "proxy-scheme"},
			{Check: "required-urls"},
			{Check: "ip-firewall"},
		},
		Worked: workedAzure,
		Run:    ours(runAzureStorage),
	}
}

// engineTraffic are the backup agent's connections towards Azure.
type engineTraffic struct {
	up, trying int // index of one; -1: none
	tries      int
	proxied    bool // the one that stands goes to the proxy
	patient    time.Duration
}

func runAzureStorage(p *check.Pass) error {
	conns, err := check.Load[bundles.Connections](p, "connections")
	if check.IsMissing(err) {
		p.Insufficient("connections: the collector read them and stored nothing", askElevated("the connections"))
		return nil
	}
	if err != nil {
		return err
	}
	t := trafficOf(p, conns)
	switch {
	case t.up >= 0:
		p.Pass("cbengine.exe is connected to " + conns.Items[t.up].Remote + t.by())
	case t.trying >= 0:
		judgeTrying(p, conns, t)
	default:
		judgeNone(p, conns)
	}
	return nil
}

func (t engineTraffic) by() string {
	if t.proxied {
		return ", the proxy"
	}
	return ""
}

// trafficOf finds connections to port 443 of whatever address, private endpoints
// among them, and to a proxy that Site Recovery or the agent has.
func trafficOf(p *check.Pass, conns bundles.Connections) engineTraffic {
	r := routeOf(p)
	agent, _ := agentProxy(optional[bundles.Config](p, "config"), p)
	t := engineTraffic{up: -1, trying: -1}
	for i, c := range conns.Items {
		host, port, _ := cutPort(c.Remote)
		host = strings.Trim(host, "[]")
		toAgents, _ := sameHost(agent.host, host, r.probes)
		proxied := r.isProxy(host, port) || agent.set() && toAgents && port == agent.port
		if !strings.EqualFold(c.Process, engineProcess) || port != "443" && !proxied {
			continue
		}
		switch {
		case onlySynSent(c.States):
			t.trying, t.tries = i, t.tries+1
			t.patient = max(t.patient, c.LastSeen.Sub(c.FirstSeen))
		case !slices.Contains(c.States, "LISTEN"):
			t.up, t.proxied = i, proxied
		}
	}
	return t
}

// judgeTrying reports connections that are never answered. One that was just
// begun says nothing yet.
func judgeTrying(p *check.Pass, conns bundles.Connections, t engineTraffic) {
	if t.patient < synPatience && t.tries < 2 {
		p.Insufficient("cbengine.exe was seen once as it began to connect to "+conns.Items[t.trying].Remote, watchLonger())
		return
	}
	c := conns.Items[t.trying]
	tried := "it tries " + c.Remote
	if t.tries > 1 {
		tried = itoa(t.tries) + " attempts, at last at " + c.Remote
	}
	report(p, check.Finding{
		Subject: svcBackup, Key: "no-answer", Severity: abi.Critical, State: abi.StateOngoing, FirstSeen: &c.FirstSeen, LastSeen: &c.LastSeen, Confidence: confidenceOf(conns),
		Title:  "Backup agent gets no connection to Azure: " + tried + ", without an answer",
		Detail: "cbengine.exe sends the replicated data. In " + itoa(conns.Readings) + " readings it had no connection that stands, only ones in SYN_SENT: something drops its packets. Data stays in the cache.",
		Remedy: storageRemedy(c.Remote),
		Evidence: []abi.Evidence{
			p.At("connections", check.Item(t.trying, "remote"), c.Remote), p.At("connections", check.Item(t.trying, "states"), c.States),
		},
	})
}

// judgeNone decides what it means that the agent has no connection: nothing,
// unless data waits.
func judgeNone(p *check.Pass, conns bundles.Connections) {
	work, words, at, ok := pendingOf(p)
	switch {
	case !ok:
		why := "what waits in the cache was not read"
		if reason, known := p.Missing("facts/**/cache.json"); !known {
			why += ": " + reason
		}
		p.Insufficient("cbengine.exe has no connection to Azure; "+why, askElevated("the cache"))
	case !work:
		p.Pass("cbengine.exe is idle: it has no connection to Azure, and " + words)
	case conns.Readings < 2:
		p.Insufficient("cbengine.exe had no connection at the only reading, and "+words, watchLonger())
	default:
		report(p, check.Finding{
			Subject: svcBackup, Key: "no-connection", Severity: abi.Critical, State: abi.StateOngoing, Confidence: confidenceOf(conns),
			Title:  "Backup agent has no connection to Azure, while data waits",
			Detail: "cbengine.exe sends the replicated data. In " + itoa(conns.Readings) + " readings it had no connection to port 443 nor to the proxy; " + words + ".",
			Remedy: storageRemedy(unknownTarget), Evidence: append([]abi.Evidence{p.At("connections", "/readings", conns.Readings)}, at...),
		})
	}
}

// confidenceOf says when the table was not read often enough to be sure.
func confidenceOf(conns bundles.Connections) string {
	switch {
	case conns.Readings < 2:
		return "one reading"
	case conns.Readings < 12:
		return "short window"
	}
	return ""
}

func watchLonger() *abi.Ask {
	return ask("watches the backup agent's connections for longer", "--duration", "15m")
}

// storageRemedy is step 9 of the article.
func storageRemedy(target string) []string {
	host, port, _ := cutPort(target)
	steps := []string{
		"In Resource Monitor select cbengine.exe and look under TCP Connections for one to Azure: `Get-NetTCPConnection -OwningProcess (Get-Process cbengine).Id | Select-Object RemoteAddress,RemotePort,State`.",
		"Check that these services run: cxprocessserver, InMage Scout VX Agent - Sentinel/Outpost (svagents), Microsoft Azure Recovery Services Agent (obengine), Microsoft Azure Site Recovery Service (dra, on a configuration server), tmansvc: " +
			"`Get-Service cxprocessserver,svagents,obengine,dra,tmansvc -ErrorAction SilentlyContinue`.",
		"Start or restart any service that isn't running: `net start obengine`. A restart of obengine interrupts uploads to Azure of all machines until it runs again.",
	}
	if target != unknownTarget {
		steps = append(steps, "Try the address that it tries: `Test-NetConnection "+strings.Trim(host, "[]")+" -Port "+port+"`; if it fails, open the firewall (step 11) or repair the proxy (step 12).")
	}
	return append(steps, "Verify that the process server is connected and reachable.")
}
