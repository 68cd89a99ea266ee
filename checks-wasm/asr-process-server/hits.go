package main

import (
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// hitList are the hits of a scan that have a time, and what was searched.
type hitList struct {
	hits  []scan.Hit
	times []time.Time
	end   time.Time // of the newest line searched; zero: not known
	later time.Time // when the newest may have been instead; zero: its time is certain
	count int64     // of all hits, with and without a time
	files int
}

func hitsOf(p *check.Pass, id string) hitList {
	sum := p.Summary(id)
	l := hitList{count: sum.Count, files: sum.Files}
	if sum.NewestLine != nil {
		l.end = *sum.NewestLine
	}
	for h := range p.Hits(id) {
		if h.Time != nil {
			l.hits, l.times = append(l.hits, h), append(l.times, *h.Time)
		}
	}
	l.later = p.LatestOf(id, l.hits)
	return l
}

// oneLine is the first line of a hit, with blanks for tabs, for a text.
func oneLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.Join(strings.Fields(line), " ")
}
