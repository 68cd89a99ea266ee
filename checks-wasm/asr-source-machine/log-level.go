package main

import (
	_ "embed"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed log-level.md
var logLevelDoc string

// errorLevel is the agent's level at which errors are logged.
const errorLevel = 3

func logLevel() *check.Check {
	return &check.Check{
		ID: "log-level", Title: "The agent logs errors", Doc: logLevelDoc, URL: article + "#check-source-vm-logs-for-upload-failures-error-78028", Since: firstVersion,
		Article: []string{"beyond the article"}, Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Info},
		Inputs: []abi.Input{check.Fact("config")},
		Run:    runLogLevel,
	}
}

func runLogLevel(p *check.Pass) error {
	cfg, err := check.Load[bundles.Config](p, "config")
	if err != nil {
		return err
	}
	for i, file := range cfg.Items {
		for k, v := range file.Values {
			if strings.EqualFold(file.Name, "drscout") && strings.EqualFold(v.Key, "LogLevel") {
				judgeLevel(p, i, k, v.Value)
				return nil
			}
		}
	}
	p.Insufficient("drscout.conf, or its LogLevel, was not found", nil)
	return nil
}

func judgeLevel(p *check.Pass, item, value int, text string) {
	level, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		p.Insufficient("LogLevel is "+strconv.Quote(text)+", which is no number", nil)
		return
	}
	if level >= errorLevel {
		p.Pass("the agent's log level is " + strconv.Itoa(level) + "; errors are logged from 3 on")
		return
	}
	restart := "restart the agent: `systemctl restart vxagent`."
	if p.Bundle.Host().OS == "windows" {
		restart = "restart the agent: `net stop svagents && net start svagents`."
	}
	p.Report(check.Finding{
		Subject: "svagents", Key: "agent", Severity: abi.Info, State: abi.StateOngoing, Title: "The agent logs no errors (LogLevel = " + text + ")",
		Detail:   "Its empty logs are no sign of health: upload-failures, unreachable-process-server and churn know nothing.",
		Remedy:   []string{"Set LogLevel=3 in the section [vxagent] of drscout.conf and " + restart},
		Evidence: []abi.Evidence{p.At("config", check.Item(item, "values/"+strconv.Itoa(value)+"/value"), text)},
	})
}
