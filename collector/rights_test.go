package collector

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

func TestDenials(t *testing.T) {
	p := &profiles.Profile{
		Processes: profiles.Processes{Watch: []string{"cxps.exe", "cbengine.exe"}, Why: "process-io"},
		Registry:  []profiles.Registry{{Key: `HKLM\SOFTWARE\Proxy`, Why: "mars-proxy"}, {Key: `HKLM\SOFTWARE\Open`, Why: "none"}},
	}
	items := []PreviewItem{
		{Kind: PreviewLogs, Name: "cxps", Why: "uploads", Notes: []string{"2 more files, the oldest, are left out", cannotRead + "a: access denied", cannotRead + "b: access denied"}},
		{Kind: PreviewLogs, Name: "tmansvc", Why: "heartbeat", Notes: []string{"there may be more than was looked at"}},
		{Kind: PreviewFiles, Name: "ps-settings", Why: "age of the settings", Notes: []string{cannotSee + "access denied"}},
	}
	keys := []bundles.RegistryKey{{Key: `HKLM\software\Proxy`, Error: "denied: Access is denied."}, {Key: `HKLM\SOFTWARE\Open`, Exists: true}}
	want := []Denial{
		{"command lines of cxps.exe, cbengine.exe", "process-io"},
		{`HKLM\software\Proxy`, "mars-proxy"},
		{"logs: cxps", "uploads"},
		{"paths: ps-settings", "age of the settings"},
	}
	if diff := cmp.Diff(want, denials(p, items, keys)); diff != "" {
		t.Error(diff)
	}
	if got := denials(&profiles.Profile{}, items[1:2], keys[1:]); got != nil {
		t.Errorf("nothing is denied: %v", got)
	}
}
