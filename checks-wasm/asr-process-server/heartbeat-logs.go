package main

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed heartbeat-logs.md
var heartbeatLogsDoc string

const (
	// fewExceptions of one kind may happen at any time: a request that was lost.
	fewExceptions = 3
	// maxTemplates kinds are told one by one, the most frequent.
	maxTemplates = 5
)

func heartbeatLogs() *check.Check {
	use := asrlogs.Use(asrlogs.EventException)
	return &check.Check{
		ID: "heartbeat-logs", Title: "Event groups log no exceptions", Doc: heartbeatLogsDoc,
		URL: article + "#step-3-check-the-process-server-heartbeat", Since: firstVersion, Article: []string{"step 3"},
		Roles: roles(), OS: systems(), Deployments: classicDeployments(), Severities: []abi.Severity{abi.Info, abi.Warning},
		Inputs: append(use.Inputs, asrlogs.EventLog().Need()), Formats: use.Formats, Scans: use.Scans,
		ExplainedBy: []abi.Cause{{Check: "heartbeat"}, {Check: "cs-trust"}, {Check: "services-running", Subjects: []string{"ProcessServer", "tmansvc", "MySQL", "W3SVC", "dra"}}},
		Run:         runHeartbeatLogs,
	}
}

func runHeartbeatLogs(p *check.Pass) error {
	groups := map[string]int{}
	for h := range p.Hits(asrlogs.EventException) {
		groups[template(messageOf(h))]++
	}
	kinds := slices.SortedFunc(maps.Keys(groups), func(a, b string) int {
		if groups[a] != groups[b] {
			return groups[b] - groups[a]
		}
		return strings.Compare(a, b)
	})
	found := 0
	for _, kind := range kinds {
		if found < maxTemplates && reportException(p, kind) {
			found++
		}
	}
	answerLogs(p, found, "no kind of exception was logged three times in the 24 h before the newest line", asrlogs.EventException)
	return nil
}

// reportException reports one kind of exception, when there are enough.
func reportException(p *check.Pass, kind string) bool {
	t := p.Follow(check.Following{
		Scans: []string{asrlogs.EventException}, Retry: heartbeatPeriod,
		Keep: func(h scan.Hit) bool { return template(messageOf(h)) == kind },
	})
	if t.Count < fewExceptions || t.State == abi.StateUnknown {
		return false
	}
	return p.ReportTrail(check.Finding{
		Key: slug(kind), Severity: abi.Warning, Title: "Event groups log: " + shorten(kind, maxKind),
		Detail: "Newest: " + oneLine(messageOf(t.Newest())) + ". The event groups under tmansvc watch replication and talk to the configuration server; an exception means that a task of theirs did not end.",
		Remedy: []string{
			`Read the lines around it: ` + "`" + `Select-String -Path C:\ProgramData\ASR\home\svsystems\var\*.log -Pattern EXCEPTION -Context 0,2 | Select-Object -Last 20` + "`" + `; the article names the folder above, C:\ProgramData\ASR\home\svsystems, for eventmanager*.log and monitor_protection*.log.`,
			fmt.Sprintf("Connect to the configuration server: `Test-NetConnection %s -Port 443`.", orElse(configValue(p, "amethyst", "PS_CS_IP"), "CS_ADDRESS")),
			"If it answers and the exceptions go on, restart the service: `net stop tmansvc && net start tmansvc`; replication goes on meanwhile.",
		},
		Evidence: newestOf(t, 3),
	}, t)
}

// maxKind leaves room for count and time in a title.
const maxKind = 60

// template is what messages of one kind have in common: without places in code,
// addresses, ids and numbers. (An expression would add half a megabyte to the
// module.)
func template(message string) string {
	line, _, _ := strings.Cut(message, "\n")
	if at := strings.LastIndex(line, " at "); at >= 0 && strings.Contains(line[at:], " line ") {
		line = line[:at]
	}
	words := strings.Fields(line)
	for i, w := range words {
		words[i] = templateWord(w)
	}
	return strings.Join(words, " ")
}

func templateWord(w string) string {
	if strings.Contains(w, "://") || strings.Count(w, "-") == 4 && len(w) >= len("01234567-0123-0123-0123-0123456789ab") {
		return "#"
	}
	if isCode(w) {
		return w
	}
	var b strings.Builder
	digits := false
	for _, c := range w {
		if is := c >= '0' && c <= '9'; is && !digits {
			b.WriteByte('#')
			digits = true
		} else if !is {
			b.WriteRune(c)
			digits = false
		}
	}
	return b.String()
}

// isCode reports whether a word is the number of an error: three digits, as HTTP
// has, or one in parentheses, as curl's.
func isCode(w string) bool {
	const digits = "0123456789"
	return len(w) == 3 && strings.Trim(w, digits) == "" || len(w) > 2 && w[0] == '(' && strings.Trim(w, digits+"()") == ""
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
