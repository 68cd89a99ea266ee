package analyzer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer/internal/wasmhost"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// mount makes the file system of a module: the inputs that it declared, what
// the scans found, and the series.
func (p *plan) mount(m *module, found map[string]scan.Result) (*wasmhost.Tree, error) {
	t := wasmhost.NewTree()
	for _, name := range p.mounted(m) {
		load := func() ([]byte, error) { return bundles.ReadLimited(p.bundle.FS, name, abi.MaxMountBytes) }
		if err := t.Add(abi.BundleDir+"/"+name, load); err != nil {
			return nil, err
		}
	}
	if err := mountScans(t, found); err != nil {
		return nil, err
	}
	return t, p.mountSeries(t, m)
}

// mounted lists the bundle's files that a module may read. Large ones are left
// out: scans, tallies and series are for those.
func (p *plan) mounted(m *module) []string {
	names := []string{bundles.HeaderPath}
	if p.bundle.Cut {
		names = append(names, p.bundle.FactPath("host"))
	} else {
		names = append(names, bundles.ManifestPath)
	}
	for _, in := range m.describe.Inputs {
		names = append(names, p.bundle.Match(in.Glob)...)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		info, err := fs.Stat(p.bundle.FS, name)
		return err != nil || info.Size() > abi.MaxMountBytes
	})
}

func mountScans(t *wasmhost.Tree, found map[string]scan.Result) error {
	for id, r := range found {
		if err := mountDoc(t, abi.ScansDir+"/"+id+".jsonl", r.WriteHits); err != nil {
			return err
		}
		if r.Tally == nil {
			continue
		}
		if err := mountDoc(t, abi.ScansDir+"/"+id+".tally.json", r.WriteTally); err != nil {
			return err
		}
	}
	return nil
}

func mountDoc(t *wasmhost.Tree, name string, write func(io.Writer) error) error {
	var buf bytes.Buffer
	if err := write(&buf); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return t.AddBytes(name, buf.Bytes())
}

// mountSeries reduces the samples. Without samples the series have no rows.
func (p *plan) mountSeries(t *wasmhost.Tree, m *module) error {
	wanted := m.wanted(func(c abi.Check) []string { return c.Series })
	series := slices.DeleteFunc(slices.Clone(m.describe.Series), func(s scan.Series) bool { return !wanted[s.ID] })
	if len(series) == 0 {
		return nil
	}
	results, err := p.reduce(series)
	if err != nil {
		return err
	}
	m.series = results
	for id, r := range results {
		raw, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("encode series %q: %w", id, err)
		}
		if err := t.AddBytes(abi.MetricsDir+"/"+id+".json", raw); err != nil {
			return err
		}
	}
	return nil
}

// errSamples means that the samples cannot be read to their end. What series
// would say of the rest is not known.
var errSamples = errors.New(bundles.SamplesPath + " cannot be read")

// reduce computes series of the bundle's samples.
func (p *plan) reduce(series []scan.Series) (map[string]scan.SeriesResult, error) {
	var samples io.Reader = strings.NewReader("")
	if f, err := p.bundle.FS.Open(bundles.SamplesPath); err == nil {
		defer f.Close()
		samples = f
	} else if p.bundle.Has(bundles.SamplesPath) {
		return nil, fmt.Errorf("%w: %v", errSamples, err)
	}
	w := p.bundle.Manifest.Window
	r := &errorReader{Reader: samples}
	results, err := scan.Reduce(series, r, scan.Window{Start: w.Start, End: w.End, IntervalSeconds: w.IntervalSeconds})
	switch {
	case r.err != nil:
		return nil, fmt.Errorf("%w: %v", errSamples, r.err)
	case err != nil:
		return nil, fmt.Errorf("reduce samples: %w", err)
	}
	return results, nil
}

// errorReader keeps the error that ended reading, if it was not the end.
type errorReader struct {
	io.Reader
	err error
}

func (r *errorReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// withoutSamples answers the checks that need series, of which there can be
// none, and leaves the others to be run.
func (m *module) withoutSamples(reason string) {
	m.run = slices.DeleteFunc(m.run, func(c *check) bool {
		if len(c.meta.Series) == 0 {
			return false
		}
		c.answer(abi.OutcomeInsufficient, reason)
		return true
	})
}

// wanted is the set of names that the checks to run list.
func (m *module) wanted(list func(abi.Check) []string) map[string]bool {
	set := map[string]bool{}
	for _, c := range m.run {
		for _, name := range list(c.meta) {
			set[name] = true
		}
	}
	return set
}
