package pattern

import (
	"fmt"
	"slices"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Known is what a module knows by name.
type Known struct {
	Formats []scan.Format
	// Signature gives a line of a log; nil: none is known.
	Signature func(id string) (Line, bool)
}

// Line is a line of a log that is known by name.
type Line struct {
	Input abi.Input
	Scan  scan.Scan
	Owns  func(file string) bool // which files must have the format; nil: all
}

// Find is a search as the host makes it.
type Find struct {
	Search
	Line
}

// Rule is a fault with its searches.
type Rule struct {
	Fault
	Finds []Find
}

// Plan is a pattern with what it declares and looks for.
type Plan struct {
	Pattern
	Rules   []Rule
	Success *Find
	// Elsewhere are the searches of Same.
	Elsewhere []Find
	Inputs    []abi.Input
	Formats   []scan.Format
	Scans     []scan.Scan
}

// Plan makes the declarations of a pattern. It fails when a name is not known.
func (p Pattern) Plan(known Known) (Plan, error) {
	plan := Plan{Pattern: p}
	var shared []Find             // of the pattern's own search
	inputs := map[string]string{} // of globs: faults that look into the same log share it
	for i, f := range p.Each() {
		own := len(p.Faults) > 0 && !p.Faults[i].Scan.empty()
		id := p.ScanID()
		if own {
			id += "-" + f.ID
		}
		finds, err := shared, error(nil)
		if own || shared == nil {
			finds, err = p.finds(f, id, known)
		}
		if err != nil {
			return plan, err
		}
		for k := range finds {
			finds[k].share(inputs)
		}
		if !own {
			shared = finds
		}
		plan.Rules = append(plan.Rules, Rule{Fault: f, Finds: finds})
	}
	return plan, plan.declare(known)
}

// share takes the input of an earlier search of the same log.
func (f *Find) share(inputs map[string]string) {
	if f.Signature != "" {
		return
	}
	if id, ok := inputs[f.Logs]; ok {
		f.Input.ID, f.Scan.Input = id, id
	}
	inputs[f.Logs] = f.Input.ID
}

// finds makes the searches of a fault.
func (p Pattern) finds(f Fault, id string, known Known) ([]Find, error) {
	var list []Find
	for n, s := range append([]Search{f.Scan}, f.Also...) {
		name := id
		if n > 0 {
			name += fmt.Sprintf("-%d", n+1)
		}
		find, err := s.find(name, MaxHits, known)
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", p.ID, err)
		}
		if f.By != "" && s.Signature == "" && !p.Kinds {
			find.Scan.Tally = &scan.Tally{By: []string{f.By}}
		}
		list = append(list, find)
	}
	return list, nil
}

// find looks a signature up, or makes the search of what it says itself.
func (s Search) find(id string, hits int, known Known) (Find, error) {
	if s.Signature == "" {
		return Find{Search: s, Line: Line{
			Input: abi.Input{ID: id, Glob: s.Logs},
			Scan:  scan.Scan{ID: id, Input: id, Any: s.Any, IgnoreCase: s.IgnoreCase, Format: s.Format, Where: s.Where, MaxHits: hits},
		}}, nil
	}
	if known.Signature != nil {
		if line, ok := known.Signature(s.Signature); ok {
			return Find{Search: s, Line: line}, nil
		}
	}
	return Find{}, fmt.Errorf("no signature is called %q", s.Signature)
}

// declare lists what all searches need. A log that is the only one is required, so
// that the host answers when it was not collected; of several, the check tells.
func (l *Plan) declare(known Known) error {
	var all []Find
	for _, r := range l.Rules {
		all = append(all, r.Finds...)
	}
	only := !slices.ContainsFunc(all, func(f Find) bool { return f.Input.ID != all[0].Input.ID })
	l.Inputs = append(l.Inputs, abi.Input{ID: "probes-optional", Glob: "facts/**/probes.json"})
	if len(l.Settings) > 0 {
		l.Inputs = append(l.Inputs, abi.Input{ID: "config-optional", Glob: "facts/**/config.json"})
	}
	if l.Proof.Says != "" {
		l.Inputs = append(l.Inputs, abi.Input{ID: "files-optional", Glob: "facts/**/files.json"})
	}
	switch first := all[0]; {
	case l.Output.Program != "": // that it was not run is the check's to say
	case only && first.Signature != "":
		l.Inputs = append(l.Inputs, abi.Input{ID: first.Input.ID + "-needed", Glob: first.Input.Glob, Required: true})
	case only:
		all[0].Input.Required = true
	}
	if l.NeedsNoSuccess != nil {
		s, err := l.NeedsNoSuccess.find(l.SuccessID(), 1, known)
		if err != nil {
			return fmt.Errorf("pattern %q: %w", l.ID, err)
		}
		l.Success = &s
		all = append(all, s)
	}
	for n, s := range l.Same.In {
		f, err := s.find(fmt.Sprintf("%s-same-%d", l.ScanID(), n+1), MaxHits, known)
		if err != nil {
			return fmt.Errorf("pattern %q: %w", l.ID, err)
		}
		l.Elsewhere = append(l.Elsewhere, f)
	}
	all = append(all, l.Elsewhere...)
	l.add(all, l.Pattern.Formats, known.Formats)
	return nil
}

// add declares searches, each once, and the formats that they name.
func (l *Plan) add(all []Find, formats ...[]scan.Format) {
	for _, f := range all {
		if !slices.ContainsFunc(l.Inputs, func(in abi.Input) bool { return in.ID == f.Input.ID }) {
			l.Inputs = append(l.Inputs, f.Input)
		}
		if !slices.ContainsFunc(l.Scans, func(s scan.Scan) bool { return s.ID == f.Scan.ID }) {
			l.Scans = append(l.Scans, f.Scan)
		}
		for _, list := range formats {
			is := func(v scan.Format) bool { return v.ID == f.Scan.Format }
			if i := slices.IndexFunc(list, is); i >= 0 && !slices.ContainsFunc(l.Formats, is) {
				l.Formats = append(l.Formats, list[i])
			}
		}
	}
}
