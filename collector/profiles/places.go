package profiles

import (
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// variables of Windows that paths may refer to. Others may have anything in
// them, and what a path stands for is told.
var variables = []string{
	"allusersprofile", "commonprogramfiles", "commonprogramfiles(x86)", "commonprogramw6432", "programdata", "programfiles",
	"programfiles(x86)", "programw6432", "public", "systemdrive", "systemroot", "windir",
}

var (
	variableRE = regex.MustCompile(`%([^%\\/]*)%`)
	// shortRE is a name as DOS had it: a second name of a file that has another.
	shortRE = regex.MustCompile(`~[0-9]`)
)

// place checks that a path is one of this machine's own files, by the only name
// that it has: no server's, no device's, no stream of a file, and no name that
// the system takes for another one.
func (v *validator) place(at, p string) {
	if strings.HasPrefix(p, "/") {
		v.check(len(p) < 2 || p[1] != '/' && p[1] != '\\', at, "%.300q is a path of another machine, or of a device", p)
		return
	}
	for _, m := range variableRE.FindAllStringSubmatch(p) {
		v.check(slices.Contains(variables, strings.ToLower(m[1])), at, "%%%.80s%% is no folder of the system: its value could be anything", m[1])
	}
	rest := refRE.ReplaceAllLiteralString(p, "x")
	if len(rest) > 1 && rest[1] == ':' {
		rest = rest[2:]
	}
	v.check(!strings.Contains(rest, ":"), at, "%.300q has a colon behind the drive", p)
	v.check(!shortRE.MatchString(rest), at, "%.300q has a short name in it: write the long one", p)
	for elem := range strings.FieldsFuncSeq(rest, separator) {
		v.check(strings.TrimRight(elem, ". ") == elem, at, "%.300q has a name that ends in a dot or a blank", p)
		v.check(!device(elem), at, "%.300q has the name of a device in it", p)
	}
}

// device reports whether Windows takes a name for a device, in whatever folder.
func device(name string) bool {
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	port := len(name) == 4 && strings.Trim(name[3:], "0123456789") == "" && (name[:3] == "com" || name[:3] == "lpt")
	return port || slices.Contains([]string{"con", "prn", "aux", "nul", "conin$", "conout$"}, name)
}

func separator(r rune) bool { return r == '/' || r == '\\' }

// wide are folders of everybody and of everything: what is deep in them has to
// be named more closely.
var wide = []string{"etc", "home", "media", "mnt", "proc", "root", "srv", "usr", "var", "users", "windows", "programdata", "program files", "program files (x86)"}

// Narrow reports whether a glob names enough before its first wildcard: one that
// looks into all folders begins in one that is not wide, and one below the
// folders of people says whose.
func Narrow(glob string) bool {
	var named []string
	for elem := range strings.FieldsFuncSeq(strings.ToLower(glob), separator) {
		if strings.ContainsAny(elem, "*?") {
			break
		}
		if !strings.HasSuffix(elem, ":") {
			named = append(named, strings.Trim(elem, "%"))
		}
	}
	if len(named) != 1 || !strings.ContainsAny(glob, "*?") {
		return len(named) > 0 || !strings.Contains(glob, "**")
	}
	deep := strings.Contains(glob, "**")
	return !slices.Contains(ofPeople, named[0]) && !(deep && (slices.Contains(wide, named[0]) || slices.Contains(variables, named[0])))
}
