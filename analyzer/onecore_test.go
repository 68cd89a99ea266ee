package analyzer

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/asrdiag/asrdiag/analyzer/report"
)

// tellCores is a worker that answers every analysis by who may use its cores.
func tellCores() int {
	out := &frameWriter{w: os.Stdout}
	for {
		_, content, err := readFrame(os.Stdin)
		if err != nil {
			return 0
		}
		var j job
		if json.Unmarshal(content, &j) != nil {
			return 1
		}
		r := report.Report{Bundle: report.Bundle{File: "all cores"}}
		if j.OneCore {
			r.Bundle.File = "one core"
		}
		if out.writeJSON(frameResult, r) != nil {
			return 1
		}
	}
}

// TestOneCoreIsHandedOver: a small bundle among several is worked at by one core,
// a large one and a single one by all.
func TestOneCoreIsHandedOver(t *testing.T) {
	dir := t.TempDir()
	small, large := filepath.Join(dir, "small.zip"), filepath.Join(dir, "large.zip")
	for name, size := range map[string]int64{small: smallBundle - 1, large: smallBundle} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(name, size); err != nil {
			t.Fatal(err)
		}
	}
	p := testPool(t, "cores", PoolConfig{})
	for _, c := range []struct {
		path    string
		several bool
		want    string
	}{
		{small, true, "one core"}, {large, true, "all cores"}, {small, false, "all cores"},
	} {
		r, err := p.Analyze(context.Background(), AnalyzeJob{Path: c.path, Several: c.several})
		if err != nil || r.Bundle.File != c.want {
			t.Errorf("%s, several: %v: %v, %v, want %s", filepath.Base(c.path), c.several, r, err, c.want)
		}
		one := (&task{Looked: Looked{Path: c.path}, several: c.several, temp: &sharedTemp{}}).request("").OneCore
		if one != (c.want == "one core") {
			t.Errorf("%s, several: %v: a search on one core: %v, want %s", filepath.Base(c.path), c.several, one, c.want)
		}
	}
}

// TestOneCoreInsideArchive: so are the bundles in an archive that holds several.
func TestOneCoreInsideArchive(t *testing.T) {
	good := contentOf(t, zipOf(t, sick))
	p := testPool(t, "count-cores", PoolConfig{})
	answers, _ := p.AnalyzeAll(context.Background(), AnalyzeJob{Path: sent(t, "a.zip", good, "b.zip", good), Packs: []PackRef{demoRef(t)}})
	if len(answers) != 2 {
		t.Fatalf("%d answers", len(answers))
	}
	for _, a := range answers {
		if a.Err == nil || a.Err.Error() != "one core" {
			t.Errorf("%s: %v, want one core", a.Inner, a.Err)
		}
	}
}

// countCores is a worker that opens archives as others do, and answers the
// analysis of a bundle in one with the cores that it may use.
func countCores() int {
	w := &worker{out: &frameWriter{w: os.Stdout}}
	for {
		_, content, err := readFrame(os.Stdin)
		if err != nil {
			return 0
		}
		var j job
		if json.Unmarshal(content, &j) != nil {
			return 1
		}
		if j.Inner == nil {
			err = w.answer(context.Background(), content)
		} else {
			err = w.out.writeJSON(frameError, &Error{Code: CodeInternal, Msg: map[bool]string{true: "one core", false: "all cores"}[j.OneCore]})
		}
		if err != nil {
			return 1
		}
	}
}

// coreWatch notes how many cores Go uses whenever something is written.
type coreWatch struct {
	mu   sync.Mutex
	seen []int
}

func (c *coreWatch) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, runtime.GOMAXPROCS(0))
	return len(p), nil
}

// TestOneCoreReadsLogs: one core reads the logs, all of them are there for the
// modules and for the next job, and the report is the same.
func TestOneCoreReadsLogs(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	log := "-- logs/app/C/large.log --\n" + strings.Repeat("2026-03-05 09:00:03 ERROR cxprocessserver is gone\n", 2*progressStep/50)
	name := zipOf(t, sick+log)
	var reports [2]string
	for i, one := range []bool{false, true} {
		var watch coreWatch
		w := &worker{out: &frameWriter{w: &watch}}
		content, err := json.Marshal(job{
			Path: []byte(name), Analyze: &AnalyzeJob{Packs: []PackRef{demoRef(t)}}, TempDir: t.TempDir(), CacheDir: cacheFolder(), OneCore: one, Steps: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.do(context.Background(), content)
		if err != nil {
			t.Fatal(err)
		}
		reports[i] = encode(t, got.(*report.Report))
		var ones, twos int
		for _, n := range watch.seen {
			if n == 1 {
				ones++
			} else {
				twos++
			}
		}
		if (ones > 0) != one || twos == 0 || runtime.GOMAXPROCS(0) != 2 {
			t.Errorf("one core %v: %d words from one core, %d from two, %d cores afterwards", one, ones, twos, runtime.GOMAXPROCS(0))
		}
	}
	if reports[0] != reports[1] {
		t.Errorf("the reports of one core and of two differ:\n%s\n%s", reports[1], reports[0])
	}
}
