package config

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

func TestParse(t *testing.T) {
	got := Parse("\ufeff# c\r\nCX_TYPE = \"2\"\r\nPS_IP=10.1.0.4 \n; x\n[vxagent.transport]\nPort = 9443\nName='a # b' # c\nbroken\n = x\nexport A=1\n")
	want := []bundles.ConfigValue{
		{Key: "CX_TYPE", Value: "2"},
		{Key: "PS_IP", Value: "10.1.0.4"},
		{Section: "vxagent.transport", Key: "Port", Value: "9443"},
		{Section: "vxagent.transport", Key: "Name", Value: "a # b"},
		{Section: "vxagent.transport", Key: "A", Value: "1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	version := put(".vx_version", "INSTALLATION_DIR="+dir+"/Vx\nSECRET=x\n")
	drscout := put("Vx/etc/drscout.conf", "[vxagent]\nHostId=abc\nRole=Agent\n[vxagent.transport]\nHostname=10.0.0.4\n[other]\nHostname=no\n")
	f, vars, err := Read(context.Background(), []profiles.Config{
		{Name: "vx", Paths: []string{version}, Keys: []string{"INSTALLATION_DIR"}},
		{Name: "dr", Paths: []string{"${none:X}/a", dir + "/none.conf", "${vx:INSTALLATION_DIR}/etc/drscout.conf"}, Keys: []string{"vxagent:Role", "vxagent.transport:hostname"}},
		{Name: "gone", Paths: []string{dir + "/gone"}, Keys: []string{"A"}},
		{Name: "folder", Paths: []string{dir}, Keys: []string{"A"}},
	})
	if err == nil {
		t.Error("a folder instead of a file gives no error")
	}
	if len(f.Items) != 4 || f.Items[1].File != drscout || f.Items[1].LastWrite == nil {
		t.Fatalf("config = %+v", f)
	}
	want := []bundles.ConfigValue{{Section: "vxagent", Key: "Role", Value: "Agent"}, {Section: "vxagent.transport", Key: "Hostname", Value: "10.0.0.4"}}
	if diff := cmp.Diff(want, f.Items[1].Values); diff != "" {
		t.Errorf("only allow-listed keys of their sections are kept:\n%s", diff)
	}
	if f.Items[2].Exists || f.Items[2].Error != "" || !f.Items[3].Exists || f.Items[3].Error == "" {
		t.Errorf("missing file and folder = %+v", f.Items[2:])
	}
	if host, ok := vars.Get("dr", "vxagent.transport:Hostname"); !ok || host != "10.0.0.4" {
		t.Errorf("Get = %q, %v", host, ok)
	}
}

func TestExpand(t *testing.T) {
	v := Vars{"vx": {"dir": "/opt/vx", "up": "/opt/../etc", "rel": "opt"}}
	for in, want := range map[string]string{"/var/log/a": "/var/log/a", "${vx:dir}/etc/x": "/opt/vx/etc/x", "${vx:none}/x": "", "${vx:up}/x": "", "${vx:rel}/x": "", "rel": "", "/a/../b": ""} {
		got, ok := v.Expand(in)
		if ok != (want != "") || ok && got != want {
			t.Errorf("Expand(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("[a]\nB = \"c\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, v := range Parse(text) {
			if v.Key == "" {
				t.Errorf("a value without a key: %+v", v)
			}
		}
	})
}
