package main

import (
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/hostcheck"
)

func antivirusExclusions() *check.Check {
	return hostcheck.Antivirus(hostcheck.AntivirusOptions{
		Roles: roles(), OS: systems(), Since: firstVersion,
		Folders: scannedFolders, Known: slices.Concat(processServerFolders(), configurationServerFolders(), applianceFolders()),
		Symptoms: []string{asrlogs.CxpsCutShort, asrlogs.CxpsWriteError, asrlogs.TmansvcNoChild},
	})
}

// scannedFolders are those that the vendor asks to exclude.
func scannedFolders(deployment string) []string {
	switch deployment {
	case bundles.DeployConfigurationServer, bundles.DeployConfigurationServerOnly:
		return slices.Concat(processServerFolders(), configurationServerFolders())
	case bundles.DeployAppliance:
		return applianceFolders()
	}
	return processServerFolders()
}

func lines(text string) (list []string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

func processServerFolders() []string {
	return lines(`
		\Program Files\Microsoft Azure Recovery Services Agent
		\ProgramData\ASR
		\ProgramData\ASRLogs
		\ProgramData\ASRSetupLogs
		\ProgramData\LogUploadServiceLogs
		\ProgramData\Microsoft Azure Site Recovery`)
}

// configurationServerFolders are needed beside those of a process server.
func configurationServerFolders() []string {
	return lines(`
		\Program Files\Microsoft Azure Site Recovery Provider
		\Program Files\Microsoft Azure Site Recovery Configuration Manager
		\Program Files\Microsoft Azure Site Recovery Error Collection Tool
		\thirdparty
		\Temp
		\strawberry
		\ProgramData\MySQL
		\Program Files (x86)\MySQL
		\inetpub`)
}

func applianceFolders() []string {
	return lines(`
		\ProgramData\Microsoft Azure
		\ProgramData\ASRLogs
		\Windows\Temp\MicrosoftAzure
		\Program Files\Microsoft Azure Appliance Auto Update
		\Program Files\Microsoft Azure Appliance Configuration Manager
		\Program Files\Microsoft Azure Push Install Agent
		\Program Files\Microsoft Azure RCM Proxy Agent
		\Program Files\Microsoft Azure Recovery Services Agent
		\Program Files\Microsoft Azure Server Discovery Service
		\Program Files\Microsoft Azure Site Recovery Process Server
		\Program Files\Microsoft Azure Site Recovery Provider
		\Program Files\Microsoft Azure VMware Discovery Service
		\Program Files\Microsoft Azure to on-premises Reprotect agent
		\Program Files\Microsoft Azure to On-Premise Reprotect agent
		\Program Files\Microsoft on-premises to Azure Replication agent
		\Program Files\Microsoft On-Premise to Azure Replication agent`)
}
