package analyzer

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"

	"github.com/asrdiag/asrdiag/analyzer/report"
)

// loadsIn counts the modules that a worker says it loads. Nobody has asked it for
// progress.
func loadsIn(t *testing.T, frames io.Reader) (n int) {
	t.Helper()
	for {
		kind, content, err := readFrame(frames)
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		if kind == frameProgress {
			t.Fatalf("progress that nobody asked for: %s", content)
		}
		if kind != frameBegin {
			continue
		}
		var a activity
		if err := json.Unmarshal(content, &a); err != nil {
			t.Fatal(err)
		}
		if a.Compile {
			n++
		}
	}
}

// TestModulesStayBetweenSmallBundles: a worker loads a module once for the small
// bundles that it gets one after another, has nothing of it when it reads a large
// one, and the reports are the same.
func TestModulesStayBetweenSmallBundles(t *testing.T) {
	var frames bytes.Buffer
	w := &worker{out: &frameWriter{w: &frames}}
	defer w.kept.drop()
	healthy := zipOf(t, "-- services.gen --\ncxprocessserver | running | automatic\n")
	alone := map[string]string{}
	for i, step := range []struct {
		name         string
		small        bool
		loads, stays int
	}{
		{zipOf(t, sick), false, 1, 0},
		{healthy, false, 1, 0},
		{zipOf(t, sick), true, 1, 1},
		{healthy, true, 0, 1},
		{zipOf(t, sick), true, 0, 1},
		{zipOf(t, sick), false, 1, 0},
		{healthy, true, 1, 1},
	} {
		content, err := json.Marshal(job{
			Path: []byte(step.name), Analyze: &AnalyzeJob{Packs: []PackRef{demoRef(t)}}, TempDir: t.TempDir(), CacheDir: cacheFolder(), OneCore: step.small,
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.do(context.Background(), content)
		if err != nil {
			t.Fatal(err)
		}
		if n := loadsIn(t, &frames); n != step.loads || len(w.kept.modules) != step.stays {
			t.Errorf("bundle %d: %d modules loaded and %d there afterwards, want %d and %d", i, n, len(w.kept.modules), step.loads, step.stays)
		}
		text := encode(t, got.(*report.Report))
		kind := map[bool]string{true: "healthy", false: "sick"}[step.name == healthy]
		if alone[kind] == "" {
			alone[kind] = text
		}
		if text != alone[kind] {
			t.Errorf("bundle %d: the report is not that of a worker without modules:\n%s\n%s", i, text, alone[kind])
		}
	}
}

// TestKeeperDropsTheOldest: bundles of two roles in turns load nothing, a third
// module takes the place of the one that was not used for longest.
func TestKeeperDropsTheOldest(t *testing.T) {
	pack := demo(t)
	h, err := newHost(cacheFolder())
	if err != nil {
		t.Fatal(err)
	}
	row := pack.Manifest.Modules[0]
	wasm, err := pack.Module(row.Path)
	if err != nil {
		t.Fatal(err)
	}
	var k keeper
	defer k.drop()
	use := func(key string) (was bool) {
		m := k.take(key)
		if was = m != nil; !was {
			if m, err = h.Compile(context.Background(), wasm, row.Limits); err != nil {
				t.Fatal(err)
			}
		}
		k.give(key, m)
		return was
	}
	for _, step := range []struct {
		key string
		was bool
	}{{"a", false}, {"b", false}, {"a", true}, {"b", true}, {"a", true}, {"c", false}, {"a", true}, {"c", true}, {"b", false}, {"a", false}} {
		if was := use(step.key); was != step.was {
			t.Errorf("%q was there: %v, want %v", step.key, was, step.was)
		}
	}
}

// writes counts them.
type writes struct {
	bytes.Buffer
	n int
}

func (w *writes) Write(p []byte) (int, error) {
	w.n++
	return w.Buffer.Write(p)
}

// TestFramesAreWrittenAtOnce: whoever waits for one is woken up once.
func TestFramesAreWrittenAtOnce(t *testing.T) {
	var w writes
	out := &frameWriter{w: &w}
	for _, n := range []int{0, 1, maxOutputFrame, 3, maxOutputFrame + 1} {
		content := bytes.Repeat([]byte{'x'}, n)
		before := w.n
		if err := out.write(frameOutput, content); err != nil {
			t.Fatal(err)
		}
		if took := w.n - before; n <= maxOutputFrame && took != 1 {
			t.Errorf("a frame of %d bytes took %d writes", n, took)
		}
		if kind, got, err := readFrame(&w.Buffer); err != nil || kind != frameOutput || !bytes.Equal(got, content) {
			t.Errorf("a frame of %d bytes came back as %d, kind %q, %v", n, len(got), kind, err)
		}
	}
}
