package timeline

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// olderOf gives what comes out of Older.
func olderOf(t *testing.T, events ...Event) []string {
	t.Helper()
	var out collect
	o := NewOlder(out.add)
	for _, e := range events {
		if err := o.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.End(); err != nil {
		t.Fatal(err)
	}
	return out.told()
}

func TestOlder(t *testing.T) {
	const day = 24 * 3600
	event := func(days int, kind, text string) Event { return Event{Time: at(days * day), Kind: kind, Text: text} }
	a, b, c := event(-900, KindRegistry, "a"), event(-30, KindConfig, "b"), event(-20, KindService, "c")
	start, near, log := event(-25, KindStart, "start"), event(-7, KindRegistry, "near"), event(0, KindLog, "log")
	late := event(1, KindRegistry, "late")
	const sum = "-1728000 3 services and settings, unchanged since then, a week or more before the logs begin; --each lists them"
	for name, tt := range map[string]struct {
		events []Event
		want   []string
	}{
		"one for many":    {[]Event{a, b, start, c, near, log, late}, []string{"-2160000 start", sum, "-604800 near", "0 log", "86400 late"}},
		"few":             {[]Event{a, b, near, log}, []string{"-77760000 a", "-2592000 b", "-604800 near", "0 log"}},
		"no log":          {[]Event{a, b, c, near}, []string{"-77760000 a", "-2592000 b", "-1728000 c", "-604800 near"}},
		"behind a record": {[]Event{event(-1000, KindRecord, "r"), a, b, c}, []string{"-86400000 r", "-77760000 a", "-2592000 b", "-1728000 c"}},
	} {
		if diff := cmp.Diff(tt.want, olderOf(t, tt.events...)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestOlderIsBounded: a host with ever so many settings does not fill the memory.
func TestOlderIsBounded(t *testing.T) {
	n := 0
	o := NewOlder(func(*Event) error { n++; return nil })
	for i := range 2 * maxOlder {
		if err := o.Add(&Event{Time: noon.Add(time.Duration(i)), Kind: KindRegistry}); err != nil {
			t.Fatal(err)
		}
		if len(o.held) > maxOlder {
			t.Fatalf("%d are held back", len(o.held))
		}
	}
	if n != 2*maxOlder {
		t.Errorf("%d came out", n)
	}
	enough := errors.New("enough")
	o = NewOlder(func(*Event) error { return enough })
	if err := errors.Join(o.Add(&Event{Kind: KindConfig}), o.End()); !errors.Is(err, enough) {
		t.Error(err)
	}
}
