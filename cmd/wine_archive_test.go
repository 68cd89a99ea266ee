package cmd

import (
	"archive/zip"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

// openedByOthers: what the Windows asrcollect wrote is an archive to other
// programs, too, and all of its names can be had on Windows.
func openedByOthers(t *testing.T, file string) {
	t.Helper()
	for _, c := range [][]string{
		{"unzip", "-tqq", file},
		{"7z", "t", "-bso0", "-bsp0", file},
		{"bsdtar", "-xOf", file},
		{"python3", "-c", "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nsys.exit(z.testzip() is not None or z.comment != b'')", file},
	} {
		cmd := exec.Command(program.Path(t, c[0]), c[1:]...)
		cmd.Stdout = nil
		var errs strings.Builder
		cmd.Stderr = &errs
		if err := cmd.Run(); err != nil || errs.Len() > 0 {
			t.Errorf("%s: %v\n%s", c[0], err, errs.String())
		}
	}
	r, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, f := range r.File {
		if why := notForWindows(f.Name); why != "" {
			t.Errorf("%q: %s", f.Name, why)
		}
		if utf8 := f.Flags&0x800 != 0; !utf8 && strings.ContainsFunc(f.Name, func(r rune) bool { return r > '~' }) {
			t.Errorf("%q: not marked as UTF-8", f.Name)
		}
		if f.Modified.Year() < 2020 {
			t.Errorf("%q: its time is %v", f.Name, f.Modified)
		}
	}
}

var (
	illegal = regexp.MustCompile(`[<>:"|?*\\\x00-\x1f]`)
	devices = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9]) *(\.|$)`)
)

// notForWindows says why a name of an archive cannot be a file of Windows.
func notForWindows(name string) string {
	if strings.HasPrefix(name, "/") {
		return "it begins at the root"
	}
	for elem := range strings.SplitSeq(name, "/") {
		switch {
		case elem == "" || illegal.MatchString(elem):
			return "an element that cannot be"
		case devices.MatchString(elem):
			return "a device"
		case strings.TrimRight(elem, ". ") != elem:
			return "a dot or a blank at the end of an element"
		}
	}
	return ""
}

func TestNotForWindows(t *testing.T) {
	for name, bad := range map[string]bool{
		"logs/a b/c.log": false, "a": false, "a/console.log": false, "a/Con.log": true, "a/lpt1/b": true, "a./b": true, "a /b": true,
		"a:b": true, "/a": true, "a//b": true, "a?": true, "a\x01": true,
	} {
		if got := notForWindows(name); (got != "") != bad {
			t.Errorf("%q: %q", name, got)
		}
	}
}
