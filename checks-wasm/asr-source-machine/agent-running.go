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

//go:embed agent-running.md
var agentRunningDoc string

const (
	// pendingIsDown: a service that starts or stops for longer is down.
	pendingIsDown = 5 * time.Minute
	// upForGood: what runs for less was just started. The product's own health
	// alerts look back as far.
	upForGood = 15 * time.Minute
)

// agent is one part of the mobility agent.
type agent struct {
	service string // Windows
	process string // Linux
	does    string
}

func agents() []agent {
	return []agent{
		{"svagents", "svagents", "it reads the changed blocks from the disk filter and sends them to the process server, so without it nothing of this machine is replicated"},
		{"InMage Scout Application Service", "appservice", "it prepares the applications for recovery points, so without it none is application-consistent"},
	}
}

func agentRunning() *check.Check {
	return &check.Check{
		ID: "agent-running", Title: "The mobility agent runs", Doc: agentRunningDoc,
		URL: article + "#step-2-check-process-server-services", Since: firstVersion,
		Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Critical, abi.Warning, abi.Info},
		// Which of them is needed depends on the system, so Run says what lacks.
		Inputs: []abi.Input{
			check.OptionalFact("host"), check.OptionalFact("services"), check.OptionalFact("processes"),
			check.OptionalFact("files"), check.OptionalFact("registry"),
		},
		Worked: workedAgent,
		Run:    runAgentRunning,
	}
}

func runAgentRunning(p *check.Pass) error {
	if p.Deployment == bundles.DeployMasterTarget {
		p.NotApplicable("a master target receives data: the agent of a source machine is not its task")
		return nil
	}
	if p.Bundle.Host().OS == "windows" {
		return windowsAgent(p)
	}
	return linuxAgent(p)
}

// setBack reports whether something was started at a time that is still to come: by
// the clock of then, which was set back since.
func setBack(p *check.Pass, started time.Time) bool { return started.After(p.Now.Add(time.Minute)) }

// lacking ends the check for want of a fact, in the collector's words.
func lacking(p *check.Pass, kind string, err error) error {
	if !check.IsMissing(err) {
		return err
	}
	reason, ok := p.Missing("facts/**/" + kind + ".json")
	if ok {
		reason = kind + ": the bundle has no reading"
	}
	p.Insufficient(reason, again("reads the state of the agent"))
	return nil
}

// endLacks says why only the reading at the start of a fact is there; empty
// when nothing is wrong. A bundle that was cut off has to do with the first.
func endLacks(p *check.Pass, kind string) string {
	src, ok := p.Bundle.Source(kind)
	if !ok || src.Status == bundles.StatusOK || !strings.HasPrefix(p.Bundle.FactPath(kind), "facts/start/") {
		return ""
	}
	return strings.TrimSuffix(fmt.Sprintf("%s: only the first reading is there: %s: %s", kind, src.Status, src.Error), ": ")
}

// again asks for a short run with all rights on this machine.
func again(why string) *abi.Ask {
	return &abi.Ask{Role: bundles.RoleSourceMachine, Args: []string{"--role", bundles.RoleSourceMachine, "--quick"}, Why: why + "; run it as administrator or root"}
}

// answer collects the words of a pass and of what could not be looked at.
type answer struct{ fine, unclear []string }

func (a *answer) finef(format string, args ...any) {
	a.fine = append(a.fine, fmt.Sprintf(format, args...))
}

func (a *answer) unclearf(format string, args ...any) {
	a.unclear = append(a.unclear, fmt.Sprintf(format, args...))
}

// end gives the outcome: what was not looked at is never a pass.
func (a *answer) end(p *check.Pass, ask *abi.Ask) {
	if len(a.unclear) > 0 {
		p.Insufficient(strings.Join(a.unclear, "; "), ask)
		return
	}
	p.Pass(strings.Join(a.fine, "; "))
}

// find gives the index of the item with one of the names, without case; -1 if none.
func find[T any](items []T, name func(T) string, wanted ...string) int {
	return slices.IndexFunc(items, func(v T) bool {
		return slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, name(v)) })
	})
}
