package simulator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Files lie behind a junction, whatever the case of their paths and the order
// of the texts; what was there, which may be a hard link, is not written to.
func TestPlaceAll(t *testing.T) {
	d := disk{dir: t.TempDir()}
	shared := filepath.Join(d.dir, "shared")
	old := filepath.Join(d.dir, "drive_c", "windows", "System32", "netsh.exe")
	for _, err := range []error{
		os.MkdirAll(filepath.Dir(old), 0o755), os.Mkdir(filepath.Join(d.dir, "drive_e"), 0o755),
		os.WriteFile(shared, []byte("of another prefix"), 0o600), os.Link(shared, old),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	in := &Incident{}
	for name, text := range map[string]string{
		`C:\ProgramData\ASR\home\a.conf`: "PS_IP = {ip}\n", `C:\ProgramData\ASR\home\wide.conf`: "A={ip}", `C:\Windows\system32\netsh.exe`: "new",
	} {
		if err := in.laySection(name, text); err != nil {
			t.Fatal(err)
		}
	}
	const files = `C:\ProgramData\ASR\home\a.conf | -2h
C:\ProgramData\ASR\home\wide.conf | -1d | utf-16
C:\programdata\asr\home\big.dat | -3d | size 1000000
C:\ProgramData\asr\home\full.dat | -1h | filled 5000
C:\ProgramData\ASR | | link to E:\Program Files (x86)\ASR
C:\Empty | -1d | dir`
	if err := eachLine(files, in.fileLine); err != nil {
		t.Fatal(err)
	}
	if err := d.placeAll(in.Files, noon, Vars{"ip": "127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(d.dir, "drive_e", "Program Files (x86)", "ASR", "home")
	if raw, err := os.ReadFile(filepath.Join(home, "a.conf")); err != nil || string(raw) != "PS_IP = 127.0.0.1\r\n" {
		t.Errorf("a.conf = %q, %v", raw, err)
	}
	if raw, err := os.ReadFile(filepath.Join(home, "wide.conf")); err != nil || string(raw) != "\xff\xfe"+strings.Join(strings.Split("A=127.0.0.1", ""), "\x00")+"\x00" {
		t.Errorf("wide.conf = %q, %v", raw, err)
	}
	for path, want := range map[string]struct {
		size int64
		age  time.Duration
	}{home + "/a.conf": {19, 2 * time.Hour}, home + "/big.dat": {1000000, 72 * time.Hour}, home + "/full.dat": {5000, time.Hour}, d.dir + "/drive_c/Empty": {-1, 24 * time.Hour}} {
		fi, err := os.Stat(path)
		if err != nil || want.size >= 0 && fi.Size() != want.size || !fi.ModTime().Equal(noon.Add(-want.age)) {
			t.Errorf("%s: %v, %v; want %+v", path, fi, err, want)
		}
	}
	if raw, err := os.ReadFile(shared); err != nil || string(raw) != "of another prefix" {
		t.Errorf("the other end of the link = %q, %v", raw, err)
	}
	if raw, err := os.ReadFile(old); err != nil || string(raw) != "new" {
		t.Errorf("netsh.exe = %q, %v", raw, err)
	}
	for _, path := range []string{`D`, `C:\..\x`, `C:\a\\b`, `x\y`} {
		if got, err := d.at(path); err == nil {
			t.Errorf("at(%q) = %q, want an error", path, got)
		}
	}
}
