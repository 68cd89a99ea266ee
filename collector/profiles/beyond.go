package profiles

import (
	"fmt"
	"strconv"
	"strings"
)

// Beyond lists what a profile asks for and another one does not, a line each, in
// words and in the order in which profiles have it. Names, titles, reasons and
// limits are not compared: they ask for nothing.
func (p *Profile) Beyond(base *Profile) []string {
	known := map[string]bool{}
	for _, line := range base.asks() {
		known[strings.ToLower(line)] = true
	}
	out := []string{}
	for _, line := range p.asks() {
		if key := strings.ToLower(line); !known[key] {
			known[key] = true
			out = append(out, line)
		}
	}
	return out
}

// asks are all things that a profile has read, looked at, connected to or run.
func (p *Profile) asks() []string {
	a := &asks{}
	a.state(p)
	a.settings(p)
	a.logs(p)
	a.inventory(p)
	a.network(p)
	for _, c := range p.Commands {
		a.add("program, when you agree: %s", c.Name)
	}
	return a.list
}

type asks struct{ list []string }

func (a *asks) add(format string, args ...any) { a.list = append(a.list, fmt.Sprintf(format, args...)) }

func (a *asks) state(p *Profile) {
	for _, s := range p.Services {
		a.add("service: %s", s.Name+s.Folder)
	}
	for _, w := range p.Processes.Watch {
		a.add("process with its command line: %s", w)
	}
	for _, c := range p.Connections.Processes {
		a.add("connections of the process: %s", c)
	}
}

func (a *asks) settings(p *Profile) {
	for _, r := range p.Registry {
		for _, v := range r.Values {
			a.add(`registry: %s, value %s`, r.Key, v)
		}
		for _, v := range r.Presence {
			a.add(`registry: whether %s has a value %s`, r.Key, v)
		}
		if len(r.Values)+len(r.Presence) == 0 {
			a.add("registry: whether there is %s", r.Key)
		}
	}
	for _, c := range p.Config {
		in := strings.Join(c.Paths, " or ")
		for _, k := range c.Keys {
			a.add("setting %s of %s", k, in)
		}
		for _, k := range c.Presence {
			a.add("whether %s has a setting %s", in, k)
		}
	}
	for _, path := range p.Paths {
		a.add("path: %s", path.Path)
	}
}

func (a *asks) logs(p *Profile) {
	for _, l := range p.Logs {
		for _, g := range l.Globs {
			a.add("content of files: %s", g)
		}
	}
	for _, f := range p.Files {
		a.add("names, sizes and times of files: %s", f.Path+f.Glob)
	}
	if c := p.Cache; c != nil {
		for _, f := range c.Folders {
			a.add("numbers and sizes of files: %s below %s", f, c.Root)
		}
	}
}

func (a *asks) inventory(p *Profile) {
	for _, e := range p.Events {
		for _, id := range e.IDs {
			a.add("events %d of %s in the log %s", id, e.Provider, e.Channel)
		}
	}
	for _, c := range p.Certificates {
		if c.File != "" {
			a.add("certificate in %s", c.File)
		} else {
			a.add("certificates %s in the store %s", c.Subject+c.Thumbprint, c.Store)
		}
	}
	if s := p.Software; s != nil {
		for _, n := range s.Names {
			a.add("whether a program is installed: %s", n)
		}
		for _, n := range s.Features {
			a.add("whether a feature is installed: %s", n)
		}
		if s.Updates {
			a.add("updates of the system")
		}
	}
	if v := p.Antivirus; v != nil {
		a.add("virus scanners, and what they leave alone")
	}
	if f := p.Firewall; f != nil {
		a.add("settings of the firewall")
		for _, port := range f.Ports {
			a.add("rules of the firewall for port %s", port)
		}
	}
}

func (a *asks) network(p *Profile) {
	for _, pr := range p.Probes {
		switch {
		case pr.Target != "":
			a.add("connection to %s", pr.Target)
		case pr.FromConfig != nil:
			a.add("connection to what the setting %s of %s names%s", pr.FromConfig.Host, pr.FromConfig.Config, ending(pr.FromConfig.Suffix))
		case pr.FromRegistry != nil:
			a.add("connection to what the value %s of %s names", pr.FromRegistry.Host, pr.FromRegistry.Key)
		case pr.FromLog != nil:
			a.add("connections to at most %d public or configured servers that the log %s names as %s", pr.FromLog.Max, pr.FromLog.Input, pr.FromLog.Regexp)
		case pr.FromConnections != nil:
			a.add("connections to at most %d public or configured servers that %s is connected with", pr.FromConnections.Max, pr.FromConnections.Process)
		}
		if pr.Path != "" {
			a.add("request for %s there", pr.Path)
		}
	}
	for _, pr := range p.Proxy {
		switch {
		case pr.FromEnv != "":
			a.add("connections through the proxy that the variable %s names", pr.FromEnv)
		case pr.FromConfig != nil:
			a.add("connections through the proxy that the setting %s of %s names", pr.FromConfig.Host, pr.FromConfig.Config)
		case pr.FromRegistry != nil:
			a.add("connections through the proxy that the value %s of %s names", pr.FromRegistry.Host, pr.FromRegistry.Key)
		}
	}
	for _, t := range p.Time.SNTP {
		a.add("question for the time to %s", t)
	}
	for _, t := range p.Time.HTTPS {
		a.add("question for the time to %s over HTTPS", t)
	}
}

// ending says what is put behind a value.
func ending(suffix string) string {
	if suffix == "" {
		return ""
	}
	return ", with " + strconv.Quote(suffix) + " behind it"
}
