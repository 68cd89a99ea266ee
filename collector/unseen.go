package collector

import (
	"cmp"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// unseen says why nobody knows what a path of the profile stands for. It is ""
// when that is known, and when it is known to be nothing on this machine: a key
// that is not in its file, a variable that is not set.
func (k settings) unseen(p *profiles.Profile, path string) string {
	refs := profiles.Refs(path)
	known := len(refs) > 0
	for _, ref := range refs {
		name, key, _ := strings.Cut(ref, ":")
		if val, ok := k.conf.Vars.Get(name, key); ok && val != "" {
			continue
		}
		known = false
		if why := k.unseenRef(p, ref); why != "" {
			return why
		}
	}
	if known {
		return "what it refers to leads to no path that may be read"
	}
	return ""
}

// unseenRef is unseen for one reference whose value is not known.
func (k settings) unseenRef(p *profiles.Profile, ref string) string {
	name, key, pair := strings.Cut(ref, ":")
	switch {
	case !pair:
		return k.unseenPath(p, name)
	case strings.Contains(name, `\`):
		return k.unseenValue(name, key)
	}
	return k.unseenConfig(p, name)
}

func (k settings) unseenPath(p *profiles.Profile, name string) string {
	for i, item := range k.conf.Paths {
		switch {
		case item.Name != name:
		case item.Error != "":
			return name + ": " + item.Error
		case i < len(p.Paths) && item.Path == p.Paths[i].Path:
			return k.unseen(p, item.Path)
		default:
			return ""
		}
	}
	return name + " was not looked at"
}

func (k settings) unseenConfig(p *profiles.Profile, name string) string {
	for _, item := range k.conf.Fact.Items {
		switch {
		case item.Name != name:
		case item.Error != "":
			return name + ": " + item.Error
		default:
			return k.unseenFile(p, name)
		}
	}
	return name + " was not read"
}

// unseenFile says why it is not known whether a configuration file exists.
func (k settings) unseenFile(p *profiles.Profile, name string) (why string) {
	for _, c := range p.Config {
		if c.Name != name || !k.conf.Unknown[name] {
			continue
		}
		for _, path := range c.Paths {
			if _, ok := k.conf.Vars.Expand(path); !ok {
				why = cmp.Or(why, k.unseen(p, path))
			}
		}
	}
	return why
}

func (k settings) unseenValue(key, value string) string {
	if !hasRegistry {
		return "" // of another system
	}
	for _, item := range k.reg.Items {
		if !strings.EqualFold(item.Key, key) {
			continue
		}
		if item.Error != "" {
			return key + ": " + item.Error
		}
		for _, v := range item.Values {
			if strings.EqualFold(v.Name, value) && v.Error != "" {
				return key + " " + value + ": " + v.Error
			}
		}
		return ""
	}
	return key + " was not read"
}

// namedPaths are the named paths as they were resolved. One that refers to what
// could not be looked at is not said to be absent.
func (k settings) namedPaths(p *profiles.Profile) []bundles.FileInfo {
	out := append([]bundles.FileInfo(nil), k.conf.Paths...)
	for i := range out {
		if out[i].Error != "" || out[i].Exists || i >= len(p.Paths) {
			continue
		}
		if _, ok := k.conf.Vars.Expand(p.Paths[i].Path); !ok {
			out[i].Error = k.unseen(p, p.Paths[i].Path)
		}
	}
	return out
}
