package analyzer

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestRelayOrder: whoever is first, the output is in order, also where a lane was
// split; and what waits is bounded.
func TestRelayOrder(t *testing.T) {
	for seed := range uint64(20) {
		var out bytes.Buffer
		r := newRelay(&out, func() { t.Error("it stops") })
		var list []*lane
		for range 5 {
			list = append(list, r.lane())
		}
		list = append(list[:2], append(r.split(list[2], 3), list[3:]...)...)
		var want strings.Builder
		for i := range list {
			for range 4 {
				fmt.Fprintf(&want, "%d", i)
				want.WriteString(strings.Repeat(".", 3<<20-1))
			}
		}
		var next atomic.Int64
		var wait sync.WaitGroup
		random := rand.New(rand.NewPCG(seed, 1))
		workers := 1 + random.IntN(3)
		for range workers {
			wait.Go(func() {
				for i := int(next.Add(1)) - 1; i < len(list); i = int(next.Add(1)) - 1 {
					for range 4 {
						if _, err := list[i].Write([]byte(fmt.Sprint(i) + strings.Repeat(".", 3<<20-1))); err != nil {
							t.Error(err)
						}
						r.mu.Lock()
						if r.held > maxRelayed {
							t.Errorf("%d bytes wait", r.held)
						}
						r.mu.Unlock()
					}
					if err := list[i].end(); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		if out.String() != want.String() || r.held != 0 || len(r.lanes) != 0 {
			t.Fatalf("seed %d: %d bytes, %d held, %d lanes", seed, out.Len(), r.held, len(r.lanes))
		}
	}
}

// fails is a writer that has had enough.
type fails struct{ err error }

func (f fails) Write([]byte) (int, error) { return 0, f.err }

// TestRelayFails: who waits for room learns that nobody reads any more.
func TestRelayFails(t *testing.T) {
	full := errors.New("no room")
	stopped := 0
	r := newRelay(fails{full}, func() { stopped++ })
	first, second := r.lane(), r.lane()
	waits := make(chan error)
	go func() {
		for {
			if _, err := second.Write(make([]byte, 1<<20)); err != nil {
				waits <- err
				return
			}
		}
	}()
	if _, err := first.Write([]byte("x")); !errors.Is(err, full) {
		t.Error(err)
	}
	if err := <-waits; !errors.Is(err, full) {
		t.Error(err)
	}
	if err := second.end(); !errors.Is(err, full) || stopped != 1 {
		t.Errorf("%v, stopped %d times", err, stopped)
	}
}
