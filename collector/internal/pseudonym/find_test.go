package pseudonym

import (
	"strings"
	"testing"
)

// show writes a line with its identities in braces.
func show(line string, found []Identity) string {
	var out strings.Builder
	done := 0
	for _, f := range found {
		out.WriteString(line[done:f.Start] + "{" + f.Class.String() + " " + line[f.Start:f.End] + "}")
		done = f.End
	}
	return out.String() + line[done:]
}

var testKnown = Known{
	Hosts: []string{"PS01.corp.contoso.kunde", "cs-main", "server"},
	Users: []string{`CONTOSO\svc-asr`},
	Ids:   []string{"vault-weu-01"},
}

// bothModes have the same identities in both modes.
var bothModes = []string{
	"hostId {id 5f0c8a1e-2b7d-4c93-9a1b-0123456789ab} done", "id={{id 5F0C8A1E-2B7D-4C93-9A1B-0123456789AB}", "/{id 5f0c8a1e-2b7d-4c93-9a1b-0123456789ab}/x",
	"mail to {email ops.team@contoso.com} at 10:03:12", "<{email a+b@mail.contoso.co.uk}>", "UPN {email bob@contoso.com}.",
	`logon of {user CONTOSO\bob.miller} failed`, `account {user contoso\bob1} is locked`, `password is required for user {user contoso\bob1}`, `as "{user Contoso\bob}"`, `{user ps01\bob}`, `{user contoso.com\bob} in`,
	`x {user CONTOSO\\bob} y`, `"user":"{user CONTOSO\\bob}"`, `{user CONTOSO\svc-asr$}`, `CONTOSO\Administrator`[8:],
	`C:\Users\{user bob}\AppData\Local`, `C:\Users\{user Bob Miller}\AppData`, `"C:\\Users\\{user bob}\\x"`, `C:/Users/{user bob}/x`, `in C:\Users\{user bob} now`, `C:\Documents and Settings\{user bob}\x`,
	"/home/{user bob}/.ssh/known_hosts", "cd /home/{user bob} && ls", "PWD=/home/{user bob} ; USER=root",
	"user={user bob} logged in", "user={user test}", "/home/{user test}/x", "UserName: {user bob}", `User Name:  "{user bob}"`, "Account Name:\t\t{user bob}", `{"userName":"{user bob}","port":443}`, "User ID={user sqlbob};x=1", "TargetUserName={user bob}", "db_user = {user bob}",
	"<UserName>{user bob}</UserName>", `<Data Name='TargetUserName'>{user bob}</Data>`, `<Data Name="SubjectUserName">root</Data>`,
	"Accepted password for {user bob} from gate port 52211 ssh2", "Failed password for invalid user {user admin1234} from gate port 33412 ssh2", "session opened for user {user bob}(uid=1000) by (uid=0)", "user '{user bob}' not allowed",
	"      {user bob} : TTY=pts/0 ; PWD=/home/{user bob} ; USER=root ; COMMAND=/bin/ls", "ran by {user svc-asr} at 10:00",
	"/subscriptions/{id 5f0c8a1e-2b7d-4c93-9a1b-0123456789ab}/resourceGroups/{id rg-prod-01}/providers/Microsoft.RecoveryServices/vaults/{id myvault}",
	"DefaultEndpointsProtocol=https;AccountName={id contosocache}", "vault {id vault-weu-01} is", "VaultName={id backup1}",
	`ssh://{user bob}@[::]/`, "DOM={id S-1-5-21-1004336348-1177238915-682003330}-1104", `HKU\{id s-1-5-21-1-2-3}-500\Software`, "user={user bob}\nnext",
	`created by {user azuread\bob} at`, "SUDO_USER={user bob}", `account = L"{user bob}"`,
}

// strictOnly have identities that standard mode leaves.
var strictOnly = []string{
	"from {address 10.1.0.9}:52110 : error", "to {address 20.60.1.2}:443 hr=0x80072ee2", "({address 10.0.0.4})", "{address 10.0.0.0/8};{address 192.168.4.0/24}", "{address 10.0.0.1}-{address 10.0.0.9}", "https://{address 10.0.0.1}:9443/ready",
	"cache_{address 10.0.0.4}_x", "{address 10.0.0.4}.log", "src={address 52.1.2.3}, dst={address 203.0.113.7}.", "no route to host {address 10.9.8.7}", "version 9.61.1.2 connected to {address 20.1.2.3}",
	"addr {address 2001:db8::1} up", "[{address fe80::1}%12]:443", "{address fe80::215:5dff:fe01:203}%eth0", "to {address ::ffff:10.0.0.1}.", "peer={address 2001:0DB8:0:0:8:800:200C:417A}", "{address fd00:1:2::/48} x", "addr:{address 2001:db8::2}",
	`\\{host fs01}\share\x`, `"\\\\{host fs01}\\share"`, `\\?\UNC\{host fs01}\share`, `copy to \\{host fs01.contoso.local}\c$`,
	"https://{host intranet}:8443/x", "http://{host ps01.corp.contoso.kunde}/", "cannot resolve {host dc01.contoso.local}", "{host DC01.CONTOSO.LOCAL}", "{host www.contoso.de}", "{host ps01.contoso.com}.log", "{host db.corp.contoso.co.uk}:1433",
	"on {host PS01} at", "{host ps01}: x", "a/{host cs-main}/b", "{host cs-main}_1.log", "hostname={host mars7}", `"ComputerName":"{host MARS}"`, "Host Name: {host MARS7}", "rhost={host gate1}  user=root", "Workstation Name:\t{host WS-1}",
	"MAC {address 00:15:5d:01:02:03} up", "{address 00-15-5D-01-02-03}", "link/ether {address 00:50:56:12:34:56} brd ff:ff:ff:ff:ff:ff", `"mac":"{address 00:15:5D:01:02:03}"`, "mac={address 00155D010203}", "ip={address 0a010203}, x", "clientIp: {address 0x0A010203}",
	"host {host ip-10-1-2-3} is up", "{host ip_10_1_2_3}.", "x%2F{address 10.1.2.3}%2Fy", "x%20{address 10.1.2.3}%252F{address 10.1.2.4}", "%5B{address 2001:db8::7}%5D", "%2F{address 2001:db8::7}",
	"/virtualMachines/{host vm1}/x", "proxy={host proxy.contoso.net}:3128",
	"Nov 23 10:48:41 {host web7} sshd[12]: x", "Nov  3 01:02:03 {host mars} kernel: [1.2] x", "2026-11-23T10:48:41.123+00:00 {host mars} systemd[1]: x", "<34>1 2026-11-23T10:48:41Z {host web7} su - ID47 - x", "Nov 23 10:48:41 {address 10.1.2.3} x: y",
	"subject=DC = {host contoso}, DC = lan, CN = {host WEB7}", "OU={id Berlin},DC={host contoso},DC=lan", "CN={host WEB7}, O=x", "cn={user bob miller},ou=people,dc={host contoso},dc=de", "TERMSRV/{host web7} MSSQLSvc/{host sql7}:1433 HOST/{host web7}",
	"Account Domain:\t\t{host CONTOSO}", `<Data Name="SubjectDomainName">{host CONTOSO}</Data>`, "Host Name . . . . . . . . . . . . : {host MARS7}", `Data Source={host sql-7},1433;x=1`, `Server={host sql7}\SQLEXPRESS;Database=asr`, `LOGONSERVER=\\{host GATE}`, "no_proxy={host web7},{host .contoso.lan},{address 10.1.2.0/24}",
	"Connecting to {host web-7}:9443", "(server {host web7}:443)", "to host {host web7} port 22: refused", "to {host WEB7} on port 9443", "peer {host web7} [{address 10.1.2.3}] up", "{address 10.1.2.3} - {user bob} [23/Nov/2026:10:48:41 +0000] x",
	"bypass {address 10.20.*};{address 192.168.4.*}", "IN=eth0 OUT= MAC={address 00:15:5d:01:02:03}:{address 00:15:5d:01:02:04}:08:00 SRC={address 10.1.2.3}", "ReferenceId: {address 0x0A010203} (x", "ipaddr={address 0A010203}",
	"from {address 8.8.8.8} up", "DNS {address 1.1.1.1}", "nic {address 5.9.12.200} x", "to {address 5.9.12.20} by {address 3.4.5.6}", "{address 5.6.7.8} - -", "{address 2.3.4.5}:443",
}

func TestFind(t *testing.T) {
	standard, strict := NewFinder(Standard, testKnown), NewFinder(Strict, testKnown)
	check := func(f *Finder, in, want string) {
		t.Helper()
		if got := show(in, f.Find([]byte(in), nil)); got != want {
			t.Errorf("%s mode: got %s, want %s", f.mode, got, want)
		}
	}
	for _, want := range bothModes {
		check(standard, unmark(want), want)
		check(strict, unmark(want), want)
	}
	for _, want := range strictOnly {
		check(standard, unmark(want), unmark(want))
		check(strict, unmark(want), want)
	}
	const url = "https://contosocache.blob.core.windows.net/logs-01/x?sv=1"
	check(standard, url, "https://{id contosocache}.blob.core.windows.net/{id logs-01}/x?sv=1")
	for _, c := range [][2]string{
		{"denied for user '{user bob}'@'web7' (using", "denied for user '{user bob}'@'{host web7}' (using"},
		{"scp x {user bob}@web7:/tmp", "scp x {user bob}@{host web7}:/tmp"},
		{"ssh {user bob}@mars", "ssh {user bob}@{host mars}"},
		{"Disconnected from user {user bob} 10.1.2.3 port 22", "Disconnected from user {user bob} {address 10.1.2.3} port 22"},
	} {
		check(standard, unmark(c[0]), c[0])
		check(strict, unmark(c[0]), c[1])
	}
	check(strict, url, "https://{host contosocache.blob.core.windows.net}/{id logs-01}/x?sv=1")
}

// unmark takes the marks away; braces of the line itself stay.
func unmark(marked string) string {
	for _, c := range []string{"user", "email", "id", "host", "address"} {
		for {
			i := strings.Index(marked, "{"+c+" ")
			if i < 0 {
				break
			}
			end := i + strings.IndexByte(marked[i:], '}')
			marked = marked[:i] + marked[i+len(c)+2:end] + marked[end+1:]
		}
	}
	return marked
}

// harmless lines are evidence: nothing in them is an identity, in no mode.
var harmless = []string{
	"2024-Mar-05 14:22:31\tERROR\t[at session.cpp:handleRead:169]   (sid: 12f.1a2b3c) : error returned reading data from socket: system:10054(x)  (/putfile)",
	"2024-03-05 14:22:31:004211 EXCEPTION : MONITOR_PS 5120 : get_cs_fingerprint : Could not retrieve the value at line 12",
	"#~> (03-05-2024 14:22:31):   ERROR  2508 8408 313 TransportStream::Write: Failed to send data with error [at client.h:x:478] timed out (300). Transport failures = 4, success = 0 since 300 secs.",
	"1A2C\t0F40\t03/05\t14:22:31.455\t18\thttptransport.cpp(412)\t\tT-1\tD-1\tWARNING\tconnection attempt failed hr=0x80072ee2",
	"2024-03-05T14:22:31.1234567Z 12:30:45.123 14.22.31.455 took 1.5.2 s", "ff:ff:ff:ff:ff:ff 01:00:5e:00:00:01 00:00:00:00:00:00 50:06:01:60:3b:a0:11:22", "at 24-03-05-14-22-31 SHA1 9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:A3:BF:4F:1B", "hr=0a010203 ip-1-2-3 zip-10-1-2-3 ip=eth0",
	"version 9.61.1.2 port 9443", "Version=9.61.1.2, Culture=neutral", `<Version>9.61.1.2</Version>`, `"agentVersion": "9.61.1.2"`, "AgentVersion    REG_SZ    9.61.1.2", "upgraded from 9.61.1.2 to 9.62.1.3", "v9.61.1.2", "file version is 4.8.0.0",
	"Windows 10.0.17763.1 build", "Microsoft-ASR_UA_9.61.0.0_Windows_GA.exe", "cxps.exe 9.61.1.2", "Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36", "OID 2.5.29.17 1.3.6.1.5.5.7.3.1", "OpenSSL 1.1.1.1.1", "postgresql-9.6.1.2-3",
	"codes 78028, 806, 95265 and 0x80072ee2", "78186", "1,234,567 bytes in 12.5 s (99.9%)", "port 9443:443", "127.0.0.1:9443 and 0.0.0.0:443 mask"[15:16],
	"thumbprint A1:B2:C3:D4:E5:F6:A7:B8:C9:D0:E1:F2:A3:B4:C5:D6:E7:F8:A9:B0", "thumbprint 9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B", "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 file x.bin", "d41d8cd98f00b204e9800998ecf8427e",
	"System.Net.Sockets.SocketException (0x80004005)", "ASP.NET Microsoft.NET Framework", "at java.net.SocketException: reset", "log4net.Config.XmlConfigurator", "com.vmware.vim25.VimPort", "std::string a::b dead::beef Foo::add() System.IO.IOException", "logger.info done",
	`C:\Program Files\Microsoft Azure Recovery Services Agent\bin\cbengine.exe`, `C:\ProgramData\ASR\home\svsystems\transport\cxps.conf`, `home\svsystems\eventmanager.log`, `HKLM\SYSTEM\CurrentControlSet\Services\cxprocessserver`, `SOFTWARE\Microsoft`, `"one\ntwo\tthree"`,
	`SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion`, "\xc3\x84\\\xc3\x96", `NT AUTHORITY\SYSTEM`, `NT SERVICE\cxprocessserver`, `BUILTIN\Administrators`, `IIS APPPOOL\DefaultAppPool`, `PCI\VEN_15AD&DEV_07B0`, `ROOT\CIMV2`, `\\.\PHYSICALDRIVE0`, `\\?\C:\x`, `\Device\HarddiskVolume3`, `C:\Users\Public\x`, `C:\Users\Administrator\x`,
	"/home/svsystems/transport/x", "/var/log/svagents.log", "/usr/local/ASR/Vx/bin/svagents", "GET /index.html HTTP/1.1", "a/b.c/d.e", "user=root", "user: tests pass", "user check pass: yes", "uid=0 euid=0 logname= user=root", "User=LocalSystem", "User Name: N/A", "the user has logged off", "no user data",
	"{4d36e972-e325-11ce-bfc1-08002be10318}", "{00000000-0000-0000-0000-000000000000}", "{00020430-0000-0000-C000-000000000046}", "53f56307-b6bf-11d0-94f2-00a0c91efb8b", "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7",
	"getty@tty1.service user@1000.service pkg@1.2.3 x @ y", "host: unreachable", "host=localhost", "server: connection closed by peer", "Server: nginx", "could not connect to host: connection refused", "key=5 value=6 a==b", "50% of 12-34-56",
	"ps.crt cxps.conf App.conf drscout.conf libssl.so.3 x.log.1.gz main.go:12 foo.py", "Mar  5 10:00:01 systemd[1]: Started Session 12 of user root.", "pages/s 1.2 2.3 3.4", "10.1 10.2.3 1.2.3.4.5 256.1.1.1 1.2.3.400 01.02.03.04", "Dispatch of the server is done", "[REDACTED:password]@x user=[REDACTED:option]",
	"Package_for_KB3121255~31bf3856ad364e35~amd64~~6.1.1.0, State: 112", "amd64_microsoft.msxml2_6bd6b9abf345378f_4.1.0.0_none_x", "Git 1.8.5.6 and section 5.7.1.2 of the manual", "upgrade V8 to 11.8.172.13, update zlib to 1.2.13.1", "dkms 2.1.0.0 all", `"ComponentVersion","value":"2.0.1.0"`, "0.15.2.1 of 2005", "libx 5.18.0.240+dfsg-3 libds1 4.3.0.0+ds1",
	`L"\\Registry\\Machine\\Software" "\\Device\\Video0" "\\Windows\\System32\\x"`, `C:\users\desktop.ini`, "at /home/index.js:1:15", `CLSID\{F5078F18-C551-11D3-89B9-0000F81FE221}\InprocServer32`, `Interface\\{6FDDC324-4E03-4BFE-B185-3D77768DC901}`, "with CLSID {A26CEC36-234C-4950-AE16-E34AACE71D0D} and APPID {B54E85D9-FE23-499F-8B88-6ACEA713752B}",
	"packageName = com.huawei.health, mapred.job.id is deprecated", "org.apache.hadoop.net.NetUtils at com.fabrikam.app", "install ./Modules/config.c.in x/pluck-pcm16.au fail2ban.service.in", `C:\windows\system32\reg.com x`, "hostname = socket.gethostname() node = self.nodes[1]",
	`MS UI Gothic\0MSJH.TTC,YaHei UI\0MALGUN.TTF`, `wrote by the\nfirst OK\n`, "Owner: com.apple.iokit.IO80211Family", `<Security UserID="S-1-5-18" />`, `USR:Software\Microsoft\Windows`, "specified by user code, for user processes", "git clone git@[::]:x/y", "Error Domain=NSURLErrorDomain Code=1",
	"Nov 23 10:48:41 INFO main[1]: x", "2026-11-23T10:48:41Z WARN main: x", "2026-11-23T10:48:41Z starting server: up", "2026-11-23 10:48:41 mars agent[33]: x", "ip=7b013d7e sp=7ffd1234", "traps: x ip:7ffff7a1b2c3 sp:7ffd1234abcd", "ReferenceId: 0x4C4F434C (source name:  LOCL)", "000021C1DC=520 dc=12", "CN=Shire Root CA, O=x", "CN=DigiCert-Global-Root-G2",
	"retry-count:10 disk-0:4096 session.cpp:169 eth0:443 T-12:30", "IMAP/POP HTTP/TLS", "name@Factory: x", "10.* 10.2.3 1.2.*", "port 9443 on eth0 port 22",
	"-12345678-1234-1234-1234-12345678901", "1:2:3 1:2:3:4:5:6:7 1::2::3 12345::1 ab:cd", "::", "a::", "x::1y",
}

func TestHarmless(t *testing.T) {
	for _, mode := range []Mode{Standard, Strict} {
		f := NewFinder(mode, testKnown)
		for _, in := range harmless {
			if got := show(in, f.Find([]byte(in), nil)); got != in {
				t.Errorf("%s mode: %s", mode, got)
			}
		}
	}
}

func TestFindNamed(t *testing.T) {
	f := NewFinder(Strict, Known{})
	for _, c := range []struct{ name, in, want string }{
		{"version", "9.61.1.2", "9.61.1.2"},
		{"display_version", "9.61.1.2", "9.61.1.2"},
		{"address", "9.61.1.2", "{address 9.61.1.2}"},
		{"user", "bob", "{user bob}"},
		{"account", "LocalSystem", "LocalSystem"},
		{"account", `CONTOSO\bob`, `{user CONTOSO\bob}`},
		{"account", `.\bob`, `{user .\bob}`},
		{"host", "mars", "{host mars}"},
		{"host", "mars:443", "{host mars}:443"},
		{"host", "10.0.0.1:443", "{address 10.0.0.1}:443"},
		{"hostname", "mars.contoso.zone", "{host mars.contoso.zone}"},
		{"name", "mars", "mars"},
		{"message", "no such thing for user bob", "no such thing for user {user bob}"},
	} {
		if got := show(c.in, f.FindNamed(c.name, []byte(c.in), nil)); got != c.want {
			t.Errorf("FindNamed(%q, %q) = %s, want %s", c.name, c.in, got, c.want)
		}
	}
}

// fuzzLines are what fuzzing and benchmarks start from.
func fuzzLines() []string {
	var out []string
	for _, list := range [][]string{bothModes, strictOnly, harmless} {
		for _, l := range list {
			out = append(out, unmark(l))
		}
	}
	return out
}

// FuzzFind: identities are in order, inside of the line, not empty, and of the
// mode; what follows a line end of their own does not matter for them.
func FuzzFind(f *testing.F) {
	for _, l := range fuzzLines() {
		f.Add([]byte(l), "user")
	}
	standard, strict := NewFinder(Standard, testKnown), NewFinder(Strict, testKnown)
	m := NewMapper(Key{1}, Options{})
	f.Fuzz(func(t *testing.T, line []byte, name string) {
		for _, finder := range []*Finder{standard, strict} {
			for _, found := range [][]Identity{finder.Find(line, nil), finder.FindNamed(name, line, nil)} {
				last := 0
				for _, id := range found {
					if id.Start < last || id.End <= id.Start || id.End > len(line) || finder.mode == Standard && id.Class >= Host {
						t.Fatalf("%s mode: %q has %+v", finder.mode, line, found)
					}
					last = id.End
					token := m.Append(nil, id.Class, line[id.Start:id.End])
					if again := m.Append(nil, id.Class, token); id.Class != Address && string(again) != string(token) {
						t.Fatalf("%s %q becomes %q, and that %q", id.Class, line[id.Start:id.End], token, again)
					}
				}
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	texts := map[string]string{
		"none":      strings.Join(harmless[:4], "\n"),
		"addresses": "10.1.0.9:52110 20.60.1.2:443 192.168.4.77 172.16.3.4, 52.1.2.3 203.0.113.7 10.9.8.7 8.8.4.4\n",
		"six":       "2001:db8::1 fe80::215:5dff:fe01:203 fd00:1:2::7, 2001:db8:0:1:2:3:4:5 2603:1020:201::9\n",
		"guids":     "5f0c8a1e-2b7d-4c93-9a1b-0123456789ab 9d1a5c3e-0000-1111-2222-333344445555 in /x/5f0c8a1e-2b7d-4c93-9a1b-0123456789ac\n",
	}
	names := Known{Users: []string{"CONTOSO\\svc-asr"}, Hosts: []string{"PS01.corp.contoso.com", "cs-main", "dc01", "dc02", "fs7", "sql-cluster", "vcenter01", "web03"}}
	for _, mode := range []Mode{Standard, Strict} {
		f := NewFinder(mode, names)
		for _, name := range []string{"none", "addresses", "six", "guids"} {
			lines := strings.Split(strings.Repeat(texts[name]+"\n", 100), "\n")
			raw, size := make([][]byte, len(lines)), 0
			for i, l := range lines {
				raw[i] = []byte(l)
				size += len(l) + 1
			}
			b.Run(mode.String()+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				found := make([]Identity, 0, 64)
				for b.Loop() {
					for _, l := range raw {
						found = f.Find(l, found[:0])
					}
				}
			})
		}
	}
}
