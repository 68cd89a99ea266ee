package main

import (
	_ "embed"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed log-level.md
var logLevelDoc string

func logLevel() *check.Check {
	return &check.Check{
		ID: "log-level", Title: "Logs are written", Doc: logLevelDoc, URL: article, Since: firstVersion, Article: []string{"beyond the article"},
		Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Info},
		Inputs: []abi.Input{check.Fact("config")},
		Run:    runLogLevel,
	}
}

// logSwitch is a setting that turns a log off.
type logSwitch struct {
	config, key    string
	off            func(string) bool
	finding, title string
	cost, set      string
}

func logSwitches() []logSwitch {
	return []logSwitch{
		{
			"cxps", "xfer_log_enabled", switchedOff, "transfers", "The transfer log is off",
			"Which source machines upload, and with what success, cannot be seen then: unreachable-process-server and replication-throttle know less.",
			`Set xfer_log_enabled = yes in C:\ProgramData\ASR\home\svsystems\transport\cxps.conf and restart the service, which interrupts uploads for seconds: ` + "`net stop cxprocessserver && net start cxprocessserver`.",
		},
		{
			"cxps", "error_log_warnings_enabled", switchedOff, "warnings", "Warnings of the data port are not logged",
			"Connections that were cut, and throttling, are warnings: cxps.err.log says nothing of them.",
			`Set error_log_warnings_enabled = yes in C:\ProgramData\ASR\home\svsystems\transport\cxps.conf and restart the service, which interrupts uploads for seconds: ` + "`net stop cxprocessserver && net start cxprocessserver`.",
		},
		{
			"drscout", "LogLevel", belowErrors, "agent", "The agent on this server logs no errors",
			"An empty svagents log is then no sign of health.",
			`Set LogLevel=3 in the section [vxagent] of drscout.conf and restart the agent: ` + "`net stop svagents && net start svagents`.",
		},
	}
}

// errorLevel is the agent's level at which errors are logged.
const errorLevel = 3

func belowErrors(value string) bool {
	n, err := strconv.Atoi(strings.TrimSpace(value))
	return err == nil && n < errorLevel
}

func runLogLevel(p *check.Pass) error {
	known, found := 0, 0
	for _, s := range logSwitches() {
		value, at, ok := configAt(p, s.config, s.key)
		if !ok {
			continue
		}
		if known++; !s.off(value) {
			continue
		}
		found++
		p.Report(check.Finding{
			Subject: s.config, Key: s.finding, Severity: abi.Info, State: abi.StateOngoing, Title: s.title + " (" + s.key + " = " + value + ")",
			Detail: "An empty log is not health. " + s.cost, Remedy: []string{s.set}, Evidence: []abi.Evidence{at},
		})
	}
	switch {
	case known == 0:
		p.Insufficient("no setting of a log was collected", askElevated("cxps.conf and drscout.conf"))
	case found == 0:
		passUnlessBlind(p, "no log is switched off by the settings that were collected", "config")
	}
	return nil
}
