package metrics

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sys/windows"

	"github.com/asrdiag/asrdiag/bundles"
)

// TestGauges reads what there is. What is absent has a reason; Wine has neither
// of the two counters, and counts no pages.
func TestGauges(t *testing.T) {
	g := newGauges()
	var first, second bundles.Sample
	readMemory(context.Background(), &first)
	g.read(context.Background(), &first)
	g.read(context.Background(), &second)
	if first.Commit == nil || *first.Commit <= 0 || *first.Commit > 1 {
		t.Errorf("commit = %v", first.Commit)
	}
	if (second.DiskQueue == nil || second.Queue == nil) && g.lacking() == nil {
		t.Errorf("queues %v and %v, without a reason", second.Queue, second.DiskQueue)
	}
	t.Log(g.lacking())
	if second.Paging != nil && *second.Paging == 0 {
		t.Error("no page was ever read")
	}
}

// TestQuery reads a counter that every system has, by its English name, through
// the same calls; a mean has no value until there are two readings.
func TestQuery(t *testing.T) {
	q := &query{opened: true}
	if err := q.open(); q.handle == 0 {
		t.Fatal(err)
	}
	if err := q.add(`\Processor(_Total)\% Processor Time`, &q.queue); err != nil {
		t.Fatal(err)
	}
	q.disks = 0
	for until := time.Now().Add(10 * time.Second); ; windows.SleepEx(20, false) {
		got, err := q.collect()
		if err != nil {
			t.Fatal(err)
		}
		if got.queue != nil && *got.queue >= 0 && *got.queue <= 100 {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("no value: %+v", got)
		}
	}
	if err := q.add(`\No Such Object\Nothing`, &q.disks); err == nil || q.disks != 0 {
		t.Errorf("a counter that is not there: %v", err)
	}
}
