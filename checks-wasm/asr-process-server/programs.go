package main

import (
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
)

// belongs reports whether a program may run on a process server: it is one of the
// product, of the system, or of what protects and manages servers.
func belongs(name, deployment string) bool {
	name = programName(name)
	for _, words := range []string{productPrograms, systemPrograms, securityPrograms, managementPrograms} {
		if slices.Contains(strings.Fields(words), name) {
			return true
		}
	}
	if slices.Contains(strings.Fields(webPrograms), name) {
		return deployment == bundles.DeployConfigurationServer || deployment == bundles.DeployConfigurationServerOnly || deployment == bundles.DeployAppliance
	}
	return slices.ContainsFunc(strings.Fields(knownBeginnings), func(b string) bool { return strings.HasPrefix(name, b) })
}

// programName is a program's name without path, case and ".exe".
func programName(name string) string {
	name = strings.ToLower(name[strings.LastIndexAny(name, `\/`)+1:])
	return strings.TrimSuffix(name, ".exe")
}

// Programs by what they belong to. Names are in lower case, without ".exe".
const (
	productPrograms = `processserver processservermonitor cxps cbengine tmansvc perl svagents appservice s2 dataprotection pushinstall pushclient
 loguploadservice cxpsclient cxcli dra draservice cdpcli vacp asrvssprovider inmagevssprovider cspsconfigtool unifiedagent unifiedagentconfigurator unifiedagentinstaller
 marsagentinstaller obengine genpassphrase gencert genkey csgetfingerprint evtcollforw gatherinfo esutil volopt remotecli
 marsagent pushinstallagent applianceautoupdate azurercmcli asrcollect`

	// Programs that a configuration server or an appliance has, and no other.
	webPrograms = `w3wp mysqld php php-cgi php-win inetinfo`

	knownBeginnings = `rcmproxy rcmreplication rcmreprotect rcmpsconfigurator microsoft.azuremigrate. microsoftazure asrunified asrsetup ucx_`

	systemPrograms = `system idle registry smss csrss wininit winlogon services lsass lsaiso lsm svchost dwm explorer conhost taskhost taskhostw taskhostex taskmgr
 mmc rundll32 dllhost spoolsv wmiprvse wmiadap wmiapsrv unsecapp trustedinstaller tiworker wuauclt usoclient mousocoreworker usocoreworker sihost fontdrvhost logonui userinit
 rdpclip rdpinit searchindexer searchui searchapp searchhost searchprotocolhost searchfilterhost shellexperiencehost startmenuexperiencehost textinputhost runtimebroker
 applicationframehost ctfmon audiodg wermgr werfault wudfhost vssvc vds vdsldr msdtc sppsvc sppextcomobj compattelrunner devicecensus cleanmgr defrag chkdsk dism dismhost msiexec
 ngen ngentask mscorsvw powershell powershell_ise pwsh cmd perfmon resmon eventvwr regedit reg sc net net1 netsh notepad w32tm w32time rpcss tzsync
 backgroundtaskhost backgroundtransferhost smartscreen sgrmbroker securityhealthservice aggregatorhost servermanager wsmprovhost winrshost consent slui
 winedevice plugplay wineboot wineserver makecab expand wevtutil tstheme dashost nvvsvc presentationfontcache`

	// The same, with blanks in the name.
	systemNames = "system idle process|memory compression|secure system|vmmem"

	securityPrograms = `msmpeng nissrv mpcmdrun mpdefendercoreservice mssense senseir sensecncproxy sensendr sensece sensetvm
 csfalconservice csfalconcontainer sentinelagent sentinelagentworker sentinelservicehost sentinelstaticengine sentinelhelperservice
 savservice savadminservice swi_service swi_fc sophosfs sophosfilescanner sophoshealth sophosntpservice sophosmcsagent sophosmcsclient sophosclean sedservice sspservice mcsagent mcsclient
 mcshield mfemms mfetp mfeesp mfeann mfevtps mfeensppl masvc macmnsvc macompatsvc ccsvchst smc smcgui sepwscsvc sepwscsvc64 snac
 ntrtscan tmlisten tmccsf tmbmsrv pccntmon pccntsvc ds_agent ds_monitor dsa dsa-connect coreserviceshell avp avpsus klnagent kavfs kavfswp ekrn egui efwd eraagent
 epsecurityservice epprotectedservice epintegrationservice epupdateservice bdservicehost bdredline repmgr repux repwsc cb cbdaemon cbdefense cylancesvc cyoptics cyserver cytray cyveraservice trapsagent
 fshoster32 fshoster64 fsorsp fssm32 xagt xagtnotif elastic-endpoint elastic-agent endpointsecurity wazuh-agent ossec-agent nessusd nessus-service tenable qualysagent rapid7 ir_agent
 wrsa wrcoreservice cavwp cmdagent wdavdaemon cpda epab_svc tracsrvwrapper`

	managementPrograms = `vmtoolsd vgauthservice vm3dservice toolsmanager windowsazureguestagent waappagent waworkerhost windowsazuretelemetryservice windowsazurenetagent rdagent wasecagentprov
 monitoringhost healthservice ccmexec cmrcservice himds gc_service gc_arc_service gc_worker gc_extension_service azureconnectedmachineagent azcmagent amaextensionhost
 monagentcore monagenthost monagentlauncher monagentmanager metricsextension.native zabbix_agentd zabbix_agent2 nscp snmp snmptrap splunkd splunk-winevtlog splunk-perfmon splunk-admon splunk-regmon
 besclient taniumclient taniumcx puppet chef-client salt-minion windows_exporter telegraf winlogbeat filebeat metricbeat packetbeat node_exporter datadog agent process-agent trace-agent
 teamviewer_service anydesk ltsvc sysmon sysmon64 newrelic-infra dynatrace oneagentos oneagentwatchdog patrolagent opcmona ovcd ovbbccb scnotification lansweeper lsagent wapt waptservice
 prtgprobe swiagent snow-agent flexnet ndtrack mgssecsvc opsagent icinga2 check_mk_agent cmk-agent-ctl pdqinventory pdqdeployrunner automate manageengine dcagentservice dcconfig hpsmhd hpwmistor dsm_sa_datamgr64 dsm_sa_eventmgr64`
)

// isSystemName reports whether a name with blanks is one of the system.
func isSystemName(name string) bool {
	return slices.Contains(strings.Split(systemNames, "|"), programName(name))
}

// serverRole is a role of a server, or a server product, that is no part of Site
// Recovery.
type serverRole struct {
	name     string
	services []string // any of them that runs, or would, is the role
	prefix   string   // so begin further services of it
	programs []string // any of them that runs is the role
	feature  string   // as Windows lists it: tells where no service was looked at
}

func foreignRoles() []serverRole {
	return []serverRole{
		{name: "Active Directory domain controller", services: []string{"NTDS"}, feature: "AD-Domain-Services"},
		{name: "Hyper-V", services: []string{"vmms"}, programs: []string{"vmms"}, feature: "Hyper-V"},
		{name: "SQL Server", services: []string{"MSSQLSERVER"}, prefix: "MSSQL$", programs: []string{"sqlservr"}},
		{name: "Exchange", services: []string{"MSExchangeIS", "MSExchangeTransport"}, programs: []string{"microsoft.exchange.store.service", "microsoft.exchange.store.worker", "edgetransport"}},
		{name: "DHCP server", services: []string{"DHCPServer"}, feature: "DHCP"},
		{name: "DNS server", services: []string{"DNS"}, programs: []string{"dns"}, feature: "DNS"},
		{name: "Windows Server Update Services", services: []string{"WsusService"}, programs: []string{"wsusservice"}, feature: "UpdateServices"},
		{name: "certification authority", services: []string{"CertSvc"}, programs: []string{"certsrv"}, feature: "ADCS-Cert-Authority"},
		{name: "failover cluster", services: []string{"ClusSvc"}, programs: []string{"clussvc"}, feature: "Failover-Clustering"},
		{name: "SharePoint", services: []string{"SPTimerV4"}, programs: []string{"owstimer"}},
		{name: "Configuration Manager", services: []string{"SMS_EXECUTIVE"}, programs: []string{"smsexec"}},
		{name: "Active Directory Federation Services", services: []string{"adfssrv"}},
		{name: "Windows Deployment Services", services: []string{"WDSServer"}},
		{name: "Veeam backup server", services: []string{"VeeamBackupSvc"}, programs: []string{"veeam.backup.service"}},
		{name: "Remote Desktop session host", feature: "RDS-RD-Server"},
	}
}

// webRole is expected on configuration servers and appliances only.
func webRole() serverRole {
	return serverRole{name: "web server IIS", services: []string{svcWeb}, feature: "Web-Server"}
}
