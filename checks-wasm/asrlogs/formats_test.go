package asrlogs

import (
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// TestFormats: every format reads lines as the logs have them, with the right
// time, and leaves others alone.
func TestFormats(t *testing.T) {
	const winter = 3600
	zone := scan.NewZone([]scan.Offset{{Seconds: winter}})
	clock := scan.Clock{Zone: zone, MTime: time.Date(2024, 3, 6, 0, 0, 0, 0, time.UTC)}
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		format scan.Format
		line   string
		time   string // empty: the format does not match
		field  string
		value  string
	}{
		{CxpsErrors(), "2024-Mar-05 14:22:31\tERROR\t[at session.cpp:handleRead:169]   (sid: 1.2) text", "2024-03-05T13:22:31Z", "level", "ERROR"},
		{CxpsErrors(), "2024-Mar-05 14:22:31\t/putfile\tx", "", "", ""},
		{PerlEvents(), "2024-03-05 14:22:31:004211 EXCEPTION : MONITOR_PROTECTION 5120 : text at A.pm line 1", "2024-03-05T13:22:31.004211Z", "event", "MONITOR_PROTECTION"},
		{PerlEvents(), "500 SSL negotiation failed", "", "", ""},
		{TmansvcLines(), "2024-03-05\t14:22:31\tFAILED TO EXECUTE COMMAND::perl, exit code 255", "2024-03-05T13:22:31Z", "message", "FAILED TO EXECUTE COMMAND::perl, exit code 255"},
		{TmansvcLines(), "", "", "", ""},
		{DotnetObjects(), `{"Map":{"AgentLogLevel":"Error","AgentPid":1,"AgentTimeStamp":"2024-03-05T14:22:31.1Z","ComponentId":"x","Message":"say \"no\""}}`, "2024-03-05T14:22:31Z", "message", `say \"no\"`},
		{DotnetObjects(), `{"AgentLogLevel":"Warning","AgentTimeStamp":"2024-03-05T14:22:31.1234567Z","Message":"unwrapped","SequenceNumber":1}`, "2024-03-05T14:22:31Z", "level", "Warning"},
		{DotnetObjects(), `{"Map": {"AgentLogLevel": "Error", "AgentTimeStamp": "2024-03-05T14:22:31Z", "Message": "with blanks"}}`, "2024-03-05T14:22:31Z", "message", "with blanks"},
		{DotnetObjects(), `{"AgentTimeStamp":"2024-03-05T14:22:31Z","Message":"no level"}`, "2024-03-05T14:22:31Z", "message", "no level"},
		{DotnetObjects(), `{"Message":"no time"}`, "", "", ""},
		{BackupEngine(), "1A2C\t0F40\t03/05\t14:22:31.455\t18\thttptransport.cpp(412)\t\tT-1\tD-1\tWARNING\tfailed to 20.60.1.2:443", "2024-03-05T13:22:31.455Z", "severity", "WARNING"},
		{BackupEngine(), "1A2C\t0F40\t03/05\t14:22:31.455\t18\thttptransport.cpp(412)\t\tT-1\tD-1\textra\tFATAL\tx", "2024-03-05T13:22:31.455Z", "severity", "FATAL"},
		{BackupEngine(), "1A2C\t0F40\t12/31\t23:59:59.000\t18\tx.cpp(1)\t\tT\tD\tNORMAL\tlast year", "2023-12-31T22:59:59Z", "message", "last year"},
		{BackupEngine(), "PID\tTID\tDate\tTime", "", "", ""},
		{Agents(), "#~> (03-05-2024 14:22:31):   ERROR  2508 8408 313 Time jump forward", "2024-03-05T14:22:31Z", "message", "Time jump forward"},
		{Agents(), "#~> (03-05-2024 14:22:31):  ALWAYS  2508 139872340072192 1 x", "2024-03-05T14:22:31Z", "level", "ALWAYS"},
		{Agents(), "more of the entry before", "", "", ""},
		{CxpsTransfers(), "2024-Mar-05 14:22:30\t/putfile\t9A01\t10.1.0.9\tC:/x.dat\t1048576\t41\t7\tyes\tsuccess\t(sid: 12f.1a2b3c)", "2024-03-05T13:22:30Z", "io_ms", "7"},
		{CxpsTransfers(), "2024-Mar-05 14:22:30\t/putfile\t9A01\t10.1.0.9\tC:/x.dat\t1048576\t41\t7\tyes\tcumulative throttled\t(sid: 12f.1a2b3c)", "2024-03-05T13:22:30Z", "result", "cumulative throttled"},
		{CxpsTransfers(), "2024-Mar-05 14:22:30\t/getfile\t9A01\t10.1.0.9\tC:/x.dat\t1048576\t41\tno\tsuccess\t(sid: 1)", "2024-03-05T13:22:30Z", "total_ms", "41"},
		{CxpsTransfers(), "2024-Mar-05 14:22:30\t/getfile\t9A01\t10.1.0.9\tC:/x.dat\t1048576\t41\tno\tsuccess\t(sid: 1)", "2024-03-05T13:22:30Z", "ssl", "no"},
		{CxpsTransfers(), "2024-Mar-05 14:22:30\t/deletefile\t9A01\t10.1.0.9\tC:/a.dat;C:/b.dat\t*.dat\t3\tsystem:2(not found)\t(sid: 1)", "2024-03-05T13:22:30Z", "result", "system:2(not found)"},
		{CxpsTransfers(), "2024-Mar-05 14:22:30\t/heartbeat\t9A01\t10.1.0.9\tsuccess\t(sid: 1)", "2024-03-05T13:22:30Z", "result", "success"},
		{CxpsTransfers(), "2024-Mar-05 14:22:30\tERROR\ttext", "", "", ""},
		{CxpsMonitor(), "2024-Mar-05 14:22:30\t4312\t1a2c\tread\t(sid: 12f.1)\t9A01\t10.1.0.9:5000 10.1.0.4:9443\t/putfile x", "2024-03-05T13:22:30Z", "stage", "read"},
		{CxpsMonitor(), "2024-Mar-05 14:22:30\t/putfile\t9A01", "", "", ""},
		{Uploads(), "2024-03-05T14:22:31.1234567+02:00\tError:\tFailed to upload file", "2024-03-05T12:22:31.1234567Z", "level", "Error"},
		{Uploads(), "2024-03-05T14:22:31Z\tInformation:\tUploaded", "2024-03-05T14:22:31Z", "message", "Uploaded"},
		{Uploads(), "2024-03-05T14:22:31\tError:\tno offset", "", "", ""},
	} {
		f, err := scan.CompileFormat(c.format)
		if err != nil {
			t.Fatal(err)
		}
		e, ok := f.Parse(c.line, clock)
		if ok != (c.time != "") {
			t.Errorf("%s: %q matches: %v", c.format.ID, c.line, ok)
			continue
		}
		if !ok {
			continue
		}
		if e.Time == nil || !e.Time.Equal(at(c.time)) || e.Fields[c.field] != c.value {
			t.Errorf("%s: %q = %v, %q, want %s, %s %q", c.format.ID, c.line, e.Time, e.Fields, c.time, c.field, c.value)
		}
	}
}

// TestLocalTimeOverClockChange: local times before, in and behind the hour that
// comes twice, and the one that does not come, by the host's offsets.
func TestLocalTimeOverClockChange(t *testing.T) {
	day := func(m time.Month, d, h int) time.Time { return time.Date(2025, m, d, h, 0, 0, 0, time.UTC) }
	zone := scan.NewZone([]scan.Offset{{Seconds: 3600}, {From: day(3, 30, 1), Seconds: 7200}, {From: day(10, 26, 1), Seconds: 3600}})
	clock := scan.Clock{Zone: zone, MTime: day(10, 27, 0)}
	line := map[string]func(date, clock string) string{
		"cxps-errors": func(d, c string) string {
			at, err := time.Parse("01/02", d)
			if err != nil {
				t.Fatal(err)
			}
			return "2025-" + at.Format("Jan-02") + " " + c + "\tERROR\tx"
		},
		"backup-engine": func(d, c string) string {
			return "1A2C\t0F40\t" + d + "\t" + c + ".000\t18\tx.cpp(1)\t\tT\tD\tFATAL\tx"
		},
	}
	for _, format := range []scan.Format{CxpsErrors(), BackupEngine()} {
		f, err := scan.CompileFormat(format)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			date, clock string
			want        time.Time
			ambiguous   bool
		}{
			{"10/26", "01:59:59", day(10, 25, 23).Add(time.Hour - time.Second), false},
			{"10/26", "02:30:00", day(10, 26, 0).Add(30 * time.Minute), true},
			{"10/26", "03:00:00", day(10, 26, 2), false},
			{"03/30", "01:30:00", day(3, 30, 0).Add(30 * time.Minute), false},
			{"03/30", "02:30:00", day(3, 30, 1).Add(30 * time.Minute), true},
			{"03/30", "03:00:00", day(3, 30, 1), false},
		} {
			e, ok := f.Parse(line[format.ID](c.date, c.clock), clock)
			if !ok || e.Time == nil || !e.Time.Equal(c.want) || e.Ambiguous != c.ambiguous {
				t.Errorf("%s: %s %s = %v, ambiguous %v, want %v, %v", format.ID, c.date, c.clock, e.Time, e.Ambiguous, c.want, c.ambiguous)
			}
		}
	}
}
