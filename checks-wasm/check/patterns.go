package check

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/pattern"
	"github.com/asrdiag/asrdiag/checks-wasm/wire"
)

// Patterns makes checks of the files patterns/*.json of a pack, which may name what
// is known. The page of one is patterns/<id>.md, or made of it. A file that cannot be
// read is a check that says so when it runs, and an error of Describe.
func Patterns(files fs.FS, known pattern.Known) []*Check {
	names, err := fs.Glob(files, "patterns/*.json")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	var list []*Check
	codec := patternCodec()
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			list = append(list, &Check{ID: strings.TrimSuffix(path.Base(name), ".json"), Run: func(*Pass) error { return err }})
			continue
		}
		c := patternCheck(codec, raw, known)
		if page, err := fs.ReadFile(files, strings.TrimSuffix(name, ".json")+".md"); err == nil {
			c.Doc = string(page)
		}
		list = append(list, c)
	}
	return list
}

// PatternCheck makes a check of one pattern.
func PatternCheck(raw []byte, known pattern.Known) *Check {
	return patternCheck(&wire.Codec{}, raw, known)
}

func patternCheck(codec *wire.Codec, raw []byte, known pattern.Known) *Check {
	p, err := pattern.ParseWith(codec, raw)
	var plan pattern.Plan
	if err == nil {
		plan, err = p.Plan(known)
	}
	if err != nil {
		return &Check{ID: p.ID, Run: func(*Pass) error { return fmt.Errorf("read pattern %q: %w", p.ID, err) }}
	}
	return &Check{
		ID: p.ID, Rev: p.Rev, Title: p.Title, URL: p.URL, Article: p.Article, Since: p.Since,
		Roles: p.Roles, OS: p.OS, Deployments: p.Deployments, Severities: reported(plan),
		Inputs: plan.Inputs, Formats: plan.Formats, Scans: plan.Scans, ExplainedBy: p.ExplainedBy, Worked: p.Worked,
		Run: func(pass *Pass) error { return runPattern(pass, plan) }, Pattern: &plan,
	}
}

// reported are the severities that trails of the faults may come out with. What a
// program printed has the fault's.
func reported(plan pattern.Plan) []abi.Severity {
	most := plan.Rules[0].Severity
	for _, r := range plan.Rules {
		if r.Severity.Rank() > most.Rank() {
			most = r.Severity
		}
	}
	all := []abi.Severity{abi.Info, abi.Warning, abi.Critical}
	if plan.Output.Program != "" {
		return slices.DeleteFunc(all, func(v abi.Severity) bool {
			return !slices.ContainsFunc(plan.Rules, func(r pattern.Rule) bool { return r.Severity == v })
		})
	}
	return slices.DeleteFunc(all, func(v abi.Severity) bool { return v.Rank() > most.Rank() })
}
