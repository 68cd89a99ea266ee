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
