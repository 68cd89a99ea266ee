package check

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
	"github.com/asrdiag/asrdiag/checks-wasm/wire"
)

// Pass is one run of one check. It is not safe for concurrent use.
type Pass struct {
	Check      *Check
	Bundle     *bundles.Bundle // what the check declared, read-only
	Now        time.Time       // end of the collection's window, UTC
	Role       string
	Deployment string
	Params     map[string]json.RawMessage

	session *session
	// read are the summaries of the check's scans: each check opens what it reads, as
	// the report says so.
	read   map[string]scan.Summary
	status abi.Status
	names  []string
	peers  [][]string
	found  int
	keys   findingKeys
	err    error // first error of writing a line
}

// Report reports a finding. One of the same key and title as before is the same.
func (p *Pass) Report(f Finding) {
	if p.keys == nil {
		p.keys = findingKeys{}
	}
	key, ok := p.keys.key(f.Key, f.Title)
	if !ok {
		return
	}
	f.Key = key
	f.T, f.Check = abi.TypeFinding, p.Check.ID
	f.Remedy = plainRemedy(f)
	f.Remedy = p.Check.withProof(f)
	if p.found++; p.found <= maxFindings {
		p.emit(fit(f))
	}
}

// withProof gives a finding's remedy with the step that shows whether it worked.
func (c *Check) withProof(f Finding) []string {
	n := len(f.Remedy)
	if c.Worked == "" || n == 0 || f.Severity == abi.Info {
		return f.Remedy
	}
	if strings.Contains(f.Remedy[n-1], "Deployment Planner") {
		n--
	}
	return slices.Insert(slices.Clone(f.Remedy), n, c.Worked)
}

// Exhibit shows something beside the findings.
func (p *Pass) Exhibit(e abi.Exhibit) {
	e.T, e.Check = abi.TypeExhibit, p.Check.ID
	if len(e.Rows) > 0 {
		e.Rows = fitRows(e.Rows)
	}
	p.emit(e)
}

func (p *Pass) emit(line any) {
	if err := p.session.emit(line); err != nil && p.err == nil {
		p.err = err
	}
}

// Insufficient says that the check could not answer, or not wholly; findings
// reported before stay. The ask, if not nil, is what would answer it.
func (p *Pass) Insufficient(reason string, ask *abi.Ask) {
	p.status = abi.Status{Outcome: abi.OutcomeInsufficient, Reason: reason, Ask: ask}
}

// NotApplicable says that the check has no meaning on this machine.
func (p *Pass) NotApplicable(reason string) {
	p.status = abi.Status{Outcome: abi.OutcomeNotApplicable, Reason: reason}
}

// Pass says why the check is content; without it a pass has no words.
func (p *Pass) Pass(reason string) {
	p.status = abi.Status{Outcome: abi.OutcomePass, Reason: reason}
}

// KnownAs tells names and addresses by which others reach this machine, besides its
// own name and those of its adapters, which the host knows.
func (p *Pass) KnownAs(names ...string) { p.names = append(p.names, names...) }

// WorksWith tells that this machine works with another one, by all names and
// addresses that are known of that: the host links findings of the bundles of a
// case only when one of them is of that machine.
func (p *Pass) WorksWith(names ...string) {
	if len(names) > 0 {
		p.peers = append(p.peers, names)
	}
}

// Missing says why an input of the check is not there, in the collector's
// words, or gives ok when nothing is missing.
func (p *Pass) Missing(glob string) (reason string, ok bool) { return p.Bundle.Missing(glob) }

// Load reads a fact: Load[bundles.Services](p, "services"). It fails with
// fs.ErrNotExist when the bundle does not have it. Facts are decoded once an
// instance.
func Load[T any](p *Pass, kind string) (T, error) {
	if v, ok := p.session.facts[kind].(T); ok {
		return v, nil
	}
	v, err := bundles.Fact[T](p.Bundle, kind)
	if err == nil {
		p.session.facts[kind] = v
	}
	return v, err
}

// Hits yields what a declared scan found, in order of time. An unknown scan or
// an unreadable result ends the check with an error.
func (p *Pass) Hits(id string) iter.Seq[scan.Hit] {
	return func(yield func(scan.Hit) bool) {
		if s := p.Summary(id); s.Summary && s.Kept == 0 {
			return // most scans of a healthy machine
		}
		if p.doubtful(id) {
			p.settled(id, yield)
			return
		}
		p.eachHit(id, yield)
	}
}

func (p *Pass) eachHit(id string, yield func(scan.Hit) bool) {
	p.scanLines(id, func(line []byte) bool {
		var h scan.Hit
		if err := p.session.codec.Unmarshal(line, &h); err != nil {
			panic(fmt.Errorf("scan %q: %w", id, err))
		}
		return h.File == "" || yield(h)
	})
}

// settled yields the hits of a log over whose hour the clock was set back, with the
// times that the order of the lines tells.
func (p *Pass) settled(id string, yield func(scan.Hit) bool) {
	var hits []scan.Hit
	p.eachHit(id, func(h scan.Hit) bool {
		hits = append(hits, h)
		return true
	})
	p.settle(id, hits)
	slices.SortStableFunc(hits, byTime)
	for _, h := range hits {
		if !yield(h) {
			return
		}
	}
}

// Summary gives the exact count, first and last hit of a declared scan. Its newest
// line, a sign of life, is as late as it may be: see Latest. It is read once.
func (p *Pass) Summary(id string) scan.Summary {
	if s, ok := p.read[id]; ok {
		return s
	}
	var s scan.Summary
	p.scanLines(id, func(line []byte) bool {
		var v scan.Summary
		if bytes.HasPrefix(line, summaryLine) && p.session.codec.Unmarshal(line, &v) == nil {
			s = v
		}
		return !s.Summary
	})
	if s.NewestLine != nil {
		newest := p.Latest(id, *s.NewestLine)
		s.NewestLine = &newest
	}
	if p.read == nil {
		p.read = map[string]scan.Summary{}
	}
	p.read[id] = s
	return s
}

// summaryLine is how the summary of a scan begins; no hit does.
var summaryLine = []byte(`{"summary":true`)

func (p *Pass) scanLines(id string, each func([]byte) bool) {
	f, err := p.session.root.Open(abi.ScansDir + "/" + id + ".jsonl")
	if err != nil {
		panic(fmt.Errorf("scan %q: %w", id, err))
	}
	defer f.Close()
	buf := p.session.line // nobody else has it meanwhile
	p.session.line = nil
	if buf == nil {
		buf = make([]byte, 64<<10)
	}
	defer func() { p.session.line = buf }()
	sc := bufio.NewScanner(f)
	sc.Buffer(buf, 8*scan.MaxLine)
	for sc.Scan() {
		if !each(sc.Bytes()) {
			return
		}
	}
	if err := sc.Err(); err != nil {
		panic(fmt.Errorf("scan %q: %w", id, err))
	}
}

// Tally gives the counts of a declared scan that asked for them.
func (p *Pass) Tally(id string) scan.TallyResult {
	return document[scan.TallyResult](p, abi.ScansDir+"/"+id+".tally.json")
}

// Series gives the aggregates of a declared series.
func (p *Pass) Series(id string) scan.SeriesResult {
	return document[scan.SeriesResult](p, abi.MetricsDir+"/"+id+".json")
}

// document reads what the host made for the check. That it is not there is a
// mistake in the check, which ends with an error.
func document[T any](p *Pass, name string) T {
	var v T
	raw, err := fs.ReadFile(p.session.root, name)
	if err == nil {
		err = p.session.codec.Unmarshal(raw, &v)
	}
	if err != nil {
		panic(fmt.Errorf("%s: %w", name, err))
	}
	return v
}

// At points to a hit.
func At(h scan.Hit) abi.Evidence {
	offset := h.Offset
	return abi.Evidence{File: h.File, Offset: &offset, Length: min(h.Length, scan.MaxLine), Line: h.Line}
}

// At points to a member of a fact: p.At("services", "/items/3/state", "stopped").
func (p *Pass) At(kind, pointer string, value any) abi.Evidence {
	return Document(p.Bundle.FactPath(kind), pointer, value)
}

// Document points to a member of any JSON file of the bundle, as
// Document("manifest.json", "/collector/elevated", false).
func Document(file, pointer string, value any) abi.Evidence {
	return abi.Evidence{File: file, Pointer: &pointer, Value: raw(value)}
}

// Sample points to a line of the samples whose members it repeats.
func Sample(line int, members map[string]any) abi.Evidence {
	return abi.Evidence{File: bundles.SamplesPath, Line: int64(line), Value: raw(members)}
}

func raw(v any) json.RawMessage {
	b, err := new(wire.Codec).Append(nil, v)
	if err != nil {
		panic(fmt.Errorf("BUG: evidence value: %w", err))
	}
	return b
}

// Item builds a pointer to a member of a list fact's item.
func Item(i int, member string) string { return "/items/" + strconv.Itoa(i) + "/" + member }

// IsMissing reports whether err means that the bundle does not have a file.
func IsMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
