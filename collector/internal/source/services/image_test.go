package services

import (
	"io/fs"
	"strings"
	"testing"
	"time"
)

type fakeInfo struct{ dir bool }

func (i fakeInfo) Name() string       { return "" }
func (i fakeInfo) Size() int64        { return 0 }
func (i fakeInfo) Mode() fs.FileMode  { return 0 }
func (i fakeInfo) ModTime() time.Time { return time.Time{} }
func (i fakeInfo) IsDir() bool        { return i.dir }
func (i fakeInfo) Sys() any           { return nil }

func TestImageExists(t *testing.T) {
	disk := map[string]string{
		`c:\windows\system32\svchost.exe`:                   "file",
		`c:\windows\system32\drivers\indskflt.sys`:          "file",
		`c:\program files\azure agent\bin\cbengine.exe`:     "file",
		`c:\program files`:                                  "folder",
		`c:\programdata\asr\home\svsystems\bin\tmansvc.exe`: "file",
		`d:\secret`: "denied",
	}
	stat := func(path string) (fs.FileInfo, error) {
		switch disk[strings.ToLower(path)] {
		case "file":
			return fakeInfo{}, nil
		case "folder":
			return fakeInfo{true}, nil
		case "denied":
			return nil, fs.ErrPermission
		}
		return nil, fs.ErrNotExist
	}
	for line, want := range map[string]string{
		`C:\Windows\system32\svchost.exe -k netsvcs -p`: "true",
		`svchost -k x`: "true",
		`"C:\Program Files\Azure Agent\bin\cbengine.exe" /s "a b"`: "true",
		`C:\Program Files\Azure Agent\bin\cbengine.exe /service`:   "true",
		`C:\Program Files\Azure Agent\bin\gone.exe /service`:       "false",
		`"C:\Program Files"`:                           "false",
		`\SystemRoot\System32\drivers\InDskFlt.sys`:    "true",
		`system32\drivers\InDskFlt.sys`:                "true",
		`\??\C:\Windows\System32\drivers\InDskFlt.sys`: "true",
		`\ProgramData\ASR/home/svsystems/bin/tmansvc`:  "true",
		`D:\secret`:                "unknown",
		`\\server\share\x.exe`:     "unknown",
		`"\\server\share\x.exe" a`: "unknown",
		``:                         "unknown",
		`"`:                        "unknown",
	} {
		got := "unknown"
		if b := imageExists(line, `C:\Windows`, stat); b != nil {
			got = map[bool]string{true: "true", false: "false"}[*b]
		}
		if got != want {
			t.Errorf("%s: %s, want %s (%q)", line, got, want, imagePaths(line, `C:\Windows`))
		}
	}
	if n := len(imagePaths(strings.Repeat("a ", 10_000), `C:\Windows`)); n > 2*maxCandidates+4 {
		t.Errorf("%d places for a line with many blanks", n)
	}
}

func FuzzImagePaths(f *testing.F) {
	f.Add(`"C:\a b\c.exe" -x`)
	f.Add(`\SystemRoot\x`)
	f.Fuzz(func(t *testing.T, line string) {
		for _, p := range imagePaths(line, `C:\Windows`) {
			if p == "" || strings.HasPrefix(p, `\\`) {
				t.Errorf("%q means %q", line, p)
			}
		}
	})
}
