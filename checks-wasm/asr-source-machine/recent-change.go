package main

import (
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/hostcheck"
)

func recentChange() *check.Check {
	return hostcheck.RecentChange(hostcheck.RecentChangeOptions{
		Roles: roles(), OS: systems(), Since: firstVersion,
		// Those whose last write tells of a change: not those that the system or the
		// agent writes by itself all day.
		Keys: []hostcheck.Place{
			{Key: agentKey, Name: "The agent's installation"},
			{Key: `HKLM\SOFTWARE\Wow6432Node\SV Systems`, Name: "The agent's identity"},
			{Key: `HKLM\SYSTEM\CurrentControlSet\Services\InDskFlt`, Name: "The disk filter"},
			{Key: diskClassKey, Name: "The list of disk filters"},
			{Key: `HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings`, Name: "SYSTEM's proxy"},
			{Key: `HKLM\SYSTEM\CurrentControlSet\Services\W32Time\Parameters`, Name: "The time service's settings"},
			{Key: `HKLM\SOFTWARE\Policies\Microsoft\W32Time\Parameters`, Name: "The time service's policy"},
			{Key: `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, Name: "TLS 1.2 of clients"},
		},
		Files: []hostcheck.Place{
			{Key: "vx-version", Name: "The agent's version", Path: "/usr/local/.vx_version"},
			{Key: "agent-script", Name: "The agent's script", Path: "/etc/vxagent/bin/vxagent"},
			{Key: "filter-file", Name: "The disk filter's file", Path: "/drivers/indskflt.sys"},
			{Key: "norespawn-marker", Name: "The no-respawn marker", Path: "/usr/local/.norespawn_vxagent"},
		},
		Failures: []string{
			asrlogs.AgentSendFailed, asrlogs.SenderSendFailed, asrlogs.AgentUploadLocation, asrlogs.AgentDriverUpload, asrlogs.AgentServerAddress,
			asrlogs.AgentPostFailed, asrlogs.AgentPeerRefused, asrlogs.AgentRegister, asrlogs.AgentCloudAccess, asrlogs.AgentProxyFailed, asrlogs.SystemCrash,
		},
	})
}
