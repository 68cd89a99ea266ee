package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// format writes the lines of one kind of log. The product writes some in local
// time and some in UTC.
type format struct {
	header string
	cells  int // that a line has at least
	line   func(e entry, n int, zone *time.Location) string
}

// formats are the kinds of logs that a process server has.
var formats = map[string]*format{
	"cxps-err":   {cells: 2, line: cxpsErr},                                                                                                      // LEVEL | message
	"cxps-xfer":  {cells: 3, line: cxpsXfer},                                                                                                     // request | its fields | ...
	"perl":       {cells: 3, line: perl},                                                                                                         // LEVEL | EVENT | message
	"tmansvc":    {cells: 1, line: tmansvc},                                                                                                      // text
	"dotnet":     {cells: 4, line: dotnet},                                                                                                       // Level | ComponentId | SubComponent | message
	"dotnet-rcm": {cells: 4, line: dotnetRcm},                                                                                                    // the same
	"cbengine":   {header: "PID\tTID\tDate\tTime\tComponent\tSource\tObject\tTask\tDatasource\tSeverity\tMessage\r\n", cells: 3, line: cbengine}, // SEVERITY | source | message
	"agent":      {cells: 2, line: agent},                                                                                                        // LEVEL | message
	"upload":     {cells: 2, line: upload},                                                                                                       // LEVEL | message
	"syslog":     {cells: 2, line: syslog},                                                                                                       // program[pid] | message
	"text":       {cells: 1, line: textLine},                                                                                                     // anything
}

func formatNames() []string { return slices.Sorted(maps.Keys(formats)) }

// cxpsErr is the error log of the data port: local time, whole seconds, tabs.
func cxpsErr(e entry, _ int, zone *time.Location) string {
	return fmt.Sprintf("%s\t%s\t%s\r\n", e.at.In(zone).Format("2006-Jan-02 15:04:05"), e.cells[0], rest(e, 1))
}

// cxpsXfer is its transfer log: all fields behind tabs.
func cxpsXfer(e entry, _ int, zone *time.Location) string {
	return e.at.In(zone).Format("2006-Jan-02 15:04:05") + "\t" + strings.Join(e.cells, "\t") + "\r\n"
}

// perl is the log of an event group: local time with microseconds behind a colon.
func perl(e entry, n int, zone *time.Location) string {
	at := e.at.In(zone)
	return fmt.Sprintf("%s:%06d %s : %s %d : %s\r\n", at.Format("2006-01-02 15:04:05"), at.Nanosecond()/1000, e.cells[0], e.cells[1], 5120+n, rest(e, 2))
}

// tmansvc has an empty line before each entry and no level.
func tmansvc(e entry, _ int, zone *time.Location) string {
	return "\r\n" + e.at.In(zone).Format("2006-01-02\t15:04:05") + "\t" + rest(e, 0)
}

// dotnet is the log of the newer services: JSON, UTC, an empty line before each.
func dotnet(e entry, n int, _ *time.Location) string {
	return "\r\n" + object(map[string]any{"Map": adminLog(e, n)}) + "\r\n"
}

// dotnetRcm is that of an appliance, without the member around it.
func dotnetRcm(e entry, n int, _ *time.Location) string {
	return "\r\n" + object(adminLog(e, n)) + "\r\n"
}

func adminLog(e entry, n int) map[string]any {
	return map[string]any{
		"AgentLogLevel": e.cells[0], "AgentPid": 4312, "AgentTid": fmt.Sprint(5 + n%9), "AgentTimeStamp": e.at.UTC().Format("2006-01-02T15:04:05.0Z"),
		"ComponentId": e.cells[1], "MachineId": "5f1c2d3e-0000-4000-8000-00000000p501", "Message": rest(e, 3), "SequenceNumber": 100 + n, "SubComponent": e.cells[2],
	}
}

func object(v map[string]any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("BUG: " + err.Error()) // strings and numbers only
	}
	return string(raw)
}

// cbengine is the backup agent's log: local time without a year.
func cbengine(e entry, n int, zone *time.Location) string {
	at := e.at.In(zone)
	return fmt.Sprintf("1A2C\t%04X\t%s\t%s\t18\t%s\t\tT-%d\tDS-1\t%s\t%s\r\n", 0x0F40+8*(n%7), at.Format("01/02"), at.Format("15:04:05.000"), e.cells[1], n, e.cells[0], rest(e, 2))
}

// agent is the log of the agents: UTC.
func agent(e entry, n int, _ *time.Location) string {
	return fmt.Sprintf("#~> (%s): %7s  %d %d %d %s\r\n", e.at.UTC().Format("01-02-2006 15:04:05"), e.cells[0], 2508, 8408+n%3, 300+n, rest(e, 1))
}

// upload is the log of the upload service: local time as in ISO 8601.
func upload(e entry, _ int, zone *time.Location) string {
	return fmt.Sprintf("%s\t%s:\t%s\r\n", e.at.In(zone).Format("2006-01-02T15:04:05.0000000Z07:00"), e.cells[0], rest(e, 1))
}

// syslog is the log of a machine with Linux: local time without a year.
func syslog(e entry, _ int, zone *time.Location) string {
	return fmt.Sprintf("%s host %s: %s\r\n", e.at.In(zone).Format(time.Stamp), e.cells[0], rest(e, 1))
}

func textLine(e entry, _ int, _ *time.Location) string { return rest(e, 0) + "\r\n" }

// rest is the message: whatever is behind the first n cells.
func rest(e entry, n int) string { return strings.Join(e.cells[n:], " | ") }
