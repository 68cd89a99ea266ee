package simulator

import (
	"bytes"
	"compress/gzip"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
)

// parseLogs reads a section "logs" alone.
func parseLogs(t *testing.T, text string) []Log {
	t.Helper()
	in := &Incident{}
	if err := eachLine(text, in.logLine); err != nil {
		t.Fatal(err)
	}
	return in.Logs
}

func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// One line of each format at 12:00 UTC is as the product would write it in
// Berlin, and matches the expression by which it is read.
func TestFormats(t *testing.T) {
	for format, c := range map[string]struct{ cells, want, re string }{
		"cxps-err":   {"ERROR | [at a.cpp:f:1]   gone", "2026-Mar-05 13:00:00\tERROR\t[at a.cpp:f:1]   gone\r\n", `^(\d{4}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2})\t(ERROR|WARNING|INFO|DEBUG)\t(.*)\r$`},
		"cxps-xfer":  {"/putfile | id | 10.0.0.1 | x", "2026-Mar-05 13:00:00\t/putfile\tid\t10.0.0.1\tx\r\n", `^\S+ \S+\t/putfile\t`},
		"perl":       {"INFO | MONITOR | all is well", "2026-03-05 13:00:00:000000 INFO : MONITOR 5120 : all is well\r\n", `^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d):(\d+) (\w+) : (\S*) (\d+) : (.*)\r$`},
		"tmansvc":    {"Service started", "\r\n2026-03-05\t13:00:00\tService started", `^\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\t`},
		"dotnet":     {"Error | ProcessServer | PS/Monitoring | bad", "", `^\{"Map":\{"AgentLogLevel":"Error",.*"AgentTimeStamp":"2026-03-05T12:00:00.0Z",.*"Message":"bad"`},
		"dotnet-rcm": {"Error | ProcessServer | PS/Monitoring | bad", "", `^\{"AgentLogLevel":"Error",.*"Message":"bad"`},
		"cbengine":   {"FATAL | x.cpp(1) | no", "PID\tTID\tDate\tTime\tComponent\tSource\tObject\tTask\tDatasource\tSeverity\tMessage\r\n1A2C\t0F40\t03/05\t13:00:00.000\t18\tx.cpp(1)\t\tT-0\tDS-1\tFATAL\tno\r\n", `\tFATAL\tno\r$`},
		"agent":      {"ERROR | failed", "#~> (03-05-2026 12:00:00):   ERROR  2508 8408 300 failed\r\n", `^#~> \((\d\d-\d\d-\d{4} \d\d:\d\d:\d\d)\):\s+([A-Z]+)\s+(\d+)\s+(\S+)\s+(\d+)\s+(.*)\r$`},
		"upload":     {"Error | no", "2026-03-05T13:00:00.0000000+01:00\tError:\tno\r\n", `^\S+\tError:`},
		"syslog":     {"cron[7] | begun", "Mar  5 13:00:00 host cron[7]: begun\r\n", `^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ \S+: `},
		"text":       {"as | it is", "as | it is\r\n", `^as`},
	} {
		g := parseLogs(t, "x = "+format+` C:\x.log`+"\nx: now | "+c.cells)
		list, err := g[0].pieces(noon, berlin(t), nil, 1)
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %d pieces, %v", format, len(list), err)
		}
		got := string(list[0].data)
		if c.want != "" && got != c.want {
			t.Errorf("%s: %q, want %q", format, got, c.want)
		}
		if !regexp.MustCompile(`(?m)` + c.re).MatchString(got) {
			t.Errorf("%s: %q does not match %s", format, got, c.re)
		}
	}
	if len(formats) != 11 {
		t.Errorf("%d formats, but 11 are tried", len(formats))
	}
}

// The same seed and clock give the same bytes; another seed gives others.
func TestSeed(t *testing.T) {
	const text = `x = cxps-xfer C:\x.log
x: -1h..now/1m | /putfile | {hex} | {10-500}`
	bytesOf := func(seed uint64) string {
		list, err := parseLogs(t, text)[0].pieces(noon, time.UTC, nil, seed)
		if err != nil {
			t.Fatal(err)
		}
		return string(list[0].data)
	}
	first := bytesOf(1)
	if again := bytesOf(1); again != first || first == bytesOf(2) {
		t.Error("the lines do not depend on the seed and on nothing else")
	}
	if n := strings.Count(first, "\n"); n != 61 {
		t.Errorf("%d lines, want 61", n)
	}
}

// A text that is laid over another drops lines of a span and adds its own, in
// order of time.
func TestDrop(t *testing.T) {
	g := parseLogs(t, `x = text C:\x.log
x: -4h..now/1h | old {n}
x drop -2h..-1h
x: -90m | new`)
	list, err := g[0].pieces(noon, time.UTC, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(list[0].data); got != "old 0\r\nold 1\r\nnew\r\nold 4\r\n" {
		t.Errorf("lines = %q", got)
	}
	if !list[0].last.Equal(noon) {
		t.Errorf("time of the last line = %v", list[0].last)
	}
}

// A log that is cut has its former lines in pieces, older ones nowhere.
func TestCut(t *testing.T) {
	g := parseLogs(t, `x = text C:\x.log
x cut 1h keep 2 as C:\x.{i}.{iso}.log.gz
x: -5h..now/30m | {n}`)
	list, err := g[0].pieces(noon, berlin(t), nil, 1)
	if err != nil || len(list) != 3 {
		t.Fatalf("%d pieces, %v; want 3", len(list), err)
	}
	if got := string(list[0].data); got != "9\r\n10\r\n" {
		t.Errorf("the log itself = %q", got)
	}
	if list[2].path != `C:\x.2.20260305T110000.log.gz` {
		t.Errorf("piece = %q", list[2].path)
	}
	r, err := gzip.NewReader(bytes.NewReader(list[2].data))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(r); err != nil || string(plain) != "5\r\n6\r\n" || string(list[2].plain) != "5\r\n6\r\n" {
		t.Errorf("older piece = %q, %v", plain, err)
	}
}

func TestLogErrors(t *testing.T) {
	for _, text := range []string{
		`x = nonsense C:\x.log`, `x = text x.log`, "x: now | a", "x drop", "x absent",
		"x = perl C:\\x.log\nx: now | INFO", "x = text C:\\x.log\nx: 5m | a", "x = text C:\\x.log\nx cut 1h keep two as C:\\y",
		"x = text C:\\x.log\nx cut 1h", "x = text C:\\x.log\nx turn",
	} {
		if err := eachLine(text, (&Incident{}).logLine); err == nil {
			t.Errorf("%q is no error", text)
		}
	}
}
