// Package timesync reads what keeps the machine's clock and how wrong it is:
// zone and offsets, the kernel's own word, and the difference to a reference
// clock by SNTP or, when none answers, by the Date header of an HTTPS server.
package timesync

import (
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// Offsets lists the differences of local time from UTC between two instants;
// the first one begins at from.
func Offsets(loc *time.Location, from, to time.Time) []bundles.UTCOffset {
	var out []bundles.UTCOffset
	for t := from; !t.After(to) && len(out) < 1000; {
		local := t.In(loc)
		_, seconds := local.Zone()
		if n := len(out); n == 0 || out[n-1].Seconds != seconds {
			out = append(out, bundles.UTCOffset{From: t.UTC(), Seconds: seconds})
		}
		_, end := local.ZoneBounds()
		if end.IsZero() {
			break
		}
		t = end
	}
	return out
}
