package bundletest

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"golang.org/x/tools/txtar"
)

func parse(t *testing.T, text string) *Tree {
	t.Helper()
	tree, err := Parse(txtar.Parse([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func open(t *testing.T, tree *Tree) *bundles.Bundle {
	t.Helper()
	b, err := tree.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// An empty source is a bundle: a standalone process server, whole and sound.
func TestDefaults(t *testing.T) {
	b := open(t, parse(t, ""))
	if b.Cut || b.Host().Role != bundles.RoleProcessServer || b.Host().Deployment != bundles.DeployStandalone || b.Host().OS != "windows" {
		t.Errorf("host = %+v, cut %v", b.Host(), b.Cut)
	}
	if span := b.Manifest.Window.End.Sub(b.Manifest.Window.Start); span != 15*time.Minute || !b.Now().Equal(defaultEnd) {
		t.Errorf("window of %v until %v", span, b.Now())
	}
	if got, err := b.Verify(context.Background()); err != nil || !got.OK {
		t.Errorf("Verify = %+v, %v", got, err)
	}
}

// Members of a given manifest win; the others keep their defaults.
func TestGivenManifest(t *testing.T) {
	tree := parse(t, `
-- manifest.json --
{"id":"feed","host":{"name":"web01","os":"linux","role":"source-machine","deployment":""},
 "sources":[{"name":"services","status":"denied","error":"access is denied","duration_ms":2}],
 "files":[{"path":"logs/app/a.log","truncated":true,"first_line":90}]}
-- facts/services.json --
{"items":[]}
-- logs/app/a.log --
one
`)
	b := open(t, tree)
	if b.Header.ID != "feed" || b.Host().Name != "web01" || b.Host().Deployment != "" || b.Host().InstallationType != "Server" {
		t.Errorf("id %q, host %+v", b.Header.ID, b.Host())
	}
	if s, _ := b.Source("services"); s.Status != bundles.StatusDenied {
		t.Errorf("source services = %+v, want the given row", s)
	}
	if s, ok := b.Source("logs/app"); !ok || s.Status != bundles.StatusOK {
		t.Errorf("source logs/app = %+v, %v, want one that is ok", s, ok)
	}
	f, ok := b.File("logs/app/a.log")
	if !ok || !f.Truncated || f.FirstLine != 90 || f.Size != 4 || f.Source != "logs/app" || f.MTime == nil {
		t.Errorf("row of the log = %+v", f)
	}
}

func TestParseErrors(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown member":    {"-- manifest.json --\n{\"hosts\":{}}\n", `unknown field "hosts"`},
		"not JSON":          {"-- manifest.json --\n{\n", "manifest.json: "},
		"file not there":    {"-- manifest.json --\n{\"files\":[{\"path\":\"logs/x/a.log\"}]}\n", `"logs/x/a.log", which is not in the archive`},
		"unknown generator": {"-- registry.gen --\n", "registry.gen: unknown generator"},
		"short service":     {"-- services.gen --\nW3SVC\n", "want NAME | STATES | START"},
		"no metric":         {"-- metrics.gen --\nCPU high\n", `line "CPU high": not a metric line`},
		"bad interval":      {"-- metrics.gen --\nevery day\n", "invalid duration"},
		"bad every":         {"-- metrics.gen --\nevery 5s until noon\n", "want: every 5s"},
		"bad drop":          {"-- metrics.gen --\ndrop 1m to noon\n", "invalid duration"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(txtar.Parse([]byte(c.text))); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Parse = %v, want an error with %q", err, c.want)
			}
		})
	}
}

// What is for the test and the reader is not part of the bundle.
func TestExtra(t *testing.T) {
	tree := parse(t, "-- want --\npass\n-- story.md --\nOnce.\n-- facts/time.json --\n{}\n")
	if b := open(t, tree); !slices.Equal(b.Paths(), []string{"bundle.json", "facts/time.json", "manifest.json"}) {
		t.Errorf("paths = %v", b.Paths())
	}
	if string(tree.Extra["want"]) != "pass\n" || len(tree.Extra["story.md"]) == 0 {
		t.Errorf("extra = %q", tree.Extra)
	}
}

func TestCut(t *testing.T) {
	b := open(t, parse(t, "-- cut --\n-- facts/host.json --\n{\"role\":\"source-machine\",\"os\":\"linux\"}\n"))
	if !b.Cut || b.Host().Role != bundles.RoleSourceMachine || b.Has("cut") {
		t.Errorf("cut %v, host %+v", b.Cut, b.Host())
	}
}

func TestServices(t *testing.T) {
	tree := parse(t, `
-- services.gen --
# what the article lists
manager scm
cxprocessserver | running, stopped, running | automatic_delayed | cxprocessserver

obengine | stopped | manual+2 triggers
dra | not_installed
`)
	fact, err := bundles.Fact[bundles.Services](open(t, tree), "services")
	if err != nil {
		t.Fatal(err)
	}
	if fact.Manager != "scm" || len(fact.Items) != 3 || !fact.Taken.Equal(defaultEnd) {
		t.Fatalf("fact = %+v", fact)
	}
	cx, ob, dra := fact.Items[0], fact.Items[1], fact.Items[2]
	var at, states []string
	for _, r := range cx.Readings {
		at, states = append(at, r.T.Format(time.TimeOnly)), append(states, r.State)
	}
	if !slices.Equal(at, []string{"09:00:00", "09:07:30", "09:15:00"}) || !slices.Equal(states, []string{"running", "stopped", "running"}) {
		t.Errorf("readings at %v: %v", at, states)
	}
	if cx.State != "running" || cx.StartType != bundles.StartAutomaticDelayed || cx.DisplayName != "cxprocessserver" {
		t.Errorf("cxprocessserver = %+v", cx)
	}
	if len(ob.Readings) != 3 || ob.State != "stopped" || ob.StartType != bundles.StartManual || ob.Triggers != 2 {
		t.Errorf("obengine = %+v", ob)
	}
	if dra.State != bundles.StateNotInstalled || dra.StartType != "" {
		t.Errorf("dra = %+v", dra)
	}
}

func samples(t *testing.T, b *bundles.Bundle) []bundles.Sample {
	t.Helper()
	var out []bundles.Sample
	for s, err := range b.Samples() {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

func TestMetrics(t *testing.T) {
	b := open(t, parse(t, `
-- metrics.gen --
every 10s
drop 5m to 6m
system.cpu.utilization 0.5 ~ 0.1
system.memory.utilization 0.2 -> 0.8
system.filesystem.utilization{E:\} 0.80
process.disk.io{cbengine.exe}.read 1000 per second
`))
	list := samples(t, b)
	w := b.Manifest.Window
	if len(list) != 84 || w.Samples != 84 || w.ExpectedSamples != 90 || w.IntervalSeconds != 10 {
		t.Fatalf("%d samples, window %+v, want 84 of 90", len(list), w)
	}
	first, last := list[0], list[len(list)-1]
	if got := first.T.Sub(w.Start); got != 10*time.Second || !last.T.Equal(w.End) {
		t.Errorf("first after %v, last at %v", got, last.T)
	}
	for _, s := range list {
		if off := s.T.Sub(w.Start); off > 5*time.Minute && off <= 6*time.Minute {
			t.Errorf("a sample at %v, in the part that was dropped", off)
		}
		if *s.CPU < 0.4 || *s.CPU > 0.6 || s.Filesystem[`E:\`] != 0.8 {
			t.Errorf("at %v: CPU %v, E: %v", s.T, *s.CPU, s.Filesystem)
		}
	}
	if *last.Memory != 0.8 || *first.Memory <= 0.2 || *first.Memory > 0.21 {
		t.Errorf("memory from %v to %v, want about 0.2 to 0.8", *first.Memory, *last.Memory)
	}
	if grown := last.ProcessIO["cbengine.exe"].Read - first.ProcessIO["cbengine.exe"].Read; grown != 890*1000 {
		t.Errorf("counter grew by %d in 890 s at 1000 per second", grown)
	}
	if *list[0].CPU == *list[1].CPU {
		t.Error("a value that should swing stands still")
	}
}

func TestMetricsPart(t *testing.T) {
	list := samples(t, open(t, parse(t, "-- metrics.gen --\nevery 5s from 1m to 2m\nsystem.cpu.utilization 0.4\n")))
	if len(list) != 12 || list[0].T.Format(time.TimeOnly) != "09:01:05" || list[11].T.Format(time.TimeOnly) != "09:02:00" {
		t.Errorf("%d samples, first %v", len(list), list[0].T)
	}
	list = samples(t, open(t, parse(t, "-- metrics.gen --\nevery 5s for 30s\nsystem.cpu.utilization 0.4\n")))
	if len(list) != 6 {
		t.Errorf("%d samples in 30 s, want 6", len(list))
	}
}

// Without says that the source was denied, and leaves the tree as it was.
func TestWithout(t *testing.T) {
	tree := parse(t, "-- services.gen --\nW3SVC | running | automatic\n-- facts/time.json --\n{}\n")
	less := open(t, tree.Without("facts/services.json"))
	if less.Has("facts/services.json") || !less.Has("facts/time.json") {
		t.Errorf("paths = %v", less.Paths())
	}
	if reason, ok := less.Missing("facts/**/services.json"); ok || reason != "services: denied: access is denied" {
		t.Errorf("Missing = %q, %v", reason, ok)
	}
	whole := open(t, tree)
	if s, _ := whole.Source("services"); !whole.Has("facts/services.json") || s.Status != bundles.StatusOK {
		t.Errorf("the tree itself changed: %+v", s)
	}
}

// The zip is what asrcollect would write, and the same each time.
func TestWriteZip(t *testing.T) {
	tree := parse(t, "-- services.gen --\nW3SVC | running | automatic\n-- logs/app/C/a.log --\none\ntwo\n-- want --\npass\n")
	var one, two bytes.Buffer
	if err := tree.WriteZip(&one); err != nil {
		t.Fatal(err)
	}
	if err := tree.WriteZip(&two); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("the same tree gives different bytes")
	}
	name := filepath.Join(t.TempDir(), "b.zip")
	if err := os.WriteFile(name, one.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := bundlezip.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := bundles.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.Verify(context.Background()); err != nil || !got.OK {
		t.Errorf("Verify = %+v, %v", got, err)
	}
	if !slices.Equal(b.Paths(), []string{"bundle.json", "facts/services.json", "logs/app/C/a.log", "manifest.json"}) {
		t.Errorf("paths = %v", b.Paths())
	}
	want, err := json.Marshal(open(t, tree).Manifest.Window)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(b.Manifest.Window); err != nil || !bytes.Equal(got, want) {
		t.Errorf("window = %s, want %s (%v)", got, want, err)
	}
}
