package profiles

import (
	"strings"
	"testing"
)

func TestNeverRead(t *testing.T) {
	for path, want := range map[string]bool{
		`C:\ProgramData\Microsoft Azure\CredStore\Credentials.json`: true, `c:/programdata/microsoft azure/credstore/x`: true, `C:\x\credstore`: true,
		`E:\svsystems\transport\private\server.log`: true, `C:\ProgramData\Microsoft Azure Site Recovery\private\connection.passphrase`: true,
		`C:\a\ConfigFilesBackup\agent.PFX`: true, `/etc/ssl/server.key`: true, `D:\svsystems\transport\newcert.pem`: true, `C:\Temp\v.VaultCredentials`: true, `D:\out\DO-NOT-SEND-0a1b\DO-NOT-SEND-0a1b.map`: true,
		`C:\ProgramData\Microsoft Azure\Config\appliance.json`: false, `/var/log/private/x.log`: false, `E:\svsystems\transport\log\cxps.err.log`: false, `C:\a\credstore.log`: false, `/etc/ssl/ca.pem`: false,
		`C:\Users\anna\Desktop\notes.log`: true, `C:\Users\Public\Desktop\ApplianceVersion.txt`: false, `/home/public/Desktop/x.log`: true,
		`/proc//self/environ`: true, `/var//mail/root`: true, `/home/a//.config/x`: true, `/root//.aws/x.log`: true, `C:\Documents and Settings\anna\Desktop\x.log`: true,
		`/proc/1/maps`: true, `/proc/self/auxv`: true, `/proc/thread-self/stack`: true, `/proc/mounts`: false, `/proc/net/dev`: false, `/var/run/secrets/kubernetes.io/token`: true,
	} {
		if got := NeverRead(path); got != want {
			t.Errorf("NeverRead(%s) = %v", path, got)
		}
	}
}

// TestNeverAsked has profiles that ask for such files by name.
func TestNeverAsked(t *testing.T) {
	for member, doc := range map[string]string{
		"logs[0].globs[0]":     `"logs":[{"id":"l","globs":["%ProgramData%\\Microsoft Azure\\CredStore\\*"],"why":"w"}]`,
		"config[0].paths[0]":   `"config":[{"name":"c","paths":["%ProgramData%\\Microsoft Azure\\CredStore\\Credentials.json"],"keys":["K"],"why":"w"}]`,
		"certificates[0].file": `"certificates":[{"name":"c","file":"C:\\x\\agent.pfx","why":"w"}]`,
	} {
		_, err := Decode([]byte(`{"name":"a","version":"1",` + doc + `}`))
		if err == nil || !strings.Contains(err.Error(), member) || !strings.Contains(err.Error(), "never read") {
			t.Errorf("%s: %v", member, err)
		}
	}
}

// TestItemForms has items that stand for several things, or for none.
func TestItemForms(t *testing.T) {
	for doc, want := range map[string]string{
		`"services":[{"folder":"%ProgramFiles%\\X","os":"windows","why":"w"}]`:           "",
		`"services":[{"folder":"%ProgramFiles%\\X","why":"w"}]`:                          "services[0].folder: needs os",
		`"services":[{"folder":"C:\\","os":"windows","why":"w"}]`:                        "has to name a folder",
		`"services":[{"folder":"${p}\\X","os":"windows","why":"w"}]`:                     "must not have references",
		`"services":[{"name":"n","folder":"C:\\X\\Y","os":"windows","why":"w"}]`:         "stands without name",
		`"files":[{"name":"f","glob":"C:\\x\\*.pfx","max":5,"why":"w"}]`:                 "",
		`"files":[{"name":"f","path":"C:\\x","max":5,"why":"w"}]`:                        "belongs to no glob",
		`"files":[{"name":"f","why":"w"}]`:                                               "exactly one of path and glob",
		`"files":[{"name":"f","glob":"C:\\*","why":"w"}]`:                                "has to name a folder",
		`"config":[{"name":"c","paths":["/x"],"presence":["P:Password"],"why":"w"}]`:     "",
		`"config":[{"name":"c","paths":["/x"],"why":"w"}]`:                               "config[0].keys: is empty",
		`"probes":[{"name":"p","target":"a:1","if":{"service":"s"},"why":"w"}]`:          "",
		`"probes":[{"name":"p","target":"a:1","if":{"config":"c","key":"K"},"why":"w"}]`: "probes[0].if.config",
		`"config":[{"name":"c","paths":["/x"],"keys":["K"],"why":"w"}],"probes":[{"name":"p","from_config":{"config":"c","host":"K","suffix":"x/y","default_port":1},"why":"w"}]`: "suffix",
	} {
		_, err := Decode([]byte(`{"name":"a","version":"1",` + doc + `}`))
		if got := errText(err); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", doc, got, want)
		}
	}
}
