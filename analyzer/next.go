package analyzer

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// collector is the program that the commands of next start.
const collector = "asrcollect"

// safeArg is what an argument may look like. The command will be pasted into a
// shell, and parts of it may come from the bundle.
var safeArg = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/,@+-]*$`)

var safeFlag = regexp.MustCompile(`^--[a-z][a-z0-9-]*$`)

// next combines what the checks ask for into one command a machine.
func (p *plan) next() []report.Next {
	byRole := map[string]*command{}
	for _, c := range p.checks {
		ask := p.ask(c)
		if ask == nil {
			continue
		}
		role := cmp.Or(ask.Role, p.role)
		if byRole[role] == nil {
			byRole[role] = &command{flags: map[string][]string{}}
		}
		byRole[role].add(c.id(), *ask)
	}
	var list []report.Next
	for _, role := range slices.Sorted(maps.Keys(byRole)) {
		host := role
		if role == p.role {
			host = cmp.Or(p.host.Name, role)
		}
		if n, ok := byRole[role].next(host, role); ok {
			list = append(list, n)
		}
	}
	return list
}

// ask gives what a check without an answer asks for. For those that the host
// answered it knows what would help: rights, or a bundle that is whole.
func (p *plan) ask(c *check) *abi.Ask {
	if c.result.Outcome != abi.OutcomeInsufficient {
		return nil
	}
	switch {
	case c.result.Ask != nil:
		return c.result.Ask
	case p.raw:
		return &abi.Ask{Why: "these are only logs: services, settings and metrics are in a bundle of asrcollect"}
	case !c.byHost:
		return nil
	case p.bundle.Cut:
		return &abi.Ask{Why: "the bundle was cut off: let the collection end by itself, or with Enter"}
	case p.denied(c) && !p.bundle.Manifest.Collector.Elevated:
		return &abi.Ask{Why: "run it with administrator rights: " + c.result.Reason}
	}
	return nil
}

func (p *plan) denied(c *check) bool {
	for _, in := range c.inputs() {
		name := bundles.SourceOf(strings.ReplaceAll(in.Glob, "**/", ""))
		if s, ok := p.bundle.Source(name); ok && s.Status == bundles.StatusDenied {
			return true
		}
	}
	return false
}

// command is one command line in the making.
type command struct {
	flags   map[string][]string // values; none for a switch
	why     []string
	answers []string
}

// add merges one ask. One whose arguments are not plain words is left out.
func (c *command) add(id string, ask abi.Ask) {
	flags, ok := parseArgs(ask.Args)
	if !ok {
		return
	}
	for name, values := range flags {
		have := c.flags[name]
		for _, v := range values {
			if !slices.Contains(have, v) {
				have = append(have, v)
			}
		}
		c.flags[name] = have
	}
	if ask.Why != "" && !slices.Contains(c.why, ask.Why) {
		c.why = append(c.why, ask.Why)
	}
	c.answers = append(c.answers, id)
}

// parseArgs splits arguments into flags and their values.
func parseArgs(args []string) (map[string][]string, bool) {
	flags := map[string][]string{}
	last := ""
	for _, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		switch {
		case safeFlag.MatchString(name) && joined:
			if !safeArg.MatchString(value) {
				return nil, false
			}
			flags[name], last = append(flags[name], value), ""
		case safeFlag.MatchString(arg):
			if last = arg; flags[arg] == nil {
				flags[arg] = []string{}
			}
		case last != "" && safeArg.MatchString(arg):
			flags[last], last = append(flags[last], arg), ""
		default:
			return nil, false
		}
	}
	return flags, true
}

// next writes the command line: flags by name; of durations and sizes the
// largest, of other values all.
func (c *command) next(host, role string) (report.Next, bool) {
	if len(c.answers) == 0 {
		return report.Next{}, false
	}
	if _, ok := c.flags["--duration"]; ok {
		delete(c.flags, "--quick")
	}
	words := []string{collector}
	for _, name := range slices.Sorted(maps.Keys(c.flags)) {
		values := c.flags[name]
		if len(values) == 0 {
			words = append(words, name)
		}
		for _, v := range largest(values) {
			words = append(words, name, v)
		}
	}
	slices.Sort(c.answers)
	return report.Next{Host: host, Role: role, Command: strings.Join(words, " "), Why: merged(c.why), Answers: c.answers}, true
}

// largest gives the largest of values that are all durations or all sizes, else
// all of them, sorted.
func largest(values []string) []string {
	if len(values) < 2 {
		return values
	}
	slices.Sort(values)
	for _, measure := range []func(string) (float64, bool){duration, byteSize} {
		ok := !slices.ContainsFunc(values, func(v string) bool { _, ok := measure(v); return !ok })
		if ok {
			return []string{slices.MaxFunc(values, func(a, b string) int {
				x, _ := measure(a)
				y, _ := measure(b)
				return cmp.Compare(x, y)
			})}
		}
	}
	return values
}

func duration(s string) (float64, bool) {
	d, err := time.ParseDuration(s)
	return d.Seconds(), err == nil
}

func byteSize(s string) (float64, bool) {
	for i, unit := range []string{"KiB", "MiB", "GiB"} {
		if n, ok := strings.CutSuffix(s, unit); ok {
			v, err := strconv.ParseFloat(n, 64)
			return v * float64(int64(1)<<(10*(i+1))), err == nil
		}
	}
	return 0, false
}
