package profiles

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const head = `{"name":"x","version":"1","processes":{},"connections":{},"time":{}`

// item is a profile with one list more.
func item(list, item string) string { return head + `,"` + list + `":[` + item + `]}` }

const (
	confC  = `,"config":[{"name":"c","why":"w","paths":["/c"],"keys":["k","s:k2"]}]`
	regR   = `,"registry":[{"key":"HKLM\\SOFTWARE\\X","values":["V"],"presence":["P"],"why":"w"}]`
	logL   = `,"logs":[{"id":"l","why":"w","globs":["/var/log/x"]}]`
	watchC = `,"connections":{"processes":["c*"],"why":"w"}`
)

func TestDecodeErrors(t *testing.T) {
	for in, want := range map[string]string{
		// the form
		head + `,"comands":["ls"]}`: `line 1: unknown field "comands"`,
		head + `,"Title":"x"}`:      `unknown field "Title"`,
		head + `,"name":"y"}`:       `member "name" is there twice`,
		head + "}{}":                "text after the end",
		"{\n\n\"name\":5}":          `line 3: member "name" is a number, want string`,
		"{\n\"name\":}":             "line 2",
		"":                          "line 1: the text ends too early",
		"{\n\"name\":\"x\"":         "line 2: the text ends too early",
		"null":                      `name: "" has to be`,
		"[]":                        "is a array, want object",
		"{\"name\":\n\"\xff\"}":     "line 2: the text is not UTF-8",
		`{"title":"a\u0000b"}`:      "title: \"a\\x00b\" has a control character",
		`{"title":"` + strings.Repeat("x", 5000) + `"}`:    "title: is longer than 4096 bytes",
		strings.Repeat("[", 100_000):                       "is nested deeper than 16",
		strings.Repeat(`{"a":`, 100_000):                   "is nested deeper than 16",
		strings.Repeat(" ", MaxBytes+1):                    "is larger than 1048576 bytes",
		"\ufeff\ufeff" + head + "}":                        "line 1: invalid character",
		`{"name":"A B","version":"1"}`:                     `name: "A B" has to be`,
		`{"name":"x","version":"new"}`:                     `version: "new" has to be a version`,
		head + `,"os":["plan9"]}`:                          `os[0]: "plan9" is not one of linux, windows`,
		head + `,"os":["linux","linux"]}`:                  `os[1]: "linux" is there twice`,
		head + `,"services":[` + many(501, svc) + `]}`:     "services: has 501 entries, at most 500",
		strings.Replace(head, `"time":{}`, `"time":5}`, 1): `member "time" is a number, want object`,
		// roles
		item("roles", `{"role":"king","why":"w","all":[{"file":"/a"}]}`):                                                           `roles[0].role: "king" is not one of`,
		item("roles", `{"role":"unknown","deployment":"x","why":"w","all":[{"file":"/a"}]}`):                                       `roles[0].deployment: "x" is not one of`,
		item("roles", `{"role":"unknown","why":"w","all":[]}`):                                                                     "roles[0].all: is empty",
		item("roles", `{"role":"unknown","why":"w","all":[{"config":"c","key":"k"}]}`):                                             `roles[0].all[0].config: "c" is not in config`,
		item("roles", `{"role":"unknown","why":"w","all":[{"file":"/a","service":"b"}]}`):                                          "exactly one of",
		item("roles", `{"role":"unknown","why":"w","all":[null]}`):                                                                 "exactly one of",
		item("roles", `{"role":"unknown","why":"w","all":[{"file":"/a","key":"k"}]}`):                                              "key: belongs to config only",
		item("roles", `{"role":"unknown","why":"w","all":[{"file":"/a","equals":"k"}]}`):                                           "equals: needs a key",
		item("roles", `{"role":"unknown","why":"w","all":[{"registry":"HKLM\\SOFTWARE\\X","value":"V"}]}`):                         `"HKLM\\SOFTWARE\\X" is not in registry`,
		head + regR + `,"roles":[{"role":"unknown","why":"w","all":[{"registry":"HKLM\\SOFTWARE\\X","value":"P","equals":"1"}]}]}`: `"P" is not among the values`,
		head + confC + `,"roles":[{"role":"unknown","why":"w","all":[{"config":"c","key":"other"}]}]}`:                             `key: "other" is not a key of config c`,
		head + confC + `,"roles":[{"role":"unknown","why":"w","all":[{"config":"c"}]}]}`:                                           `"" is not a key of config c`,
		// paths and references
		item("paths", `{"name":"a","path":"/a","resolve":"real","why":"w"}`):                                                            `resolve: "real" is not "links" or "volume"`,
		item("paths", `{"name":"a b","path":"/a","why":"w"}`):                                                                           `paths[0].name: "a b" has to be letters`,
		item("paths", `{"name":"a","path":"/a*","why":"w"}`):                                                                            "must not have wildcards",
		item("paths", `{"name":"a","path":"${b}/x","why":"w"},{"name":"b","path":"/b","why":"w"}`):                                      "paths[0].path: ${b} has to be above it",
		item("paths", `{"name":"a","path":"${a}/x","why":"w"}`):                                                                         "${a} has to be above it",
		item("paths", `{"name":"a","path":"${none}/x","why":"w"}`):                                                                      "${none} is not in paths",
		item("paths", `{"name":"a","path":"${none/x","why":"w"}`):                                                                       "a reference without an end",
		item("files", `{"path":"x"}`):                                                                                                   `files[0].path: "x" has to be an absolute path`,
		item("files", `{"name":"a","why":"w","path":"/a/../b"}`):                                                                        "must not go up",
		item("files", `{"name":"a","why":"w","path":"C:\\a\\.. \\b"}`):                                                                  "must not go up",
		item("files", `{"name":"a","why":"w","path":"\\\\server\\share"}`):                                                              "has to be an absolute path",
		head + `,"paths":[{"name":"a","path":"/a","why":"w"}],"files":[{"name":"A","path":"/b","why":"w"}]}`:                            `files[0].name: "A" is there twice`,
		item("files", `{"name":"a","path":"${c:k}/x","why":"w"}`):                                                                       `files[0].path: "c" is not in config`,
		head + confC + `,"files":[{"name":"a","path":"${c:k9}/x","why":"w"}]}`:                                                          `"k9" is not a key of config c`,
		item("files", `{"name":"a","path":"${HKLM\\SOFTWARE\\X:V}\\x","why":"w"}`):                                                      "is not in registry",
		item("config", `{"name":"a","paths":["${b:k}/x"],"keys":["k"],"why":"w"},{"name":"b","paths":["/b"],"keys":["k"],"why":"w"}`):   "config[0].paths[0]: ${b:k} has to be above it",
		head + `,"paths":[{"name":"p","path":"${c:k}/x","why":"w"}],"config":[{"name":"c","paths":["${p}/c"],"keys":["k"],"why":"w"}]}`: "paths[0].path: paths and config refer to each other in a ring",

		// registry
		item("registry", `{"key":"HKCU\\Software\\X","why":"w"}`):                       `has to be HKLM\... or HKU\...`,
		item("registry", `{"key":"HKLM\\SOFTWARE\\*","why":"w"}`):                       "without wildcards",
		item("registry", `{"key":"HKLM\\SOFTWARE\\\\X","why":"w"}`):                     "has to be HKLM",
		item("registry", `{"key":"HKLM\\Security\\Policy","why":"w"}`):                  "holds secrets only",
		item("registry", `{"key":"HKLM\\A","why":"w"},{"key":"HKLM\\a","why":"w"}`):     `registry[1].key: "HKLM\\a" is there twice`,
		item("registry", `{"key":"HKLM\\A","values":["v"],"presence":["V"],"why":"w"}`): "registry[0].presence[0]: \"=V\" is there twice",
		item("registry", `{"key":"HKLM\\A"}`):                                           "registry[0].why: is missing",
		item("registry", `{"key":"HKLM\\SOFTWARE\\A\\*\\B\\*","why":"w"}`):              "without wildcards but one",
		item("registry", `{"key":"HKLM\\SOFTWARE\\A\\B*","why":"w"}`):                   "without wildcards but one",

		head + `,"registry":[{"key":"HKLM\\SOFTWARE\\A\\*","values":["V"],"why":"w"}],"files":[{"name":"a","path":"${HKLM\\SOFTWARE\\A\\*:V}\\x","why":"w"}]}`: "is many keys",
		head + `,"registry":[{"key":"HKLM\\SOFTWARE\\A\\*","why":"w"}],"roles":[{"role":"unknown","why":"w","all":[{"registry":"HKLM\\SOFTWARE\\A\\*"}]}]}`:    "is many keys",
		// inventory
		head + `,"cache":{"root":"/c","why":"w"}}`:                                              "cache.folders: is empty",
		head + `,"cache":{"root":"c","folders":["{host}/{disk}"],"why":"w"}}`:                   `cache.root: "c" has to be an absolute path`,
		head + `,"cache":{"root":"/c","folders":["{host}/{disk}"]}}`:                            "cache.why: is missing",
		head + `,"cache":{"root":"/c","folders":["{host}/x"],"why":"w"}}`:                       `cache.folders[0]: "{host}/x" has to be a path below`,
		head + `,"cache":{"root":"/c","folders":["{disk}/{host}"],"why":"w"}}`:                  "cache.folders[0]",
		head + `,"cache":{"root":"/c","folders":["{host}/../{disk}"],"why":"w"}}`:               "cache.folders[0]",
		head + `,"cache":{"root":"/c","folders":["/{host}/{disk}"],"why":"w"}}`:                 "cache.folders[0]",
		head + `,"cache":{"root":"/c","folders":["{host}/{disk}/{x}"],"why":"w"}}`:              "cache.folders[0]",
		head + `,"cache":{"root":"${none}","folders":["{host}/{disk}"],"why":"w"}}`:             "${none} is not in paths",
		item("events", `{"channel":"System","provider":"disk","why":"w"}`):                      "events[0].ids: is empty",
		item("events", `{"channel":"System","provider":"a' or '","ids":[1],"why":"w"}`):         "is not the name of a provider",
		item("events", `{"channel":"security","provider":"disk","ids":[1],"why":"w"}`):          "is never read",
		item("events", `{"channel":"System","provider":"disk","ids":[-1],"why":"w"}`):           "events[0].ids[0]: -1 is not from 0",
		item("events", `{"channel":"System","provider":"disk","ids":[7,7],"why":"w"}`):          `events[0].ids[1]: "System, disk 7" is there twice`,
		item("events", `{"channel":"System","provider":"disk","ids":[1],"days":31,"why":"w"}`):  "events[0].days: 31",
		item("events", `{"channel":"System","provider":"disk","ids":[1],"max":5001,"why":"w"}`): "events[0].max: 5001",
		item("events", `{"channel":"System","provider":"disk","ids":[1]}`):                      "events[0].why: is missing",
		item("certificates", `{"name":"c","why":"w"}`):                                          "exactly one of file and store",
		item("certificates", `{"name":"c","file":"/x/private/a.crt","why":"w"}`):                "is never read",
		item("certificates", `{"name":"c","file":"/x/ps.KEY","why":"w"}`):                       "is never read",
		item("certificates", `{"name":"c","file":"/x/ps.crt","subject":"a","why":"w"}`):         "without subject and thumbprint",
		item("certificates", `{"name":"c","store":"MY","why":"w"}`):                             "needs either a subject or a thumbprint",
		item("certificates", `{"name":"c","store":"MY","subject":"*","why":"w"}`):               "has to name something",
		item("certificates", `{"name":"c","store":"MY","thumbprint":"12","why":"w"}`):           "neither 40 hexadecimal digits",
		item("certificates", `{"name":"c","store":"MY","thumbprint":"${none:k}","why":"w"}`):    `"none" is not in config`,
		item("certificates", `{"name":"c","store":"..","subject":"a","why":"w"}`):               "is not the name of a store",
		head + `,"software":{"names":["*"],"why":"w"}}`:                                         `software.names[0]: "*" has to name something`,
		head + `,"software":{"features":["Web*"]}}`:                                             "software.why: is missing",
		head + `,"antivirus":{"folders":["x"],"why":"w"}}`:                                      `antivirus.folders[0]: "x" has to be an absolute path`,
		head + `,"antivirus":{}}`:                                    "antivirus.why: is missing",
		head + `,"firewall":{"ports":["0"],"why":"w"}}`:              `firewall.ports[0]: "0" is neither a port`,
		head + `,"firewall":{"ports":["${none:k}"],"why":"w"}}`:      `"none" is not in config`,
		item("services", `{"name":"a","os":"plan9","why":"w"}`):      `services[0].os: "plan9" is not one of`,
		item("probes", `{"name":"p","why":"w","target":"h:${c:k}"}`): `probes[0].target: "c" is not in config`,
		item("probes", `{"name":"p","why":"w","target":"${c:k}"}`):   "has to be host:port",
		// lists of names
		item("services", `{"name":"a"}`):                                                              "services[0].why: is missing",
		item("services", `{"name":"a","why":"w"},{"name":"A","why":"w"}`):                             `services[1].name: "A" is there twice`,
		item("services", `{"name":"vx*","why":"w"}`):                                                  "stands alone",
		item("config", `{"name":"c","why":"w","paths":["/c"],"keys":[]}`):                             "keys are read by name only",
		item("config", `{"name":"c","why":"w","paths":["/c"],"keys":["*"]}`):                          `config[0].keys[0]: "*" is not KEY`,
		`{"name":"x","version":"1","processes":{"watch":["["],"why":"w"},"connections":{},"time":{}}`: "processes.watch[0]",
		`{"name":"x","version":"1","processes":{"watch":["a"]},"connections":{},"time":{}}`:           "processes.why: is missing",
		// logs
		item("logs", `{"id":"a","why":"w","globs":["/*/x.log"]}`):                                        "folder before the first wildcard",
		item("logs", `{"id":"a","why":"w","globs":["C:\\*.log"]}`):                                       "folder before the first wildcard",
		item("logs", `{"id":"a","why":"w","globs":["/./*.log"]}`):                                        "nor have . as an element",
		item("logs", `{"id":"a","why":"w","globs":["/a/**/b/**/c/**"]}`):                                 "has more than 2 **",
		item("logs", `{"id":"a","why":"w","globs":["/var/log/x"],"when":"never"}`):                       `"never" is not "first"`,
		item("logs", `{"id":"a","why":"w","globs":["/var/log/x"],"max_file":"many"}`):                    `"many" is not a size`,
		item("logs", `{"id":"a","why":"w","globs":["/var/log/x"],"max_file":-1}`):                        `"-1" is not a size`,
		item("logs", `{"id":"a","why":"w","globs":["/var/log/x"],"max_file":1e400}`):                     "is not a size",
		item("logs", `{"id":"a","why":"w","globs":["/var/log/x"],"max_total":"17GiB"}`):                  "max_total: 18253611008 is not from 0 to 16 GiB",
		item("logs", `{"id":"a","why":"w","globs":["/var/log/x"],"max_file":"2MiB","max_total":"1MiB"}`): "logs[0].max_file: 2097152 is more than max_total, 1048576",
		item("logs", `{"id":"commands","why":"w","globs":["/var/log/x"]}`):                               "is taken by the output of commands",
		// probes
		item("probes", `{"name":"p","why":"w","target":"host"}`):                                                                    "has to be host:port",
		item("probes", `{"name":"p","why":"w","target":"host:0"}`):                                                                  "has to be host:port",
		item("probes", `{"name":"p","why":"w","target":"*.example:443"}`):                                                           "has to be host:port",
		item("probes", `{"name":"p","why":"w"}`):                                                                                    "exactly one of target",
		item("probes", `{"name":"p","why":"w","target":"a:1","from_log":{"input":"l","regexp":"(?P<host>x)","max":1}}`):             "exactly one of target",
		item("probes", `{"name":"p","why":"w","flag":true},{"name":"q","why":"w","flag":true}`):                                     "only one probe can stand",
		item("probes", `{"name":"p","why":"w","target":"a:1","legs":["dns"]}`):                                                      `probes[0].legs[0]: "dns" is not one of`,
		item("probes", `{"name":"p","why":"w","target":"a:1","legs":["http","tls"]}`):                                               `legs[1]: "tls" has to be there once and in the order`,
		item("probes", `{"name":"p","why":"w","target":"a:1","legs":["tls","tls"]}`):                                                `legs[1]: "tls" has to be there once`,
		item("probes", `{"name":"p","why":"w","target":"a:1","path":"/x"}`):                                                         "path: needs the leg http",
		item("probes", `{"name":"p","why":"w","target":"a:1","legs":["http"],"path":"/a b"}`):                                       "has to begin with / and to be plain",
		item("probes", `{"name":"p","why":"w","from_config":{"config":"c","host":"h","port":"p"}}`):                                 `"c" is not in config`,
		head + confC + `,"probes":[{"name":"p","why":"w","from_config":{"config":"c","host":"k"}}]}`:                                "from_config.port: is missing",
		head + confC + `,"probes":[{"name":"p","why":"w","from_config":{"config":"c","host":"k","default_port":70000}}]}`:           "70000 is not a port",
		head + regR + `,"probes":[{"name":"p","why":"w","from_registry":{"key":"HKLM\\SOFTWARE\\X","host":"P","default_port":1}}]}`: `host: "P" is not among the values`,
		item("probes", `{"name":"p","why":"w","from_log":{"input":"none","regexp":"(?P<host>x)","max":1}}`):                         `from_log.input: "none" is not the id of a log`,
		head + logL + `,"probes":[{"name":"p","why":"w","from_log":{"input":"l","regexp":"(?P<host>x)","max":9}}]}`:                 "from_log.max: 9 is not from 1 to 8",
		head + logL + `,"probes":[{"name":"p","why":"w","from_log":{"input":"l","regexp":"x","max":1}}]}`:                           "has no group named host",
		head + logL + `,"probes":[{"name":"p","why":"w","from_log":{"input":"l","regexp":"(?P<host>x","max":1}}]}`:                  "missing closing )",
		head + logL + `,"probes":[{"name":"p","why":"w","from_log":{"input":"l","regexp":"(?=x)(?P<host>x)","max":1}}]}`:            "invalid or unsupported Perl syntax",
		head + logL + `,"probes":[{"name":"p","why":"w","from_log":{"input":"l","regexp":"(?P<host>x)(?P<user>y)","max":1}}]}`:      "neither host nor port",
		item("probes", `{"name":"p","why":"w","from_connections":{"process":"cbengine.exe","max":1}}`):                              `"cbengine.exe" is neither in connections.processes nor watched`,
		// the rest
		item("proxy", `{"why":"w"}`):                                                              `proxy[0]: has to have exactly one of`,
		item("proxy", `{"from_env":"PATH","why":"w"}`):                                            `"PATH" is not the name of a proxy variable`,
		item("proxy", `{"from_env":"https_proxy"}`):                                               "proxy[0].why: is missing",
		item("commands", `{"name":"rm","why":"w"}`):                                               `commands[0].name: "rm" is not in the list of commands: chronyc-tracking`,
		item("commands", `{"name":"timedatectl","why":" "}`):                                      "commands[0].why: is missing",
		`{"name":"x","version":"1","processes":{},"connections":{},"time":{"sntp":["http://x"]}}`: `time.sntp[0]: "http://x" has to be a host`,
	} {
		p, err := Decode([]byte(in))
		if got := errText(err); err == nil || p != nil || !strings.Contains(got, want) {
			t.Errorf("Decode(%.200s) = %q, want %q in it", in, got, want)
		}
		if err != nil && len(err.Error()) > 60_000 {
			t.Errorf("Decode(%.200s) gives %d bytes of errors", in, len(err.Error()))
		}
	}
}

const svc = `{"name":"a%d","why":"w"}`

func many(n int, format string) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(format, i))
	}
	return strings.Join(list, ",")
}

// TestDecodeOdd takes profiles that nobody would write so, and that are right.
func TestDecodeOdd(t *testing.T) {
	for _, in := range []string{
		head + "}", "\ufeff" + head + "}\n\n", head + `,"os":[]}`, head + `,"roles":null,"logs":[]}`,
		`{"name":"x","version":"1"}`,
		`{"name":"x","version":"1.2.3-rc.1+b5","title":"日本語 <&> \u2028"}`,
		item("logs", `{"id":"a","why":"w","globs":["/var/log/**"]}`),
		item("logs", `{"id":"a","why":"w","globs":["/var/log/a b/*?.log","C:/x/*","D:\\y\\**\\z-*.log","%ProgramData%\\x\\*"],"max_file":"0.5k","max_total":512}`),
		item("logs", `{"id":"a","why":"w","globs":["/var/log/x"],"max_file":"512MiB"}`),
		item("logs", `{"id":"a","why":"w","globs":["/var/log/x"],"max_total":"1MiB"}`),
		item("registry", `{"key":"HKU\\.DEFAULT\\Software\\X y (z)","values":[""],"why":"w"}`),
		item("probes", `{"name":"p","why":"w","target":"[fe80::1]:9443","legs":["tls","tls-3k","http"],"path":"/a?b=c"}`),
		item("probes", `{"name":"p","why":"w","flag":true,"legs":["http"]}`),
		item("services", `{"name":"*","why":"w"},{"name":"a b","why":"w"}`),
		head + confC + `,"paths":[{"name":"c","path":"${c:s:k2}/x","resolve":"volume","why":"w"}],"files":[{"name":"f","path":"${c}","why":"w"}],"logs":[{"id":"l","globs":["${c}/*.log"],"why":"w"}]}`,
		head + regR + `,"paths":[{"name":"c","path":"${HKLM\\software\\x:v}\\y","why":"w"}],"roles":[{"role":"unknown","why":"w","all":[{"registry":"HKLM\\Software\\X","value":"P"},{"registry":"HKLM\\SOFTWARE\\X","not":true}]}]}`,
		head + confC + `,"proxy":[{"from_env":"HTTPS_PROXY","why":"w"},{"from_config":{"config":"c","host":"k"},"why":"w"}]}`,
		`{"name":"x","version":"1"` + watchC + `,"probes":[{"name":"p","why":"w","from_connections":{"process":"cb.exe","max":8}}]}`,
		head + logL + `,"probes":[{"name":"p","why":"w","from_log":{"input":"l","regexp":"(?i)to (?P<host>[0-9.]+)(?::(?P<port>\\d+))?","max":8}}]}`,
	} {
		p, err := Decode([]byte(in))
		if err != nil {
			t.Errorf("Decode(%s): %v", in, err)
			continue
		}
		sound(t, p)
	}
}

// sound holds what is true of every profile that Decode lets through.
func sound(t *testing.T, p *Profile) {
	t.Helper()
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(raw); err != nil {
		t.Errorf("encoded again it is not valid any more: %v\n%s", err, raw)
	}
	if len(p.Steps()) != len(p.Paths)+len(p.Config) {
		t.Errorf("%d steps for %d paths and %d configuration files", len(p.Steps()), len(p.Paths), len(p.Config))
	}
	for _, path := range allPaths(p) {
		if strings.Contains("/"+strings.ReplaceAll(path, `\`, "/")+"/", "/../") {
			t.Errorf("the path %q leads up", path)
		}
	}
	for _, l := range p.Logs {
		if file, total := l.Caps(); file <= 0 && l.MaxFile > 0 || file > total || total < 0 {
			t.Errorf("caps of %s: %d, %d", l.ID, file, total)
		}
	}
}

func allPaths(p *Profile) []string {
	var out []string
	for _, x := range p.Paths {
		out = append(out, x.Path)
	}
	for _, x := range p.Files {
		out = append(out, x.Path)
	}
	for _, x := range p.Config {
		out = append(out, x.Paths...)
	}
	for _, x := range p.Logs {
		out = append(out, x.Globs...)
	}
	for _, r := range p.Roles {
		for _, c := range r.All {
			out = append(out, c.File)
		}
	}
	return out
}

func TestSteps(t *testing.T) {
	p, err := Decode([]byte(head + `,"paths":[{"name":"root","path":"${app:DIR}","resolve":"links","why":"w"},{"name":"log","path":"${root}/log","why":"w"}],
"config":[{"name":"app","paths":["/etc/app.conf"],"keys":["DIR"],"why":"w"},{"name":"inner","paths":["${root}/inner.conf"],"keys":["K"],"why":"w"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range p.Steps() {
		if s.Path != nil {
			got = append(got, s.Path.Name)
		} else {
			got = append(got, s.Config.Name)
		}
	}
	if strings.Join(got, " ") != "app root log inner" {
		t.Errorf("steps are %v", got)
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{Generic, "asr-source-machine"} {
		raw, err := Text(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, in := range []string{
		head + confC + regR + logL + "}", "\ufeff" + head + "}", strings.Repeat("[", 50), `{"a":{"a":{"a":1e999}}}`, "\xff", `{"name":"\ud800"}`,
		head + `,"paths":[{"name":"a","path":"/a","why":"w"},{"name":"b","path":"${a}/..","why":"w"}]}`,
		item("logs", `{"id":"a","why":"w","globs":["/a/../b/*"],"max_file":"1e9G"}`),
		item("probes", `{"name":"p","why":"w","target":"a:1","legs":["tls","tls-3k","http"]}`),
	} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p, err := Decode(raw); err == nil {
			sound(t, p)
		}
	})
}
