package main

import (
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/asrdiag/asrdiag/analyzer"
	"github.com/asrdiag/asrdiag/analyzer/render"
)

// progressDelay keeps short work quiet.
const progressDelay = 700 * time.Millisecond

// progress draws one bar a bundle under way. A nil one draws nothing.
type progress struct {
	bars *mpb.Progress

	mu    sync.Mutex
	drawn []*mpb.Bar
	over  bool // nothing is drawn any more
}

// newProgress draws on stderr if that is a terminal.
func (a *app) newProgress() *progress {
	if !isTerminal(a.stderr) {
		return nil
	}
	delay := make(chan struct{})
	time.AfterFunc(progressDelay, func() { close(delay) })
	return &progress{bars: mpb.New(mpb.WithOutput(a.stderr), mpb.WithWidth(width(a.stderr)/2), mpb.WithRenderDelay(delay))}
}

// bundle gives the two ends of a bundle's bar: where its progress goes, and what
// to call when it is done. The bar appears with the first step.
func (p *progress) bundle(file string) (step func(analyzer.Progress), done func()) {
	if p == nil {
		return nil, func() {}
	}
	var stage atomic.Value
	stage.Store("")
	name := render.Clean(filepath.Base(file))
	bar := sync.OnceValue(func() *mpb.Bar {
		b := p.bars.AddBar(0,
			mpb.PrependDecorators(decor.Name(name+" "), decor.Any(func(decor.Statistics) string {
				return stage.Load().(string)
			}, decor.WC{W: len(analyzer.StageEvidence) + 1})),
			mpb.BarRemoveOnComplete())
		p.drawn = append(p.drawn, b)
		return b
	})
	started := false
	step = func(s analyzer.Progress) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.over {
			return
		}
		started = true
		stage.Store(s.Stage)
		bar().SetTotal(s.Total, false)
		bar().SetCurrent(s.Done)
	}
	return step, func() {
		if started {
			bar().Abort(true)
		}
	}
}

// wait removes the bars once all bundles are done, so that reports can be
// printed.
func (p *progress) wait() {
	if p != nil {
		p.bars.Wait()
	}
}

// end takes the bars away for good, whoever is under way.
func (p *progress) end() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	p.over = true
	for _, b := range p.drawn {
		b.Abort(true)
	}
	p.bars.Wait()
}
