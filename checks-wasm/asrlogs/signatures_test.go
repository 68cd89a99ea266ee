package asrlogs

import (
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Beginnings of invented lines.
const (
	cxps   = "2024-Mar-05 14:22:31\tERROR\t[at session.cpp:handleRead:169]   (sid: 12f.1a2b3c) 10.1.0.9:52110 : "
	xfer   = "2024-Mar-05 14:22:31\t/putfile\t9A01E1\t10.1.0.9\tC:/ASR/x.dat\t1048576\t41\t7\tyes\t"
	event  = "2024-03-05 14:22:31:004211 EXCEPTION : MONITOR_PROTECTION 5120 : "
	tman   = "2024-03-05\t14:22:31\t"
	server = `{"Map":{"AgentLogLevel":"Error","AgentTimeStamp":"2024-03-05T14:22:31.1Z","Message":"`
	agents = "#~> (03-05-2024 14:22:31):   ERROR  2508 8408 313 "
	engine = "1A2C\t0F40\t03/05\t14:22:31.455\t18\thttp.cpp(412)\t\tT-1\tD-1\tWARNING\t"
	fine   = "1A2C\t0F40\t03/05\t14:22:31.455\t18\thttp.cpp(412)\t\tT-1\tD-1\tNORMAL\t"
	upload = "2024-03-05T14:22:31.1234567+01:00\tError:\t"
)

// examples has for each signature an entry that hits, with a field it gives, and
// one like it that does not.
var examples = map[string]struct{ hit, field, value, miss string }{
	XferCumulative: {xfer + "cumulative throttled\t(sid: 1)", "host", "9A01E1", xfer + "success\t(sid: cumulative throttled)"},
	XferThrottled:  {xfer + "diff throttled\t(sid: 1)", "kind", "diff", xfer + "cumulative throttled\t(sid: 1)"},
	XferByHost:     {xfer + "failed\t(sid: 1)", "outcome", "failed", strings.Replace(xfer, "put", "get", 1) + "failed\t(sid: 1)"},

	XferAnswered: {strings.Replace(xfer, "putfile", "heartbeat", 1) + "success\t(sid: 1)", "host", "9A01E1", xfer + "failed\t(sid: 1)"},

	CxpsThrottle:     {cxps + "putfile requested because there is a diff throttle", "kind", "diff", cxps + "putfile requested, no throttle"},
	CxpsReadError:    {cxps + "error returned reading data from socket: system:10054(reset)", "code", "10054", cxps + "error returned reading data from socket: system:995(x)"},
	CxpsTimeout:      {cxps + "timed out reading putfile parameters", "level", "ERROR", cxps + "timed out"},
	CxpsCutShort:     {cxps + "EOF received, but expecting more data", "level", "ERROR", cxps + "EOF received"},
	CxpsWriteError:   {cxps + "flush data to disk for a.dat failed: 5", "level", "ERROR", strings.Replace(cxps, "ERROR", "INFO", 1) + "write file error counter reset"},
	CxpsSpaceUnknown: {cxps + "Failed to get free disk space for E:", "level", "ERROR", cxps + "free disk space 4"},
	CxpsPathDenied:   {cxps + `access denied: C:\Windows\x.dat`, "path", `C:\Windows\x.dat`, cxps + "access denied"},
	CxpsCertificate:  {cxps + "Cert is expired", "level", "ERROR", cxps + "Cert is fine"},
	CxpsNonceExpired: {cxps + "invalid cnonce expired", "level", "ERROR", cxps + "invalid cnonce"},
	CxpsStarted:      {"2024-Mar-05 14:22:31\tINFO\tSSL SERVER STARTED", "level", "INFO", "2024-Mar-05 14:22:31\tINFO\tSERVER STOPPED"},
	CxpsAcceptError:  {cxps + "accept error: 10055", "level", "ERROR", cxps + "accepted"},

	EventException:     {event + "anything", "event", "MONITOR_PROTECTION", strings.Replace(event, "EXCEPTION", "INFO", 1) + "no EXCEPTION : here"},
	EventRequestFailed: {event + "Failed to POST the details for https://10.1.0.4:443/x.php at A.pm line 1\n500 SSL negotiation failed", "url", "https://10.1.0.4:443/x.php", event + "Failed to read"},
	EventTLSRefused:    {event + "Failed to GET the details for https://10.1.0.4/x\n500 SSL negotiation failed", "event", "MONITOR_PROTECTION", event + "500 Internal Server Error"},
	EventSecretMissing: {event + "get_cs_passphrase : Could not retrieve it", "secret", "passphrase", event + "get_cs_passphrase : ok"},
	EventRestarted:     {event + "Found InMage PushInstall service stopped. Starting it", "service", "InMage PushInstall", event + "Found no service stopped"},
	TmansvcChildDied:   {tman + `FAILED TO EXECUTE COMMAND::perl "C:\x\eventmanager.pl", exit code 255`, "code", "255", tman + "Started perl"},
	TmansvcNoChild:     {tman + "Error 2 while trying to run the command perl", "message", "Error 2 while trying to run the command perl", tman + "running the command"},
	TmansvcStarted:     {tman + "Service started", "message", "Service started", tman + "No Service started here"},

	ServerServicesDown:  {server + `Following services weren't running in the last 5 minutes : tmansvc"}}`, "services", "tmansvc", server + `All services run"}}`},
	ServerHealth:        {server + `Set disk space health to CRITICAL"}}`, "health", "CRITICAL", server + `Set disk space health to HEALTHY"}}`},
	ServerThroughput:    {server + `actualThroughput : 10.5, expectedThroughput : 99"}}`, "expected", "99", server + `throughput"}}`},
	ServerCumulative:    {server + `Cumulative throttle state : True"}}`, "level", "Error", server + `Cumulative throttle state : False"}}`},
	ServerPairThrottle:  {server + `Diff throttle set for pair a:b, pending bytes 8589934592"}}`, "pending", "8589934592", server + `Diff throttle cleared for pair a:b"}}`},
	ServerUploadBlocked: {server + `Setting data upload blocked for pair a:b"}}`, "pair", "a:b", server + `Resetting data upload state"}}`},
	ServerCSCertificate: {server + `Failing CS server certificate validation"}}`, "level", "Error", server + `Certificate validation passed"}}`},
	ServerRegister:      {server + `Failed to run task RegisterPS"}}`, "level", "Error", server + `Register PS succeeded"}}`},
	ServerNoSettings:    {server + `Couldn't get cached PS settings"}}`, "level", "Error", server + `Got cached PS settings"}}`},
	ServerCounters:      {server + `Failed to initialize objects with error 3"}}`, "level", "Error", server + `Initialized objects"}}`},
	ServerCertificate:   {server + `SSL Cert Expiring in 6 days"}}`, "level", "Error", server + `SSL Cert fine"}}`},
	ServerPassphrase:    {server + `Raised EPH00021"}}`, "level", "Error", server + `Raised EPH0009"}}`},

	ServerMARS: {server + `Raised EPH00024"}}`, "code", "EPH00024", server + `Raised EPH00021"}}`},

	AgentSendFailed: {
		agents + "W: Failed to send data with error [at c.h:x:4] timed out (300). Transport failures = 4, success = 0 since 300 secs.", "failures", "4",
		agents + "Transport failures = 0",
	},
	SenderSendFailed: {
		agents + "W: Failed to send file with error reset. Transport failures = 1, success = 9 since 300 secs.", "success", "9",
		agents + "sent",
	},
	AgentUploadLocation: {agents + "Drain log upload location access failed", "level", "ERROR", agents + "Drain log upload location access is fine"},
	AgentDriverUpload:   {agents + "Log upload failed with network error\nLast Error : 10060\nError Count : 7", "errors", "7", agents + "Log upload done"},
	AgentServerAddress:  {agents + "failed to send/receive to/from PS with ip: 10.1.0.4, port: 9443", "ip", "10.1.0.4", agents + "sent to PS with ip: 10.1.0.4"},
	AgentPostFailed:     {agents + "PostToSVServer with error 1: failed to post request: (7) - x", "code", "7", agents + "PostToSVServer ok"},
	AgentPeerRefused:    {agents + "peer verification failed", "level", "ERROR", agents + "peer verified"},
	AgentSocket:         {agents + "(connect socket failed: system:10061)", "code", "10061", agents + "connected socket"},
	AgentThrottled:      {agents + `Throttling is set for deviceName: \\.\PHYSICALDRIVE0`, "device", `\\.\PHYSICALDRIVE0`, agents + "Throttling is off"},
	AgentChurn:          {agents + "Disk churn more than supported", "level", "ERROR", agents + "Disk churn 4"},
	AgentTimeJump:       {agents + "Time jump forward by 900 s", "level", "ERROR", agents + "Time is 4"},
	AgentProxyFailed:    {agents + "failed to get settings from RCM with error 20501", "number", "20501", agents + "got settings from RCM"},
	AgentAuthFailed:     {agents + "Verify client auth failed, retry after 120 s", "level", "ERROR", agents + "Verify client auth passed"},
	AgentOtherMachine:   {agents + "The system BIOS ID A does not match configured BIOS ID B", "level", "ERROR", agents + "The system BIOS ID matches configured BIOS ID"},
	AgentRegister:       {agents + "RegisterMachine failed with 5", "level", "ERROR", agents + "RegisterMachine done"},
	AgentCloudAccess:    {agents + "URI https://a.example access check failed with curl error 28", "code", "28", agents + "URI https://a.example reached"},

	EngineAttempt: {engine + "connection attempt failed to 20.60.1.2:443", "severity", "WARNING", engine + "connected"},
	EnginePort443: {engine + "no answer of 20.60.1.2:443 yet", "address", "20.60.1.2:443", fine + "sent to 20.60.1.2:443"},
	EngineCodes:   {engine + "request failed hr=0x80072ee7", "severity", "WARNING", engine + "407 blocks sent, id 0x80072ee71"},
	EngineResult:  {engine + "result 80790305", "code", "80790305", engine + "result 80790605"},

	SystemDisk: {
		`{"t":"2024-03-05T14:22:31Z","channel":"System","provider":"disk","id":153,"level":3,"parameters":{"DeviceName":"x"}}`, "id", "153",
		`{"t":"2024-03-05T14:22:31Z","channel":"System","provider":"Ntfs","id":98,"level":4}`,
	},
	SystemCrash: {
		`{"t":"2024-03-05T14:22:31Z","channel":"System","provider":"Service Control Manager","id":7034,"level":2,"parameters":{"param1":"cxprocessserver","param2":"3"}}`, "service", "cxprocessserver",
		`{"t":"2024-03-05T14:22:31Z","channel":"System","provider":"Service Control Manager","id":7034,"level":2,"parameters":{"param1":"Print Spooler"}}`,
	},
	SystemProgram: {
		`{"t":"2024-03-05T14:22:31Z","channel":"Application","provider":"Application Error","id":1000,"level":2,"parameters":["cbengine.exe","2.0"]}`, "program", "cbengine",
		`{"t":"2024-03-05T14:22:31Z","channel":"Application","provider":"Application Error","id":1000,"level":2,"parameters":["notepad.exe","2.0"]}`,
	},
	ClientFailed: {
		"2024-Mar-05 14:22:31 threadId: 1f40 *** run 3: put file failed: timed out (300), may want to check server side logs for this sid: 12f.1a2b3c", "sid", "12f.1a2b3c",
		"2024-Mar-05 14:22:31 threadId: 1f40 run 3 done",
	},
	UploadFailed: {upload + "Failed to upload file x.json", "level", "Error", upload + "Uploaded file x.json"},
	SetupPost:    {"failed to post request: (7) - couldn't connect", "code", "7", "failed to post request: (6)"},
}

// TestLevels: the words of a fault at a level that tells of none are no hit.
func TestLevels(t *testing.T) {
	fine := strings.NewReplacer("\tERROR\t", "\tINFO\t", " EXCEPTION : ", " INFO : ", `"Error"`, `"Verbose"`, "  ERROR  ", "   INFO  ", "\tWARNING\t", "\tNORMAL\t")
	leveled := 0
	for _, s := range Signatures() {
		if len(s.Scan.Where) == 0 || s.Scan.ID == CxpsStarted { // a start is told as information
			continue
		}
		leveled++
		if line := fine.Replace(examples[s.Scan.ID].hit); line == examples[s.Scan.ID].hit || len(find(t, s.Scan.ID, line, "")) != 0 {
			t.Errorf("%s hits %q", s.Scan.ID, line)
		}
	}
	if leveled < 40 {
		t.Errorf("%d signatures ask for a level", leveled)
	}
}

// TestSignatures: every signature hits an entry made to its log's format, gives a
// field of it, and leaves one like it alone; the fifty rows are all there.
func TestSignatures(t *testing.T) {
	rows := map[int]bool{}
	seen := map[string]bool{}
	for _, s := range Signatures() {
		for _, row := range s.Rows {
			rows[row] = true
		}
		if seen[s.Scan.ID] {
			t.Errorf("%s is there twice", s.Scan.ID)
		}
		seen[s.Scan.ID] = true
		ex, ok := examples[s.Scan.ID]
		if !ok {
			t.Errorf("%s has no example", s.Scan.ID)
			continue
		}
		hits := find(t, s.Scan.ID, ex.hit, "")
		if len(hits) != 1 || hits[0].Fields[ex.field] != ex.value {
			t.Errorf("%s: %d hits, %v, want one with %s %q", s.Scan.ID, len(hits), hits, ex.field, ex.value)
		}
		if len(hits) == 1 && s.Log.Format.ID != "" && hits[0].Time == nil {
			t.Errorf("%s: the example does not have the format", s.Scan.ID)
		}
		if hits := find(t, s.Scan.ID, ex.miss, ""); len(hits) != 0 {
			t.Errorf("%s hits %q", s.Scan.ID, ex.miss)
		}
	}
	for row := 1; row <= 50; row++ {
		if !rows[row] {
			t.Errorf("row %d has no signature", row)
		}
	}
}

// find runs one signature over a file.
func find(t *testing.T, id, text, encoding string) []scan.Hit {
	t.Helper()
	u := Use(id)
	out, err := scan.Run(u.Formats, u.Scans, scan.Env{
		UTCOffsets: []scan.Offset{{Seconds: 3600}},
		Inputs: map[string][]scan.File{u.Inputs[0].ID: {{
			Path: "f", FirstLine: 1, Encoding: encoding, MTime: time.Date(2024, 3, 6, 0, 0, 0, 0, time.UTC),
			Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out[id].Hits
}

// An engine log may be UTF-16, with a mark or without.
func TestUTF16(t *testing.T) {
	text := engine + "connection attempt failed to 20.60.1.2:443\r\n" + fine + "sent\r\n"
	for _, c := range []struct{ mark, encoding string }{{"\xff\xfe", ""}, {"", "utf-16le"}} {
		var raw []byte
		for _, u := range utf16.Encode([]rune(text)) {
			raw = append(raw, byte(u), byte(u>>8))
		}
		hits := find(t, EngineAttempt, c.mark+string(raw), c.encoding)
		if len(hits) != 1 || hits[0].Time == nil || hits[0].Fields["severity"] != "WARNING" {
			t.Errorf("mark %q, encoding %q: hits = %+v", c.mark, c.encoding, hits)
		}
	}
}

// Each of an entry's lines belongs to it, and to nothing else.
func TestContinuation(t *testing.T) {
	text := event + "Failed to POST the details for https://10.1.0.4/x at A.pm line 1\n500 SSL negotiation failed\n\tat B.pm line 9\n" +
		strings.Replace(event, "EXCEPTION", "INFO", 1) + "fine again\n"
	hits := find(t, EventTLSRefused, text, "")
	if len(hits) != 1 || hits[0].Line != 1 || strings.Count(hits[0].Text, "\n") != 2 {
		t.Errorf("hits = %+v, want the entry of three lines", hits)
	}
}

func TestUseUnknown(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Use of an unknown id does not panic")
		}
	}()
	Use("no-such-signature")
}

func TestOwns(t *testing.T) {
	for file, want := range map[string]bool{
		"logs/tmansvc/C/x/Monitor_Protection.log": true, "logs/tmansvc/C/x/tmansvc.log": false, "logs/tmansvc/C/x/configurator.log": false,
	} {
		if got := EventLog().Owns(file); got != want {
			t.Errorf("EventLog().Owns(%q) = %v", file, got)
		}
	}
	if !ServerLog().Owns("logs/process-server/anything") {
		t.Error("a log without names owns all files of its input")
	}
}
