package asrlogs

import (
	"path"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Log is one family of log files.
type Log struct {
	ID     string // of the input
	Source string // of the collector
	Files  string // glob below the source's folder
	// Named are globs of the base names of files that must have the format.
	// Empty: all files of the input.
	Named  []string
	Format scan.Format // without ID: plain lines
	What   string      // what a person calls it
}

// Input declares the log as one that a check can do without.
func (l Log) Input() abi.Input { return abi.Input{ID: l.ID, Glob: l.Source + "/**/" + l.Files} }

// Need declares the log as one that a check cannot do without: the host answers
// when the collector could not read it. It stands beside the scans of Use.
func (l Log) Need() abi.Input {
	return abi.Input{ID: l.ID + "-needed", Glob: l.Source + "/**/" + l.Files, Required: true}
}

// Owns reports whether a file of the input should have the log's format.
func (l Log) Owns(file string) bool {
	base := strings.ToLower(path.Base(file))
	for _, glob := range l.Named {
		if ok, err := path.Match(glob, base); err == nil && ok {
			return true
		}
	}
	return len(l.Named) == 0
}

// CxpsErrorLog is the error log of the data port (cxprocessserver).
func CxpsErrorLog() Log {
	return Log{ID: "log-cxps-err", Source: "logs/cxps", Files: "cxps.err*", Format: CxpsErrors(), What: "cxps.err.log"}
}

// CxpsTransferLog has a line for each request of a source machine.
func CxpsTransferLog() Log {
	return Log{ID: "log-cxps-xfer", Source: "logs/cxps", Files: "cxps.xfer*", Format: CxpsTransfers(), What: "cxps.xfer.log"}
}

// EventLog are the logs of tmansvc's event groups. Other files lie beside them.
func EventLog() Log {
	return Log{
		ID: "log-events", Source: "logs/tmansvc", Files: "*.log", Format: PerlEvents(), What: "logs of the event groups",
		Named: []string{"monitor*.log", "gentrends*.log", "esx*.log", "eventmanager*.log", "volsync*.log", "perldebug*.log"},
	}
}

// TmansvcLog is the service's own log.
func TmansvcLog() Log {
	return Log{ID: "log-tmansvc", Source: "logs/tmansvc", Files: "tmansvc*.log", Format: TmansvcLines(), What: "tmansvc.log"}
}

// ServerLog are the logs of ProcessServer and ProcessServerMonitor.
func ServerLog() Log {
	return Log{ID: "log-process-server", Source: "logs/process-server", Files: "InMageAdminLogV2_*.json", Format: DotnetObjects(), What: "InMageAdminLogV2_*.json"}
}

// EngineLog is the backup agent's log.
func EngineLog() Log {
	return Log{ID: "log-cbengine", Source: "logs/cbengine", Files: "CBEngine*.errlog", Format: BackupEngine(), What: "CBEngine*.errlog"}
}

// AgentLog is the log of svagents.
func AgentLog() Log {
	return Log{ID: "log-svagents", Source: "logs/svagents", Files: "svagents*", Format: Agents(), What: "svagents*.log"}
}

// SenderLog is the log of s2, which sends the data.
func SenderLog() Log {
	return Log{ID: "log-s2", Source: "logs/s2", Files: "s2*", Format: Agents(), What: "s2*.log"}
}

// UploadLog is the log of LogUpload, which sends telemetry.
func UploadLog() Log {
	return Log{ID: "log-upload", Source: "logs/log-upload", Files: "*.log", Format: Uploads(), Named: []string{"loguploadservice*.log"}, What: "LogUploadService*.log"}
}

// ClientLog is what cxpsclient printed when the collector ran it.
func ClientLog() Log {
	return Log{ID: "log-cxpsclient", Source: "logs/cxpsclient-run", Files: "*.txt", Format: ClientLines(), What: "output of cxpsclient"}
}

// SetupLog are the logs of the product's setup programs, in no known format.
func SetupLog() Log {
	return Log{ID: "log-setup", Source: "logs/*setup", Files: "*.log", What: "logs of setup"}
}

// EventRecordLog is what was collected of the system's event log.
func EventRecordLog() Log {
	return Log{ID: "log-event-records", Source: "facts", Files: "events.ndjson", Format: EventRecords(), What: "event log"}
}
