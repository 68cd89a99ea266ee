package asrlogs

import (
	"slices"
	"sync"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Signature is a line, or an entry of several lines, that says something worth
// knowing. Its scan is the same in every check that uses it.
type Signature struct {
	// Rows are the numbers of the signature in the project's list of fifty.
	Rows []int
	Log  Log
	Scan scan.Scan
}

// Ids of the signatures: scans under the same names.
const (
	// cxps.xfer.log: by request of a source machine.
	XferCumulative = "xfer-cumulative-throttled"
	XferThrottled  = "xfer-disk-throttled"
	XferByHost     = "xfer-by-host"  // tally of /putfile: see TransferBucket
	XferAnswered   = "xfer-answered" // tally of all requests that succeeded, by host

	// cxps.err.log
	CxpsThrottle     = "cxps-throttle-request"
	CxpsReadError    = "cxps-read-error"
	CxpsTimeout      = "cxps-timeout"
	CxpsCutShort     = "cxps-cut-short"
	CxpsWriteError   = "cxps-write-error"
	CxpsSpaceUnknown = "cxps-space-unknown"
	CxpsPathDenied   = "cxps-path-denied"
	CxpsCertificate  = "cxps-certificate"
	CxpsNonceExpired = "cxps-nonce-expired"
	CxpsStarted      = "cxps-started"
	CxpsAcceptError  = "cxps-accept-error"

	// logs of tmansvc's event groups
	EventException     = "event-exception" // any entry of that level
	EventRequestFailed = "event-request-failed"
	EventTLSRefused    = "event-tls-refused"
	EventSecretMissing = "event-secret-missing"
	EventRestarted     = "event-service-restarted"

	// tmansvc.log
	TmansvcChildDied = "tmansvc-child-died"
	TmansvcNoChild   = "tmansvc-child-not-started"
	TmansvcStarted   = "tmansvc-started"

	// logs of ProcessServer and ProcessServerMonitor
	ServerServicesDown  = "server-services-down"
	ServerHealth        = "server-health"
	ServerThroughput    = "server-throughput"
	ServerCumulative    = "server-cumulative-throttle"
	ServerPairThrottle  = "server-pair-throttle"
	ServerUploadBlocked = "server-upload-blocked"
	ServerCSCertificate = "server-cs-certificate"
	ServerRegister      = "server-register-failed"
	ServerNoSettings    = "server-settings-missing"
	ServerCounters      = "server-counters-broken"
	ServerCertificate   = "server-certificate-expiry"
	ServerPassphrase    = "server-passphrase-changed"
	ServerMARS          = "server-backup-agent"

	// svagents and s2
	AgentSendFailed     = "agent-send-failed"
	SenderSendFailed    = "sender-send-failed"
	AgentUploadLocation = "agent-upload-location"
	AgentDriverUpload   = "agent-driver-upload"
	AgentServerAddress  = "agent-server-address"
	AgentPostFailed     = "agent-post-failed"
	AgentPeerRefused    = "agent-peer-refused"
	AgentSocket         = "agent-socket"
	AgentThrottled      = "agent-throttled"
	AgentChurn          = "agent-churn"
	AgentTimeJump       = "agent-time-jump"
	AgentRegister       = "agent-register-failed"
	AgentCloudAccess    = "agent-cloud-access"
	AgentProxyFailed    = "agent-proxy-failed"  // of an agent that an appliance serves
	AgentAuthFailed     = "agent-auth-failed"   // the same
	AgentOtherMachine   = "agent-other-machine" // the same

	// CBEngine*.errlog
	EngineAttempt = "engine-attempt-failed"
	EnginePort443 = "engine-port-443"
	EngineCodes   = "engine-network-codes"
	EngineResult  = "engine-result"

	// the system's event log
	SystemDisk    = "system-disk-event"
	SystemCrash   = "system-service-crash" // a service ended by itself
	SystemProgram = "system-program-crash" // a program of the product did

	// others
	ClientFailed = "client-run-failed"
	UploadFailed = "upload-file-failed"
	SetupPost    = "setup-post-failed"
)

// TransferBucket is the length in seconds of a bucket of XferByHost. Its rows
// have the fields host, client and, unless the result was none of those known,
// outcome; they sum bytes.
const TransferBucket = 300

// signature makes one with a single expression.
func signature(id string, log Log, expr string, rows ...int) Signature {
	return Signature{Rows: rows, Log: log, Scan: scan.Scan{
		ID: id, Input: log.ID, Format: log.Format.ID, IgnoreCase: true, MaxHits: maxHits, Any: []scan.Pattern{{Regexp: expr}},
	}}
}

// maxHits of a signature: a day of a writer that tries every five minutes, three
// times over.
const maxHits = 1000

// where restricts a signature to fields' values.
func (s Signature) where(field string, values ...string) Signature {
	s.Scan.Where = map[string][]string{field: values}
	return s
}

// leveled restricts those that ask for no level to some.
func leveled(list []Signature, levels []string) []Signature {
	for i, s := range list {
		if s.Scan.Where == nil {
			list[i] = s.where("level", levels...)
		}
	}
	return list
}

// Signatures lists all of them.
func Signatures() []Signature {
	return slices.Concat(transferSignatures(), cxpsSignatures(), eventSignatures(), serverSignatures(), agentSignatures(), engineSignatures(), otherSignatures())
}

func transferSignatures() []Signature {
	log := CxpsTransferLog()
	tally := Signature{Rows: []int{3, 4}, Log: log, Scan: scan.Scan{
		ID: XferByHost, Input: log.ID, Format: log.Format.ID, MaxHits: 10,
		Any: []scan.Pattern{
			{Regexp: `\t/putfile\t.*\t(?P<outcome>success|failed|cumulative throttled|diff throttled|resync throttled)\t\(sid`},
			{Literal: "\t/putfile\t"},
		},
		Tally: &scan.Tally{By: []string{"host", "client", "outcome"}, Sum: []string{"bytes"}, BucketSeconds: TransferBucket},
	}}
	return []Signature{
		signature(XferCumulative, log, `\tcumulative throttled\t`, 1),
		signature(XferThrottled, log, `\t(?P<kind>diff|resync) throttled\t`, 2),
		tally,
		{Log: log, Scan: scan.Scan{
			ID: XferAnswered, Input: log.ID, Format: log.Format.ID, MaxHits: 10, Any: []scan.Pattern{{Literal: "\tsuccess\t"}},
			Tally: &scan.Tally{By: []string{"host"}, BucketSeconds: TransferBucket},
		}},
	}
}

func cxpsSignatures() []Signature {
	log := CxpsErrorLog()
	return leveled([]Signature{
		signature(CxpsThrottle, log, `requested because there is a (?P<kind>cumulative|diff|resync) throttle`, 5),
		signature(CxpsReadError, log, `error returned reading data from socket:.*system:(?P<code>10054|10060)`, 6),
		signature(CxpsTimeout, log, `timed out reading putfile parameters|connection timed out`, 7),
		signature(CxpsCutShort, log, `EOF received, but expecting more data`, 8),
		signature(CxpsWriteError, log, `write file error|error opening file|flush data to disk .*failed`, 9).where("level", "ERROR"),
		signature(CxpsSpaceUnknown, log, `Failed to get free disk space|Failed to update disk free space`, 10),
		signature(CxpsPathDenied, log, `access denied: (?P<path>\S.*)`, 11),
		signature(CxpsCertificate, log, `Cert is expired|Verification of Cert Chain Failed`, 12),
		signature(CxpsNonceExpired, log, `invalid cnonce expired`, 13),
		signature(CxpsStarted, log, `SERVER STARTED`, 14).where("level", "INFO"),
		signature(CxpsAcceptError, log, `accept error`, 15),
	}, []string{"ERROR", "WARNING"})
}

func eventSignatures() []Signature {
	log, service := EventLog(), TmansvcLog()
	return []Signature{
		signature(EventException, log, `^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d+ EXCEPTION : `).where("level", "EXCEPTION"),
		signature(EventRequestFailed, log, `Failed to (?P<verb>POST|GET) the details for (?P<url>https?://\S+)`, 16).where("level", "EXCEPTION"),
		signature(EventTLSRefused, log, `500 SSL negotiation failed|SSL certificate problem|\(60\) - Peer certificate cannot be authenticated`, 17).where("level", "EXCEPTION"),
		signature(EventSecretMissing, log, `get_cs_(?P<secret>passphrase|fingerprint) : Could not retrieve`, 18).where("level", "EXCEPTION"),
		signature(EventRestarted, log, `Found (?P<service>\S.*?) service stopped\. Starting`, 19),
		signature(TmansvcChildDied, service, `FAILED TO EXECUTE COMMAND::(?P<command>.*)exit code (?P<code>\d+)`, 20),
		signature(TmansvcNoChild, service, `while trying to run the command`, 21),
		signature(TmansvcStarted, service, `\tService started`),
	}
}

// Complaints are the levels at which the process server logs what failed: at others
// the same words are explanations.
func Complaints() []string { return []string{"Critical", "Error", "Warning"} }

// told are the levels at which it logs what it does; Verbose has its inner speech.
func told() []string { return append(Complaints(), "Information") }

func serverSignatures() []Signature {
	log := ServerLog()
	return []Signature{
		signature(ServerServicesDown, log, `Following services weren't running .*? : (?P<services>[^"]*)|Set ServiceNotRunning health event`, 22).where("level", told()...),
		signature(ServerHealth, log, `Set (?P<resource>cpu usage|memory usage|disk space) health to (?P<health>WARNING|CRITICAL)`, 23).where("level", told()...),
		signature(ServerThroughput, log, `Set throughput health to (?P<health>[A-Z]+)|actualThroughput : (?P<actual>[0-9.]+), expectedThroughput : (?P<expected>[0-9.]+)`, 24).where("level", told()...),
		signature(ServerCumulative, log, `Cumulative throttle state : True`, 25).where("level", told()...),
		signature(ServerPairThrottle, log, `(?P<kind>Diff|Resync) throttle set for pair (?P<pair>[^\s",]+)(?:.*?pending[^0-9"]{0,40}(?P<pending>\d+))?`, 26).where("level", told()...),
		signature(ServerUploadBlocked, log, `\bSetting data upload blocked for pair (?P<pair>[^\s",]+)`, 27).where("level", told()...),
		signature(ServerCSCertificate, log, `Failing CS server certificate validation`, 28).where("level", Complaints()...),
		signature(ServerRegister, log, `Failed to run task RegisterPS|Cancelling stuck task RegisterPS|Register PS (?:Host|Network) input validation failed`, 29).where("level", Complaints()...),
		signature(ServerNoSettings, log, `Couldn't get cached PS settings|Unable to get the ps settings`, 30).where("level", Complaints()...),
		signature(ServerCounters, log, `Failed to initialize objects .*error`, 31).where("level", Complaints()...),
		signature(ServerCertificate, log, `SSL Cert Expir`, 32).where("level", told()...),
		signature(ServerPassphrase, log, `EPH00021`).where("level", told()...),
		signature(ServerMARS, log, `(?P<code>EPH0002[2-5])`).where("level", told()...),
	}
}

// AgentComplaints are the levels at which agents log what failed.
func AgentComplaints() []string { return []string{"FATAL", "SEVERE", "ERROR", "WARNING"} }

func agentSignatures() []Signature {
	log, sender := AgentLog(), SenderLog()
	sendFailed := `Failed to send (?:data|file) with error (?:\[at [^\]]*\]\s+)?(?P<error>.*)\. Transport failures = (?P<failures>\d+), success = (?P<success>\d+) since (?P<seconds>\d+) secs`
	return leveled([]Signature{
		signature(AgentSendFailed, log, sendFailed, 33),
		signature(SenderSendFailed, sender, sendFailed, 33),
		signature(AgentUploadLocation, log, `Drain log upload location access failed|Failed to check log upload location status`, 34),
		signature(AgentDriverUpload, log, `Log upload failed with network error(?:(?s:.*?)Last Error : (?P<code>\d+))?(?:(?s:.*?)Error Count : (?P<errors>\d+))?`, 35),
		signature(AgentServerAddress, log, `failed to send/receive to/from PS with ip: (?P<ip>[^\s,]+), port: (?P<port>\d+)`, 36),
		signature(AgentPostFailed, log, `PostToSVServer with error.*failed to post request: \((?P<code>\d+)\)`, 37),
		signature(AgentPeerRefused, log, `peer verification failed`, 38),
		signature(AgentSocket, log, `connect socket failed: system:(?P<code>[1-9]\d*)|timed out \((?P<seconds>\d+)\)`, 39),
		signature(AgentThrottled, log, `Throttling is set for deviceName[ :=]*(?P<device>[^\s",;]+)`, 40),
		signature(AgentChurn, log, `Disk churn more than supported|High log upload network latenc`, 41),
		signature(AgentTimeJump, log, `Time jump (?:forward|backward)|System time jump`, 42),
		signature(AgentRegister, log, `RegisterMachine failed|Failed to register`, 43),
		signature(AgentProxyFailed, log, `RCM proxy post call failed for all addresses|Get server cert failed for all rcm proxy address|failed to get settings from RCM with error (?P<number>\d+)`),
		signature(AgentAuthFailed, log, `Verify client auth failed`),
		signature(AgentOtherMachine, log, `system BIOS ID .*does not match configured BIOS ID`),
		signature(AgentCloudAccess, log, `URI (?P<uri>\S+) access check failed with curl error (?P<code>\d+)`, 44),
	}, AgentComplaints())
}

func engineSignatures() []Signature {
	log := EngineLog()
	return []Signature{
		signature(EngineAttempt, log, `connection attempt failed`, 45).where("severity", "WARNING", "FATAL"),
		signature(EnginePort443, log, `(?P<address>[\w.-]+:443)\b`, 46).where("severity", "WARNING", "FATAL"),
		signature(EngineCodes, log, `0x80072(?:ee2|ee7|efd|efe|f8f)\b|0x80190197\b|\b407 proxy|\bhttp\D{0,20}407\b|status(?: code)?[ =:]+407\b`, 47).where("severity", "WARNING", "FATAL"),
		signature(EngineResult, log, `\b(?:0x)?(?P<code>80790[135][0-9a-f]{2})\b`, 48).where("severity", "WARNING", "FATAL"),
	}
}

func otherSignatures() []Signature {
	return []Signature{
		signature(UploadFailed, UploadLog(), `Failed to upload file`, 49),
		signature(SystemDisk, EventRecordLog(), `"provider"\s*:\s*"(?:disk|Ntfs|Microsoft-Windows-Ntfs)",\s*"id"\s*:\s*(?:7|11|15|51|55|57|137|140|153|154|157)\b`),
		signature(SystemCrash, EventRecordLog(), `"provider"\s*:\s*"Service Control Manager",\s*"id"\s*:\s*(?:7023|7024|7031|7034)\b.*"(?:param1"\s*:\s*")?(?P<service>ProcessServer|ProcessServerMonitor|cxprocessserver|tmansvc|svagents|obengine|LogUpload|InMage[^"]*|Process Server(?: Monitor)?|Log Upload Service|Microsoft Azure Recovery Services Agent|W3SVC|World Wide Web Publishing Service|MySQL|dra|Microsoft Azure Site Recovery Service)"`),
		signature(SystemProgram, EventRecordLog(), `"provider"\s*:\s*"(?:Application Error|\.NET Runtime)",\s*"id"\s*:\s*(?:1000|1026)\b.*?(?P<program>cxps|cbengine|ProcessServer|ProcessServerMonitor|tmansvc|svagents|appservice|LogUploadService)\.exe`),
		signature(ClientFailed, ClientLog(), `\*\*\* run (?P<run>\d+):(?:.*?\bsid: ?(?P<sid>[0-9a-f.]+))?`),
		signature(SetupPost, SetupLog(), `(?:post )?request: \((?P<code>7|60)\)`, 50),
	}
}

// Used is what a check declares for the signatures that it uses.
type Used struct {
	Inputs  []abi.Input
	Formats []scan.Format
	Scans   []scan.Scan
}

// Lookup gives a signature by its id, which must be one of the constants.
func Lookup(id string) Signature {
	s, ok := byID()[id]
	if !ok {
		panic("BUG: no signature " + id)
	}
	return s
}

// byID is made once: a pack asks for most of them when it starts.
var byID = sync.OnceValue(func() map[string]Signature {
	m := map[string]Signature{}
	for _, s := range Signatures() {
		m[s.Scan.ID] = s
	}
	return m
})

// Use gives the declarations for signatures by id. An id that is not known is a
// mistake in a check.
func Use(ids ...string) Used {
	var u Used
	for _, id := range ids {
		u.add(Lookup(id))
	}
	return u
}

func (u *Used) add(s Signature) {
	u.Scans = append(u.Scans, s.Scan)
	if in := s.Log.Input(); !slices.Contains(u.Inputs, in) {
		u.Inputs = append(u.Inputs, in)
	}
	known := slices.ContainsFunc(u.Formats, func(f scan.Format) bool { return f.ID == s.Log.Format.ID })
	if s.Log.Format.ID != "" && !known {
		u.Formats = append(u.Formats, s.Log.Format)
	}
}
