package firewall

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/registry/registrytest"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		`v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=9443|LPort=443|Name=cxps|`:                                     `{"store":"","id":"","name":"cxps","action":"allow","protocol":6,"ports":["9443","443"]} true`,
		`v2.10|Action=Block|Active=TRUE|Dir=In|Profile=Domain|Profile=Private|Profile=Odd|App=C:\x\cxps.exe|RA4=LocalSubnet|`:  `{"store":"","id":"","action":"block","profiles":["domain","private"],"program":"C:\\x\\cxps.exe","remote":["LocalSubnet"]} true`,
		`v2.30|Action=ByPass|Active=TRUE|Dir=In|Protocol=256|LPort2_10=9000-9500|RA42=10.0.0.0/8|LA4=10.1.0.1|Svc=tmansvc|x|=`: `{"store":"","id":"","action":"block","ports":["9000-9500"],"service":"tmansvc","remote":["10.0.0.0/8"],"local":["10.1.0.1"]} true`,
		`v2.30|Action=Allow|Active=FALSE|Dir=In|`: `{"store":"","id":"","action":"allow"} false`,
		`v2.30|Action=Allow|Active=TRUE|Dir=Out|`: `{"store":"","id":"","action":"allow"} false`,
		``: `{"store":"","id":""} false`,
	} {
		rule, in := Parse(text)
		raw, _ := json.Marshal(rule)
		if got := fmt.Sprintf("%s %v", raw, in); got != want {
			t.Errorf("Parse(%s) = %s, want %s", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=9443|Name=cxps|`)
	f.Add("|=|LPort=|Protocol=99999999999999999999|LPort=1-2-3|")
	f.Fuzz(func(t *testing.T, text string) {
		rule, _ := Parse(text)
		r := reader{opt: Options{Ports: []int{9443}, Watched: func(string) bool { return false }}}
		r.concerns(rule)
		if rule.Protocol < 0 || rule.Protocol > 255 {
			t.Errorf("protocol %d", rule.Protocol)
		}
	})
}

func TestCovers(t *testing.T) {
	for list, want := range map[string]bool{"9443": true, "9000-9500": true, "9443-9443": true, "9444": false, "9500-9000": false, "RPC": false, "": false, "-": false, "9443-": false, "99999999999999999999": false} {
		if got := covers(list, 9443); got != want {
			t.Errorf("covers(%q) = %v", list, got)
		}
	}
}

func allow(rest string) string { return "v2.30|Action=Allow|Active=TRUE|Dir=In|" + rest + "|" }

func TestRead(t *testing.T) {
	yes, no := true, false
	connected := []byte{0xEA, 0x07, 3, 0, 4, 0, 5, 0, 10, 0, 30, 0, 15, 0, 0, 0} // 2026-03-05 10:30:15
	at := time.Date(2026, 3, 5, 10, 30, 15, 0, time.Local).UTC()
	tree := registrytest.Tree{
		localKey + `\DomainProfile`:   {"EnableFirewall": uint32(1), "DefaultInboundAction": uint32(1)},
		localKey + `\StandardProfile`: {"EnableFirewall": uint32(0), "DefaultInboundAction": "odd"},
		policyKey + `\DomainProfile`:  {"AllowLocalPolicyMerge": uint32(0), "DefaultInboundAction": uint32(0)},
		policyKey + `\PublicProfile`:  {"!": fs.ErrPermission},
		localKey + `\FirewallRules`: {
			"a": allow("Protocol=6|LPort=9443|App=C:\\any\\other.exe"), "b": allow("App=C:\\x\\cxps.exe"), "c": allow("App=C:\\x\\other.exe"),
			"d": allow("Protocol=17|LPort=9443"), "e": allow("Svc=x"), "f": allow("Name=any"), "g": uint32(5), "h": "v2.30|Dir=Out|Active=TRUE|LPort=9443", "i": []byte{1},
		},
		mdmKey + `\FirewallRules`: {"m": allow("LPort=1-9999")},
		networksKey + `\{1}`:      {"Category": uint32(0)},
		networksKey + `\{2}`:      {"Category": uint32(2), "DateLastConnected": connected},
		networksKey + `\{3}`:      {"Category": "odd"},
	}
	f, err := Read(context.Background(), Options{Open: tree.Open, Ports: []int{9443}, Watched: func(n string) bool { return n == "cxps.exe" }})
	if err == nil || strings.Count(err.Error(), "permission denied") != 1 {
		t.Errorf("error %v", err)
	}
	var ids []string
	for _, rule := range f.Items {
		ids = append(ids, rule.Store+" "+rule.ID+" "+rule.Error)
	}
	if diff := cmp.Diff([]string{"local a ", "local b ", "local f ", "local i it is no text", "mdm m "}, ids); diff != "" {
		t.Error(diff)
	}
	if f.Others != 3 {
		t.Errorf("%d others", f.Others)
	}
	if diff := cmp.Diff([]bundles.FirewallProfile{
		{Store: "local", Profile: "domain", Enabled: &yes, DefaultInbound: "block"},
		{Store: "local", Profile: "private", Enabled: &no},
		{Store: "policy", Profile: "domain", DefaultInbound: "allow", MergeLocal: &no},
		{Store: "policy", Profile: "public", Error: "denied: permission denied"},
	}, f.Profiles); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]bundles.FirewallNetwork{{Profile: "domain", Connected: &at}, {Profile: "public"}}, f.Networks); diff != "" {
		t.Error(diff)
	}
}

func TestEmpty(t *testing.T) {
	f, err := Read(context.Background(), Options{Open: registrytest.Tree{}.Open})
	if err != nil || f.Items == nil || f.Ports == nil {
		t.Errorf("%+v, %v", f, err)
	}
	for _, raw := range [][]byte{nil, make([]byte, 16), make([]byte, 8)} {
		if got := systemTime(raw); got != nil {
			t.Errorf("systemTime(%x) = %v", raw, got)
		}
	}
}
