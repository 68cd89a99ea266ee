package profiles

import (
	"fmt"
	"strings"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// Roots of the registry that a profile may name: the machine's, and those of the
// system's own accounts. The hives of people are not among them.
var (
	keyRE = regex.MustCompile(`^(HKLM|HKU\\(S-1-5-(18|19|20)|\.DEFAULT))(\\[^\\*?]{1,255})+$`)
	// manyRE is a key with a wildcard: at least two named keys are above it.
	manyRE = regex.MustCompile(`^(HKLM|HKU\\(S-1-5-(18|19|20)|\.DEFAULT))(\\[^\\*?]{1,255}){2,}\\\*(\\[^\\*?]{1,255})*$`)
	vaults = regex.MustCompile(`(?i)^HKLM\\(SAM|SECURITY)(\\|$)|^HKLM\\SYSTEM\\(Current)?ControlSet[0-9]*\\(Control\\Lsa(\\(JD|Skew1|GBG|Data)(\\|$)|$)|Services\\SNMP(\\|$))`)
	rootRE = regex.MustCompile(`^[A-Za-z]:[\\/]|^%[A-Za-z0-9()_]+%([\\/]|$)`)
	refRE  = regex.MustCompile(`\$\{([^{}]*)\}`)
)

// Refs are what the references ${...} of a path stand for: the name of a path,
// "config:key" or "HKLM\key:value".
func Refs(path string) []string {
	var out []string
	for _, m := range refRE.FindAllStringSubmatch(path) {
		out = append(out, m[1])
	}
	return out
}

// Upward reports whether a path has an element that leads up or nowhere. Windows
// takes blanks and dots off the end of a name.
func Upward(path string) bool {
	for elem := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if strings.Trim(elem, ". ") == "" {
			return true
		}
	}
	return false
}

// Bounded reports whether a glob names a folder, not only a drive, before its
// first wildcard.
func Bounded(glob string) bool {
	first := strings.IndexAny(glob, "*?")
	if first < 0 {
		return true
	}
	folder := strings.Trim(glob[:strings.LastIndexAny(glob[:first], `/\`)+1], `/\`)
	return folder != "" && !(len(folder) == 2 && folder[1] == ':')
}

// maxDeep is how many ** a glob may have.
const maxDeep = 2

func (v *validator) path(at, p string, glob bool) {
	v.place(at, p)
	v.check(strings.HasPrefix(p, "/") || strings.HasPrefix(p, "${") || rootRE.MatchString(p), at, "%.300q has to be an absolute path", p)
	v.check(!Upward(p), at, "%.300q must not go up with .. nor have . as an element", p)
	v.check(!strings.ContainsAny(refRE.ReplaceAllLiteralString(p, ""), "{}") || !strings.Contains(p, "${"), at, "%.300q has a reference without an end", p)
	if !glob {
		v.check(!strings.ContainsAny(p, "*?"), at, "%.300q must not have wildcards", p)
	} else {
		v.check(Bounded(p), at, "%.300q has to name a folder before the first wildcard", p)
		v.check(strings.Count(p, "**") <= maxDeep, at, "%.300q has more than %d **", p, maxDeep)
		v.check(Narrow(p), at, "%.300q would go through a folder of everything, or of everybody: name one in it before the first wildcard", p)
	}
	for _, ref := range Refs(p) {
		v.reference(at, ref)
	}
}

// reference looks whether what ${ref} stands for is in the profile.
func (v *validator) reference(at, ref string) {
	name, key, pair := strings.Cut(ref, ":")
	switch {
	case !pair:
		v.check(v.p.pathIndex(name) >= 0, at, "${%.120s} is not in paths", ref)
	case strings.Contains(name, `\`):
		v.registryValue(at, name, at, key, false)
	default:
		v.configKey(at, name, at, key)
	}
}

func (p *Profile) pathIndex(name string) int {
	for i, item := range p.Paths {
		if item.Name == name {
			return i
		}
	}
	return -1
}

func (p *Profile) configIndex(name string) int {
	for i, c := range p.Config {
		if c.Name == name {
			return i
		}
	}
	return -1
}

func (p *Profile) registry(key string) (Registry, bool) {
	for _, r := range p.Registry {
		if strings.EqualFold(r.Key, key) {
			return r, true
		}
	}
	return Registry{}, false
}

// configKey looks whether a key is among those that are read of a file.
func (v *validator) configKey(at, name, atKey, key string) {
	i := v.p.configIndex(name)
	if !v.check(i >= 0, at, "%.120q is not in config", name) {
		return
	}
	bare := key[strings.LastIndexByte(key, ':')+1:]
	ok := false
	for _, k := range v.p.Config[i].Keys {
		ok = ok || key != "" && (strings.EqualFold(k, key) || strings.EqualFold(k, bare))
	}
	v.check(ok, atKey, "%.120q is not a key of config %s", key, name)
}

// registryValue looks whether a value is among those that are read of a key.
func (v *validator) registryValue(at, key, atValue, value string, presence bool) {
	r, ok := v.p.registry(key)
	if !v.check(ok, at, "%.300q is not in registry", key) {
		return
	}
	v.check(!strings.Contains(key, "*"), at, "%.300q is many keys", key)
	list := r.Values
	if presence {
		list = append(append([]string{}, list...), r.Presence...)
	}
	ok = false
	for _, name := range list {
		ok = ok || strings.EqualFold(name, value)
	}
	v.check(ok, atValue, "%.120q is not among the values of %s", value, r.Key)
}

func (v *validator) registry() {
	for i, r := range v.p.Registry {
		at := fmt.Sprintf("registry[%d]", i)
		v.check((keyRE.MatchString(r.Key) || manyRE.MatchString(r.Key)) && strings.TrimSpace(r.Key) == r.Key, at+".key", `%.300q has to be HKLM\... or HKU\..., without wildcards but one whole element, *, below the second`, r.Key)
		v.check(!vaults.MatchString(r.Key), at+".key", "%.300q holds secrets only and is never read", r.Key)
		v.unique("registry", at+".key", r.Key)
		v.why(at+".key", r.Why)
		v.most(at+".values", len(r.Values)+len(r.Presence), maxInside)
		for j, n := range r.Values {
			v.unique(r.Key, fmt.Sprintf("%s.values[%d]", at, j), "="+n)
		}
		for j, n := range r.Presence {
			v.unique(r.Key, fmt.Sprintf("%s.presence[%d]", at, j), "="+n)
		}
	}
}

// references looks whether what paths and configuration files refer to can be
// known before them.
func (v *validator) references() {
	for i, p := range v.p.Paths {
		for _, ref := range Refs(p.Path) {
			if !strings.Contains(ref, ":") {
				v.check(v.p.pathIndex(ref) < i, fmt.Sprintf("paths[%d].path", i), "${%.120s} has to be above it", ref)
			}
		}
	}
	for i, c := range v.p.Config {
		for j, path := range c.Paths {
			for _, ref := range Refs(path) {
				name, _, pair := strings.Cut(ref, ":")
				v.check(!pair || v.p.configIndex(name) < i, fmt.Sprintf("config[%d].paths[%d]", i, j), "${%.120s} has to be above it", ref)
			}
		}
	}
	if _, stuck := v.p.order(); len(v.errs) == 0 && stuck != "" {
		v.check(false, stuck, "paths and config refer to each other in a ring")
	}
}
