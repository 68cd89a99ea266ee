package profiles

import "strings"

// ForRoles is the part of a profile that its role rules need: roles, and what
// they refer to.
func (p *Profile) ForRoles() *Profile { return p.forRoles().part() }

// ForPath is the part of a profile that a named path needs.
func (p *Profile) ForPath(name string) *Profile {
	n := &needed{p: p, paths: map[string]bool{}, config: map[string]bool{}, keys: map[string]bool{}}
	n.refs("${" + name + "}")
	return n.part()
}

// ForPreview is the part of a profile without which it cannot be said what the
// rest of it means on a machine: what roles, paths, files, logs, probes and the
// proxy refer to.
func (p *Profile) ForPreview() *Profile {
	n := p.forRoles()
	for _, path := range p.Paths {
		n.refs("${" + path.Name + "}")
	}
	for _, f := range p.Files {
		n.refs(f.Path, f.Glob)
	}
	for _, l := range p.Logs {
		n.refs(l.Globs...)
	}
	for _, pr := range p.Probes {
		n.refs(pr.Target)
		n.setting(pr.FromConfig, pr.FromRegistry)
		if pr.If != nil {
			n.condition(*pr.If)
		}
	}
	n.inventory()
	return n.part()
}

func (n *needed) inventory() {
	p := n.p
	if p.Cache != nil {
		n.refs(p.Cache.Root)
	}
	for _, c := range p.Certificates {
		n.refs(c.File, c.Thumbprint)
	}
	if p.Antivirus != nil {
		n.refs(p.Antivirus.Folders...)
	}
	if p.Firewall != nil {
		n.refs(p.Firewall.Ports...)
	}
}

// needed collects what is referred to, however far.
type needed struct {
	p      *Profile
	paths  map[string]bool
	config map[string]bool
	keys   map[string]bool // of the registry, in lower case
}

func (p *Profile) forRoles() *needed {
	n := &needed{p: p, paths: map[string]bool{}, config: map[string]bool{}, keys: map[string]bool{}}
	for _, r := range p.Roles {
		for _, c := range r.All {
			n.condition(c)
		}
	}
	return n
}

func (n *needed) condition(c Condition) {
	n.refs(c.File)
	n.file(c.Config)
	n.keys[strings.ToLower(c.Registry)] = true
}

func (n *needed) setting(c *FromConfig, r *FromRegistry) {
	if c != nil {
		n.file(c.Config)
	}
	if r != nil {
		n.keys[strings.ToLower(r.Key)] = true
	}
}

func (n *needed) refs(list ...string) {
	for _, path := range list {
		for _, ref := range Refs(path) {
			name, _, pair := strings.Cut(ref, ":")
			switch {
			case pair && strings.Contains(name, `\`):
				n.keys[strings.ToLower(name)] = true
			case pair:
				n.file(name)
			case !n.paths[name]:
				n.paths[name] = true
				if i := n.p.pathIndex(name); i >= 0 {
					n.refs(n.p.Paths[i].Path)
				}
			}
		}
	}
}

func (n *needed) file(name string) {
	if name == "" || n.config[name] {
		return
	}
	n.config[name] = true
	if i := n.p.configIndex(name); i >= 0 {
		n.refs(n.p.Config[i].Paths...)
	}
}

func (n *needed) part() *Profile {
	out := &Profile{Name: n.p.Name, Roles: n.p.Roles}
	for _, p := range n.p.Paths {
		if n.paths[p.Name] {
			out.Paths = append(out.Paths, p)
		}
	}
	for _, c := range n.p.Config {
		if n.config[c.Name] {
			out.Config = append(out.Config, c)
		}
	}
	for _, r := range n.p.Registry {
		if n.keys[strings.ToLower(r.Key)] {
			out.Registry = append(out.Registry, r)
		}
	}
	return out
}
