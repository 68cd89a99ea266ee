package profiles

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Size is a number of bytes, written "64MiB", "512KiB" or as a number.
type Size int64

// UnmarshalJSON accepts a number or a string with a unit.
func (s *Size) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		text = string(raw)
	}
	n, err := ParseSize(text)
	*s = Size(n)
	return err
}

// ParseSize reads a size: a number, with or without one of the units B, K, KB,
// KiB, M, MB, MiB, G, GB, GiB; all of them count by 1024, as Windows does.
func ParseSize(text string) (int64, error) {
	t := strings.ToLower(strings.TrimSpace(text))
	shift := 0
	for i, unit := range []string{"k", "m", "g", "t"} {
		for _, suffix := range []string{unit + "ib", unit + "b", unit} {
			if n, ok := strings.CutSuffix(t, suffix); ok && shift == 0 {
				t, shift = strings.TrimSpace(n), 10*(i+1)
			}
		}
	}
	if shift == 0 {
		t = strings.TrimSpace(strings.TrimSuffix(t, "b"))
	}
	f, err := strconv.ParseFloat(t, 64)
	if err != nil || f < 0 || f*float64(int64(1)<<shift) > 1<<50 || f != f {
		return 0, fmt.Errorf("%q is not a size: write 100MiB or 2GiB", text)
	}
	return int64(f * float64(int64(1)<<shift)), nil
}

// Validate reports everything that is wrong with a profile.
func (p *Profile) Validate() error {
	v := validator{names: map[string]bool{}}
	v.check(nameForm(p.Name), "name", "%q has to be lower-case words with hyphens", p.Name)
	v.check(p.Version != "", "version", "is missing")
	for i, r := range p.Roles {
		v.role(fmt.Sprintf("roles[%d]", i), r, p)
	}
	for i, s := range p.Services {
		v.item(fmt.Sprintf("services[%d]", i), s.Name, s.Why)
	}
	v.check(len(p.Processes.Watch) == 0 || p.Processes.Why != "", "processes.why", "is missing")
	v.check(len(p.Connections.Processes) == 0 || p.Connections.Why != "", "connections.why", "is missing")
	for _, w := range append(append([]string{}, p.Processes.Watch...), p.Connections.Processes...) {
		_, err := path.Match(w, "")
		v.check(err == nil && w != "", "processes", "%q is not a pattern", w)
	}
	for i, c := range p.Config {
		v.config(fmt.Sprintf("config[%d]", i), c)
	}
	for i, f := range p.Files {
		at := fmt.Sprintf("files[%d]", i)
		v.item(at, f.Name, f.Why)
		v.path(at+".path", f.Path)
	}
	for i, l := range p.Logs {
		v.log(fmt.Sprintf("logs[%d]", i), l)
	}
	for i, pr := range p.Probes {
		v.probe(fmt.Sprintf("probes[%d]", i), pr, p)
	}
	for _, t := range append(append([]string{}, p.Time.SNTP...), p.Time.HTTPS...) {
		v.check(t != "" && !strings.ContainsAny(t, "/ "), "time", "%q has to be a host or host:port", t)
	}
	return errors.Join(v.errs...)
}

type validator struct {
	errs  []error
	names map[string]bool
}

func (v *validator) check(ok bool, member, format string, args ...any) {
	if !ok {
		v.errs = append(v.errs, fmt.Errorf("%s: %s", member, fmt.Sprintf(format, args...)))
	}
}

func (v *validator) item(at, name, why string) {
	v.check(name != "", at+".name", "is missing")
	v.check(why != "", at+".why", "is missing: say which check or step asks for it")
}

func (v *validator) path(at, p string) {
	ok := strings.HasPrefix(p, "/") || strings.HasPrefix(p, "${") || regexp.MustCompile(`^[A-Za-z]:[\\/]|^%[A-Za-z0-9()_]+%`).MatchString(p)
	v.check(ok, at, "%q has to be an absolute path", p)
	for elem := range strings.FieldsFuncSeq(p, func(r rune) bool { return r == '/' || r == '\\' }) {
		v.check(elem != "..", at, "%q must not go up with ..", p)
	}
}

func (v *validator) role(at string, r Role, p *Profile) {
	v.check(r.Role != "", at+".role", "is missing")
	v.check(r.Why != "", at+".why", "is missing")
	v.check(len(r.All) > 0, at+".all", "is empty")
	for i, c := range r.All {
		in := fmt.Sprintf("%s.all[%d]", at, i)
		set := 0
		for _, s := range []string{c.File, c.Service, c.Config} {
			if s != "" {
				set++
			}
		}
		v.check(set == 1, in, "has to have exactly one of file, service and config")
		if c.Config != "" {
			_, ok := p.config(c.Config)
			v.check(ok && c.Key != "", in, "config %q with a key is not in config", c.Config)
		}
	}
}

func (p *Profile) config(name string) (Config, bool) {
	for _, c := range p.Config {
		if c.Name == name {
			return c, true
		}
	}
	return Config{}, false
}

func (v *validator) config(at string, c Config) {
	v.item(at, c.Name, c.Why)
	v.check(!v.names[c.Name], at+".name", "%q is there twice", c.Name)
	v.names[c.Name] = true
	v.check(len(c.Paths) > 0, at+".paths", "is empty")
	v.check(len(c.Keys) > 0, at+".keys", "is empty: keys are read by name only")
	for _, p := range c.Paths {
		v.path(at+".paths", p)
	}
}

func (v *validator) log(at string, l Log) {
	v.item(at, l.ID, l.Why)
	v.check(nameForm(l.ID), at+".id", "%q has to be lower-case words with hyphens", l.ID)
	v.check(!v.names["logs/"+l.ID], at+".id", "%q is there twice", l.ID)
	v.names["logs/"+l.ID] = true
	v.check(len(l.Globs) > 0, at+".globs", "is empty")
	v.check(l.When == "" || l.When == WhenFirst, at+".when", "%q is not %q", l.When, WhenFirst)
	for _, g := range l.Globs {
		v.path(at+".globs", g)
		v.check(fixedFolder(g), at+".globs", "%q has to name a folder before the first wildcard", g)
	}
}

// fixedFolder refuses globs over the whole file system.
func fixedFolder(glob string) bool {
	first := strings.IndexAny(glob, "*?")
	if first < 0 {
		return true
	}
	return strings.Trim(glob[:strings.LastIndexAny(glob[:first], `/\`)+1], `/\`) != ""
}

func (v *validator) probe(at string, pr Probe, p *Profile) {
	v.item(at, pr.Name, pr.Why)
	v.check(pr.Target != "" || pr.FromConfig != nil || pr.Flag, at, "has neither target nor from_config nor flag")
	if pr.Target != "" {
		_, port, err := net.SplitHostPort(pr.Target)
		v.check(err == nil && port != "", at+".target", "%q has to be host:port", pr.Target)
	}
	if pr.FromConfig != nil {
		_, ok := p.config(pr.FromConfig.Config)
		v.check(ok, at+".from_config.config", "%q is not in config", pr.FromConfig.Config)
		v.check(pr.FromConfig.Host != "", at+".from_config.host", "is missing")
		v.check(pr.FromConfig.Port != "" || pr.FromConfig.DefaultPort > 0, at+".from_config.port", "is missing")
	}
}

func nameForm(s string) bool { return regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(s) }
