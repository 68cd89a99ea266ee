// Package scan runs the declared scans of all check modules over the logs of a
// bundle in one streaming pass: every file is opened and read once, whatever
// the number of scans, and memory does not grow with the size of files or
// lines.
//
// The semantics are those of the reference matcher in checks-wasm/scan; what
// this package adds is speed. Its results have the same bytes.
//
// A file flows through these stages: chunker cuts it into chunks of whole lines;
// a block finds the lines of its chunk, decodes them where that is needed, and
// has a searcher find the literals that scans require; pass makes entries of the
// lines that have one, and tries the scan's patterns; keeper and tally take the
// hits. Of a large file the first stage, hashing, the second stage of several
// blocks and the rest go on at the same time; only pass sees blocks one after the
// other.
package scan

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Module is what one check module declares.
type Module struct {
	Name    string // unique
	Inputs  []abi.Input
	Formats []decl.Format
	Scans   []decl.Scan
	// Valid says that the declarations were validated before, by who opened the
	// pack that they come from.
	Valid bool
	// Paths names the files of inputs, by id, instead of their globs.
	Paths map[string][]string
	// Sink, if not nil, takes all hits as they are found, whatever MaxHits; the
	// results have none then. Those of one scan in one log come in the log's
	// order; it is called from several goroutines.
	Sink func(scan string, h *decl.Hit)
}

// Options of Run. The zero value is usable.
type Options struct {
	// Workers is how many files are read at the same time; 0: GOMAXPROCS. With 1
	// a single core does all of it.
	Workers int
	// Hash asks for Output.Sums.
	Hash bool
	// Progress is called with the bytes just read, from several goroutines.
	Progress func(n int)

	chunk    int  // bytes read at once, even and at least 4; 0: chunkSize
	parallel bool // small files, too, by several cores
}

// Output of Run. It does not depend on Workers.
type Output struct {
	// Results has an entry for every scan, by module and scan id.
	Results map[string]map[string]decl.Result
	// Logs describes every file below logs/, by path.
	Logs []report.Log
	// Sums has the size and hash of every file that was read to its end, by
	// path, so that the integrity check need not read it again.
	Sums map[string]Sum
	// Marks has places in the files with restart points, by path, in order.
	Marks map[string][]Mark
}

// Sum is what a file's bytes amount to.
type Sum = bundles.Sum

// Mark is a place in a file where a line begins.
type Mark struct {
	Offset int64
	Line   int64 // its number
}

// Run reads every log of the bundle, and every other file that a scan wants,
// once. A file that cannot be read is named in the summaries of its scans; Run
// fails only when a module's declarations are wrong or ctx ends.
func Run(ctx context.Context, b *bundles.Bundle, mods []Module, opts Options) (Output, error) {
	p, err := newPlan(b, mods)
	if err != nil {
		return Output{}, err
	}
	if err := p.run(ctx, opts); err != nil {
		return Output{}, err
	}
	return p.output(opts), nil
}

// job is one file and what came of it.
type job struct {
	path     string
	size     int64 // as the manifest says
	row      bundles.File
	file     decl.File
	open     func() (fs.File, error)
	matchers []*matcher
	search   *searcher // of the matchers' needles
	tail     *job      // goes on with the text
	isTail   bool
	done     fileResult
}

// fileResult is what reading a file gives besides hits.
type fileResult struct {
	opened, unread bool
	bytes, lines   int64
	sum            []byte
	restarts       string // what is wrong with them
	marks          []Mark
	probes         map[*format]probe
	log            report.Log
}

// run works through the files, the largest first so that no worker is left
// alone with one at the end.
func (p *plan) run(ctx context.Context, opts Options) error {
	queue := slices.DeleteFunc(slices.Clone(p.jobs), func(j *job) bool { return j.isTail })
	slices.SortStableFunc(queue, func(a, b *job) int { return cmp.Compare(b.size, a.size) })
	total := int64(0)
	for _, j := range queue {
		total += j.size
	}
	workers := opts.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	alone := max(parallelFrom, total/int64(2*workers))
	if workers == 1 {
		alone = math.MaxInt64
	}
	workers = min(workers, len(queue))
	next := make(chan *job)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			w := newWorker(p, opts, workers)
			w.alone = alone
			for j := range next {
				w.text(ctx, j)
			}
		})
	}
	for _, j := range queue {
		if ctx.Err() != nil {
			break
		}
		next <- j
	}
	close(next)
	wg.Wait()
	return ctx.Err()
}

func (p *plan) output(opts Options) Output {
	out := Output{Results: map[string]map[string]decl.Result{}}
	for _, name := range p.modules {
		out.Results[name] = map[string]decl.Result{}
	}
	for _, m := range p.matchers {
		out.Results[m.module][m.scan.ID] = m.result()
	}
	for _, j := range p.jobs {
		if isLog(j.path) {
			out.Logs = append(out.Logs, j.done.log)
		}
	}
	if opts.Hash {
		out.Sums = p.sums()
	}
	out.Marks = p.marks()
	return out
}

func (p *plan) sums() map[string]Sum {
	out := map[string]Sum{}
	for _, j := range p.jobs {
		if r := j.done; r.opened && !r.unread {
			out[j.path] = Sum{Size: r.bytes, SHA256: hex.EncodeToString(r.sum), Restarts: r.restarts}
		}
	}
	return out
}

func (p *plan) marks() map[string][]Mark {
	out := map[string][]Mark{}
	for _, j := range p.jobs {
		if len(j.done.marks) > 0 {
			out[j.path] = j.done.marks
		}
	}
	return out
}

func isLog(path string) bool { return strings.HasPrefix(path, "logs/") }

// plan is what all workers share. It does not change while they run, but for
// the keepers and tallies of matchers, which lock themselves, and the results
// of jobs, which one worker writes.
type plan struct {
	modules  []string
	matchers []*matcher
	jobs     []*job // by path
	zone     *decl.Zone
	formats  map[string]*format // by what they say
}

// format is a format that one or more modules declare in the same words.
type format struct {
	id   string // the first module's
	lf   *decl.LineFormat
	head *decl.LineFormat // the same for times and whether it matches, see headOf

	short program // of head's expression
	long  program // of lf's
}

func newPlan(b *bundles.Bundle, mods []Module) (*plan, error) {
	p := &plan{formats: map[string]*format{}}
	var offs []decl.Offset
	for _, o := range b.Host().UTCOffsets {
		offs = append(offs, decl.Offset{From: o.From, Seconds: o.Seconds})
	}
	p.zone = decl.NewZone(offs)
	wanted := map[string][]*matcher{}
	for _, path := range b.Paths() {
		if isLog(path) {
			wanted[path] = nil
		}
	}
	for _, mod := range mods {
		if err := p.addModule(b, mod, wanted); err != nil {
			return nil, fmt.Errorf("module %q: %w", mod.Name, err)
		}
	}
	p.addJobs(b, wanted)
	return p, nil
}

// addModule compiles the scans of a module and enters them for their files.
func (p *plan) addModule(b *bundles.Bundle, mod Module, wanted map[string][]*matcher) error {
	if !mod.Valid {
		if err := decl.Validate(mod.Formats, mod.Scans, nil); err != nil {
			return err
		}
	}
	p.modules = append(p.modules, mod.Name)
	inputs := map[string][]string{}
	for _, in := range mod.Inputs {
		inputs[in.ID] = b.MatchLogs(in.Glob)
	}
	maps.Copy(inputs, mod.Paths)
	formats := map[string]*format{}
	for _, f := range mod.Formats {
		cf, err := p.format(f)
		if err != nil {
			return err
		}
		formats[f.ID] = cf
	}
	for _, s := range mod.Scans {
		m, err := newMatcher(mod.Name, s, formats[s.Format])
		if err != nil {
			return err
		}
		if mod.Sink != nil {
			m.keep.emit = func(h *decl.Hit) { mod.Sink(s.ID, h) }
		}
		p.matchers = append(p.matchers, m)
		for _, path := range inputs[s.Input] {
			wanted[path] = append(wanted[path], m)
		}
	}
	return nil
}

// format compiles a format once, however many modules declare it.
func (p *plan) format(f decl.Format) (*format, error) {
	id := f.ID
	f.ID = ""
	key := fmt.Sprintf("%q", []any{f.Line, f.Time, f.Continuation})
	if have, ok := p.formats[key]; ok {
		return have, nil
	}
	lf, err := decl.CompileFormat(f)
	if err != nil {
		return nil, err
	}
	p.formats[key] = newFormat(id, f, lf)
	return p.formats[key], nil
}

func (p *plan) addJobs(b *bundles.Bundle, wanted map[string][]*matcher) {
	rows := make(map[string]bundles.File, len(b.Manifest.Files))
	for _, f := range b.Manifest.Files {
		rows[f.Path] = f
	}
	for path, matchers := range wanted {
		row := rows[path]
		j := &job{path: path, size: row.Size, row: row, matchers: matchers}
		j.row.Path = path
		j.file = decl.File{Path: path, FirstLine: row.FirstLine, Encoding: row.Encoding, Size: row.Size}
		if row.MTime != nil {
			j.file.MTime = *row.MTime
		}
		if row.Size == 0 {
			j.size = sizeOf(b.FS, path)
		}
		p.jobs = append(p.jobs, j)
	}
	slices.SortFunc(p.jobs, func(a, b *job) int { return strings.Compare(a.path, b.path) })
	p.joinTails()
	searchers := map[string]*searcher{}
	for _, j := range p.jobs {
		key := fmt.Sprint(j.matchers)
		if searchers[key] == nil {
			searchers[key] = searcherOf(j.matchers)
		}
		j.search = searchers[key]
		j.open = func() (fs.File, error) { return j.row.Open(b.FS) }
		for _, m := range j.matchers {
			m.jobs = append(m.jobs, j)
		}
	}
}

// joinTails puts the tails of logs behind the logs.
func (p *plan) joinTails() {
	byPath := make(map[string]*job, len(p.jobs))
	for _, j := range p.jobs {
		byPath[j.path] = j
	}
	for _, j := range p.jobs {
		log, ok := strings.CutSuffix(j.path, bundles.TailSuffix)
		if first := byPath[log]; ok && first != nil && !first.isTail && j.row.GoesOn(first.row) && slices.Equal(first.matchers, j.matchers) {
			first.tail, j.isTail = j, true
		}
	}
}

// sizeOf asks the file system when the manifest is silent.
func sizeOf(fsys fs.FS, path string) int64 {
	info, err := fs.Stat(fsys, path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// result puts together what all files gave a scan.
func (m *matcher) result() decl.Result {
	sum := decl.Summary{Summary: true, Count: m.stats.count, First: m.stats.first, Last: m.stats.last}
	for _, j := range m.jobs {
		r := &j.done
		if r.unread {
			sum.Unread = append(sum.Unread, j.path)
		}
		if !r.opened {
			continue
		}
		sum.Files++
		sum.Bytes += r.bytes
		sum.Lines += r.lines
		if pr, ok := r.probes[m.format]; ok {
			sum.OldestLine = earlier(sum.OldestLine, pr.oldest)
			sum.NewestLine = later(sum.NewestLine, pr.newest)
			if pr.Illegible() {
				sum.Illegible = append(sum.Illegible, j.path)
			}
		}
	}
	hits := m.keep.hits()
	sum.Kept = len(hits)
	r := decl.Result{Hits: hits, Summary: sum}
	if m.tally != nil {
		r.Tally = m.tally.result()
	}
	return r
}

func earlier(a, b *time.Time) *time.Time {
	if b == nil {
		return a
	}
	return decl.Earlier(a, *b)
}

func later(a, b *time.Time) *time.Time {
	if b == nil {
		return a
	}
	return decl.Later(a, *b)
}
