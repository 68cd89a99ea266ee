package hostcheck

import (
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
)

// plainPath makes paths and exclusions comparable: lower case, one separator, no
// quotes, and nothing behind the folder that is meant.
func plainPath(path string) string {
	path = strings.ToLower(strings.ReplaceAll(strings.Trim(path, `" `), "/", `\`))
	path, _, _ = strings.Cut(path, `\:{`) // what the exclusion is limited to
	path = strings.TrimPrefix(strings.TrimPrefix(path, `\\?\`), `\??\`)
	for _, all := range []string{`\*.*`, `\*`} {
		path = strings.TrimSuffix(strings.TrimRight(path, `\`), all)
	}
	return strings.TrimRight(path, `\`)
}

// withoutDrive is a plain path without its drive, so that a list of folders holds
// whatever the system's drive is.
func withoutDrive(path string) string {
	if len(path) > 1 && path[1] == ':' {
		return path[2:]
	}
	return path
}

// environment has the folders that variables of Windows stand for, on the drive on
// which the system is.
func environment(drive string) map[string]string {
	return map[string]string{
		"systemdrive": drive, "systemroot": drive + `\windows`, "windir": drive + `\windows`,
		"programdata": drive + `\programdata`, "allusersprofile": drive + `\programdata`,
		"programfiles": drive + `\program files`, "programw6432": drive + `\program files`, "programfiles(x86)": drive + `\program files (x86)`,
		"commonprogramfiles": drive + `\program files\common files`, "public": drive + `\users\public`,
	}
}

// expandPath replaces variables in a plain path. ok is false when one is not known.
func expandPath(path, drive string) (out string, ok bool) {
	env := environment(drive)
	for {
		head, rest, found := strings.Cut(path, "%")
		name, tail, closed := strings.Cut(rest, "%")
		if !found || !closed {
			return out + path, !found
		}
		value, known := env[name]
		if !known {
			return "", false
		}
		out, path = out+head+value, tail
	}
}

// covers reports whether an exclusion leaves a folder alone, both plain: it names
// the folder or one above it. A * or ? stands for something within one name; a
// short name such as progra~1 for names that begin so.
func covers(exclusion, folder string) bool {
	want, have := strings.Split(exclusion, `\`), strings.Split(folder, `\`)
	if exclusion == "" || len(want) > len(have) {
		return exclusion == "*"
	}
	for i, w := range want {
		if !nameMatches(w, have[i]) {
			return false
		}
	}
	return true
}

// nameMatches compares one name of a path with that of an exclusion.
func nameMatches(pattern, name string) bool {
	if head, number, ok := strings.Cut(pattern, "~"); ok && len(head) == 6 && number != "" {
		squeezed := strings.NewReplacer(" ", "", ".", "").Replace(name)
		return strings.HasPrefix(squeezed, head)
	}
	return wild(pattern, name)
}

// wild matches * and ?. It looks back to the last * only, which is enough.
func wild(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p, t = p+1, t+1
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// exclusions are what Microsoft Defender leaves alone, of all stores.
type exclusions struct {
	plain   []string
	unclear []string // why a list, or an entry, does not tell all
	policy  bool     // there are some by policy
}

// exclusionsOf joins the lists of folders of all stores, as Defender does.
func exclusionsOf(fact bundles.Antivirus, drive string) (e exclusions) {
	if on(fact, "HideExclusionsFromLocalAdmins") {
		e.unclear = append(e.unclear, "exclusions are hidden from administrators (HideExclusionsFromLocalAdmins)")
	}
	onlyPolicy := on(fact, "DisableLocalAdminMerge")
	local := func(list bundles.ExclusionList) bool { return list.Kind == "paths" && list.Store == bundles.StoreLocal }
	if !onlyPolicy && !slices.ContainsFunc(fact.Exclusions, local) {
		e.unclear = append(e.unclear, "the local list of exclusions was not read")
	}
	for _, list := range fact.Exclusions {
		switch {
		case list.Kind != "paths" || onlyPolicy && list.Store == bundles.StoreLocal:
			continue
		case list.Error != "":
			e.unclear = append(e.unclear, "the "+list.Store+" list of exclusions: "+list.Error)
		}
		e.policy = e.policy || list.Exists && list.Store != bundles.StoreLocal
		for _, v := range list.Values {
			path, ok := expandPath(plainPath(v), drive)
			if !ok {
				e.unclear = append(e.unclear, "exclusion "+v+" has a variable that is not known here")
				continue
			}
			e.plain = append(e.plain, path)
		}
	}
	return e
}

// covers reports whether any of the exclusions leaves a folder alone.
func (e exclusions) covers(folder string) bool {
	return slices.ContainsFunc(e.plain, func(x string) bool { return covers(x, folder) })
}

// on reports whether a setting of Defender is 1 in any store.
func on(fact bundles.Antivirus, name string) bool {
	return fact.Defender != nil && slices.ContainsFunc(fact.Defender.Settings, func(s bundles.DefenderSetting) bool {
		return strings.EqualFold(s.Name, name) && s.Error == "" && s.Value == 1
	})
}
