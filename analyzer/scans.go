package analyzer

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// found is what the scans of all modules found, by module and id of the scan.
type found map[*module]map[string]scan.Result

// scan runs the scans of the checks that are to run.
func (p *plan) scan(ctx context.Context) (found, []report.Log, error) {
	out := found{}
	for _, m := range p.modules {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		wanted := m.wanted(func(c abi.Check) []string { return c.Scans })
		scans := slices.DeleteFunc(slices.Clone(m.describe.Scans), func(s scan.Scan) bool { return !wanted[s.ID] })
		env := scan.Env{Inputs: map[string][]scan.File{}}
		for _, o := range p.host.UTCOffsets {
			env.UTCOffsets = append(env.UTCOffsets, scan.Offset{From: o.From, Seconds: o.Seconds})
		}
		for _, in := range m.describe.Inputs {
			for _, name := range p.bundle.Match(in.Glob) {
				env.Inputs[in.ID] = append(env.Inputs[in.ID], scanFile(p.bundle, name))
			}
		}
		results, err := scan.Run(m.describe.Formats, scans, env)
		if err != nil {
			return nil, nil, fmt.Errorf("scan for module %s: %w", m.row.Path, err)
		}
		out[m] = results
	}
	return out, nil, nil
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
	return f
}

// hits lists all hits of all scans.
func (f found) hits() []scan.Hit {
	var all []scan.Hit
	for _, results := range f {
		for _, r := range results {
			all = append(all, r.Hits...)
		}
	}
	return all
}
