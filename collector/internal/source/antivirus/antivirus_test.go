package antivirus

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/registry/registrytest"
)

func options(tree registrytest.Tree) Options {
	return Options{
		Open:    tree.Open,
		Folders: []string{`C:\ProgramData\ASR`, `E:\Program Files (x86)\ASR\`},
		Watched: func(name string) bool { return name == "cxps.exe" },
		Expand: func(name string) (string, bool) {
			return `C:\ProgramData`, strings.EqualFold(name, "ProgramData")
		},
		State: func(_ context.Context, names []string) (map[string]string, error) {
			out := map[string]string{}
			for _, n := range names {
				out[n] = bundles.StateRunning
			}
			return out, nil
		},
	}
}

func zero(names ...string) registrytest.Values {
	v := registrytest.Values{}
	for _, n := range names {
		v[n] = uint32(0)
	}
	return v
}

func TestRead(t *testing.T) {
	tree := registrytest.Tree{
		services + `\WdFilter`:                             {"Group": "FSFilter Anti-Virus", "Start": uint32(0), "DisplayName": "@x,-1"},
		services + `\WdFilter\Instances`:                   {"DefaultInstance": "WdFilter Instance"},
		services + `\WdFilter\Instances\WdFilter Instance`: {"Altitude": "328010"},
		services + `\OtherAV`:                              {"Group": "fsfilter anti-virus", "Start": "odd"},
		services + `\disk`:                                 {"Group": "FSFilter Top"},
		services + `\Odd`:                                  {"Group": uint32(3)},
		services + `\Denied`:                               {"!": fs.ErrPermission},
		local:                                              {"PassiveMode": uint32(1), "DisableAntiSpyware": "wrong type"},
		local + `\Signature Updates`:                       {"AVSignatureVersion": "1.405.1.0"},
		policy:                                             {"HideExclusionsFromLocalAdmins": uint32(1)},
		threats:                                            {"!": fs.ErrPermission},
		local + `\Exclusions\Paths`:                        zero(`%ProgramData%\ASR`, `C:\`, `D:\other`, `E:\Program Files (x86)\ASR\home`, `C:\PROGRA~3\x`, `C:\ProgramData\ASRLogs`),
		local + `\Exclusions\Processes`:                    zero(`C:\x\CXPS.exe`, `C:\x\other.exe`),
		policy + `\Exclusions\Paths`:                       {"!": fs.ErrPermission},
		mdm:                                                {"ExcludedPaths": `c:/programdata/asr/=0|D:\y|`, "ExcludedExtensions": ".log"},
	}
	f, err := Read(context.Background(), options(tree))
	if err == nil || strings.Count(err.Error(), "permission denied") != 2 {
		t.Errorf("error %v", err)
	}
	f.Taken = time.Time{}
	want := bundles.Antivirus{
		Items: []bundles.Scanner{
			{Name: "OtherAV", State: "running"},
			{Name: "WdFilter", DisplayName: "@x,-1", State: "running", StartType: "boot", Altitude: "328010"},
		},
		Folders: []string{`C:\ProgramData\ASR`, `E:\Program Files (x86)\ASR\`},
		Defender: &bundles.Defender{State: "running", Version: "1.405.1.0", Settings: []bundles.DefenderSetting{
			{Store: "local", Name: "PassiveMode", Value: 1},
			{Store: "policy", Name: "HideExclusionsFromLocalAdmins", Value: 1},
			{Store: "policy", Name: "ForceDefenderPassiveMode", Error: "denied: permission denied"},
		}},
		Exclusions: []bundles.ExclusionList{
			{Store: "local", Kind: "paths", Exists: true, Values: []string{`%ProgramData%\ASR`, `C:\`, `C:\PROGRA~3\x`, `E:\Program Files (x86)\ASR\home`}, Others: 2},
			{Store: "local", Kind: "processes", Exists: true, Values: []string{`C:\x\CXPS.exe`}, Others: 1},
			{Store: "local", Kind: "extensions"},
			{Store: "policy", Kind: "paths", Error: "denied: permission denied"},
			{Store: "policy", Kind: "processes"},
			{Store: "policy", Kind: "extensions"},
			{Store: "mdm", Kind: "paths", Exists: true, Values: []string{"c:/programdata/asr/"}, Others: 1},
			{Store: "mdm", Kind: "processes"},
			{Store: "mdm", Kind: "extensions", Exists: true, Values: []string{".log"}},
		},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
}

// TestStates has a service manager that does not answer, and a machine without
// Defender.
func TestStates(t *testing.T) {
	tree := registrytest.Tree{services + `\AV`: {"Group": scannerGroup}}
	opt := options(tree)
	opt.State = func(context.Context, []string) (map[string]string, error) {
		return nil, errors.New("no answer in time")
	}
	f, err := Read(context.Background(), opt)
	if err == nil || len(f.Items) != 1 || f.Items[0].State != "" || f.Defender == nil || f.Defender.State != bundles.StateUnknown {
		t.Errorf("without states: %+v, %v", f, err)
	}
	opt.State = func(context.Context, []string) (map[string]string, error) {
		return map[string]string{"WinDefend": bundles.StateNotInstalled, "AV": "stopped"}, nil
	}
	if f, err = Read(context.Background(), opt); err != nil || f.Defender != nil || f.Items[0].State != "stopped" {
		t.Errorf("without Defender: %+v, %v", f, err)
	}
	if f, err = Read(context.Background(), options(registrytest.Tree{services: {"!": fs.ErrPermission}})); err == nil || len(f.Exclusions) != 9 {
		t.Errorf("denied: %+v, %v", f, err)
	}
}
