package analyzer

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"
)

// lookTime is what a job may take that looks through logs, besides the time for
// the bundle's size: who waits for it sees how far it is, and can end it.
const lookTime = 15 * time.Minute

// Looked is what became of one bundle of a search.
type Looked struct {
	Path  string
	Inner string // name of the bundle in its archive; empty: it is the archive
	// Notes are of an archive that holds several; they come with the first one.
	Notes []string
	// Raw is the worker's result, Err the *Error without one.
	raw []byte
	Err error
}

// looker gives one job to workers for every bundle of some files and folders,
// in their order, as many at a time as the pool has workers.
type looker struct {
	pool *Pool
	// work does it for one bundle. It is begun in the order of the bundles.
	work func(ctx context.Context, t *task) ([]byte, error)

	mu    sync.Mutex
	moved *sync.Cond
	tasks []*task // in order
	busy  int
}

// task is a file, or a bundle in one.
type task struct {
	Looked
	in      *Inner
	temp    *sharedTemp
	several bool // there are others
	lane    *lane
	begun   bool
}

// sharedTemp is a folder with the bundles of one archive.
type sharedTemp struct {
	dir   string
	users int
}

func newLooker(p *Pool, paths []string) *looker {
	l := &looker{pool: p}
	l.moved = sync.NewCond(&l.mu)
	for _, path := range paths {
		l.tasks = append(l.tasks, &task{Looked: Looked{Path: path}, several: len(paths) > 1})
	}
	return l
}

// run does all of it.
func (l *looker) run(ctx context.Context) []Looked {
	var wait sync.WaitGroup
	for range cap(l.pool.slots) {
		wait.Go(func() {
			for t := l.take(); t != nil; t = l.take() {
				l.one(ctx, t)
			}
		})
	}
	wait.Wait()
	out := make([]Looked, len(l.tasks))
	for i, t := range l.tasks {
		out[i] = t.Looked
	}
	return out
}

// take gives the next task, or nil when there is none and none can come up.
func (l *looker) take() *task {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		for _, t := range l.tasks {
			if !t.begun {
				t.begun = true
				l.busy++
				return t
			}
		}
		if l.busy == 0 {
			return nil
		}
		l.moved.Wait()
	}
}

func (l *looker) one(ctx context.Context, t *task) {
	if t.temp == nil {
		t.temp = &sharedTemp{dir: tempDir(), users: 1}
	}
	t.raw, t.Err = l.work(ctx, t)
	var several *Error
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.As(t.Err, &several) && several.Code == CodeSeveral && len(several.Inner) > 0 && t.in == nil {
		l.split(t, several)
	} else if t.lane != nil {
		if err := t.lane.end(); t.Err == nil && err != nil {
			t.Err = err
		}
	}
	if t.temp.users--; t.temp.users == 0 {
		_ = os.RemoveAll(t.temp.dir)
	}
	l.busy--
	l.moved.Broadcast()
}

// split puts the bundles of an archive in the place of the archive.
func (l *looker) split(t *task, several *Error) {
	var lanes []*lane
	if t.lane != nil {
		lanes = t.lane.relay.split(t.lane, len(several.Inner))
	}
	list := make([]*task, len(several.Inner))
	for i := range several.Inner {
		in := &several.Inner[i]
		sub := &task{Looked: Looked{Path: t.Path, Inner: in.Name}, in: in, temp: t.temp, several: true}
		if lanes != nil {
			sub.lane = lanes[i]
		}
		switch {
		case in.Error != nil:
			sub.Err = in.Error
		case !in.within(t.temp.dir, t.Path):
			sub.Err = errorf(CodeInternal, internalHint, "open %q: the worker process names a place that is not its own", t.Path)
		default:
			t.temp.users++
		}
		if sub.Err != nil {
			sub.begun = true
			if sub.lane != nil {
				_ = sub.lane.end()
			}
		}
		list[i] = sub
	}
	list[0].Notes = several.Notes
	at := slices.Index(l.tasks, t)
	l.tasks = slices.Replace(l.tasks, at, at+1, list...)
}

// request is the worker's job for a task, without what is to be done.
func (t *task) request(inner string) job {
	return job{
		Path: []byte(t.Path), Inner: t.in, Name: inner, TempDir: t.temp.dir, KeepTemp: true,
		OneCore: t.several && sizeOf(t.in.place(t.Path)) < smallBundle,
	}
}
