package check

import (
	"fmt"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/pattern"
)

// onePattern looks for refusals, by the peer.
const onePattern = `{"id":"refusals","title":"Nobody is refused","severity":"critical",
 "formats":[{"id":"plain","line":"^(?P<stamp>\\S+Z) (?P<message>.*)$","time":{"groups":["stamp"],"layout":"2006-01-02T15:04:05Z","zone":"utc"}}],
 "scan":{"logs":"logs/app/**","format":"plain","any":[{"regexp":"(?P<peer>\\S+) refused"}]},"by":"peer","min_count":2,"within":"10m",
 "needs_no_success":{"logs":"logs/app/**","format":"plain","any":[{"literal":"welcome"}]},
 "finding":"{peer} was refused","detail":"So what.","remedy":["Ask {peer}."],"fixtures":{"fire":["x"],"pass":["y"]}}`

// lines is how the logs of patterns in tests look.
const lines = `"formats":[{"id":"plain","line":"^(?P<stamp>\\S+Z) (?P<message>.*)$","time":{"groups":["stamp"],"layout":"2006-01-02T15:04:05Z","zone":"utc"}}],`

// TestRunFaults: what tells faults of the same lines apart, and what texts are made of.
func TestRunFaults(t *testing.T) {
	const codes = `{"id":"codes","title":"T","severity":"critical",` + lines + `
 "scan":{"logs":"logs/app/**","format":"plain","any":[{"regexp":"code (?P<code>\\d+)(?: of (?P<disk>\\w+))?"}],"unless":["cleared"]},"subject":"app","detail":"{all code}","remedy":["r"],
 "words":{"code":{"7":"seven"}},
 "faults":[{"id":"low","when":{"code":["7","8"]},"finding":"Low {code}"},{"id":"high","when":{"code":["99"]},"severity":"warning","finding":"High","more":["On {disk}."]},
  {"id":"else","otherwise":true,"finding":"Other {code}"}],"fixtures":{"fire":["x"],"pass":["y"]}}`
	const share = `{"id":"share","title":"T","severity":"critical",` + lines + `
 "scan":{"logs":"logs/app/**","format":"plain","any":[{"regexp":"bad (?P<bad>\\d+) good (?P<good>\\d+)"}]},"detail":"d","remedy":["r"],
 "faults":[{"id":"none","share":{"failed":"bad","succeeded":"good","none":true},"finding":"None of {total}"},
  {"id":"some","otherwise":true,"severity":"warning","share":{"failed":"bad","succeeded":"good","over":0.05},"finding":"{share} of {total}"}],"fixtures":{"fire":["x"],"pass":["y"]}}`
	const kinds = `{"id":"kinds","title":"T","severity":"warning",` + lines + `
 "scan":{"logs":"logs/app/**","format":"plain","any":[{"literal":"refused"}]},"by":"message","kinds":true,"max_findings":1,"finding":"Log: {kind}","detail":"d","remedy":["r"],
 "states":["ongoing"],"fixtures":{"fire":["x"],"pass":["y"]}}`
	const output = `{"id":"output","title":"T","severity":"critical","scan":{"logs":"logs/app/**","any":[{"regexp":"run (?P<sid>\\d+) failed"}]},
 "output":{"program":"p","one":"run","many":"runs"},"finding":"It failed","detail":"d","remedy":["r"],"fixtures":{"fire":["x"],"pass":["y"]}}`
	at := func(clock, text string) string { return "2026-03-05T" + clock + ":00Z " + text + "\n" }
	for _, c := range []struct{ name, pattern, log, want string }{
		{"by code", codes, at("09:13", "code 7") + at("09:14", "code 8") + at("09:14", "code 99"), "critical ongoing Low 8: 2 times since 09:13Z\nwarning ongoing High: 1 time since 09:14Z"},
		{"meaning", codes, at("09:14", "code 7"), "critical ongoing Low 7 (seven): 1 time since 09:14Z"},
		{"otherwise", codes, at("09:14", "code 55"), "critical ongoing Other 55: 1 time since 09:14Z"},
		{"cleared", codes, at("09:14", "Cleared: code 7"), ""},
		{"none succeeds", share, at("09:10", "bad 3 good 0") + at("09:14", "bad 4 good 0"), "critical ongoing None of 7: 2 times since 09:10Z"},
		{"some fail", share, at("09:14", "bad 6 good 94"), "warning ongoing 6 % of 100: 1 time since 09:14Z"},
		{"at the limit", share, at("09:14", "bad 5 good 95"), ""},
		{"old counts", share, at("08:00", "bad 90 good 0") + at("09:14", "bad 5 good 95"), ""},
		{"most frequent kind", kinds, at("09:12", "a 1 refused") + at("09:13", "b 2 refused") + at("09:14", "b 3 refused"), "warning ongoing Log: b # refused: 2 times since 09:13Z"},
		{"state that is not told", kinds, at("08:00", "a refused") + at("09:14", "fine"), ""},
		{"output", output, "run 1 failed\nrun 2 failed\n", "critical ongoing It failed: 2 runs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := onFixture(t, PatternCheck([]byte(c.pattern), pattern.Known{}), "-- logs/app/a.log --\n"+c.log)
			if strings.Join(got, "\n") != c.want {
				t.Errorf("findings = %q, want %q", got, c.want)
			}
		})
	}
}

// TestRunPattern: subjects, counts within a span, success, and what is beyond the
// hits that are kept.
func TestRunPattern(t *testing.T) {
	at := func(clock, text string) string { return "2026-03-05T" + clock + "Z " + text + "\n" }
	var many strings.Builder
	for i := range 1500 {
		many.WriteString(at(fmt.Sprintf("09:%02d:%02d", i/150, i/3%50), "a refused"))
	}
	for _, c := range []struct{ name, log, want string }{
		{
			"two subjects", at("09:10:00", "b refused") + at("09:10:01", "a refused") + at("09:12:00", "a refused") + at("09:13:00", "b refused"),
			"critical ongoing a was refused: 2 times since 09:10Z\ncritical ongoing b was refused: 2 times since 09:10Z",
		},
		{"one is too few", at("09:10:00", "a refused") + at("09:12:00", "b refused"), ""},
		{"too far apart", at("09:01:00", "a refused") + at("09:12:00", "a refused"), ""},
		{"just near enough", at("09:02:00", "a refused") + at("09:12:00", "a refused"), "critical ongoing a was refused: 2 times since 09:02Z"},
		{"success", at("08:10:00", "a refused") + at("08:12:00", "a refused") + at("08:30:00", "welcome"), "info recovered a was refused until 08:12Z: 2 times"},
		{"success too young", at("08:10:00", "a refused") + at("08:12:00", "a refused") + at("08:20:00", "welcome"), "warning unknown a was refused: 2 times since 08:10Z"},
		{"more than are kept", many.String(), "critical ongoing a was refused: 1,500 times since 09:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := onFixture(t, PatternCheck([]byte(onePattern), pattern.Known{}), "-- logs/app/a.log --\n"+c.log)
			if strings.Join(got, "\n") != c.want {
				t.Errorf("findings = %q, want %q", got, c.want)
			}
		})
	}
}
