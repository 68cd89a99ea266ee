package collector

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/source/logs"
	"github.com/asrdiag/asrdiag/collector/internal/store"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// logTimeout is how long one kind of log may take.
const logTimeout = 5 * time.Minute

// logSources are the logs of the profile that are read before the window, or
// those that are read after it.
func (s *session) logSources(first bool) []source.Source {
	var out []source.Source
	for _, l := range s.profile.Logs {
		if (l.When == profiles.WhenFirst) == first {
			out = append(out, s.logSource(l, logs.Collect))
		}
	}
	return out
}

// tailSources read what the logs that were read before the window have gained.
func (s *session) tailSources() []source.Source {
	var out []source.Source
	for _, l := range s.profile.Logs {
		if l.When == profiles.WhenFirst {
			out = append(out, s.logSource(l, logs.Tails))
		}
	}
	return out
}

const logPrefix = "logs/"

func (s *session) logSource(l profiles.Log, read func(context.Context, *store.Sink, logs.Options) error) source.Source {
	return source.Source{Name: logPrefix + l.ID, Timeout: logTimeout, Yields: true, Collect: func(ctx context.Context, k *store.Sink) error {
		left, _ := k.Left()
		opt := logs.Options{ID: l.ID, MaxFile: int64(l.MaxFile), MaxTotal: int64(l.Max), MaxZip: max(1, s.budget.share(left)), Since: s.since(l), Log: s.log}
		opt.Globs, opt.Unseen = s.globs(l)
		if l.When == profiles.WhenFirst {
			opt.Book = &s.book
		}
		k.Share(opt.MaxZip)
		return read(ctx, k, opt)
	}}
}

// globs are those of a log that can be told on this machine. unseen are the
// others of which that is not because there is nothing, with the reason.
func (s *session) globs(l profiles.Log) (known, unseen []string) {
	for _, g := range l.Globs {
		if path, ok := s.vars.get().Glob(g); ok {
			known = append(known, path)
		} else if why := s.known.get().unseen(s.profile, g); why != "" {
			unseen = append(unseen, g+": "+why)
		}
	}
	return known, unseen
}

// since is the time of the oldest log file that is taken; zero: all are.
func (s *session) since(l profiles.Log) time.Time { return s.opt.oldest(l, s.begin) }

// oldest is the time of the oldest file of a log that a run which begins at that
// time takes; zero: all are.
func (opt Options) oldest(l profiles.Log, begin time.Time) time.Time {
	if opt.LogAge <= 0 || l.Age == profiles.AgeAny {
		return time.Time{}
	}
	return begin.Add(-opt.LogAge)
}

// budget shares the room of the bundle among the kinds of logs, so that none
// evicts another. Within a step the kinds are read from the smallest to the
// largest, and each may take an equal part of what is left then: what a small
// one does not need is the others'.
type budget struct {
	mu      sync.Mutex
	need    map[string]int64 // bytes of each kind, at most; a kind that did not answer is missing
	waiting int              // kinds of this step that have not begun
	keep    int64            // of the room, for the steps behind
}

// share is the part of what is left that the next kind may take.
func (b *budget) share(left int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	part := (left - b.keep) / int64(max(b.waiting, 1))
	b.waiting--
	return part
}

// size is what a kind of log needs; one that is not known comes last.
func (b *budget) size(name string) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n, ok := b.need[name]; ok {
		return n
	}
	return unmeasured
}

// begin starts a step with some kinds, behind which others come.
func (b *budget) begin(kinds int, keep int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting, b.keep = kinds, keep
}

// tailPart of the room is kept for tails: one part in so many.
const tailPart = 16

// share prepares the budget for a step of logs and puts its kinds in order.
func (s *session) share(st step, p plan) {
	left, _ := s.store.Left()
	keep := int64(0)
	switch {
	case st.phase == phaseFirst:
		keep = min(left/2, s.needed(p.Logs)+left/tailPart)
	case st.phase == phaseLogs && len(p.Tails) > 0:
		keep = left / tailPart
	}
	s.budget.begin(len(st.list), keep)
	sort.SliceStable(st.list, func(i, j int) bool { return s.budget.size(st.list[i].Name) < s.budget.size(st.list[j].Name) })
}

// needed is what the logs of a step need together.
func (s *session) needed(list []source.Source) int64 {
	var sum int64
	for _, src := range list {
		sum = min(sum+s.budget.size(src.Name), unmeasured)
	}
	return sum
}

// measurePatience is how long the sizes of all logs may take to be found.
const measurePatience = 5 * time.Second

// measure finds out how much there is of each kind of log. One that does not
// answer does not hold up the others.
func (s *session) measure(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.scale(measurePatience))
	defer cancel()
	type answer struct {
		name string
		size int64
	}
	done := make(chan answer, len(s.profile.Logs))
	for _, l := range s.profile.Logs {
		go func() {
			done <- answer{logPrefix + l.ID, s.sizeOf(ctx, l)}
		}()
	}
	need := map[string]int64{}
	for len(need) < len(s.profile.Logs) && ctx.Err() == nil {
		select {
		case a := <-done:
			need[a.name] = a.size
		case <-ctx.Done():
			s.log.Warn("the size of some logs is not known in time", runlog.Any("known", strings.Join(slices.Sorted(maps.Keys(need)), " ")))
		}
	}
	s.budget.mu.Lock()
	defer s.budget.mu.Unlock()
	s.budget.need = need
}

// unmeasured is the size of a kind of log that is too large to be measured, or
// does not answer.
const unmeasured = 1 << 60

// sizeOf is how much of a kind of log the profile takes, in bytes of log.
func (s *session) sizeOf(ctx context.Context, l profiles.Log) int64 {
	maxFile, maxTotal := cmp.Or(int64(l.MaxFile), logs.DefaultMaxFile), cmp.Or(int64(l.Max), logs.DefaultMaxTotal)
	globs, _ := s.globs(l)
	found := logs.Find(ctx, globs, s.since(l))
	if found.Unseen || ctx.Err() != nil {
		return unmeasured
	}
	var sum int64
	for _, f := range found.Files {
		sum += min(f.Size, maxFile)
	}
	return min(sum, maxTotal)
}
