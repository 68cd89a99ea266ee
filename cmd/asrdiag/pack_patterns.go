package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer"
	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
	"github.com/asrdiag/asrdiag/checks-wasm/pattern"
)

const (
	patternsDir = "patterns"
	// patternModule is the embedded module for patterns, which make build puts
	// beside the packs.
	patternModule = packsDir + "/patterns.wasm"
)

// patternFile is one pattern of a pack's source.
type patternFile struct {
	pattern.Pattern
	name string
	raw  []byte
	plan pattern.Plan // once checked
}

type patternFiles []patternFile

// packPatterns reads DIR/patterns/*.json; there need not be any.
func packPatterns(dir string) (patternFiles, error) {
	names, err := filepath.Glob(filepath.Join(dir, patternsDir, "*.json"))
	if err != nil {
		return nil, err
	}
	var list patternFiles
	for _, name := range names {
		raw, err := readFile(name, packfile.MaxFileBytes)
		if err != nil {
			return nil, err
		}
		p, err := pattern.Parse(raw)
		if err != nil {
			return nil, failed(fmt.Errorf("read %q: %w", name, err), "docs/pack-format.md has the members of a pattern")
		}
		list = append(list, patternFile{Pattern: p, name: filepath.Base(name), raw: raw})
	}
	return list, nil
}

// files are the entries of the pack.
func (l patternFiles) files() map[string][]byte {
	files := map[string][]byte{}
	for _, p := range l {
		files[path.Join(patternsDir, p.name)] = p.raw
	}
	return files
}

// fill makes the module of a pack that has nothing but patterns.
func (a *app) fill(name string, patterns patternFiles) ([]byte, error) {
	if len(patterns) == 0 {
		return nil, errors.New("there is no file patterns/*.json")
	}
	module, err := fs.ReadFile(a.packs, patternModule)
	if err != nil {
		return nil, failed(errors.New("this asrdiag has no module for patterns"), "build it with make build")
	}
	content := pattern.Content{Module: name}
	for _, p := range patterns {
		content.Patterns = append(content.Patterns, json.RawMessage(p.raw))
	}
	return pattern.Fill(module, content)
}

// check holds patterns to their rules, and to what the modules say: each must be
// a check of one of them.
func (l patternFiles) check(modules []packfile.SourceModule) error {
	for n, p := range l {
		i := slices.IndexFunc(modules, func(m packfile.SourceModule) bool {
			return slices.ContainsFunc(m.Describe.Checks, func(c abi.Check) bool { return c.ID == p.ID })
		})
		if i < 0 {
			return failed(fmt.Errorf("pattern %q is not among the checks of a module", p.name), "let main list check.Patterns, or add a module with \"patterns\": true")
		}
		known := knownTo(modules[i].Describe)
		if err := p.Validate(p.name, known); err != nil {
			return err
		}
		plan, err := p.Plan(known)
		if err != nil {
			return err
		}
		l[n].plan = plan
	}
	return nil
}

// knownTo is what a module knows: of signatures those that its checks use.
func knownTo(d abi.Describe) pattern.Known {
	return pattern.Known{Formats: d.Formats, Signature: func(id string) (pattern.Line, bool) {
		for _, s := range d.Scans {
			i := slices.IndexFunc(d.Inputs, func(in abi.Input) bool { return in.ID == s.Input })
			if s.ID == id && i >= 0 {
				return pattern.Line{Input: d.Inputs[i], Scan: s}, true
			}
		}
		return pattern.Line{}, false
	}}
}

// tryPatterns runs the fixtures of all patterns through the pack that was built.
func (a *app) tryPatterns(ctx context.Context, pack string, raw []byte, patterns patternFiles) error {
	if len(patterns) == 0 {
		return nil
	}
	dir, err := os.MkdirTemp("", program+"-patterns-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	pool, err := a.pool(1)
	if err != nil {
		return err
	}
	defer pool.Close()
	sum := sha256.Sum256(raw)
	t := patternTrial{pool: pool, dir: dir, pack: pack, ref: analyzer.PackRef{
		File: filepath.Join(dir, "pack"+packfile.Ext), SHA256: hex.EncodeToString(sum[:]), Unsigned: true,
	}}
	if err := os.WriteFile(t.ref.File, raw, 0o600); err != nil {
		return err
	}
	for _, p := range patterns {
		if err := t.all(ctx, p.plan); err != nil {
			return fmt.Errorf("pattern %q: %w", p.ID, err)
		}
	}
	fmt.Fprintf(a.stdout, "tried     %s, %s\n", count(len(patterns), "pattern"), count(t.cases, "fixture"))
	return nil
}

// patternTrial runs fixtures.
type patternTrial struct {
	pool  *analyzer.Pool
	dir   string
	pack  string
	ref   analyzer.PackRef
	cases int
}

func (t *patternTrial) all(ctx context.Context, p pattern.Plan) error {
	for _, c := range p.Cases() {
		t.cases++
		if err := t.one(ctx, p, c); err != nil {
			return fmt.Errorf("fixture %q: %w", c.Name, err)
		}
	}
	return nil
}

// one writes a fixture as a bundle in a folder and analyzes it.
func (t *patternTrial) one(ctx context.Context, p pattern.Plan, c pattern.Case) error {
	bundle := filepath.Join(t.dir, p.ID+"-"+c.Name)
	for name, text := range c.Files {
		file := filepath.Join(bundle, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
	}
	r, err := t.pool.Analyze(ctx, analyzer.AnalyzeJob{Path: bundle, Packs: []analyzer.PackRef{t.ref}})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(r.Checks, func(k report.Check) bool { return k.ID == t.pack+"/"+p.ID })
	if i < 0 {
		return errors.New("the report does not have the check")
	}
	return comparePattern(c, r.Checks[i])
}

// comparePattern says how a check's answer differs from what a fixture wants.
func comparePattern(c pattern.Case, got report.Check) error {
	if got.Outcome != c.Outcome {
		return fmt.Errorf("its outcome is %s (%s), want %s", got.Outcome, got.Reason, c.Outcome)
	}
	if c.Outcome != abi.OutcomeFindings {
		return nil
	}
	for _, f := range got.Findings {
		if f.Severity == c.Severity && (c.State == "" || f.State == c.State) && strings.HasPrefix(f.Key, c.Key) {
			return nil
		}
	}
	f := got.Findings[0]
	return fmt.Errorf("its finding is %s, %s (%s), want %s %s", f.Severity, f.State, f.Title, c.Severity, c.State)
}
