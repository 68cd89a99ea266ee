package packfile

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// version is a semantic version without build metadata.
type version struct {
	number [3]int
	pre    []string
}

var versionForm = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$`)

// ValidVersion reports whether s is a version that a pack can have.
func ValidVersion(s string) bool {
	_, err := parseVersion(s)
	return err == nil
}

// CompareVersions orders two versions as semver.org does; what is no version
// comes first.
func CompareVersions(a, b string) int {
	v, errA := parseVersion(a)
	w, errB := parseVersion(b)
	if errA != nil || errB != nil {
		return cmp.Compare(btoi(errA == nil), btoi(errB == nil))
	}
	return v.compare(w)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func parseVersion(s string) (version, error) {
	m := versionForm.FindStringSubmatch(s)
	if m == nil || len(s) > MaxNameBytes/2 {
		return version{}, fmt.Errorf("version %q is not of the form 1.2.3 or 1.2.3-rc.1", s)
	}
	var v version
	for i := range v.number {
		v.number[i], _ = strconv.Atoi(m[i+1]) // at most nine digits
	}
	if m[4] != "" {
		v.pre = strings.Split(m[4], ".")
	}
	return v, nil
}

// compare orders as semver.org does: a pre-release is before its release.
func (v version) compare(w version) int {
	for i := range v.number {
		if c := cmp.Compare(v.number[i], w.number[i]); c != 0 {
			return c
		}
	}
	if len(v.pre) == 0 || len(w.pre) == 0 {
		return cmp.Compare(len(w.pre), len(v.pre))
	}
	for i := range min(len(v.pre), len(w.pre)) {
		if c := comparePre(v.pre[i], w.pre[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(v.pre), len(w.pre))
}

// comparePre orders one word of a pre-release: numbers by value, before words.
func comparePre(a, b string) int {
	x, errA := strconv.ParseUint(a, 10, 64)
	y, errB := strconv.ParseUint(b, 10, 64)
	switch {
	case errA == nil && errB == nil:
		return cmp.Compare(x, y)
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return cmp.Compare(a, b)
}
