package analyzer

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// offsetForm is a zone without a name: +02:00, -0530, UTC+2.
var offsetForm = regexp.MustCompile(`^(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?$`)

// maxOffset is the largest difference from UTC that there is, in seconds.
const maxOffset = 14 * 3600

// CheckZone reports whether a zone is one: a name of the IANA database, or an
// offset east of Greenwich as +02:00. Empty is UTC.
func CheckZone(name string) error {
	_, err := locationOf(name)
	return err
}

// locationOf reads the name of a zone. The error is an *Error.
func locationOf(name string) (*time.Location, error) {
	if m := offsetForm.FindStringSubmatch(name); m != nil {
		hours, _ := strconv.Atoi(m[2]) // two digits
		minutes, _ := strconv.Atoi("0" + m[3])
		seconds := hours*3600 + minutes*60
		if m[1] == "-" {
			seconds = -seconds
		}
		if max(seconds, -seconds) <= maxOffset {
			return time.FixedZone(name, seconds), nil
		}
	} else if !strings.EqualFold(name, "local") { // that of this machine means nothing
		if l, err := time.LoadLocation(name); err == nil {
			return l, nil
		}
	}
	return nil, errorf(CodeUsage, "name it as Europe/Berlin, or as +02:00", "%q is no time zone", name)
}

// zoneYears is for how long before the newest file a zone's offsets are listed.
const zoneYears = 15

// offsets lists what the zone's offsets were, up to a year after the newest file.
// For no zone there are none, and local times are taken for UTC.
func (o rawOptions) offsets(newest time.Time) []bundles.UTCOffset {
	if o.zone == "" {
		return nil
	}
	t, end := newest.AddDate(-zoneYears, 0, 0), newest.AddDate(1, 0, 0)
	if newest.IsZero() {
		t, end = time.Unix(0, 0), time.Date(2037, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	var list []bundles.UTCOffset
	for {
		_, seconds := t.In(o.location).Zone()
		list = append(list, bundles.UTCOffset{From: t.UTC().Truncate(time.Second), Seconds: seconds})
		_, next := t.In(o.location).ZoneBounds()
		if next.IsZero() || !next.Before(end) {
			return list
		}
		t = next
	}
}

// margin is how much more than the logs' own time the list of offsets covers.
const margin = 30 * 24 * time.Hour

// within leaves out the offsets that hold for no time of the logs.
func within(list []bundles.UTCOffset, oldest, newest time.Time) []bundles.UTCOffset {
	from, to := 0, len(list)
	for i, o := range list {
		if !o.From.After(oldest.Add(-margin)) {
			from = i
		}
		if o.From.After(newest.Add(margin)) {
			to = i
			break
		}
	}
	return list[from:max(from, to)]
}
