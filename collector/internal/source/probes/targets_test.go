package probes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// plain compares targets by what is seen of them.
var plain = cmpopts.IgnoreUnexported(Target{})

func fromKeys(host, port string) *profiles.FromConfig {
	return &profiles.FromConfig{Config: "dr", Host: host, Port: port, DefaultPort: 9443}
}

func TestTargets(t *testing.T) {
	src := Sources{
		Vars: config.Vars{"dr": {"t:host": "10.0.0.4", "t:port": "443", "six": "fd00::4", "url": "https://u:p@Cloud.example/x?sig=y", "own": "ps02:444", "bad": "a\r\nX: y", "zero": "0", "none": "", "list": "10.1.0.7, fd00::7,bad host"}},
		Registry: func(key, name string) (string, bool) {
			v, ok := map[string]string{`HKLM\K\Uri`: "https://srs.example/Service?x", `HKLM\K\Host`: "reg.example", `HKLM\K\Port`: "8443"}[key+`\`+name]
			return v, ok
		},
		Flags: []string{"10.0.0.9:9443", "10.0.0.4:443", "[fe80::1%eth0]:1"},
	}
	got := Targets(t.Context(), []profiles.Probe{
		{Name: "fixed", Target: "a.example:443", Legs: []string{"http", "tls"}, Path: "/x", Proxy: true},
		{Name: "data-port", Flag: true, FromConfig: fromKeys("t:Host", "t:Port"), Legs: []string{"tls"}},
		{Name: "six", FromConfig: fromKeys("six", "")},
		{Name: "url", FromConfig: fromKeys("url", "")},
		{Name: "own port", FromConfig: fromKeys("own", "t:port")},
		{Name: "hostile", FromConfig: fromKeys("bad", "")},
		{Name: "bad port", FromConfig: fromKeys("t:host", "zero")},
		{Name: "empty", FromConfig: fromKeys("none", "")},
		{Name: "list", FromConfig: fromKeys("list", "")},
		{Name: "no key", FromConfig: fromKeys("missing", "")},
		{Name: "no file", FromConfig: &profiles.FromConfig{Config: "other", Host: "h"}},
		{Name: "no port", FromConfig: &profiles.FromConfig{Config: "dr", Host: "t:host"}},
		{Name: "uri", FromRegistry: &profiles.FromRegistry{Key: `HKLM\K`, Host: "Uri"}},
		{Name: "reg", FromRegistry: &profiles.FromRegistry{Key: `HKLM\K`, Host: "Host", Port: "Port"}},
		{Name: "again", Target: "A.example:443", Legs: []string{"tls-3k"}},
	}, src)
	want := []Target{
		{Name: "fixed", Target: "a.example:443", Origin: "profile", Legs: []string{"tls", "tls-3k", "http"}, Path: "/x", Proxy: true},
		{Name: "data-port", Target: "10.0.0.4:443", Origin: "config:dr", Legs: []string{"tls"}, Path: "/"},
		{Name: "six", Target: "[fd00::4]:9443", Origin: "config:dr", Path: "/"},
		{Name: "url", Target: "Cloud.example:443", Origin: "config:dr", Path: "/"},
		{Name: "own port", Target: "ps02:444", Origin: "config:dr", Path: "/"},
		{Name: "hostile", Origin: "config:dr", Path: "/", Error: "the value bad of dr has a port that is no number from 1 to 65535"},
		{Name: "bad port", Origin: "config:dr", Path: "/", Error: "the value zero of dr is no port from 1 to 65535"},
		{Name: "empty", Origin: "config:dr", Path: "/", Error: "dr has no value none"},
		{Name: "list", Target: "10.1.0.7:9443", Origin: "config:dr", Path: "/"},
		{Name: "list", Target: "[fd00::7]:9443", Origin: "config:dr", Path: "/"},
		{Name: "list", Origin: "config:dr", Path: "/", Error: "the value list of dr is no host name or address"},
		{Name: "no key", Origin: "config:dr", Path: "/", Error: "dr has no value missing"},
		{Name: "no file", Origin: "config:other", Path: "/", Error: "configuration other was not found or could not be read"},
		{Name: "no port", Origin: "config:dr", Path: "/", Error: "dr has no port for the value t:host"},
		{Name: "uri", Target: "srs.example:443", Origin: `registry:HKLM\K`, Path: "/"},
		{Name: "reg", Target: "reg.example:8443", Origin: `registry:HKLM\K`, Path: "/"},
		{Name: "data-port", Target: "10.0.0.9:9443", Origin: "flag", Legs: []string{"tls"}, Path: "/"},
		{Name: "data-port", Target: "[fe80::1%eth0]:1", Origin: "flag", Legs: []string{"tls"}, Path: "/"},
	}
	if diff := cmp.Diff(want, got, plain); diff != "" {
		t.Error(diff)
	}
}

func TestNoRegistry(t *testing.T) {
	got := Targets(t.Context(), []profiles.Probe{{Name: "uri", FromRegistry: &profiles.FromRegistry{Key: "K", Host: "Uri"}}}, Sources{})
	if len(got) != 1 || got[0].Error != "the registry was not read" || got[0].Target != "" {
		t.Errorf("targets %+v", got)
	}
}

// TestMined: what a log names is tried only where it may lead.
func TestMined(t *testing.T) {
	newest := strings.Join([]string{
		"WARN connection attempt failed 52.239.1.1:443",
		"WARN connection attempt failed 52.239.1.2:443",
		"WARN connection attempt failed 52.239.1.2:443\r",
		"WARN connection attempt failed 10.9.9.9:443",
		"WARN connection attempt failed 127.0.0.1:443",
		"WARN connection attempt failed 169.254.169.254:443",
		"WARN connection attempt failed 52.239.1.3:22",
		"WARN connection attempt failed PS01:9443",
		"WARN connection attempt failed ps01:443",
		"WARN connection attempt failed ps01:5000",
		"WARN connection attempt failed blob.example:443",
		"WARN connection attempt failed blob.example:99999",
		"WARN connection attempt failed evil\x00host:443",
		"something else 52.239.9.9:443", "",
	}, "\n")
	older := "WARN connection attempt failed 52.239.1.4:443"
	probe := func(re string, limit int) []profiles.Probe {
		return []profiles.Probe{
			{Name: "mined", FromLog: &profiles.FromLog{Input: "engine", Regexp: re, Max: limit}, Legs: []string{"tls"}},
			{Name: "cs", Target: "ps01:9443"},
		}
	}
	re := `connection attempt failed (?P<host>[^:]+):(?P<port>\d+)`
	lines := func(_ context.Context, id string) ([]string, error) {
		if id != "engine" {
			return nil, fmt.Errorf("no log %q", id)
		}
		return []string{newest, older}, nil
	}
	got := Targets(t.Context(), probe(re, 20), Sources{Lines: lines})
	var seen []string
	for _, g := range got {
		seen = append(seen, fmt.Sprint(g.Name, " ", g.Target, " ", g.Origin, " ", g.public))
	}
	want := []string{
		"cs ps01:9443 profile false", // first, although it stands behind
		"mined blob.example:443 log:engine true",
		"mined ps01:443 log:engine false",
		"mined 52.239.1.2:443 log:engine true",
		"mined 52.239.1.1:443 log:engine true",
		"mined 52.239.1.4:443 log:engine true",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
	if got := Targets(t.Context(), probe(re, 2), Sources{Lines: lines}); len(got) != 3 {
		t.Errorf("%d targets, want 3", len(got))
	}
	for _, c := range []struct {
		name, re string
		lines    func(context.Context, string) ([]string, error)
		want     string
	}{
		{"no line", `nothing (?P<host>x)`, lines, "no line of the log names a server"},
		{"only forbidden ones", `failed (?P<host>10\.9\.9\.9)`, lines, "1 servers are named, but"},
		{"no group", `failed`, lines, "no group host"},
		{"no log", re, func(context.Context, string) ([]string, error) { return nil, errors.New("the log was not found") }, "the log was not found"},
		{"nobody reads logs", re, nil, "was not read"},
	} {
		got := Targets(t.Context(), probe(c.re, 2), Sources{Lines: c.lines})
		if len(got) != 2 || !strings.Contains(got[1].Error, c.want) || got[1].Target != "" || got[1].Origin != "log:engine" || got[1].Name != "mined" {
			t.Errorf("%s: %+v, want the reason %q", c.name, got, c.want)
		}
	}
}

func TestFromConnections(t *testing.T) {
	src := Sources{Connections: []bundles.Connection{
		{Process: "CBEngine.exe", Protocol: "tcp", Remote: "20.1.1.1:443"},
		{Process: "cbengine.exe", Protocol: "tcp6", Remote: "[2603:1030::1]:443"},
		{Process: "cbengine.exe", Protocol: "tcp", Remote: "20.1.1.1:443"},
		{Process: "cbengine.exe", Protocol: "udp", Remote: "20.1.1.2:443"},
		{Process: "cbengine.exe", Protocol: "tcp", Remote: "10.0.0.3:443"},
		{Process: "cbengine.exe", Protocol: "tcp"},
		{Process: "cbengine.exe", Protocol: "tcp", Remote: "0.0.0.0:0"},
		{Process: "other.exe", Protocol: "tcp", Remote: "20.1.1.4:443"},
	}}
	list := []profiles.Probe{{Name: "azure", FromConnections: &profiles.FromConnections{Process: "cbengine.exe"}}, {Name: "idle", FromConnections: &profiles.FromConnections{Process: "obengine.exe"}}}
	got := Targets(t.Context(), list, src)
	want := []Target{
		{Name: "azure", Target: "20.1.1.1:443", Origin: "connections:cbengine.exe", Path: "/"},
		{Name: "azure", Target: "[2603:1030::1]:443", Origin: "connections:cbengine.exe", Path: "/"},
		{Name: "idle", Origin: "connections:obengine.exe", Path: "/", Error: "obengine.exe has no connection to a server"},
	}
	if diff := cmp.Diff(want, got, plain); diff != "" {
		t.Error(diff)
	}
}

// TestCap: a profile or log with very many targets does not become a scan.
func TestCap(t *testing.T) {
	var list []profiles.Probe
	for i := range 100 {
		list = append(list, profiles.Probe{Name: "n", Target: fmt.Sprintf("h%d.example:443", i)})
	}
	got := Targets(t.Context(), list, Sources{Flags: []string{"h0.example:443"}})
	if len(got) != maxTargets+1 || !strings.Contains(got[maxTargets].Error, "36 more targets") {
		t.Errorf("%d targets, the last %+v", len(got), got[len(got)-1])
	}
}

// FuzzMine: whatever stands in a log, a target from it is public by address or
// must be by resolution, or is a configured server; on a port that may be tried.
func FuzzMine(f *testing.F) {
	for _, s := range []string{"failed 52.239.1.1:443\n", "failed ps01:9443", "failed [::1]:443", "failed https://u@10.0.0.1:443/x", "failed ::ffff:127.0.0.1:443\nfailed a:443\r\n\x00"} {
		f.Add(s)
	}
	const re = `failed (?P<host>\S+?)(:(?P<port>\d+))?$`
	f.Fuzz(func(t *testing.T, text string) {
		list := []profiles.Probe{{Name: "cs", Target: "ps01:9443"}, {Name: "m", FromLog: &profiles.FromLog{Input: "l", Regexp: re, Max: 64}}}
		got := Targets(t.Context(), list, Sources{Lines: func(context.Context, string) ([]string, error) { return []string{text}, nil }})
		if len(got) > maxTargets+1 {
			t.Errorf("%d targets", len(got))
		}
		for _, g := range got[1:] {
			if g.Error != "" {
				continue
			}
			if err := CheckTarget(g.Target); err != nil || g.port != 443 && g.port != 9443 {
				t.Errorf("%q: %v", g.Target, err)
			}
			if !g.public && !strings.EqualFold(g.host, "ps01") {
				t.Errorf("%q may lead into the own network", g.Target)
			}
		}
	})
}

// TestReferences has targets whose host or port is a setting.
func TestReferences(t *testing.T) {
	src := Sources{Vars: config.Vars{"c": {"host": " 10.0.0.4 ", "s:port": "9443", "evil": "a:1/x", "none": ""}}}
	for in, want := range map[string]string{
		"127.0.0.1:${c:s:port}": "127.0.0.1:9443 ", "${c:host}:${c:s:port}": "10.0.0.4:9443 ", "${c:host}:443": "10.0.0.4:443 ",
		"${c:evil}:1": " ${c:evil} is neither a host nor a port", "${c:none}:1": " ${c:none} is not known here", "${d:x}:1": " ${d:x} is not known here",
	} {
		got := Targets(t.Context(), []profiles.Probe{{Name: "p", Target: in}}, src)
		if len(got) != 1 || got[0].Target+" "+got[0].Error != want {
			t.Errorf("%s: %+v, want %q", in, got, want)
		}
	}
}
