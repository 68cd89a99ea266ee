package profiles

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/programs"
	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// Limits of one profile.
const (
	maxItems   = 500 // of one list
	maxInside  = 200 // globs, keys, values, paths, conditions of one item
	maxMined   = 8   // targets of one probe
	maxProbes  = 64  // connection tests: more would be a search for servers
	maxClocks  = 16
	maxPattern = 1000     // bytes of a regular expression
	maxCap     = 16 << 30 // bytes: no bundle holds more
)

// OS names that profiles may have.
var systems = []string{"linux", "windows"}

var (
	roleWords   = []string{bundles.RoleProcessServer, bundles.RoleSourceMachine, bundles.RoleUnknown}
	deployments = []string{"", "configuration-server", "configuration-server-only", "standalone", "azure-failback", "master-target", "appliance"}
)

var (
	nameRE    = regex.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	labelRE   = regex.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	versionRE = regex.MustCompile(`^\d{1,9}(\.\d{1,9}){0,2}(-[0-9A-Za-z.-]{1,64})?(\+[0-9A-Za-z.-]{1,64})?$`)
)

// Validate reports everything that is wrong with a profile. Each error begins
// with the member that it speaks of, as in logs[0].globs[1].
func (p *Profile) Validate() error {
	v := &validator{p: p, names: map[string]bool{}}
	v.head()
	v.most("probes", len(p.Probes), maxProbes)
	if !v.bounded() || len(p.Probes) > maxProbes {
		return v.join()
	}
	v.roles()
	v.paths()
	v.watched()
	v.registry()
	v.configs()
	v.references()
	v.files()
	v.logs()
	v.probes()
	v.proxies()
	v.commands()
	v.time()
	v.inventory()
	v.sending()
	return v.join()
}

type validator struct {
	p     *Profile
	errs  []error
	names map[string]bool
}

// maxErrors is how many mistakes are told.
const maxErrors = 50

func (v *validator) join() error {
	if more := len(v.errs) - maxErrors; more > 0 {
		v.errs = append(v.errs[:maxErrors], fmt.Errorf("profile: %d more mistakes", more))
	}
	return errors.Join(v.errs...)
}

func (v *validator) check(ok bool, member, format string, args ...any) bool {
	if !ok {
		v.errs = append(v.errs, fmt.Errorf("%s: %s", member, fmt.Sprintf(format, args...)))
	}
	return ok
}

// label checks the name of an item that others, or checks, look for.
func (v *validator) label(kind, at, name, why string) {
	v.check(name != "", at, "is missing")
	v.check(name == "" || labelRE.MatchString(name), at, "%.120q has to be letters, digits, dots, hyphens and underscores", name)
	v.unique(kind, at, name)
	v.why(at, why)
}

func (v *validator) unique(kind, at, name string) {
	key := kind + "\x00" + strings.ToLower(name)
	v.check(name == "" || !v.names[key], at, "%.120q is there twice", name)
	v.names[key] = true
}

// why is a member of the item that at, one of its members, belongs to.
func (v *validator) why(at, why string) {
	v.check(strings.TrimSpace(why) != "", at[:strings.LastIndexByte(at, '.')]+".why", "is missing: say which check or step asks for it")
}

// most bounds a list.
func (v *validator) most(at string, n, limit int) {
	v.check(n <= limit, at, "has %d entries, at most %d", n, limit)
}

func (v *validator) head() {
	p := v.p
	v.check(nameRE.MatchString(p.Name), "name", "%.120q has to be lower-case words with hyphens", p.Name)
	v.check(versionRE.MatchString(p.Version), "version", "%.120q has to be a version as 1.0.0", p.Version)
	for i, goos := range p.OS {
		at := fmt.Sprintf("os[%d]", i)
		v.check(slices.Contains(systems, goos), at, "%.120q is not one of %s", goos, strings.Join(systems, ", "))
		v.unique("os", at, goos)
	}
}

// bounded reports whether no list is too long to be looked at.
func (v *validator) bounded() bool {
	p, before := v.p, len(v.errs)
	for _, list := range []struct {
		member string
		n      int
	}{
		{"roles", len(p.Roles)},
		{"paths", len(p.Paths)},
		{"services", len(p.Services)},
		{"processes.watch", len(p.Processes.Watch)},
		{"connections.processes", len(p.Connections.Processes)},
		{"registry", len(p.Registry)},
		{"config", len(p.Config)},
		{"files", len(p.Files)},
		{"logs", len(p.Logs)},
		{"proxy", len(p.Proxy)},
		{"commands", len(p.Commands)},
		{"time.services", len(p.Time.Services)},
		{"events", len(p.Events)},
		{"certificates", len(p.Certificates)},
		{"encrypt_to", len(p.EncryptTo)},
	} {
		v.most(list.member, list.n, maxItems)
	}
	return len(v.errs) == before
}

func (v *validator) roles() {
	for i, r := range v.p.Roles {
		at := fmt.Sprintf("roles[%d]", i)
		v.check(slices.Contains(roleWords, r.Role), at+".role", "%.120q is not one of %s", r.Role, strings.Join(roleWords, ", "))
		v.check(slices.Contains(deployments, r.Deployment), at+".deployment", "%.120q is not one of %s", r.Deployment, strings.Join(deployments[1:], ", "))
		v.why(at+".role", r.Why)
		v.check(len(r.All) > 0, at+".all", "is empty")
		v.most(at+".all", len(r.All), maxInside)
		for j, c := range r.All {
			v.condition(fmt.Sprintf("%s.all[%d]", at, j), c)
		}
	}
}

func (v *validator) condition(at string, c Condition) {
	if !v.check(count(c.File != "", c.Service != "", c.Config != "", c.Registry != "") == 1, at, "has to have exactly one of file, service, config and registry") {
		return
	}
	v.check(c.Key == "" || c.Config != "", at+".key", "belongs to config only")
	v.check(c.Value == "" || c.Registry != "", at+".value", "belongs to registry only")
	v.check(c.Equals == nil || c.Key != "" || c.Value != "", at+".equals", "needs a key of config or a value of registry")
	switch {
	case c.File != "":
		v.path(at+".file", c.File, false)
	case c.Config != "":
		v.configKey(at+".config", c.Config, at+".key", c.Key)
	case c.Registry != "" && c.Value == "":
		_, ok := v.p.registry(c.Registry)
		v.check(ok, at+".registry", "%.300q is not in registry", c.Registry)
		v.check(!strings.Contains(c.Registry, "*"), at+".registry", "%.300q is many keys", c.Registry)
	case c.Registry != "":
		v.registryValue(at+".registry", c.Registry, at+".value", c.Value, c.Equals == nil)
	}
}

func count(set ...bool) int {
	n := 0
	for _, s := range set {
		if s {
			n++
		}
	}
	return n
}

func (v *validator) paths() {
	for i, p := range v.p.Paths {
		at := fmt.Sprintf("paths[%d]", i)
		v.label("files", at+".name", p.Name, p.Why)
		v.path(at+".path", p.Path, false)
		v.check(p.Resolve == "" || p.Resolve == ResolveLinks || p.Resolve == ResolveVolume, at+".resolve", "%.120q is not %q or %q", p.Resolve, ResolveLinks, ResolveVolume)
	}
}

func (v *validator) watched() {
	p := v.p
	for i, s := range p.Services {
		at := fmt.Sprintf("services[%d].name", i)
		v.service(at, s)
		v.check(s.OS == "" || slices.Contains(systems, s.OS), fmt.Sprintf("services[%d].os", i), "%.120q is not one of %s", s.OS, strings.Join(systems, ", "))
		v.why(at, s.Why)
	}
	v.patterns("processes.watch", p.Processes.Watch, p.Processes.Why)
	for i, w := range p.Processes.Watch { // their command lines are read
		letters := strings.Trim(strings.TrimSuffix(strings.ToLower(w), ".exe"), "*?")
		v.check(!strings.ContainsAny(w, "*?[") || len(letters) > 3, fmt.Sprintf("processes.watch[%d]", i), "%.120q has to name something", w)
	}
	v.patterns("connections.processes", p.Connections.Processes, p.Connections.Why)
}

// service checks what one item of services names. Folders are looked at before
// anything that a reference could stand for.
func (v *validator) service(at string, s Service) {
	v.unique("services", at, s.Name+s.Folder)
	if s.Folder == "" {
		v.check(s.Name != "" && len(s.Name) <= 256, at, "%.120q is not the name of a service", s.Name)
		v.check(!strings.Contains(s.Name, "*") || s.Name == "*", at, "%.120q: * is every service and stands alone", s.Name)
		return
	}
	in := strings.TrimSuffix(at, "name") + "folder"
	v.check(s.Name == "", in, "stands without name")
	v.check(s.OS == systems[1], in, "needs os %q", systems[1])
	v.check(!strings.Contains(s.Folder, "${"), in, "%.300q must not have references", s.Folder)
	v.path(in, s.Folder, false)
	v.check(strings.Count(strings.Trim(s.Folder, `\`), `\`) > 0, in, "%.300q has to name a folder", s.Folder)
}

func (v *validator) patterns(member string, list []string, why string) {
	for i, w := range list {
		v.pattern(fmt.Sprintf("%s[%d]", member, i), w)
	}
	if len(list) > 0 {
		v.why(member, why)
	}
}

func (v *validator) pattern(at, w string) {
	_, err := path.Match(w, "")
	v.check(err == nil && w != "" && !strings.Contains(w, "/"), at, "%.120q is not the pattern of a process name", w)
}

func (v *validator) configs() {
	for i, c := range v.p.Config {
		at := fmt.Sprintf("config[%d]", i)
		v.label("config", at+".name", c.Name, c.Why)
		v.check(len(c.Paths) > 0, at+".paths", "is empty")
		v.most(at+".paths", len(c.Paths), maxInside)
		v.check(len(c.Keys)+len(c.Presence) > 0, at+".keys", "is empty: keys are read by name only")
		v.most(at+".keys", len(c.Keys)+len(c.Presence), maxInside)
		for j, p := range c.Paths {
			v.path(fmt.Sprintf("%s.paths[%d]", at, j), p, false)
			v.check(!NeverRead(p), fmt.Sprintf("%s.paths[%d]", at, j), "%.300q holds keys or credentials and is never read", p)
		}
		v.keys(at+".keys", c.Keys)
		v.keys(at+".presence", c.Presence)
	}
}

func (v *validator) keys(at string, list []string) {
	for j, k := range list {
		v.check(strings.TrimSpace(k) == k && k != "" && !strings.ContainsAny(k, "*?{}"), fmt.Sprintf("%s[%d]", at, j), "%.120q is not KEY or SECTION:KEY", k)
	}
}

func (v *validator) files() {
	for i, f := range v.p.Files {
		at := fmt.Sprintf("files[%d]", i)
		v.label("files", at+".name", f.Name, f.Why)
		if !v.check(count(f.Path != "", f.Glob != "") == 1, at, "has to have exactly one of path and glob") {
			continue
		}
		v.check(f.Max >= 0 && f.Max <= maxListed && (f.Max == 0 || f.Glob != ""), at+".max", "%d is not from 1 to %d, or belongs to no glob", f.Max, maxListed)
		if f.Glob != "" {
			v.path(at+".glob", f.Glob, true)
		} else {
			v.path(at+".path", f.Path, false)
		}
	}
}

func (v *validator) logs() {
	for i, l := range v.p.Logs {
		at := fmt.Sprintf("logs[%d]", i)
		v.check(nameRE.MatchString(l.ID) && len(l.ID) <= 64, at+".id", "%.120q has to be lower-case words with hyphens", l.ID)
		v.check(l.ID != CommandsID && l.ID != ClientID, at+".id", "%q is taken by the output of commands", l.ID)
		v.unique("logs", at+".id", l.ID)
		v.why(at+".id", l.Why)
		v.check(len(l.Globs) > 0, at+".globs", "is empty")
		v.most(at+".globs", len(l.Globs), maxInside)
		v.check(l.When == "" || l.When == WhenFirst, at+".when", "%.120q is not %q", l.When, WhenFirst)
		v.check(l.Age == "" || l.Age == AgeAny, at+".age", "%.120q is not %q", l.Age, AgeAny)
		v.caps(at, l)
		for j, g := range l.Globs {
			v.path(fmt.Sprintf("%s.globs[%d]", at, j), g, true)
			v.check(!NeverRead(g), fmt.Sprintf("%s.globs[%d]", at, j), "%.300q holds keys or credentials and is never read", g)
		}
	}
}

func (v *validator) caps(at string, l Log) {
	v.check(l.MaxFile >= 0 && l.MaxFile <= maxCap, at+".max_file", "%d is not from 0 to 16 GiB", l.MaxFile)
	v.check(l.Max >= 0 && l.Max <= maxCap, at+".max_total", "%d is not from 0 to 16 GiB", l.Max)
	file, total := l.Caps()
	v.check(file <= total, at+".max_file", "%d is more than max_total, %d", file, total)
}

func (v *validator) commands() {
	for i, c := range v.p.Commands {
		at := fmt.Sprintf("commands[%d].name", i)
		p, ok := programs.Find(c.Name, "")
		v.check(ok, at, "%.120q is not in the list of commands: %s", c.Name, strings.Join(CommandNames(), ", "))
		v.unique("commands", at, c.Name)
		v.why(at, c.Why)
		v.commandTarget(fmt.Sprintf("commands[%d].probe", i), c, p.HasTarget())
	}
}

// commandTarget looks whether a program that connects is told where, by a probe
// whose target is set and not mined.
func (v *validator) commandTarget(at string, c Command, wanted bool) {
	if c.Probe == "" || !wanted {
		v.check((c.Probe != "") == wanted, at, "belongs to programs that connect, which need it")
		return
	}
	i := slices.IndexFunc(v.p.Probes, func(p Probe) bool { return p.Name == c.Probe })
	v.check(i >= 0 && v.p.Probes[i].FromLog == nil && v.p.Probes[i].FromConnections == nil, at, "%.120q is no probe with a target of its own", c.Probe)
}

// CommandNames are the names of the closed list, of all systems.
func CommandNames() []string {
	var out []string
	for _, p := range programs.List() {
		if !slices.Contains(out, p.Name) {
			out = append(out, p.Name)
		}
	}
	return out
}

func (v *validator) time() {
	t := v.p.Time
	v.clocks("time.sntp", t.SNTP, "123")
	v.clocks("time.https", t.HTTPS, "443")
	for i, s := range t.Services {
		v.check(s != "" && !strings.Contains(s, "*"), fmt.Sprintf("time.services[%d]", i), "%.120q is not the name of a service", s)
	}
}

func (v *validator) clocks(member string, list []string, usual string) {
	v.most(member, len(list), maxClocks)
	for i, host := range list {
		v.check(hostPort(host, true), fmt.Sprintf("%s[%d]", member, i), "%.120q has to be a host or host:port", host)
		v.check(clockPort(host, usual), fmt.Sprintf("%s[%d]", member, i), "%.120q: clocks are asked on port %s", host, usual)
	}
}
