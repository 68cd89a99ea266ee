package main

import (
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/hostcheck"
)

// antivirusExclusions is for Windows: for Linux the vendor has no list. The agent's
// folder has several names, of which one is enough.
func antivirusExclusions() *check.Check {
	folders := []string{`\ProgramData\ASR\agent`, `\Program Files (x86)\Microsoft Azure Site Recovery`, `\Program Files (x86)\Microsoft Azure Site Recovery\agent`}
	return hostcheck.Antivirus(hostcheck.AntivirusOptions{
		Roles: roles(), OS: []string{"windows"}, Since: firstVersion,
		Folders: func(string) []string { return folders }, Known: folders, Either: true,
	})
}
