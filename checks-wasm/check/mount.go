//go:build !wasip1

package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Plan is what a host does before it runs a module: it answers the checks that
// do not fit or lack an input, and makes the files for the others. This plain
// one serves native runs and tests; the WASM host has its own, over the same
// rules (abi.Check.Fits, bundles.Bundle.Missing).
type Plan struct {
	Bundle   *bundles.Bundle
	Describe abi.Describe
	Request  abi.Request
	Answered []abi.Status // by the plan itself
}

// NewPlan plans the checks named by ids, all when there are none.
func NewPlan(b *bundles.Bundle, d abi.Describe, ids []string) *Plan {
	host := b.Host()
	p := &Plan{Bundle: b, Describe: d, Request: abi.Request{
		ABI: abi.Version, Now: b.Now(), Role: host.Role, Deployment: host.Deployment,
	}}
	for _, c := range d.Checks {
		if len(ids) > 0 && !slices.Contains(ids, c.ID) {
			continue
		}
		if st, answered := p.answer(c, host); answered {
			p.Answered = append(p.Answered, st)
		} else {
			p.Request.Checks = append(p.Request.Checks, c.ID)
		}
	}
	return p
}

func (p *Plan) answer(c abi.Check, host bundles.Host) (abi.Status, bool) {
	st := abi.Status{T: abi.TypeStatus, Check: c.ID}
	if reason, ok := c.Fits(host.Role, host.OS, host.Deployment); !ok {
		st.Outcome, st.Reason = abi.OutcomeNotApplicable, reason
		return st, true
	}
	for _, in := range p.Describe.Inputs {
		if !in.Required || !slices.Contains(c.Inputs, in.ID) {
			continue
		}
		if reason, ok := p.Bundle.Missing(in.Glob); !ok {
			st.Outcome, st.Reason = abi.OutcomeInsufficient, reason
			return st, true
		}
	}
	return st, false
}

// Mount builds the module's file system in memory.
func (p *Plan) Mount() (fs.FS, error) {
	root := fstest.MapFS{}
	req, err := json.Marshal(p.Request)
	if err != nil {
		return nil, err
	}
	root[abi.RequestPath] = &fstest.MapFile{Data: req}
	return root, errors.Join(p.mountInputs(root), p.mountScans(root), p.mountSeries(root))
}

func (p *Plan) mountInputs(root fstest.MapFS) error {
	names := []string{bundles.HeaderPath, bundles.ManifestPath}
	if p.Bundle.Cut {
		names = append(names, p.Bundle.FactPath("host")) // repeats the manifest's host
	}
	for _, in := range p.Describe.Inputs {
		names = append(names, p.Bundle.Match(in.Glob)...)
	}
	for _, name := range names {
		if !p.Bundle.Has(name) {
			continue
		}
		data, err := bundles.ReadLimited(p.Bundle.FS, name, abi.MaxMountBytes)
		if err != nil {
			continue // larger files are not mounted
		}
		root[abi.BundleDir+"/"+name] = &fstest.MapFile{Data: data}
	}
	return nil
}

func (p *Plan) mountScans(root fstest.MapFS) error {
	results, err := scan.Run(p.Describe.Formats, p.Describe.Scans, ScanEnv(p.Bundle, p.Describe))
	if err != nil {
		return err
	}
	for id, r := range results {
		if err := mountFile(root, abi.ScansDir+"/"+id+".jsonl", r.WriteHits); err != nil {
			return err
		}
		if r.Tally == nil {
			continue
		}
		if err := mountFile(root, abi.ScansDir+"/"+id+".tally.json", r.WriteTally); err != nil {
			return err
		}
	}
	return nil
}

func mountFile(root fstest.MapFS, name string, write func(io.Writer) error) error {
	var buf bytes.Buffer
	if err := write(&buf); err != nil {
		return err
	}
	root[name] = &fstest.MapFile{Data: buf.Bytes()}
	return nil
}

func (p *Plan) mountSeries(root fstest.MapFS) error {
	var samples io.Reader = strings.NewReader("")
	if f, err := p.Bundle.FS.Open(bundles.SamplesPath); err == nil {
		defer f.Close()
		samples = f
	}
	w := p.Bundle.Manifest.Window
	results, err := scan.Reduce(p.Describe.Series, samples, scan.Window{Start: w.Start, End: w.End, IntervalSeconds: w.IntervalSeconds})
	if err != nil {
		return err
	}
	for id, r := range results {
		if err := mountFile(root, abi.MetricsDir+"/"+id+".json", r.Write); err != nil {
			return err
		}
	}
	return nil
}

// ScanEnv lists the files of each input and the host's offsets, for scan.Run.
func ScanEnv(b *bundles.Bundle, d abi.Describe) scan.Env {
	env := scan.Env{Inputs: map[string][]scan.File{}}
	for _, o := range b.Host().UTCOffsets {
		env.UTCOffsets = append(env.UTCOffsets, scan.Offset{From: o.From, Seconds: o.Seconds})
	}
	for _, in := range d.Inputs {
		for _, name := range b.MatchLogs(in.Glob) {
			env.Inputs[in.ID] = append(env.Inputs[in.ID], scanFile(b, name))
		}
	}
	return env
}

func scanFile(b *bundles.Bundle, name string) scan.File {
	row, _ := b.File(name)
	f := scan.File{
		Path: name, FirstLine: row.FirstLine, Encoding: row.Encoding, Size: row.Size,
		Open: func() (io.ReadCloser, error) { return b.FS.Open(name) },
	}
	if row.MTime != nil {
		f.MTime = *row.MTime
	}
	if log, ok := b.TailOf(name); ok {
		f.After = log
	}
	return f
}
