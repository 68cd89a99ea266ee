package software

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/registry/registrytest"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

func TestRead(t *testing.T) {
	at := time.Date(2026, 2, 14, 3, 12, 0, 0, time.UTC)
	n := uint64(at.Unix()+11_644_473_600) * 1e7
	update := registrytest.Values{"CurrentState": uint32(112), "InstallTimeHigh": uint32(n >> 32), "InstallTimeLow": uint32(n)}
	tree := registrytest.Tree{
		programs64 + `\{1}`:           {"DisplayName": "Microsoft Azure Recovery Services Agent", "DisplayVersion": "2.0.9263.0", "Publisher": "Microsoft", "InstallDate": "20250110"},
		programs64 + `\{2}`:           {"DisplayName": "Other"},
		programs64 + `\{3}`:           {"SystemComponent": uint32(1)},
		programs64 + `\{4}`:           {"DisplayName": uint32(7)},
		programs64 + `\{5}`:           {"!": fs.ErrPermission},
		programs32 + `\{1}`:           {"DisplayName": "MICROSOFT AZURE Site Recovery", "DisplayVersion": []byte{1}},
		components + `\Web-Server`:    {"InstallState": uint32(1)},
		components + `\DHCP`:          {"InstallState": uint32(0)},
		components + `\NET-Framework`: {"InstallState": uint32(1)},
		components + `\DNS`:           {"InstallState": "1"},
		packages + `\Package_for_KB5031364~31bf3856ad364e35~amd64~~20348.2031.1.11`:       update,
		packages + `\Package_1_for_KB5031364~31bf3856ad364e35~amd64~~20348.2031.1.11`:     update,
		packages + `\Package_for_RollupFix~31bf3856ad364e35~amd64~~20348.2031.1.11`:       {"CurrentState": uint32(112)},
		packages + `\Package_for_KB1~x~amd64~~1`:                                          {"CurrentState": uint32(80)},
		packages + `\Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.1`: {"CurrentState": uint32(112)},
	}
	f, err := Read(context.Background(), profiles.Software{Names: []string{"Microsoft Azure*"}, Features: []string{"Web-*", "D*"}, Updates: true}, tree.Open)
	if err == nil || !strings.Contains(err.Error(), `Uninstall\{5}: permission denied`) {
		t.Errorf("error %v", err)
	}
	f.Taken = time.Time{}
	want := bundles.Software{
		Items: []bundles.Product{
			{Name: "Microsoft Azure Recovery Services Agent", Version: "2.0.9263.0", Publisher: "Microsoft", Installed: "20250110", Bits: 64},
			{Name: "MICROSOFT AZURE Site Recovery", Bits: 32},
		},
		Others: 2, Features: []string{"Web-Server"}, OtherFeatures: 1,
		Updates: []bundles.Update{{Name: "KB5031364", Installed: &at}, {Name: "RollupFix 20348.2031.1.11"}},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
}

// TestEmpty reads a registry without any of the keys, and one that is denied.
func TestEmpty(t *testing.T) {
	p := profiles.Software{Names: []string{"x"}, Features: []string{"x"}, Updates: true}
	if f, err := Read(context.Background(), p, registrytest.Tree{}.Open); err != nil || f.Items == nil || f.Others != 0 {
		t.Errorf("of nothing: %+v, %v", f, err)
	}
	denied := registrytest.Tree{programs64: {"!": fs.ErrPermission}}
	if _, err := Read(context.Background(), p, denied.Open); err == nil {
		t.Error("a denied list is no error")
	}
	many := registrytest.Tree{}
	for i := range maxUpdates + 20 {
		many[fmt.Sprintf(`%s\Package_for_KB%d~`, packages, i)] = registrytest.Values{"CurrentState": uint32(112), "InstallTimeHigh": uint32(1 << 31), "InstallTimeLow": uint32(1)}
	}
	if f, err := Read(context.Background(), p, many.Open); err != nil || len(f.Updates) != maxUpdates || f.Updates[0].Installed != nil {
		t.Errorf("%d updates, %v", len(f.Updates), err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, p, many.Open); err == nil {
		t.Error("a reading that was ended is no error")
	}
}
