package profiles

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHostile has profiles that want more than a profile may: each is refused,
// with the member that asks for it, whoever has signed it.
func TestHostile(t *testing.T) {
	log := func(glob string) string { return fmt.Sprintf(`"logs":[{"id":"l","globs":[%q],"why":"w"}]`, glob) }
	file := func(path string) string {
		return fmt.Sprintf(`"config":[{"name":"c","paths":[%q],"keys":["K"],"why":"w"}]`, path)
	}
	key := func(key string) string {
		return fmt.Sprintf(`"registry":[{"key":%q,"values":["v"],"why":"w"}]`, key)
	}
	probe := func(body string) string { return `"probes":[{"name":"p","why":"w",` + body + `}]` }
	event := func(channel string) string {
		return fmt.Sprintf(`"events":[{"channel":%q,"provider":"p","ids":[1],"why":"w"}]`, channel)
	}
	const conf = `"config":[{"name":"c","paths":["/x"],"keys":["K"],"why":"w"}],`
	const source = `"logs":[{"id":"l","globs":["/x/*.log"],"why":"w"}],`
	var scan []string
	for i := range maxElsewhere + 1 {
		scan = append(scan, fmt.Sprintf(`{"name":"p%d","target":"10.0.0.%d:22","why":"w"}`, i, i))
	}
	var many []string
	for i := range maxProbes + 1 {
		many = append(many, fmt.Sprintf(`{"name":"p%d","target":"h%d.example.net:443","why":"w"}`, i, i))
	}
	for name, doc := range map[string]string{
		"a share":                       log(`\\attacker.example\share\*.log`),
		"a share with slashes":          log(`//attacker.example/share/*.log`),
		"a share, mixed":                log(`/\attacker.example/share/*.log`),
		"a share for a setting":         file(`//attacker.example/share/x`),
		"a device":                      file(`\\.\PhysicalDrive0`),
		"a device with slashes":         file(`//./PhysicalDrive0`),
		"a long path":                   file(`\\?\C:\x`),
		"up":                            log(`C:\ProgramData\x\..\..\Users\*.txt`),
		"up, as Windows reads it":       log(`C:\ProgramData\.. \x\*.txt`),
		"a stream":                      file(`C:\x\server.key::$DATA`),
		"a name with a dot behind it":   file(`C:\x\server.key.`),
		"a name with a blank behind it": log(`C:\x \*.log`),
		"a short name":                  log(`C:\ProgramData\MICROS~1\CREDST~1\*`),
		"a variable of anything":        log(`C:\%AWS_SECRET_ACCESS_KEY%\*.log`),
		"a variable of a person":        log(`%USERPROFILE%\*.log`),
		"a whole volume":                log(`C:\**\*.log`),
		"all of Windows":                log(`%SystemRoot%\**\*`),
		"all homes":                     log(`/home/**/*`),
		"everything":                    log(`/**/*`),
		"all homes, level by level":     log(`/home/*/*/*.txt`),
		"all homes by a sign":           log(`/home/?*/x.log`),
		"all profiles":                  log(`C:\Users\*\AppData\**\*`),
		"all profiles by level":         log(`C:\Users\*\*.txt`),
		"all profiles by an old name":   log(`C:\Documents and Settings\*\*.txt`),
		"a volume, level by level":      log(`/etc*/*/*.conf`),
		"deep below a sign":             log(`/var/*/a/**/*`),
		"all processes":                 log(`/proc/**/*`),
		"a device of DOS":               log(`C:\x\CON`),
		"a port of DOS":                 file(`C:\x\com1.conf`),
		"passwords":                     file(`/etc/shadow`),
		"passwords, kept":               log(`/etc/shadow-`),
		"memory":                        log(`/proc/1/environ`),
		"a disk":                        file(`/dev/sda`),
		"an SSH key":                    log(`/srv/x/.ssh/*`),
		"an SSH key by name":            file(`/srv/x/id_ed25519`),
		"certificates' keys":            log(`/etc/ssl/private/*`),
		"a key":                         log(`/srv/tls/*.key`),
		"hives":                         log(`C:\Windows\System32\config\*`),
		"protected data":                log(`C:\Users\a\AppData\Roaming\Microsoft\Protect\*`),
		"a browser":                     log(`C:\Users\a\AppData\Local\Google\Chrome\User Data\Default\*`),
		"a browser on Linux":            log(`/srv/a/.mozilla/*`),
		"a mailbox":                     log(`C:\x\*.pst`),
		"mail":                          log(`/var/mail/*`),
		"documents":                     log(`C:\Users\a\Documents\*`),
		"typed commands":                file(`/srv/a/.bash_history`),
		"a memory dump":                 log(`C:\Windows\*.dmp`),
		"passwords of a setup":          file(`C:\Windows\Panther\unattend.xml`),
		"SAM":                           key(`HKLM\SAM\SAM\Domains`),
		"LSA secrets":                   key(`HKLM\SECURITY\Policy\Secrets`),
		"LSA secrets, wild":             key(`HKLM\SECURITY\Policy\*`),
		"boot key":                      key(`HKLM\SYSTEM\CurrentControlSet\Control\Lsa\JD`),
		"boot key, the other set":       key(`HKLM\SYSTEM\ControlSet001\Control\Lsa\Skew1`),
		"communities":                   key(`HKLM\SYSTEM\CurrentControlSet\Services\SNMP\Parameters\ValidCommunities`),
		"a person's hive":               key(`HKU\S-1-5-21-1-2-3-1001\Software\SimonTatham\PuTTY\Sessions`),
		"the hive of who runs it":       key(`HKCU\Software`),
		"all of a hive":                 key(`HKLM\*`),
		"a search for servers":          `"probes":[` + strings.Join(scan, ",") + `]`,
		"many servers":                  `"probes":[` + strings.Join(many, ",") + `]`,
		"a value in a name":             conf + probe(`"target":"${c:K}.attacker.example:443"`),
		"a value in a port":             conf + probe(`"target":"attacker.example:4${c:K}"`),
		"a target with a path":          probe(`"target":"attacker.example/x:443"`),
		"a request of two":              probe(`"target":"attacker.example:443","legs":["http"],"path":"/ HTTP/1.1\r\nX: y"`),
		"many from a log":               source + probe(`"from_log":{"input":"l","regexp":"(?P<host>.)","max":1000}`),
		"a slow expression":             source + probe(`"from_log":{"input":"l","regexp":"(?P<host>((a{50}){50}){50})","max":1}`),
		"a large expression":            source + probe(`"from_log":{"input":"l","regexp":"(?P<host>a{1000})b{1000}","max":1}`),
		"a clock that is none":          `"time":{"sntp":["10.0.0.1:161"],"why":"w"}`,
		"a clock over something else":   `"time":{"https":["10.0.0.1:8443"],"why":"w"}`,
		"all command lines":             `"processes":{"watch":["*"],"why":"w"}`,
		"all command lines of Windows":  `"processes":{"watch":["*.exe"],"why":"w"}`,
		"a program of its own":          `"commands":[{"name":"powershell","why":"w"}]`,
		"a program with arguments":      `"commands":[{"name":"w32tm & calc","why":"w"}]`,
		"who logs on":                   event(`Security`),
		"what is typed":                 event(`Microsoft-Windows-PowerShell/Operational`),
		"command lines of all":          event(`Microsoft-Windows-Sysmon/Operational`),
		"a key of a file":               `"encrypt_to":["/etc/hosts"]`,
		"a key of a plugin":             `"encrypt_to":["age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t"]`,
		"a case with lines":             `"case":"1\n2"`,
		"no redaction":                  `"privacy":"none"`,
		"a file to write":               `"out":"/etc/cron.d/x"`,
	} {
		_, err := Decode([]byte(`{"name":"a","version":"1",` + doc + `}`))
		if err == nil {
			t.Errorf("%s: %s is taken", name, doc)
		}
	}
}

// TestHostileSuffix: what is put behind a value is asked of whoever owns it.
func TestHostileSuffix(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.json")
	for suffix, want := range map[string]bool{".vault.azure.net": true, ".attacker.example": false} {
		doc := `{"name":"a","version":"1","config":[{"name":"c","paths":["/x"],"keys":["K"],"why":"w"}],` +
			`"probes":[{"name":"p","from_config":{"config":"c","host":"K","suffix":"` + suffix + `","default_port":443},"why":"w"}]}`
		if err := os.WriteFile(file, []byte(doc), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Find(file); (err == nil) != want {
			t.Errorf("%s: %v", suffix, err)
		}
	}
}

// TestBeyond lists what a profile asks for that another one does not: every
// member that has something read, looked at, connected to or run.
func TestBeyond(t *testing.T) {
	decode := func(doc string) *Profile {
		t.Helper()
		p, err := Decode([]byte(`{"name":"a","version":"1",` + doc + `}`))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	base := decode(`"title":"t"`)
	for member, want := range map[string]string{
		`"services":[{"name":"s","why":"w"}]`:                                               "service: s",
		`"processes":{"watch":["cxps.exe"],"why":"w"}`:                                      "process with its command line: cxps.exe",
		`"connections":{"processes":["*"],"why":"w"}`:                                       "connections of the process: *",
		`"registry":[{"key":"HKLM\\X\\Y","values":["v"],"presence":["p"],"why":"w"}]`:       `registry: HKLM\X\Y, value v|registry: whether HKLM\X\Y has a value p`,
		`"config":[{"name":"c","paths":["/c"],"keys":["K"],"why":"w"}]`:                     "setting K of /c",
		`"paths":[{"name":"d","path":"/d","why":"w"}]`:                                      "path: /d",
		`"logs":[{"id":"l","globs":["/l/*"],"why":"w"}]`:                                    "content of files: /l/*",
		`"files":[{"name":"f","glob":"/f/*","why":"w"}]`:                                    "names, sizes and times of files: /f/*",
		`"cache":{"root":"/r","folders":["{host}/{disk}"],"why":"w"}`:                       "numbers and sizes of files: {host}/{disk} below /r",
		`"events":[{"channel":"System","provider":"p","ids":[7],"why":"w"}]`:                "events 7 of p in the log System",
		`"certificates":[{"name":"c","store":"MY","subject":"CN=x*","why":"w"}]`:            "certificates CN=x* in the store MY",
		`"software":{"names":["N*"],"updates":true,"why":"w"}`:                              "whether a program is installed: N*|updates of the system",
		`"antivirus":{"folders":["/a"],"why":"w"}`:                                          "virus scanners, and what they leave alone",
		`"firewall":{"ports":["9443"],"why":"w"}`:                                           "settings of the firewall|rules of the firewall for port 9443",
		`"probes":[{"name":"p","target":"h.example.net:443","why":"w"}]`:                    "connection to h.example.net:443",
		`"proxy":[{"from_env":"https_proxy","why":"w"}]`:                                    "connections through the proxy that the variable https_proxy names",
		`"commands":[{"name":"timedatectl","why":"w"}]`:                                     "program, when you agree: timedatectl",
		`"time":{"sntp":["t.example"],"https":["u.example"],"services":["ntpd"],"why":"w"}`: "question for the time to t.example|question for the time to u.example over HTTPS",
	} {
		if got := strings.Join(decode(member).Beyond(base), "|"); got != want {
			t.Errorf("%s: %q, want %q", member, got, want)
		}
		if got := decode(member).Beyond(decode(member)); len(got) != 0 {
			t.Errorf("%s: beyond itself %q", member, got)
		}
	}
	list, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if len(p.asks()) < 5 || len(p.EncryptTo) > 0 || p.Case != "" {
			t.Errorf("%s asks for %d things, and has keys or a case", p.Name, len(p.asks()))
		}
	}
}
