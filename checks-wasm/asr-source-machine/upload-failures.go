package main

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed upload-failures.md
var uploadFailuresDoc string

const (
	// sendRetry is how often the agent sums up what it could not send.
	sendRetry = 5 * time.Minute
	// failedShare of the uploads is what a good network stays below.
	failedShare = 0.05
	// driverErrors of the network are more than a hiccup.
	driverErrors = 2
)

func uploadFailures() *check.Check {
	use := asrlogs.Use(asrlogs.AgentSendFailed, asrlogs.SenderSendFailed, asrlogs.AgentDriverUpload)
	return &check.Check{
		ID: "upload-failures", Title: "The agent can upload its data", Doc: uploadFailuresDoc,
		URL: article + "#check-source-vm-logs-for-upload-failures-error-78028", Since: firstVersion, Article: []string{"step 7", "error 78028"},
		Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Info, abi.Warning, abi.Critical},
		Inputs: append(use.Inputs, asrlogs.AgentLog().Need(), check.OptionalFact("probes")), Formats: use.Formats, Scans: use.Scans,
		ExplainedBy: []abi.Cause{
			{Check: "process-server-port"},
			{Check: "process-server-endpoint"},
			{Check: "asr-process-server/services-running", Subjects: []string{"cxprocessserver"}},
			{Check: "asr-process-server/replication-throttle"},
			{Check: "asr-process-server/inbound-firewall"},
		},
		Worked: workedUploads,
		Run:    runUploadFailures,
	}
}

func runUploadFailures(p *check.Pass) error {
	if p.Deployment == bundles.DeployMasterTarget {
		p.NotApplicable("a master target sends no replication data")
		return nil
	}
	t := p.Follow(check.Following{Scans: []string{asrlogs.AgentSendFailed, asrlogs.SenderSendFailed}, Retry: sendRetry})
	bad, good := counts(t)
	share := float64(bad) / float64(max(bad+good, 1))
	if t.State != "" && (good == 0 || share > failedShare) {
		reportUploads(p, t, bad, good, share)
		return nil
	}
	if reportDriver(p) {
		return nil
	}
	reason, ok := p.Searched(asrlogs.AgentSendFailed, nil)
	switch {
	case !ok:
		p.Insufficient(reason, &abi.Ask{Role: bundles.RoleSourceMachine, Args: []string{"--quick"}, Why: "reads the agent's logs; needs all rights"})
	case t.State != "":
		p.Pass(fmt.Sprintf("%s of %s uploads failed (limit 5 %%)", check.Number(bad), check.Number(bad+good)))
	default:
		p.Pass("the agent's logs tell of no upload that failed in the 24 h before their newest line")
	}
	return nil
}

// counts sums what the agent counted. Sums of the last half hour before the newest
// one are enough: what was before is another state.
func counts(t check.Trail) (bad, good int64) {
	for _, h := range t.Hits {
		if t.Last.Sub(*h.Time) <= 30*time.Minute {
			bad, good = bad+number(h.Fields["failures"]), good+number(h.Fields["success"])
		}
	}
	return bad, good
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func reportUploads(p *check.Pass, t check.Trail, bad, good int64, share float64) {
	f := check.Finding{
		Subject: "uploads", Key: "uploads", Severity: abi.Critical, Title: "No upload to the process server succeeds", Remedy: uploadSteps(p),
		Detail: fmt.Sprintf("By the agent's own count %s failed and none succeeded. The vault shows error 78028. It says: %s.", check.Count(bad, "upload", "uploads"), errorOf(t)),
	}
	if good > 0 {
		f.Severity, f.Title = abi.Warning, check.Percent(share)+" of the uploads to the process server fail (limit 5 %)"
		f.Detail = fmt.Sprintf("By the agent's own count %s of %s uploads failed. It says: %s.", check.Number(bad), check.Number(bad+good), errorOf(t))
	}
	p.ReportTrail(f, t)
}

// reportDriver tells what the disk driver counts where the agent itself counts no
// failures, or few: uploads that ended with an error of the network. One is none yet.
func reportDriver(p *check.Pass) bool {
	t := p.Trail(asrlogs.AgentDriverUpload, sendRetry, time.Time{})
	if t.Count < driverErrors {
		return false
	}
	newest := t.Newest().Fields
	detail := "The disk driver counts uploads that ended with an error of the network, and the agent says so."
	if code := newest["code"]; code != "" {
		detail += " Last error: " + code + networkWords(code) + "."
	}
	if newest["errors"] != "" {
		detail += " Errors by its count: " + check.Number(number(newest["errors"])) + "."
	}
	return p.ReportTrail(check.Finding{
		Subject: "uploads", Key: "driver", Severity: abi.Warning, Title: "Uploads end with network errors", Detail: detail, Remedy: uploadSteps(p),
	}, t)
}

// networkWords says what a code of Windows or Linux means.
func networkWords(code string) string {
	words, ok := map[string]string{
		"10054": "connection reset", "10060": "no answer in time", "10061": "connection refused", "11001": "name not found",
		"104": "connection reset", "110": "no answer in time", "111": "connection refused", "113": "no route to the host",
	}[code]
	if !ok {
		return ""
	}
	return " (" + words + ")"
}

// errorOf is the newest reason, without its place in the code.
func errorOf(t check.Trail) string {
	text := strings.Join(strings.Fields(t.Newest().Fields["error"]), " ")
	if _, rest, ok := strings.Cut(text, "] "); ok && strings.HasPrefix(text, "[at ") {
		return rest
	}
	return text
}

func uploadSteps(p *check.Pass) []string {
	steps := []string{
		"Check the connection to the process server's data port, as steps 6 and 7 say: `curl -vk https://PS_ADDRESS:9443/`; a certificate error or answer 400 is fine, 407 is a proxy in between.",
		"On the process server, check that cxprocessserver runs and that the cache volume has more than 25 % free.",
	}
	if p.Bundle.Host().OS == "windows" {
		return append(steps,
			`Read the agent's logs: `+"`"+`Select-String -Path "C:\Program Files (x86)\Microsoft Azure Site Recovery\agent\svagents*.log" -Pattern 'Failed to send' | Select-Object -Last 20`+"`.",
			"Exclude the agent's folder from anti-virus scanning.")
	}
	return append(steps, "Read the agent's logs: `grep -h 'Failed to send' /var/log/svagents*.log | tail -20`.", "Exclude /usr/local/ASR from anti-virus scanning.")
}
