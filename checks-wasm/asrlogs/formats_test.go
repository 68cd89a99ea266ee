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
