package zipform

import (
	"errors"
	"strings"
	"testing"
)

func TestCleanName(t *testing.T) {
	long := strings.Repeat("a", MaxName)
	deep := strings.Repeat("a/", MaxDepth-1) + "a"
	good := map[string]string{
		"bundle.json":                     "bundle.json",
		"logs/cxps/C/ProgramData/a b.log": "logs/cxps/C/ProgramData/a b.log",
		"logs/x/home/user/größe…日本.log":   "logs/x/home/user/größe…日本.log",
		"./a":                             "a",
		"././a/b":                         "a/b",
		"dir/":                            "dir",
		"...":                             "...",
		".hidden":                         ".hidden",
		"a..b/c":                          "a..b/c",
		long:                              long,
		deep:                              deep,
	}
	for raw, want := range good {
		if got, err := CleanName(raw); got != want || err != nil {
			t.Errorf("CleanName(%q) = %q, %v, want %q", raw, got, err, want)
		}
	}
	bad := []string{
		"", ".", "..", "/", "./", "./.", "/etc/passwd", "//server/share/x", "../moo", "a/../../b", "a/..", "a//b", "a/./b", "dir//",
		`..\..\Temp\evil.txt`, `C:\Windows\x`, "C:/x", "c:x", `\\server\share`, `a\b`, "file.log:stream", "a:", "logs/x/C:/y",
		"a\x00b", "a\nb", "\x1b[31mred", "a\x7f", "a\u0085b", "\xff\xfe", "a/\xc3", long + "a", deep + "/a",
	}
	for _, raw := range bad {
		if got, err := CleanName(raw); !errors.Is(err, ErrName) {
			t.Errorf("CleanName(%q) = %q, %v, want ErrName", raw, got, err)
		}
	}
}
