package collector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/source/services"
)

// atPhase runs with an action at the begin of a phase and returns what is in the
// output folder afterwards.
func atPhase(t *testing.T, phase string, m machine, opt Options, act func()) (Summary, []string, error) {
	t.Helper()
	seen := false
	opt.Progress = func(p Progress) {
		if p.Phase == phase && !seen {
			seen = true
			act()
		}
	}
	ctx := context.Background()
	sum, err := Run(ctx, opt)
	if !seen {
		t.Fatalf("there is no phase %q", phase)
	}
	return sum, leftOver(t, m.out), err
}

func leftOver(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestFinishEarly(t *testing.T) {
	for _, kind := range []Finish{FinishPhase, FinishAll} {
		m := newMachine(t)
		opt := m.options()
		opt.Duration = time.Hour
		finish := make(chan Finish, 1)
		opt.Finish = finish
		sum, left, err := atPhase(t, phaseWindow, m, opt, func() { finish <- kind })
		if err != nil || len(left) != 1 {
			t.Fatalf("%v, %v", err, left)
		}
		b := openBundle(t, sum.Path)
		s := rowOf(t, b, "metrics")
		if s.Status != bundles.StatusPartial || !strings.Contains(s.Error, "finished early") || b.Manifest.Window.ExpectedSamples != 18000 || b.Manifest.Window.RequestedSeconds != 3600 || sum.Complete {
			t.Errorf("kind %d: %+v, %+v", kind, s, b.Manifest.Window)
		}
		if !b.Has("facts/processes.json") || len(b.Match("logs/a/**")) != 2 {
			t.Error("what comes after the window is missing")
		}
	}
}

func TestCancel(t *testing.T) {
	for _, phase := range []string{phaseState, phaseFirst, phaseFacts, phaseWindow, phaseAgain, phaseLogs, phaseTails, phaseWrite} {
		m := newMachine(t)
		ctx, cancel := context.WithCancel(context.Background())
		opt := m.options()
		opt.Progress = func(p Progress) {
			if p.Phase == phase {
				cancel()
			}
		}
		_, err := Run(ctx, opt)
		cancel()
		if left := leftOver(t, m.out); !errors.Is(err, context.Canceled) || len(left) != 0 {
			t.Errorf("cancelled while %s: %v, left %v", phase, err, left)
		}
	}
}

func TestStdout(t *testing.T) {
	m := newMachine(t)
	var out bytes.Buffer
	opt := m.options()
	opt.Out, opt.Stdout = "-", &out
	sum, err := Run(context.Background(), opt)
	if err != nil || sum.Path != "-" || sum.Size != int64(out.Len()) {
		t.Fatalf("%+v, %v, %d bytes", sum, err, out.Len())
	}
	path := filepath.Join(t.TempDir(), "b.zip")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	openBundle(t, path)
}

func TestBadOptions(t *testing.T) {
	m := newMachine(t)
	for name, change := range map[string]func(*Options){
		"interval":   func(o *Options) { o.Interval = 0 },
		"duration":   func(o *Options) { o.Duration = time.Millisecond },
		"too long":   func(o *Options) { o.Duration = 1000 * time.Hour },
		"max size":   func(o *Options) { o.MaxSize = 5 },
		"probe":      func(o *Options) { o.Probes = []string{"x"} },
		"no profile": func(o *Options) { o.Profile = "nonesuch" },
	} {
		opt := m.options()
		change(&opt)
		var oe *OptionError
		if _, err := Run(context.Background(), opt); !errors.As(err, &oe) || oe.Hint == "" {
			t.Errorf("%s: %v, want an OptionError with a hint", name, err)
		}
	}
	opt := m.options()
	opt.MinFree = 1 << 60
	var se *SpaceError
	if _, err := Run(context.Background(), opt); !errors.As(err, &se) {
		t.Errorf("too little room: %v", err)
	}
	if left := leftOver(t, m.out); len(left) != 0 {
		t.Errorf("mistakes leave %v", left)
	}
}

// TestMaxSize fills a small bundle with a log that cannot be packed.
func TestMaxSize(t *testing.T) {
	m := newMachine(t)
	raw := make([]byte, 6<<20)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range raw {
		raw[i] = " 0123456789abcdefghijklmnoqrstuvxyzABCDEFGHIJLMNOQRSTUVXYZ:;.,-_+*#"[rng.IntN(66)]
		if i%120 == 119 {
			raw[i] = '\n'
		}
	}
	if err := os.WriteFile(m.dir+"/log/noise.log", raw, 0o600); err != nil {
		t.Fatal(err)
	}
	opt := m.options()
	opt.MaxSize = 2 << 20
	sum, err := Run(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	fi, err := os.Stat(sum.Path)
	if err != nil || fi.Size() > opt.MaxSize || fi.Size() != sum.Size {
		t.Errorf("%d bytes, summary says %d, at most %d; %v", fi.Size(), sum.Size, opt.MaxSize, err)
	}
	b := openBundle(t, sum.Path)
	if s := rowOf(t, b, "logs/a"); s.Status != bundles.StatusPartial || !strings.Contains(s.Error, "--max-size") {
		t.Errorf("source = %+v", s)
	}
}

// fakeManager answers with one service, or when it hangs with its context's end.
type fakeManager struct {
	services.Manager
	hangs bool
}

func (f fakeManager) Name() string { return "fake" }

func (f fakeManager) Read(ctx context.Context) ([]bundles.Service, error) {
	if f.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return []bundles.Service{{Name: "a", State: bundles.StateRunning}}, nil
}

func TestPollServices(t *testing.T) {
	u := &unitReader{m: fakeManager{}}
	p := polls{units: u, log: runlog.New(io.Discard)}
	p.services(context.Background(), time.Second)
	p.services(context.Background(), time.Second)
	u.m = fakeManager{hangs: true}
	begin := time.Now()
	p.services(context.Background(), 200*time.Millisecond)
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("a manager that hangs holds the samples for %v", took)
	}
	if f := u.watch.Fact(time.Now()); len(f.Items) != 1 || len(f.Items[0].Readings) != 2 {
		t.Errorf("fact = %+v, want two readings", f)
	}
	polls{}.services(context.Background(), time.Second) // given up
	polls{}.connections(context.Background())
}

func TestTwoInOneSecond(t *testing.T) {
	m := newMachine(t)
	opt := m.options()
	h := newHeader(time.Now())
	for want := range 3 {
		a, path, err := newArchive(opt, place{dir: m.out}, h)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Commit(bundles.Manifest{}); err != nil {
			t.Fatal(err)
		}
		if left := leftOver(t, m.out); len(left) != want+1 {
			t.Errorf("%s: %v", path, left)
		}
	}
}

// TestStartTime holds what is done before the first source: the best of three,
// because what else runs on the machine only adds to it.
func TestStartTime(t *testing.T) {
	best := time.Hour
	for range 3 {
		m := newMachine(t)
		begin := time.Now()
		s, err := newSession(context.Background(), m.options())
		if err != nil {
			t.Fatal(err)
		}
		best = min(best, time.Since(begin))
		s.archive.Abort()
		s.lock.Release()
	}
	if best > 100*time.Millisecond { // ten times what it takes on an idle machine
		t.Errorf("the start took %v", best)
	}
}

func TestSummaryJSON(t *testing.T) {
	raw, err := json.Marshal(Summary{Path: "p", Lacking: []bundles.Source{}})
	if err != nil || !strings.Contains(string(raw), `"complete":false`) || !strings.Contains(string(raw), `"lacking":[]`) {
		t.Errorf("%s, %v", raw, err)
	}
}
