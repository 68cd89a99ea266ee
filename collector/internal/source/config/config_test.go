package config

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

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
	list := []profiles.Config{
		{Name: "vx", Paths: []string{version}, Keys: []string{"INSTALLATION_DIR"}},
		{Name: "dr", Paths: []string{"${none:X}/a", dir + "/none.conf", "${vx:INSTALLATION_DIR}/etc/drscout.conf"}, Keys: []string{"vxagent:Role", "vxagent.transport:hostname"}},
		{Name: "gone", Paths: []string{dir + "/gone"}, Keys: []string{"A"}},
		{Name: "folder", Paths: []string{dir}, Keys: []string{"A"}},
		{Name: "unknown", Paths: []string{dir + "/none.conf", "${gone:A}/x"}, Keys: []string{"A"}},
	}
	r, err := Read(context.Background(), (&profiles.Profile{Config: list}).Steps(), nil, nil)
	f, vars := r.Fact, r.Vars
	if !r.Unknown["unknown"] || len(r.Unknown) != 1 {
		t.Errorf("not known are %v", r.Unknown)
	}
	if err == nil {
		t.Error("a folder instead of a file gives no error")
	}
	if len(f.Items) != 5 || f.Items[1].File != drscout || f.Items[1].LastWrite == nil {
		t.Fatalf("config = %+v", f)
	}
	want := []bundles.ConfigValue{{Section: "vxagent", Key: "Role", Value: "Agent"}, {Section: "vxagent.transport", Key: "Hostname", Value: "10.0.0.4"}}
	if diff := cmp.Diff(want, f.Items[1].Values); diff != "" {
		t.Errorf("only allow-listed keys of their sections are kept:\n%s", diff)
	}
	if f.Items[2].Exists || f.Items[2].Error != "" || !f.Items[3].Exists || f.Items[3].Error == "" {
		t.Errorf("missing file and folder = %+v", f.Items[2:])
	}
	for _, key := range []string{"vxagent.transport:Hostname", "hostname"} {
		if host, ok := vars.Get("dr", key); !ok || host != "10.0.0.4" {
			t.Errorf("Get of %s = %q, %v", key, host, ok)
		}
	}
}

// TestEncodings reads the same settings as every editor writes them.
func TestEncodings(t *testing.T) {
	text := "# Größe\r\nCX_TYPE = \"2\"\r\nPS_IP = 10.1.0.4\r\n"
	units := utf16.Encode([]rune("\ufeff" + text))
	little, _ := binary.Append(nil, binary.LittleEndian, units)
	big, _ := binary.Append(nil, binary.BigEndian, units)
	for name, raw := range map[string][]byte{
		"utf-8": []byte(text), "utf-8 with a mark": []byte("\ufeff" + text), "little": little, "big": big, "no mark": little[2:],
		"code page": []byte(strings.NewReplacer("ö", "\xf6", "ß", "\xdf").Replace(text)),
	} {
		path := filepath.Join(t.TempDir(), "amethyst.conf")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		p := &profiles.Profile{Config: []profiles.Config{{Name: "c", Paths: []string{path}, Keys: []string{"CX_TYPE", "PS_IP"}}}}
		r, err := Read(context.Background(), p.Steps(), nil, nil)
		want := []bundles.ConfigValue{{Key: "CX_TYPE", Value: "2"}, {Key: "PS_IP", Value: "10.1.0.4"}}
		if diff := cmp.Diff(want, r.Fact.Items[0].Values); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	if _, err := decoded("x", []byte("\x7fELF\x02\x01")); err == nil {
		t.Error("a program is read as settings")
	}
}

func TestExpand(t *testing.T) {
	v := Vars{"vx": {"dir": "/opt/vx", "up": "/opt/../etc", "rel": "opt", "star": "/opt/*", "dots": ".."}, "root": {"": "/"}, "cache": {"": "/cache"}, `hklm\soft`: {"dir": "/reg"}}
	for in, want := range map[string]string{
		"/var/log/a": "/var/log/a", "${vx:dir}/etc/x": "/opt/vx/etc/x", "${vx:none}/x": "", "${vx:up}/x": "", "${vx:rel}/x": "", "rel": "", "/a/../b": "", "${vx:star}/x": "", "/a/${vx:dots}/x": "",
		"${root}/x": "/x", "${cache}/*.log": "/cache/*.log", "${cache:}": "/cache", "${none}/x": "", `${HKLM\Soft:DIR}/x`: "/reg/x",
	} {
		got, ok := v.Expand(in)
		if ok != (want != "") || ok && got != want {
			t.Errorf("Expand(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

func TestGlob(t *testing.T) {
	v := Vars{"root": {"": "/"}, "cache": {"": "/cache"}, "people": {"": "/home"}, "logs": {"": "/var"}}
	for in, want := range map[string]bool{"${people}/*/x": false, "${people}/anna/*": true, "${logs}/**/x": false, "${logs}/log/**/x": true, "${root}/*.log": false, "${root}/**": false, "${root}/log/*": true, "${cache}/**/x": true, "${cache}*": false, "/var/log/x": true} {
		if got, ok := v.Glob(in); ok != want {
			t.Errorf("Glob(%q) = %q, %v", in, got, ok)
		}
	}
}

// TestReadNamed resolves a path that a file names, and reads a file below it.
func TestReadNamed(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.MkdirAll(dir+"/real/etc", 0o700), os.Symlink("real", dir+"/link"),
		os.WriteFile(dir+"/app.conf", []byte("DIR="+dir+"/link\n"), 0o600), os.WriteFile(dir+"/real/etc/inner", []byte("K=v\n"), 0o600)); err != nil {
		t.Skip("no links here: ", err)
	}
	p := &profiles.Profile{
		Paths: []profiles.Path{
			{Name: "root", Path: "${app:DIR}", Resolve: profiles.ResolveLinks},
			{Name: "none", Path: dir + "/none", Resolve: profiles.ResolveLinks},
			{Name: "below", Path: "${none}/x"},
		},
		Config: []profiles.Config{
			{Name: "app", Paths: []string{dir + "/app.conf"}, Keys: []string{"DIR"}},
			{Name: "inner", Paths: []string{"${root}/etc/inner"}, Keys: []string{"K"}},
		},
	}
	r, err := Read(context.Background(), p.Steps(), nil, nil)
	if err != nil || len(r.Paths) != 3 || r.Paths[0].LinkTarget == "" || !r.Paths[0].Exists || r.Paths[1].Exists || r.Paths[2].Exists {
		t.Errorf("paths = %+v, %v", r.Paths, err)
	}
	if v, ok := r.Vars.Get("inner", "K"); !ok || v != "v" {
		t.Errorf("the file below the path = %q, %v in %v", v, ok, r.Vars)
	}
}

func TestAddRegistry(t *testing.T) {
	v := Vars{}
	v.AddRegistry(bundles.Registry{Items: []bundles.RegistryKey{{Key: `HKLM\A`, Values: []bundles.RegistryValue{
		{Name: "Text", Data: []byte(`"x y"`)}, {Name: "Number", Data: []byte("443")}, {Name: "List", Data: []byte(`["a"]`)}, {Name: "Secret"},
	}}}})
	if diff := cmp.Diff(Vars{`hklm\a`: {"text": "x y", "number": "443"}}, v); diff != "" {
		t.Error(diff)
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

// TestSecretIsNoReference: a value whose name is secret stands for nothing, or a
// path, or a target, would tell it.
func TestSecretIsNoReference(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.conf")
	if err := os.WriteFile(file, []byte("Host = \"h\"\nDbPassword = \"hunter2\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &profiles.Profile{
		Config: []profiles.Config{{Name: "c", Paths: []string{file}, Keys: []string{"Host", "DbPassword"}}},
		Paths:  []profiles.Path{{Name: "told", Path: "/tmp/${c:DbPassword}"}, {Name: "host", Path: "/tmp/${c:Host}"}},
	}
	r, err := Read(context.Background(), p.Steps(), nil, func(name string) bool { return strings.Contains(name, "Password") })
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := r.Vars.Get("c", "DbPassword"); ok {
		t.Errorf("it is %q", v)
	}
	for _, item := range r.Paths {
		if strings.Contains(item.Path, "hunter2") {
			t.Errorf("path %s", item.Path)
		}
	}
	if v, ok := r.Vars.Get("c", "Host"); !ok || v != "h" {
		t.Errorf("the other one is %q, %v", v, ok)
	}
}
