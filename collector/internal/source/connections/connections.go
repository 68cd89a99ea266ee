// Package connections polls the socket table and keeps the union over the
// window: which endpoints a process had, in which states, from when to when.
package connections

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// maxItems bounds the union on a machine with very many connections; the rest
// is in the counts, under the state.
const maxItems = 20_000

// endpoint is one row of the socket table.
type endpoint struct {
	protocol, local, remote, state string
	pid                            int32
	process                        string
}

// key tells endpoints apart; a restarted process is another one.
type key struct {
	protocol, local, remote string
	pid                     int32
}

// Tracker is the union so far. It is not safe for concurrent use.
type Tracker struct {
	wanted   func(process string) bool
	table    *table
	readings int
	items    map[key]*bundles.Connection
	counts   map[string]int
}

// New returns a Tracker for the processes that wanted says; everything else is
// counted only. A socket without a process, or of one that may not be looked
// at, has the empty name.
func New(wanted func(process string) bool) *Tracker {
	return &Tracker{wanted: wanted, table: newTable(wanted), items: map[key]*bundles.Connection{}}
}

// Poll reads the table once.
func (t *Tracker) Poll(ctx context.Context) error {
	rows, err := t.table.read(ctx)
	if err != nil {
		return err
	}
	t.add(time.Now().UTC(), rows)
	return nil
}

func (t *Tracker) add(now time.Time, rows []endpoint) {
	t.readings++
	t.counts = map[string]int{}
	for _, r := range rows {
		k := key{r.protocol, r.local, r.remote, r.pid}
		c, known := t.items[k]
		if !t.wanted(r.process) || !known && len(t.items) >= maxItems {
			t.counts[r.state]++
			continue
		}
		if !known {
			c = &bundles.Connection{Protocol: r.protocol, Local: r.local, Remote: r.remote, PID: r.pid, Process: r.process, FirstSeen: now}
			t.items[k] = c
		}
		c.LastSeen = now
		if !slices.Contains(c.States, r.state) {
			c.States = append(c.States, r.state)
		}
	}
}

// Readings is how often the table was read.
func (t *Tracker) Readings() int { return t.readings }

// Fact is the union so far, sorted.
func (t *Tracker) Fact(now time.Time) bundles.Connections {
	f := bundles.Connections{Taken: now.UTC(), Readings: t.readings, Items: []bundles.Connection{}, Counts: t.counts}
	for _, c := range t.items {
		f.Items = append(f.Items, *c)
	}
	sort.Slice(f.Items, func(i, j int) bool { // smaller than slices.SortFunc
		a, b := &f.Items[i], &f.Items[j]
		return cmp.Or(cmp.Compare(a.Process, b.Process), cmp.Compare(a.PID, b.PID), cmp.Compare(a.Protocol, b.Protocol),
			cmp.Compare(a.Local, b.Local), cmp.Compare(a.Remote, b.Remote)) < 0
	})
	return f
}
