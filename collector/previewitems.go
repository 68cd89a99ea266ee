package collector

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/collector/internal/source/commands"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
	"github.com/asrdiag/asrdiag/collector/internal/source/logs"
	"github.com/asrdiag/asrdiag/collector/internal/source/paths"
	"github.com/asrdiag/asrdiag/collector/internal/source/probes"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// state lists what every run collects, whatever the profile says.
func (v *viewer) state() {
	samples := int(v.opt.Duration / v.opt.Interval)
	for _, s := range []struct{ name, what, treatment, why string }{
		{"host", "name, operating system, role, memory, time zone", "whole", "every check has to know which machine this is"},
		{"metrics", fmt.Sprintf("CPU, memory, disk and network load for %s, %d samples", FormatDuration(v.opt.Duration), samples), "numbers", "alerts on CPU, memory and cache are about averages"},
		{"disks", "mounted volumes with size and free space", "numbers", "cache-free-space"},
		{"network", "interfaces, addresses, default routes, name servers, proxy variables", "whole, credentials removed", "static-ip, no-nat, proxy"},
	} {
		v.add(PreviewItem{Kind: PreviewState, Name: s.name, What: []string{s.what}, Treatment: s.treatment, Why: s.why})
	}
	v.clock()
}

func (v *viewer) clock() {
	t := v.p.Time
	item := PreviewItem{Kind: PreviewState, Name: "time", What: []string{"zone and clock"}, Treatment: "whole", Why: t.Why}
	if len(t.Services) > 0 {
		item.What = append(item.What, "state of "+strings.Join(t.Services, ", "))
	}
	if asks := append(slices.Clone(t.SNTP), t.HTTPS...); len(asks) > 0 {
		item.What = append(item.What, "the time of "+strings.Join(asks, ", "))
		item.Treatment = v.unlessOff("asks for the time")
	}
	if item.Why == "" {
		item.Why = "times in logs mean nothing without it"
	}
	v.add(item)
}

// unlessOff is what happens with a target, or that it does not.
func (v *viewer) unlessOff(treatment string) string {
	if v.opt.NoProbes {
		return "off: --no-probes"
	}
	return treatment
}

func (v *viewer) watched() {
	for _, s := range v.p.ServicesOf(runtime.GOOS) {
		name, what := s.Name, []string{}
		switch {
		case name == "*":
			name = "every service"
		case s.Folder != "":
			name, what = "by folder", v.folders([]string{s.Folder})
		}
		v.add(PreviewItem{Kind: PreviewServices, Name: name, What: what, Treatment: "state, start type, account, program", Why: s.Why})
	}
	if pr := v.p.Processes; len(pr.Watch) > 0 {
		v.add(PreviewItem{Kind: PreviewProcesses, Name: "watched", What: []string{strings.Join(pr.Watch, ", ")}, Treatment: "command line without secrets, CPU, I/O", Why: pr.Why})
	}
	v.add(PreviewItem{Kind: PreviewProcesses, Name: "all others", What: []string{}, Treatment: "name, CPU, memory; no command line", Why: "who else loads the machine"})
	if c := v.p.Connections; len(c.Processes) > 0 {
		v.add(PreviewItem{Kind: PreviewProcesses, Name: "connections", What: []string{strings.Join(c.Processes, ", ")}, Treatment: "both ends; of other processes numbers only", Why: c.Why})
	}
}

func (v *viewer) registry() {
	if !hasRegistry {
		return
	}
	for _, r := range v.p.Registry {
		item := PreviewItem{Kind: PreviewRegistry, Name: lastElement(r.Key), What: []string{r.Key}, Treatment: plural(len(r.Values), "value"), Why: r.Why}
		if len(r.Values) > 0 {
			item.What = append(item.What, "values: "+strings.Join(valueNames(r.Values), ", "))
		}
		if len(r.Presence) > 0 {
			item.Treatment += fmt.Sprintf("; presence only of %d", len(r.Presence))
			item.What = append(item.What, "presence only: "+strings.Join(valueNames(r.Presence), ", "))
		}
		v.add(item)
	}
}

// lastElement is the end of a key's path: with the element before it when it is
// a number.
func lastElement(key string) string {
	parts := strings.Split(key, `\`)
	n := len(parts)
	if _, err := strconv.Atoi(parts[n-1]); err == nil && n > 1 {
		return parts[n-2] + `\` + parts[n-1]
	}
	return parts[n-1]
}

// valueNames are for people: the default value has no name.
func valueNames(list []string) []string {
	out := slices.Clone(list)
	for i, n := range out {
		if n == "" {
			out[i] = "(default)"
		}
	}
	return out
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func (v *viewer) config() {
	for _, c := range v.p.Config {
		item := PreviewItem{Kind: PreviewConfig, Name: c.Name, What: []string{}, Treatment: plural(len(c.Keys), "key") + " only, secrets removed", Why: c.Why}
		if len(c.Presence) > 0 {
			item.Treatment += fmt.Sprintf("; presence only of %d", len(c.Presence))
		}
		var found bool
		var size int64
		for _, p := range c.Paths {
			path, ok := v.known.conf.Vars.Expand(p)
			if !ok {
				continue
			}
			info, err := paths.Look(v.ctx, c.Name, path)
			if err != nil {
				item.Notes = append(item.Notes, cannotSee+err.Error())
			}
			if info.Exists {
				item.What, found, size = []string{path}, true, info.Size
				if err := paths.Readable(path); err != nil {
					item.Notes = append(item.Notes, cannotRead+err.Error())
				}
				break
			}
			item.What = append(item.What, path)
		}
		if len(item.What) == 0 {
			item.What = append(item.What, c.Paths...)
		}
		item.told(found, false, size, "")
		if len(c.Keys) > 0 {
			item.What = append(item.What, "keys: "+strings.Join(c.Keys, ", "))
		}
		if len(c.Presence) > 0 {
			item.What = append(item.What, "presence only: "+strings.Join(c.Presence, ", "))
		}
		v.add(item)
	}
}

func (v *viewer) files() {
	named := v.known.namedPaths(v.p)
	for i, p := range v.p.Paths {
		item := PreviewItem{Kind: PreviewFiles, Name: p.Name, What: []string{p.Path}, Treatment: "metadata", Why: p.Why}
		if i < len(named) {
			info := named[i]
			item.What[0] = info.Path
			if info.LinkTarget != "" {
				item.What = append(item.What, "leads to "+info.LinkTarget)
			}
			item.told(info.Exists, info.Dir, info.Size, info.Error)
		}
		v.add(item)
	}
	for _, f := range v.p.Files {
		v.add(v.file(f))
	}
}

func (v *viewer) file(f profiles.File) PreviewItem {
	where := cmp.Or(f.Path, f.Glob)
	item := PreviewItem{Kind: PreviewFiles, Name: f.Name, What: []string{where}, Treatment: "metadata", Why: f.Why}
	path, ok := v.known.conf.Vars.Glob(where)
	if !ok {
		item.Notes = append(item.Notes, v.leftOut("it", where))
		return item
	}
	item.What[0] = path
	if f.Glob == "" {
		info, _ := paths.Look(v.ctx, f.Name, path)
		item.told(info.Exists, info.Dir, info.Size, info.Error)
		return item
	}
	item.Treatment = fmt.Sprintf("names, sizes, times; the %d newest", cmp.Or(f.Max, profiles.DefaultListed))
	n := len(logs.List(v.ctx, []string{path}).Files)
	item.Files = &n
	return item
}

// leftOut says that a path stands for nothing here, or why nobody knows.
func (v *viewer) leftOut(what, path string) string {
	if why := v.known.unseen(v.p, path); why != "" {
		return "cannot be told: " + why
	}
	return "left out: what " + what + " refers to is not known here"
}

func (item *PreviewItem) told(exists, dir bool, size int64, problem string) {
	n := 0
	if exists {
		n = 1
	}
	if problem != "" {
		item.Notes = append(item.Notes, cannotSee+problem)
		return
	}
	item.Files = &n
	if exists && !dir {
		item.Size = &size
	}
}

func (v *viewer) logs() {
	first := len(v.out.Items)
	for _, l := range v.p.Logs {
		v.add(v.log(l))
	}
	v.shared(v.out.Items[first:])
}

func (v *viewer) log(l profiles.Log) PreviewItem {
	file, total := l.Caps()
	item := PreviewItem{Kind: PreviewLogs, Name: l.ID, What: []string{}, Cap: &total, Treatment: "whole, secrets removed", Why: l.Why}
	if l.When == profiles.WhenFirst {
		item.Treatment += "; read first"
	}
	var globs []string
	for _, g := range l.Globs {
		path, ok := v.known.conf.Vars.Glob(g)
		if !ok {
			item.What = append(item.What, g)
			item.Notes = append(item.Notes, v.leftOut(g, g))
			continue
		}
		globs, item.What = append(globs, path), append(item.What, path)
	}
	found := logs.Find(v.ctx, globs, v.opt.oldest(l, time.Now()))
	item.found(found, file, total)
	v.out.LogFiles, v.out.LogSize, v.out.Takes = v.out.LogFiles+*item.Files, v.out.LogSize+*item.Size, v.out.Takes+*item.Takes
	return item
}

// found books the files, newest first, as far as the caps go.
func (item *PreviewItem) found(found logs.Found, most, total int64) {
	n, size, takes := len(found.Files), int64(0), int64(0)
	cut := 0
	var names logs.Names
	for _, f := range found.Files {
		if name, again := names.Again(f); again { // it is collected once
			item.Notes = append(item.Notes, f.Path+": another name of "+name)
			item.List = append(item.List, PreviewFile{Path: f.Path, Size: f.Size})
			continue
		}
		part, denied := max(0, min(f.Size, most, total-takes)), false
		if err := paths.Readable(f.Path); err != nil {
			part, denied = 0, true
			item.Notes = append(item.Notes, cannotRead+err.Error())
		}
		if part < f.Size && !denied {
			cut++
		}
		size, takes = size+f.Size, takes+part
		item.List = append(item.List, PreviewFile{Path: f.Path, Size: f.Size, Takes: part})
	}
	item.Files, item.Size, item.Takes = &n, &size, &takes
	if cut > 0 {
		item.Notes = append(item.Notes, fmt.Sprintf("%d of the files are over a cap: of them the newest part, or nothing", cut))
	}
	for _, d := range found.Denied {
		item.Notes = append(item.Notes, cannotSee+d)
	}
	item.Notes = append(item.Notes, found.Skipped...)
	item.Notes = append(item.Notes, found.Secret...)
	if found.Older > 0 {
		item.Notes = append(item.Notes, fmt.Sprintf("%d more files, the oldest, are left out", found.Older))
	}
	if found.Unseen {
		item.Notes = append(item.Notes, "there may be more than was looked at")
	}
}

// shared marks the files that several log sources would take.
func (v *viewer) shared(items []PreviewItem) {
	owners := map[string][]string{}
	for _, item := range items {
		for _, f := range item.List {
			owners[f.Path] = append(owners[f.Path], item.Name)
		}
	}
	for i := range items {
		item := &items[i]
		for j := range item.List {
			f := &item.List[j]
			for _, o := range owners[f.Path] {
				if o != item.Name {
					f.Also = append(f.Also, o)
				}
			}
			if len(f.Also) > 0 {
				item.Notes = append(item.Notes, fmt.Sprintf("%s is taken by %s, too", f.Path, strings.Join(f.Also, " and ")))
			}
		}
	}
}

func (v *viewer) targets() {
	vars := v.known.conf.Vars
	for _, p := range v.p.Probes {
		item := PreviewItem{Kind: PreviewConnections, Name: p.Name, What: []string{}, Treatment: v.unlessOff("connects" + legWords(p.Legs)), Why: p.Why}
		switch {
		case p.FromLog != nil:
			item.What = append(item.What, fmt.Sprintf("hosts that logs/%s names, at most %d", p.FromLog.Input, p.FromLog.Max))
		case p.FromConnections != nil:
			item.What = append(item.What, fmt.Sprintf("hosts that %s is connected to, at most %d", p.FromConnections.Process, p.FromConnections.Max))
		}
		src := probes.Sources{Vars: vars, Registry: vars.Get, Getenv: func(string) string { return "" }}
		if p.Flag {
			src.Flags = v.opt.Probes
		}
		p.FromLog, p.FromConnections = nil, nil // to mine is to read
		if why := (detector{v.ctx, v.known, v.opt.Bus}).unwanted(p); why != "" {
			item.Notes = append(item.Notes, why)
			v.add(item)
			continue
		}
		for _, t := range probes.Targets(v.ctx, []profiles.Probe{p}, src) {
			if t.Error != "" {
				item.Notes = append(item.Notes, "no target: "+t.Error)
			} else {
				item.What = append(item.What, t.Target+" ("+t.Origin+")")
			}
		}
		v.add(item)
	}
	if flagged := slices.ContainsFunc(v.p.Probes, func(p profiles.Probe) bool { return p.Flag }); !flagged && len(v.opt.Probes) > 0 {
		v.add(PreviewItem{Kind: PreviewConnections, Name: "--probe", What: slices.Clone(v.opt.Probes), Treatment: "connects", Why: "asked for on the command line"})
	}
	for _, p := range v.p.Proxy {
		v.add(PreviewItem{Kind: PreviewConnections, Name: "proxy", What: []string{proxyWords(p)}, Treatment: "address without credentials", Why: p.Why})
	}
}

func legWords(legs []string) string {
	if len(legs) == 0 {
		return ""
	}
	return ", then " + strings.Join(legs, ", ")
}

func proxyWords(p profiles.Proxy) string {
	switch {
	case p.FromEnv != "":
		return "environment variable " + p.FromEnv
	case p.FromConfig != nil:
		return "config " + p.FromConfig.Config + " " + p.FromConfig.Host
	}
	return p.FromRegistry.Key + " " + p.FromRegistry.Host
}

func (v *viewer) programs() {
	for _, j := range commands.Here(v.p.Commands, false, nil) {
		v.program(j, "--commands", v.opt.Commands)
	}
	for _, j := range commands.Here(v.p.Commands, true, targetOf(v.p, func() config.Vars { return v.known.conf.Vars }, v.opt.Probes)) {
		v.program(j, "--with-cxpsclient", v.opt.Client)
	}
}

func (v *viewer) program(j commands.Job, flag string, agreed bool) {
	most := j.MaxOut
	item := PreviewItem{Kind: PreviewCommands, Name: j.Name, Cap: &most, Treatment: "runs, only with " + flag, Why: whyCommand(v.p, j.Name)}
	if agreed {
		item.Treatment = "runs"
	}
	if j.Unkept {
		item.Treatment += "; of its output the proxy alone"
	} else {
		item.Treatment += "; output without secrets"
	}
	file := commands.File(j.Program)
	if file == "" {
		file = j.Files[0][strings.LastIndexAny(j.Files[0], `/\`)+1:]
		item.Notes = append(item.Notes, "not installed: left out")
	}
	if j.NoTarget != "" {
		item.Notes = append(item.Notes, "would not be started: "+j.NoTarget)
	}
	item.What = []string{commands.Line(file, j)}
	v.add(item)
}
