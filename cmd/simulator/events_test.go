package simulator

import (
	"strings"
	"testing"
)

// Records come in order of time, each with what is drawn for it, and their source
// is whole.
func TestEvents(t *testing.T) {
	in := &Incident{}
	const text = `-30m..now/15m | System | Service Control Manager | 7031 | error | param1=Process Server | param2={n}
-20m | Application | Application Error | 1000 | critical | {host} | x`
	if err := eachLine(text, in.eventLine); err != nil {
		t.Fatal(err)
	}
	m := &Machine{Incident: in, Now: noon, Vars: Vars{"host": "h"}}
	got, err := m.changes()
	if err != nil || len(got) != 6 {
		t.Fatalf("%d changes, %v", len(got), err)
	}
	raw, err := change(nil, "facts/events.ndjson", got)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(raw), "\n")
	for i, want := range []string{
		`{"t":"2026-03-05T11:30:00Z","channel":"System","provider":"Service Control Manager","id":7031,"level":2,"parameters":{"param1":"Process Server","param2":"0"}}`,
		`{"t":"2026-03-05T11:40:00Z","channel":"Application","provider":"Application Error","id":1000,"level":1,"parameters":["h","x"]`, `"param2":"1"`, `"t":"2026-03-05T12:00:00Z"`,
	} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("line %d: %s, want %s", i, lines[i], want)
		}
	}
	for _, l := range []string{"now | System | x | 1", "now | System | x | 1 | loud", "now | System | x | one | error", "then | S | x | 1 | error"} {
		if err := in.eventLine(l); err == nil {
			t.Errorf("%q is no error", l)
		}
	}
}
