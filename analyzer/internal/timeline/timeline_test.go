package timeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest"
)

var noon = time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

// collect keeps copies of events.
type collect []Event

func (c *collect) add(e *Event) error {
	*c = append(*c, *e)
	return nil
}

// TestSorterSpills: what does not fit into memory comes out as if it did, in any
// order of adding, and the files are in the folder.
func TestSorterSpills(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var events []Event
	for i := range 2000 {
		last := at(i)
		events = append(events, Event{
			Time: at(r.IntN(300)), Kind: KindLog, Source: "logs/x", File: fmt.Sprintf("logs/x/%d.log", r.IntN(3)), Line: int64(r.IntN(50) + 1),
			Text: strings.Repeat("x", r.IntN(40)), Count: 2, Last: &last,
		})
	}
	run := func(limit int) collect {
		dir := filepath.Join(t.TempDir(), "sub")
		s := NewSorter(dir)
		s.limit = limit
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		for _, e := range events {
			s.Add(e)
		}
		parts, _ := os.ReadDir(dir)
		if (limit < 1<<20) != (len(parts) > 10) {
			t.Errorf("limit %d: %d files", limit, len(parts))
		}
		var out collect
		if err := errors.Join(s.Each(out.add), s.Close()); err != nil {
			t.Fatal(err)
		}
		return out
	}
	key := func(e Event) string { return fmt.Sprint(e.Time.Unix(), e.File, e.Line) }
	want, got := run(1<<30), run(20_000)
	if len(want) != len(got) || !slices.IsSortedFunc(got, func(a, b Event) int { return a.Compare(&b) }) {
		t.Fatalf("%d events, want %d, sorted", len(got), len(want))
	}
	seen := map[string]bool{}
	for i := range got {
		if key(got[i]) != key(want[i]) || got[i].Text != want[i].Text {
			t.Fatalf("event %d is %+v, want %+v", i, got[i], want[i])
		}
		if seen[key(got[i])] {
			t.Fatalf("a line comes twice: %s", key(got[i]))
		}
		seen[key(got[i])] = true
	}
	for _, e := range events {
		if !seen[key(e)] {
			t.Fatalf("%s is missing", key(e))
		}
	}
}

func TestSorterNoRoom(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := NewSorter(filepath.Join(file, "sub"))
	s.limit = 1
	s.Add(Event{Time: noon})
	var p *os.PathError
	if err := s.Each(func(*Event) error { return nil }); !errors.As(err, &p) {
		t.Errorf("a folder that cannot be made gives %v", err)
	}
}

// TestMergeStops at a list that breaks off, and at the taker's error.
func TestMergeStops(t *testing.T) {
	line, _ := json.Marshal(Event{Time: noon, Text: "a"})
	broken := FromJSON(bytes.NewReader(append(line, "{"...)))
	var out collect
	if err := Merge([]Source{broken, fromMemory([]Event{{Time: at(1)}})}, out.add); err == nil || len(out) != 1 {
		t.Errorf("%d events, %v", len(out), err)
	}
	enough := errors.New("enough")
	if err := Merge([]Source{fromMemory([]Event{{}, {}})}, func(*Event) error { return enough }); !errors.Is(err, enough) {
		t.Error(err)
	}
}

// told writes what came out in short.
func (c collect) told() (list []string) {
	for _, e := range c {
		s := fmt.Sprintf("%d %s", int(e.Time.Sub(noon).Seconds()), e.Text)
		if e.Last != nil {
			s += fmt.Sprintf(" x%d-%d", e.Count, int(e.Last.Sub(noon).Seconds()))
		}
		list = append(list, s)
	}
	return list
}

func TestFold(t *testing.T) {
	gap := int(FoldGap.Seconds())
	var out collect
	f := NewFold(out.add)
	for _, e := range []Event{
		{Time: at(0), Kind: KindLog, File: "a.1.log", Text: "put 17 of ab12 at /x9"},
		{Time: at(1), Kind: KindLog, File: "b.log", Text: "put 1 of 2 at /x9"}, // another log
		{Time: at(2), Kind: KindLog, File: "a.2.log", Text: "put 18 of cd34 at /x9"},
		{Time: at(3), Kind: KindRegistry, Text: "key 5"},
		{Time: at(4), Kind: KindRegistry, Text: "key 6"}, // a number that is a name
		{Time: at(5), Kind: KindLog, File: "a.log", Text: "put x of abcd at /x9"},
		{Time: at(gap + 2), Kind: KindLog, File: "a.1.log", Text: "put 19 of 1 at /x10"},
		{Time: at(2*gap + 3), Kind: KindLog, File: "a.1.log", Text: "put 20 of 2 at /x11"}, // too late
	} {
		if err := f.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.End(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"0 put 17 of ab12 at /x9 x3-1202", "1 put 1 of 2 at /x9", "3 key 5", "4 key 6", "5 put x of abcd at /x9", "2403 put 20 of 2 at /x11",
	}
	if diff := cmp.Diff(want, out.told()); diff != "" {
		t.Error(diff)
	}
}

// TestFoldIsBounded: one that goes on for ever does not hold back all the rest.
func TestFoldIsBounded(t *testing.T) {
	var out collect
	f := NewFold(out.add)
	most, total := 0, int64(0)
	for i := range 3 * maxFolded {
		for _, text := range []string{"always", fmt.Sprintf("word-%c%c%c%c", 'g'+i%10, 'g'+i/10%10, 'g'+i/100%10, 'g'+i/1000%10) + strings.Repeat("z", i/10_000)} {
			if err := f.Add(&Event{Time: at(i / 200), Kind: KindLog, Text: text}); err != nil {
				t.Fatal(err)
			}
		}
		most = max(most, len(f.queue))
	}
	if err := f.End(); err != nil {
		t.Fatal(err)
	}
	for _, e := range out {
		total += max(e.Count, 1)
	}
	if most > maxFolded+2 || total != 6*maxFolded || f.size != 0 || len(f.open) != 0 {
		t.Errorf("%d were open, %d of %d came out, %d bytes are left", most, total, 6*maxFolded, f.size)
	}
	if !slices.IsSortedFunc(out, func(a, b Event) int { return a.Time.Compare(b.Time) }) {
		t.Error("they are not in order of time")
	}
}

// factsOf makes the events of a bundle's facts.
func factsOf(t *testing.T, text string, o Options) (list []string, unread []string) {
	t.Helper()
	tree, err := bundletest.Parse(txtar.Parse([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := tree.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	var events []Event
	unread = Facts(b, "b.zip", o, func(e Event) { events = append(events, e) })
	slices.SortFunc(events, func(a, b Event) int { return a.Compare(&b) })
	for _, e := range events {
		list = append(list, e.Time.Format("02T15:04:05 ")+e.Kind+" "+e.Text)
	}
	return list, unread
}

const sampled = `
-- metrics/samples.ndjson --
{"t":"2026-03-05T09:00:05Z","process.disk.io":{"cbengine.exe":{"pid":7}}}
{"t":"2026-03-05T09:00:10Z","process.disk.io":{"cbengine.exe":{"pid":7}}}
{"t":"2026-03-05T09:02:10Z","process.disk.io":{"cbengine.exe":{"pid":9}}}
`

func TestFactsSamples(t *testing.T) {
	got, unread := factsOf(t, sampled, Options{})
	want := []string{
		"05T09:00:00 collector the window of the samples begins",
		"05T09:00:10 gap no samples for 2 min up to 09:02:10Z",
		"05T09:02:10 process cbengine.exe is another process: 9, was 7",
		"05T09:15:00 collector the window of the samples ends: 0 samples",
	}
	if diff := cmp.Diff(want, got); diff != "" || len(unread) > 0 {
		t.Error(diff, unread)
	}
}

// TestFactsSpan: bounds hold for the times that are shown, and those are moved.
func TestFactsSpan(t *testing.T) {
	since, until := time.Date(2026, 3, 5, 10, 0, 10, 0, time.UTC), time.Date(2026, 3, 5, 10, 2, 10, 0, time.UTC)
	got, _ := factsOf(t, sampled, Options{Since: &since, Until: &until, Shift: time.Hour})
	want := []string{"05T10:00:10 gap no samples for 2 min up to 09:02:10Z", "05T10:02:10 process cbengine.exe is another process: 9, was 7"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzFacts: whatever stands in the files, there is an answer.
func FuzzFacts(f *testing.F) {
	f.Add("facts/services.json", []byte(`{"items":[{"name":"x","since":"2026-03-05T09:00:00Z","readings":[{"t":"2026-03-05T09:00:00Z","state":"a"},{"state":"b"}]}]}`))
	f.Add("facts/events.ndjson", []byte(`{"t":"2026-03-05T09:00:00Z","level":-1,"parameters":[1,{"a":2}]}`))
	f.Add("metrics/samples.ndjson", []byte("{}\n{\"t\":\"0001-01-01T00:00:00Z\"}"))
	f.Add("collect.log", []byte(`{"time":"2026-03-05T09:00:00+23:59","level":"x"}`))
	f.Fuzz(func(t *testing.T, path string, data []byte) {
		files := fstest.MapFS{
			"bundle.json":   {Data: []byte(`{"format":"asr-bundle","version":1,"id":"b"}`)},
			"manifest.json": {Data: []byte(`{"format":"asr-bundle","version":1,"id":"b","host":{"utc_offsets":[{"seconds":86399}]},"window":{"interval_seconds":5}}`)},
		}
		if _, taken := files[path]; taken || path == "." || !fs.ValidPath(path) { // MapFS has such files in folders of no end
			return
		}
		files[path] = &fstest.MapFile{Data: data}
		b, err := bundles.Open(files)
		if err != nil {
			return
		}
		Facts(b, "b", Options{All: true}, func(e Event) {
			if _, err := json.Marshal(e); err != nil {
				t.Error(err)
			}
		})
	})
}
