package scan

import (
	"strings"
	"testing"
	"time"
)

// The log formats of the product, with lines that its sources print.
var (
	cxpsErr = Format{
		ID: "cxps-err", Continuation: "join",
		Line: `^(?P<t>\d{4}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2})\t(?P<level>ERROR|WARNING|INFO|DEBUG)\t(?P<message>.*)$`,
		Time: TimeFormat{Groups: []string{"t"}, Layout: "2006-Jan-02 15:04:05", Zone: "host"},
	}
	cxpsXfer = Format{
		ID:   "cxps-xfer",
		Line: `^(?P<t>\d{4}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2})\t(?P<request>/\w+)\t(?P<host>[^\t]*)\t(?P<client>[^\t]*)\t(?P<name>[^\t]*)\t(?P<bytes>\d+)\t(?P<ms>\d+)\t(?:(?P<io_ms>\d+)\t)?(?P<ssl>yes|no)\t(?P<result>[^\t]*)\t\(sid: (?P<sid>[^)]*)\)$`,
		Time: TimeFormat{Groups: []string{"t"}, Layout: "2006-Jan-02 15:04:05", Zone: "host"},
	}
	perlEvent = Format{
		ID: "perl-event", Continuation: "join",
		Line: `^(?P<t>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d):(?P<fraction>\d+) (?P<level>\w+) : (?P<event>\S*) (?P<pid>\d+) : (?P<message>.*)$`,
		Time: TimeFormat{Groups: []string{"t"}, Layout: "2006-01-02 15:04:05", Fraction: "us", Zone: "host"},
	}
	tmansvc = Format{
		ID: "tmansvc", Continuation: "join",
		Line: `^(?P<date>\d{4}-\d\d-\d\d)\t(?P<clock>\d\d:\d\d:\d\d)\t(?P<message>.*)$`,
		Time: TimeFormat{Groups: []string{"date", "clock"}, Layout: "2006-01-02 15:04:05", Zone: "host"},
	}
	adminLog = Format{
		ID:   "admin-log",
		Line: `"AgentLogLevel":"(?P<level>\w+)".*"AgentTimeStamp":"(?P<t>[^"]+)".*"Message":"(?P<message>(?:[^"\\]|\\.)*)"`,
		Time: TimeFormat{Groups: []string{"t"}, Layout: "2006-01-02T15:04:05Z07:00", Zone: "utc"},
	}
	cbengine = Format{
		ID:   "cbengine",
		Line: `^(?P<pid>[0-9A-F]+)\t(?P<tid>[0-9A-F]+)\t(?P<date>\d\d/\d\d)\t(?P<clock>\d\d:\d\d:\d\d\.\d{3})\t(?P<component>\d+)\t(?P<source>[^\t]*)\t(?P<object>[^\t]*)\t(?P<task>[^\t]*)\t(?P<item>[^\t]*)\t(?P<severity>[A-Z]+)\t(?P<message>.*)$`,
		Time: TimeFormat{Groups: []string{"date", "clock"}, Layout: "01/02 15:04:05", Zone: "host", Year: "mtime"},
	}
	agent = Format{
		ID: "agent", Continuation: "join",
		Line: `^#~> \((?P<t>\d\d-\d\d-\d{4} \d\d:\d\d:\d\d)\):\s+(?P<level>[A-Z]+)\s+(?P<pid>\d+)\s+(?P<tid>\S+)\s+(?P<seq>\d+)\s+(?P<message>.*)$`,
		Time: TimeFormat{Groups: []string{"t"}, Layout: "01-02-2006 15:04:05", Zone: "utc"},
	}
	dotnet = Format{
		ID: "dotnet", Continuation: "join",
		Line: `^(?P<t>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+)\t(?P<level>\w+):\t(?P<message>.*)$`,
		Time: TimeFormat{Groups: []string{"t"}, Layout: "2006-01-02T15:04:05", Zone: "host"},
	}
)

func TestFormatsOfTheProduct(t *testing.T) {
	for _, tt := range []struct {
		format  Format
		content string
		pattern string
		text    string
		time    string
		fields  map[string]string // some of them
	}{
		{
			cxpsErr, "2024-Mar-05 14:22:31\tERROR\t[at session.cpp:handleRead:169]   (sid: 12f) 10.1.0.9:52110 : error returned reading\nsystem:10054\n2024-Mar-05 14:25:02\tINFO\tSSL SERVER STARTED\n",
			"system:10054", "2024-Mar-05 14:22:31\tERROR\t[at session.cpp:handleRead:169]   (sid: 12f) 10.1.0.9:52110 : error returned reading\nsystem:10054",
			"2024-03-05T13:22:31Z",
			map[string]string{"level": "ERROR"},
		},
		{
			cxpsXfer, "2024-Mar-05 14:22:31\t/putfile\t9A\t10.1.0.9\tC:/y.dat\t0\t3\t0\tyes\tcumulative throttled\t(sid: 12f)\n",
			"cumulative throttled", "", "2024-03-05T13:22:31Z",
			map[string]string{"request": "/putfile", "io_ms": "0", "result": "cumulative throttled"},
		},
		{
			cxpsXfer, "2024-Jul-05 14:22:31\t/getfile\t9A\t10.1.0.9\tC:/y.dat\t10\t3\tno\tsuccess\t(sid: 12f)\n",
			"/getfile", "", "2024-07-05T12:22:31Z",
			map[string]string{"bytes": "10", "ms": "3", "ssl": "no"},
		},
		{
			perlEvent, "2024-03-05 14:22:31:004211 EXCEPTION : MONITOR_PROTECTION 5120 : Failed to POST\n  dump\n",
			"Failed", "2024-03-05 14:22:31:004211 EXCEPTION : MONITOR_PROTECTION 5120 : Failed to POST\n  dump", "2024-03-05T13:22:31.004211Z",
			map[string]string{"event": "MONITOR_PROTECTION"},
		},
		{
			tmansvc, "\n2024-03-05\t14:22:30\tone\n\n2024-03-05\t14:22:31\tFAILED TO EXECUTE COMMAND::perl, exit code 255\n",
			"exit code", "2024-03-05\t14:22:31\tFAILED TO EXECUTE COMMAND::perl, exit code 255", "2024-03-05T13:22:31Z", nil,
		},
		{
			adminLog, "\n" + `{"Map":{"AgentLogLevel":"Error","AgentPid":4312,"AgentTimeStamp":"2024-03-05T14:22:31.1Z","Message":"say \"blocked\"","SubComponent":"x"}}` + "\n",
			"blocked", "", "2024-03-05T14:22:31.1Z",
			map[string]string{"level": "Error", "message": `say \"blocked\"`},
		},
		{
			adminLog, `{"AgentLogLevel":"Error","AgentTimeStamp":"2024-03-05T14:22:31.1234567+02:00","Message":"m"}` + "\n",
			"AgentLogLevel", "", "2024-03-05T12:22:31.1234567Z", nil,
		},
		{
			cbengine, "1A2C\t0F40\t03/05\t14:22:31.455\t18\thttptransport.cpp(412)\t\tT-1\tD-1\tWARNING\tconnection attempt failed to 20.60.1.2:443\n",
			"connection attempt", "", "2024-03-05T13:22:31.455Z",
			map[string]string{"severity": "WARNING", "object": ""},
		},
		{
			agent, "#~> (03-05-2024 14:22:31):   ERROR  2508 8408 313 TransportStream::Write: Failed\n continued\n",
			"continued", "#~> (03-05-2024 14:22:31):   ERROR  2508 8408 313 TransportStream::Write: Failed\n continued", "2024-03-05T14:22:31Z",
			map[string]string{"tid": "8408"},
		},
		{
			dotnet, "2024-03-05T14:22:31.1234567\tError:\tFailed to upload file\n",
			"upload", "", "2024-03-05T13:22:31.1234567Z",
			map[string]string{"level": "Error"},
		},
	} {
		t.Run(tt.format.ID, func(t *testing.T) {
			file := memFile("f", tt.content)
			file.MTime = *at("2024-03-06T08:00:00Z")
			r := runOne(t, tt.format, Scan{Any: literal(tt.pattern)}, file)
			if len(r.Hits) != 1 {
				t.Fatalf("%d hits, want 1", len(r.Hits))
			}
			h := r.Hits[0]
			diff(t, "time", h.Time, at(tt.time))
			if tt.text != "" {
				diff(t, "text", h.Text, tt.text)
			}
			for k, v := range tt.fields {
				if h.Fields[k] != v {
					t.Errorf("field %q is %q, want %q", k, h.Fields[k], v)
				}
			}
			for _, g := range append(tt.format.Time.Groups, FractionGroup) {
				if v, ok := h.Fields[g]; ok {
					t.Errorf("group %q of the time is a field: %q", g, v)
				}
			}
		})
	}
}

func TestFieldThatTookNoPartIsAbsent(t *testing.T) {
	line := "2024-Jul-05 14:22:31\t/getfile\t9A\t10.1.0.9\tC:/y.dat\t10\t3\tno\tsuccess\t(sid: 12f)\n"
	h := runOne(t, cxpsXfer, Scan{Any: literal("getfile")}, memFile("f", line)).Hits[0]
	if v, ok := h.Fields["io_ms"]; ok {
		t.Errorf("io_ms is %q, want none", v)
	}
}

func TestLocalTimes(t *testing.T) {
	for _, tt := range []struct {
		name, wall, want string
		ambiguous        bool
	}{
		{"winter", "2024-03-31 01:59:59", "2024-03-31T00:59:59Z", false},
		{"skipped hour", "2024-03-31 02:30:00", "2024-03-31T01:30:00Z", true},
		{"summer", "2024-03-31 03:00:00", "2024-03-31T01:00:00Z", false},
		{"before the repeated hour", "2024-10-27 01:59:59", "2024-10-26T23:59:59Z", false},
		{"repeated hour", "2024-10-27 02:30:00", "2024-10-27T00:30:00Z", true},
		{"after it", "2024-10-27 03:00:00", "2024-10-27T02:00:00Z", false},
		{"before all offsets", "2019-07-01 12:00:00", "2019-07-01T11:00:00Z", false},
		{"after all offsets", "2030-07-01 12:00:00", "2030-07-01T11:00:00Z", false},
	} {
		wall := *at(strings.Replace(tt.wall, " ", "T", 1) + "Z")
		got, ambiguous := NewZone(berlin()).Instant(wall)
		if !got.Equal(*at(tt.want)) || ambiguous != tt.ambiguous {
			t.Errorf("%s: Instant(%s) = %s, %v, want %s, %v", tt.name, tt.wall, got, ambiguous, tt.want, tt.ambiguous)
		}
	}
}

func TestZoneOfForeignOffsets(t *testing.T) {
	wall := *at("2024-05-05T12:00:00Z")
	if got, ambiguous := NewZone(nil).Instant(wall); !got.Equal(wall) || !ambiguous {
		t.Errorf("without offsets: %s, %v, want UTC and ambiguous", got, ambiguous)
	}
	absurd := []Offset{{Seconds: 1 << 60}, {Seconds: -1 << 60}, {Seconds: 100000}}
	if got, _ := NewZone(absurd).Instant(wall); !got.Equal(wall) {
		t.Errorf("absurd offsets: %s, want %s", got, wall)
	}
	many := make([]Offset, 5*MaxOffsets)
	for i := range many {
		many[i] = Offset{From: wall.Add(-time.Duration(i) * time.Hour), Seconds: 3600 * (i % 2)}
	}
	if got, _ := NewZone(many).Instant(wall.Add(48 * time.Hour)); !got.Equal(wall.Add(48 * time.Hour)) {
		t.Errorf("unordered offsets: %s", got)
	}
}

// Round trip: every instant comes back, or its local time is ambiguous and the
// answer is another reading of the same wall clock.
func TestInstantInvertsLocal(t *testing.T) {
	z := NewZone(berlin())
	for at := time.Date(2024, 3, 30, 0, 0, 0, 0, time.UTC); at.Year() == 2024; at = at.Add(17 * time.Minute) {
		got, ambiguous := z.Instant(z.Local(at))
		if !got.Equal(at) && !ambiguous || !z.Local(got).Equal(z.Local(at)) || got.After(at) {
			t.Fatalf("Instant(Local(%s)) = %s, %v", at, got, ambiguous)
		}
	}
}

func TestYearOfModification(t *testing.T) {
	for _, tt := range []struct{ name, date, mtime, want string }{
		{"same year", "03/05", "2024-03-06T00:00:00Z", "2024-03-05T13:00:00Z"},
		{"old year at new year", "12/31", "2024-01-01T00:10:00Z", "2023-12-31T13:00:00Z"},
		{"a clock ahead at new year", "01/01", "2023-12-31T23:59:00Z", "2024-01-01T13:00:00Z"},
		{"a day ahead", "03/06", "2024-03-05T13:00:00Z", "2024-03-06T13:00:00Z"},
		{"more than a day ahead", "03/07", "2024-03-05T13:00:00Z", "2023-03-07T13:00:00Z"},
		{"leap day", "02/29", "2024-06-01T00:00:00Z", "2024-02-29T13:00:00Z"},
		{"leap day in a common year", "02/29", "2027-06-01T00:00:00Z", "2024-02-29T13:00:00Z"},
		{"no modification time", "03/05", "", ""},
	} {
		f := Format{Line: `^(?P<d>\S+) (?P<c>\S+)`, Time: TimeFormat{Groups: []string{"d", "c"}, Layout: "01/02 15:04", Zone: "utc", Year: "mtime"}}
		file := memFile("f", tt.date+" 13:00\n")
		var want *time.Time
		if tt.mtime != "" {
			file.MTime, want = *at(tt.mtime), at(tt.want)
		}
		diff(t, tt.name, runOne(t, f, Scan{Any: literal("1")}, file).Hits[0].Time, want)
	}
}

func TestFractions(t *testing.T) {
	for _, tt := range []struct{ unit, digits, want string }{
		{"us", "004211", "2024-01-01T00:00:00.004211Z"},
		{"us", "4211", "2024-01-01T00:00:00.004211Z"},
		{"ms", "999", "2024-01-01T00:00:00.999Z"},
		{"ns", "1", "2024-01-01T00:00:00.000000001Z"},
		{"ms", "", "2024-01-01T00:00:00Z"},
		{"ms", "1000", ""},
		{"us", "99999999999999999999", ""},
		{"us", "1x", ""},
	} {
		f := Format{Line: `^(?P<t>[^:]*):(?P<fraction>.*)$`, Time: TimeFormat{Groups: []string{"t"}, Layout: "2006-01-02", Fraction: tt.unit, Zone: "utc"}}
		var want *time.Time
		if tt.want != "" {
			want = at(tt.want)
		}
		diff(t, tt.unit+" "+tt.digits, runOne(t, f, Scan{Any: literal("2")}, memFile("f", "2024-01-01:"+tt.digits+"\n")).Hits[0].Time, want)
	}
}

func TestTimesThatJSONCannotSay(t *testing.T) {
	f := Format{Line: `^(?P<t>.*)$`, Time: TimeFormat{Groups: []string{"t"}, Layout: "2006-01-02T15:04:05Z07:00", Zone: "utc"}}
	r := runOne(t, f, Scan{Any: literal("0")}, memFile("f", "0000-05-05T00:00:00Z\n9999-12-31T23:00:00-09:00\n0001-01-01T00:00:00+01:00\n"))
	for _, h := range r.Hits {
		if h.Time != nil {
			t.Errorf("%q has time %s", h.Text, h.Time)
		}
	}
	if err := r.WriteHits(new(strings.Builder)); err != nil {
		t.Error(err)
	}
}
