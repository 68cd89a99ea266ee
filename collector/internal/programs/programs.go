// Package programs is the closed list of programs that a collector may start.
// A profile names them and can neither add one nor change an argument; they run
// only when the user agrees.
//
// What is listed only reads, and tells something for the diagnosis that cannot
// be read directly.
package programs

import "time"

// Program is one entry of the list.
type Program struct {
	Name string // as profiles name it
	OS   string // as in runtime.GOOS
	// Files are absolute paths; the first that exists is run. SystemFolder
	// stands for the Windows system folder.
	Files   []string
	Args    []string
	Timeout time.Duration
	MaxOut  int64 // bytes of output that are kept
	For     string
}

// SystemFolder at the beginning of a file is Windows' system folder.
const SystemFolder = `%system%\`

const (
	brief  = 10 * time.Second
	little = 64 << 10
	more   = 256 << 10
)

// List is the whole list, by name.
func List() []Program {
	return []Program{
		{"chronyc-tracking", "linux", bin("chronyc"), []string{"-n", "tracking"}, brief, little, "which clock chrony follows, and how far it is off"},
		{"ip-route", "linux", sbin("ip"), []string{"route", "show", "table", "all"}, brief, more, "the way to the process server when there are several networks"},
		{"modinfo-involflt", "linux", sbin("modinfo"), []string{"involflt"}, brief, little, "whether the disk filter is installed for the kernel that runs"},
		{"ntpq-peers", "linux", bin("ntpq"), []string{"-pn"}, brief, little, "which clocks ntpd follows, and how far they are off"},
		{"ss-data-port", "linux", sbin("ss"), []string{"-tin", "(", "dport", "=", ":9443", "or", "sport", "=", ":9443", ")"}, brief, more, "lost and repeated packets, round trips and packet sizes on the way to the process server"},
		{"timedatectl", "linux", bin("timedatectl"), []string{"show"}, brief, little, "whether the system says that its clock is synchronized"},
		{"netsh-winhttp-proxy", "windows", []string{SystemFolder + "netsh.exe"}, []string{"winhttp", "show", "proxy"}, brief, little, "the proxy of services that run as the system"},
		{"w32tm-configuration", "windows", []string{SystemFolder + "w32tm.exe"}, []string{"/query", "/configuration", "/verbose"}, brief, little, "which clocks the time service is told to follow"},
		{"w32tm-status", "windows", []string{SystemFolder + "w32tm.exe"}, []string{"/query", "/status", "/verbose"}, brief, little, "which clock the time service follows, and since when"},
	}
}

func bin(name string) []string { return []string{"/usr/bin/" + name, "/bin/" + name} }

func sbin(name string) []string {
	return append([]string{"/usr/sbin/" + name, "/sbin/" + name}, bin(name)...)
}

// Find returns the program of that name.
func Find(name string) (Program, bool) {
	for _, p := range List() {
		if p.Name == name {
			return p, true
		}
	}
	return Program{}, false
}
