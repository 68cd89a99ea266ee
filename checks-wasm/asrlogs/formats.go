package asrlogs

import "github.com/asrdiag/asrdiag/checks-wasm/scan"

// CxpsErrors is the format of cxps.err.log, the error log of the data service:
// local time with English months, then a level, tabs between.
func CxpsErrors() scan.Format {
	return scan.Format{
		ID:           "cxps-errors",
		Line:         `^(?P<stamp>\d{4}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2})\t(?P<level>ERROR|WARNING|INFO|DEBUG)\t(?P<message>.*)$`,
		Time:         scan.TimeFormat{Groups: []string{"stamp"}, Layout: "2006-Jan-02 15:04:05", Zone: "host"},
		Continuation: "join",
	}
}

// CxpsTransfers is the format of cxps.xfer.log: local time, no level, then fields
// between tabs. It is read from both ends, because requests differ in what lies
// between: a file, its bytes and times for /putfile and /getfile, names for
// others. An older layout lacks the time of file access.
func CxpsTransfers() scan.Format {
	return scan.Format{
		ID: "cxps-transfers",
		Line: `^(?P<stamp>\d{4}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2})\t(?P<request>/[a-z]+)\t(?P<host>[^\t]*)\t(?P<client>[^\t]*)\t` +
			`(?:(?P<file>[^\t]*)\t(?P<bytes>\d+)\t(?P<total_ms>\d+)(?:\t(?P<io_ms>\d+))?\t(?P<ssl>yes|no)\t|(?:[^\t]*\t)*?)(?P<result>[^\t]*)\t(?P<sid>\(sid: [^\t]*)$`,
		Time: scan.TimeFormat{Groups: []string{"stamp"}, Layout: "2006-Jan-02 15:04:05", Zone: "host"},
	}
}

// CxpsMonitor is the format of cxps.monitor.log, which is off unless somebody
// turned it on.
func CxpsMonitor() scan.Format {
	return scan.Format{
		ID: "cxps-monitor",
		Line: `^(?P<stamp>\d{4}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2})\t(?P<pid>\d+)\t(?P<tid>[0-9A-Fa-fx]+)\t(?P<stage>[^\t]*)\t` +
			`(?P<sid>\(sid: [^\t)]*\))\t(?P<host>[^\t]*)\t(?P<endpoints>[^\t]*)\t(?P<message>.*)$`,
		Time: scan.TimeFormat{Groups: []string{"stamp"}, Layout: "2006-Jan-02 15:04:05", Zone: "host"},
	}
}

// PerlEvents is the format of the logs of tmansvc's event groups: local time,
// with the microseconds after a colon.
func PerlEvents() scan.Format {
	return scan.Format{
		ID:           "perl-events",
		Line:         `^(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d):(?P<fraction>\d{1,6}) (?P<level>\w+) : (?P<event>\S*) (?P<pid>\d+) : (?P<message>.*)$`,
		Time:         scan.TimeFormat{Groups: []string{"stamp"}, Layout: "2006-01-02 15:04:05", Fraction: "us", Zone: "host"},
		Continuation: "join",
	}
}

// TmansvcLines is the format of tmansvc.log: local time, no level, an empty line
// before each entry.
func TmansvcLines() scan.Format {
	return scan.Format{
		ID:   "tmansvc-lines",
		Line: `^(?P<date>\d{4}-\d\d-\d\d)\t(?P<clock>\d\d:\d\d:\d\d)\t(?P<message>.*)$`,
		Time: scan.TimeFormat{Groups: []string{"date", "clock"}, Layout: "2006-01-02 15:04:05", Zone: "host"},
	}
}

// DotnetObjects is the format of InMageAdminLogV2_*.json: a JSON object a line,
// members in alphabetical order, with or without blanks between them, UTC.
// Classic servers wrap it in "Map".
func DotnetObjects() scan.Format {
	return scan.Format{
		ID: "dotnet-objects",
		Line: `^\s*\{(?:.*"AgentLogLevel"\s*:\s*"(?P<level>\w+)")?.*"AgentTimeStamp"\s*:\s*"(?P<date>\d{4}-\d\d-\d\d)T(?P<clock>\d\d:\d\d:\d\d)[^"]*"` +
			`.*"Message"\s*:\s*"(?P<message>(?:[^"\\]|\\.)*)"`,
		Time: scan.TimeFormat{Groups: []string{"date", "clock"}, Layout: "2006-01-02 15:04:05", Zone: "utc"},
	}
}

// BackupEngine is the format of CBEngine*.errlog: tabs between, local time
// without a year. Columns between time and severity may be more than the usual.
func BackupEngine() scan.Format {
	return scan.Format{
		ID: "backup-engine",
		Line: `^(?P<pid>[0-9A-Fa-f]+)\t(?P<tid>[0-9A-Fa-f]+)\t(?P<date>\d\d/\d\d)\t(?P<clock>\d\d:\d\d:\d\d\.\d{3})\t` +
			`(?:[^\t]*\t){4,8}(?P<severity>NORMAL|VERBOSE|WARNING|FATAL)\t(?P<message>.*)$`,
		Time: scan.TimeFormat{Groups: []string{"date", "clock"}, Layout: "01/02 15:04:05.000", Zone: "host", Year: "mtime"},
	}
}

// Agents is the format of svagents, s2 and appservice logs: UTC, English order
// of the date. Lines without the mark continue the entry before.
func Agents() scan.Format {
	return scan.Format{
		ID:           "agents",
		Line:         `^#~> \((?P<stamp>\d\d-\d\d-\d{4} \d\d:\d\d:\d\d)\):\s+(?P<level>[A-Z]+)\s+(?P<pid>\d+)\s+(?P<tid>\S+)\s+(?P<seq>\d+)\s+(?P<message>.*)$`,
		Time:         scan.TimeFormat{Groups: []string{"stamp"}, Layout: "01-02-2006 15:04:05", Zone: "utc"},
		Continuation: "join",
	}
}

// Uploads is the format of LogUploadService's logs: local time with its offset, as
// round-trip ISO 8601, a level and a colon.
func Uploads() scan.Format {
	return scan.Format{
		ID:           "uploads",
		Line:         `^(?P<stamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))\t(?P<level>\w+):\t(?P<message>.*)$`,
		Time:         scan.TimeFormat{Groups: []string{"stamp"}, Layout: "2006-01-02T15:04:05.999999999Z07:00", Zone: "host"},
		Continuation: "join",
	}
}

// ClientLines is what cxpsclient, the product's own test of uploads, prints when
// something fails.
func ClientLines() scan.Format {
	return scan.Format{
		ID:           "client-lines",
		Line:         `^(?P<stamp>\d{4}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2})\s+threadId:\s*(?P<thread>\S+)\s+(?P<message>.*)$`,
		Time:         scan.TimeFormat{Groups: []string{"stamp"}, Layout: "2006-Jan-02 15:04:05", Zone: "host"},
		Continuation: "join",
	}
}

// EventRecords is the format of facts/events.ndjson, in which the collector keeps
// records of the system's event log.
func EventRecords() scan.Format {
	return scan.Format{
		ID:   "event-records",
		Line: `^\{\s*"t"\s*:\s*"(?P<stamp>[^"]+)",.*"provider"\s*:\s*"(?P<provider>[^"]*)",\s*"id"\s*:\s*(?P<id>\d+)`,
		Time: scan.TimeFormat{Groups: []string{"stamp"}, Layout: "2006-01-02T15:04:05.999999999Z07:00", Zone: "utc"},
	}
}

// Formats lists all of them.
func Formats() []scan.Format {
	return []scan.Format{
		CxpsErrors(), CxpsTransfers(), CxpsMonitor(), PerlEvents(), TmansvcLines(), DotnetObjects(), BackupEngine(), Agents(), Uploads(), ClientLines(), EventRecords(),
	}
}
