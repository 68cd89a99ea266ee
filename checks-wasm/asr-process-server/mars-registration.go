package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed mars-registration.md
var marsRegistrationDoc string

// marsFault is a group of result codes of the backup agent with one remedy.
type marsFault struct {
	key, title string
	codes      map[string]string // in lower case, with what they mean
	remedy     []string
}

func marsFaults() []marsFault {
	return []marsFault{
		{
			"registration", "Backup agent is not registered with the vault",
			map[string]string{"80790304": "initialisation failed", "80790305": "registration failed", "eph00023": "registration failed"},
			[]string{"Download the vault's registration key and register again: on the configuration server with cspsconfigtool.exe, on a process server by running the unified setup's registration.", "Restart the agent: `net stop obengine && net start obengine`; it interrupts uploads to Azure for a minute."},
		},
		{
			"authentication", "Azure refuses the backup agent's credentials",
			map[string]string{"80790300": "the service refuses the credentials", "80790301": "the storage refuses the credentials", "eph00024": "authentication failed"},
			[]string{"Check the clock: `w32tm /query /status`; tokens are refused when it is wrong.", "Check that the vault's certificate has not expired: `Get-ChildItem Cert:\\LocalMachine\\My | Where-Object Subject -like '*CB_*' | Format-List Subject,NotAfter`.", "Register again with a new key of the vault."},
		},
		{
			"communication", "Backup agent cannot talk to Azure",
			map[string]string{
				"80790100": "service (or, by another table, storage) cannot be reached", "80790101": "storage cannot be reached",
				"80790102": "storage (or, by another table, service) cannot be reached", "80790104": "the connection was lost", "eph00022": "the service cannot be reached",
			},
			[]string{"Follow steps 9 to 12: connections of cbengine.exe to port 443, addresses in CBEngine's log, firewall, proxy.", "`Get-NetTCPConnection -RemotePort 443 -OwningProcess (Get-Process cbengine).Id` shows whether connections stand."},
		},
		{
			"subscription", "Azure refuses data for reasons of the subscription",
			map[string]string{"80790302": "storage quota reached", "80790303": "subscription expired or disabled", "80790307": "Azure throttles requests", "80790502": "the storage account is missing"},
			[]string{"In the Azure portal, look at the state of the subscription, and at quota and existence of the cache storage account."},
		},
		{
			"replication-state", "Azure does not take this machine's data",
			map[string]string{"80790500": "failed over", "80790501": "not protected any more", "80790503": "replication is blocked"},
			[]string{"In the vault, look at the replicated item: it was failed over, disabled, or its replication is stopped. Disable and enable replication if it should go on."},
		},
		{
			"stopped", "Backup agent's service is stopped",
			map[string]string{"eph00025": "the service is stopped"},
			[]string{"Start it: `net start obengine`."},
		},
	}
}

func (f marsFault) keeps(h scan.Hit) bool {
	return f.codes[strings.ToLower(h.Fields["code"])] != "" && !asrlogs.Lifted(h)
}

func marsRegistration() *check.Check {
	use := asrlogs.Use(asrlogs.EngineResult, asrlogs.ServerMARS)
	return &check.Check{
		ID: "mars-registration", Title: "Backup agent is registered and let in", Doc: marsRegistrationDoc,
		URL: article + "#step-9-check-the-process-server-connection-to-azure-blob-storage", Since: firstVersion, Article: []string{"step 9"},
		Roles: roles(), OS: systems(), Severities: allSeverities(),
		Deployments: []string{bundles.DeployConfigurationServer, bundles.DeployStandalone, bundles.DeployAppliance},
		Inputs:      use.Inputs, Formats: use.Formats, Scans: use.Scans,
		ExplainedBy: []abi.Cause{{Check: "services-running", Subjects: []string{"obengine"}}, {Check: "time-sync"}, {Check: "spn-certificates", Subjects: []string{"MARS"}}, {Check: "azure-public-ip"}, {Check: "proxy-agreement"}, {Check: "tls-inspection"}},
		Worked:      workedAzure,
		Run:         runMarsRegistration,
	}
}

func runMarsRegistration(p *check.Pass) error {
	found := 0
	for _, f := range marsFaults() {
		t := p.Follow(check.Following{Scans: []string{asrlogs.EngineResult, asrlogs.ServerMARS}, Retry: engineRetry, Keep: f.keeps})
		if t.State == "" {
			continue
		}
		if p.ReportTrail(check.Finding{
			Subject: "obengine", Key: f.key, Severity: abi.Critical, Title: f.title, Remedy: f.remedy, Evidence: newestOf(t, 2),
			Detail: "The codes mean: " + f.words(t) + ". Times of CBEngine's log are taken for local time, which its maker does not say. Newest line: " + oneLine(messageOf(t.Newest())) + ".",
		}, t) {
			found++
		}
	}
	answerLogs(p, found, "no result code of registration, authentication or communication in the backup agent's log", asrlogs.EngineResult)
	return nil
}

// words tells the codes that occurred, each once.
func (f marsFault) words(t check.Trail) string {
	var list []string
	for _, h := range t.Hits {
		code := strings.ToLower(h.Fields["code"])
		if w := fmt.Sprintf("%s %s", strings.ToUpper(code), f.codes[code]); !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}
