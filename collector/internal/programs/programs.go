// Package programs is the closed list of programs that a collector may start.
// A profile names them and can neither add one nor change an argument; they run
// only when the user agrees.
//
// What is listed only reads, and tells something for the diagnosis that cannot
// be read directly. The one exception is the product's own client, which sends
// a test file to its server and has a flag of its own.
package programs

import (
	"slices"
	"time"
)

// Program is one entry of the list.
type Program struct {
	Name string // as profiles name it; one name may stand for a program of each system
	OS   string // as in runtime.GOOS
	// Files are absolute paths; the first that exists is run. What stands
	// between percent signs is a folder that only an administrator can move:
	// see SystemFolder, AgentFolder and BackupFolder.
	Files []string
	// Args are compiled in, but for HostArg and PortArg of a program that has a
	// target.
	Args    []string
	Timeout time.Duration
	MaxOut  int64 // bytes of output that are kept
	For     string
	// Needs is a file or folder without which the program has nothing to tell:
	// it is then not started.
	Needs string
	// Setting is the name of the item of the configuration that the output
	// gives; empty: none.
	Setting string
	// Unkept says that of the output only the setting is kept.
	Unkept bool
	// Client marks the product's own client, which has a flag of its own.
	Client bool
}

// Folders at the beginning of a file.
const (
	// SystemFolder is Windows' system folder.
	SystemFolder = `%system%\`
	// AgentFolder is where the registry has the product's agent.
	AgentFolder = `%agent%\`
	// BackupFolder is where the registry has the Microsoft Azure Backup agent.
	BackupFolder = `%backup%\`
)

// Arguments that stand for the target of a program.
const (
	HostArg = "{host}"
	PortArg = "{port}"
)

// HasTarget reports whether a program is told where to connect to.
func (p Program) HasTarget() bool { return slices.Contains(p.Args, HostArg) }

const (
	brief  = 10 * time.Second
	shell  = 40 * time.Second // PowerShell and a module, on a busy machine
	client = 75 * time.Second
	little = 64 << 10
	more   = 256 << 10
)

// backupSetting asks the Microsoft Azure Backup agent for its proxy and for
// nothing else. The module is taken from where the agent is installed.
const backupSetting = `$ErrorActionPreference='Stop';$FormatEnumerationLimit=-1;` +
	`Import-Module (Join-Path (Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows Azure Backup\Setup').InstallPath 'bin\Modules\MSOnlineBackup');` +
	`Get-OBMachineSetting|Format-List -Property *Proxy*,*Bypass* -Force|Out-String -Width 4096`

// clientArgs test the way to a process server. Of the article's arguments only
// the patience is shorter: 30 s.
func clientArgs() []string { return []string{"-i", HostArg, "-l", PortArg, "-y", "30"} }

// List is the whole list.
func List() []Program {
	reads := func(name, goos string, files, args []string, most int64, why string) Program {
		return Program{Name: name, OS: goos, Files: files, Args: args, Timeout: brief, MaxOut: most, For: why}
	}
	return []Program{
		reads("chronyc-tracking", "linux", bin("chronyc"), []string{"-n", "tracking"}, little, "which clock chrony follows, and how far it is off"),
		{
			Name: "cxpsclient", OS: "linux", Files: []string{"/usr/local/ASR/Vx/bin/cxpsclient"}, Args: clientArgs(),
			Timeout: client, MaxOut: more, Client: true, For: "the whole way of data to the process server, by the product's own client",
		},
		reads("ip-route", "linux", sbin("ip"), []string{"route", "show", "table", "all"}, more, "the way to the process server when there are several networks"),
		reads("modinfo-involflt", "linux", sbin("modinfo"), []string{"involflt"}, little, "whether the disk filter is installed for the kernel that runs"),
		reads("ntpq-peers", "linux", bin("ntpq"), []string{"-pn"}, little, "which clocks ntpd follows, and how far they are off"),
		reads("ss-data-port", "linux", sbin("ss"), []string{"-tin", "(", "dport", "=", ":9443", "or", "sport", "=", ":9443", ")"}, more, "lost and repeated packets, round trips and packet sizes on the way to the process server"),
		reads("timedatectl", "linux", bin("timedatectl"), []string{"show"}, little, "whether the system says that its clock is synchronized"),
		{
			Name: "backup-agent-proxy", OS: "windows", Files: []string{SystemFolder + `WindowsPowerShell\v1.0\powershell.exe`}, Timeout: shell, MaxOut: little,
			Args:  []string{"-NoLogo", "-NoProfile", "-NonInteractive", "-Command", backupSetting},
			Needs: BackupFolder + `bin\Modules\MSOnlineBackup`, Setting: "backup-agent", Unkept: true, For: "the proxy of the backup agent, which no file and no known registry value has",
		},
		{
			Name: "cxpsclient", OS: "windows", Files: []string{AgentFolder + "cxpsclient.exe", AgentFolder + `agent\cxpsclient.exe`}, Args: clientArgs(),
			Timeout: client, MaxOut: more, Client: true, For: "the whole way of data to the process server, by the product's own client",
		},
		{
			Name: "netsh-winhttp-proxy", OS: "windows", Files: []string{SystemFolder + "netsh.exe"}, Args: []string{"winhttp", "show", "proxy"}, Timeout: brief, MaxOut: little,
			Setting: "winhttp", For: "the proxy of services that run as the system",
		},
		reads("w32tm-configuration", "windows", []string{SystemFolder + "w32tm.exe"}, []string{"/query", "/configuration", "/verbose"}, little, "which clocks the time service is told to follow"),
		reads("w32tm-status", "windows", []string{SystemFolder + "w32tm.exe"}, []string{"/query", "/status", "/verbose"}, little, "which clock the time service follows, and since when"),
	}
}

func bin(name string) []string { return []string{"/usr/bin/" + name, "/bin/" + name} }

func sbin(name string) []string {
	return append([]string{"/usr/sbin/" + name, "/sbin/" + name}, bin(name)...)
}

// Find returns the program of that name for an operating system; without one,
// that of any.
func Find(name, goos string) (Program, bool) {
	for _, p := range List() {
		if p.Name == name && (goos == "" || p.OS == goos) {
			return p, true
		}
	}
	return Program{}, false
}
