package bundles

import "time"

// The format this package writes. A reader accepts every minor of its version.
const (
	Format  = "asr-bundle"
	Version = 1
	Minor   = 0
)

// Paths of the fixed files of a bundle.
const (
	HeaderPath   = "bundle.json"
	ManifestPath = "manifest.json"
	SamplesPath  = "metrics/samples.ndjson"
	LogPath      = "collect.log"
)

// Header is bundle.json, the first entry: enough to recognise a bundle whose
// end is missing.
type Header struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Minor   int       `json:"minor"`
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
}

// Manifest is manifest.json, the last entry. A bundle without it was cut off.
type Manifest struct {
	Format    string    `json:"format"`
	Version   int       `json:"version"`
	Minor     int       `json:"minor"`
	ID        string    `json:"id"`
	Created   time.Time `json:"created"`
	Case      string    `json:"case,omitempty"`
	Collector Collector `json:"collector"`
	Profile   Profile   `json:"profile"`
	Host      Host      `json:"host"`
	Window    Window    `json:"window"`
	Sources   []Source  `json:"sources"`
	Files     []File    `json:"files"`
	// Simulated names the sources whose content was made and not measured, as
	// in sample incidents; "*" means all of them.
	Simulated []string `json:"simulated,omitempty"`
	Privacy   Privacy  `json:"privacy"`
	// Consent says which programs the user let the collector start; nil: none,
	// and nobody was asked.
	Consent *Consent `json:"consent,omitempty"`
}

// Consent says how the user let programs run: "flag" on the command line,
// "prompt" by an answer, "declined" when the answer was no; empty: not at all.
type Consent struct {
	Commands string `json:"commands,omitempty"`
	Client   string `json:"cxpsclient,omitempty"`
}

// Collector says which program wrote the bundle and with which rights.
type Collector struct {
	Version  string `json:"version"`
	OS       string `json:"os"`   // GOOS
	Arch     string `json:"arch"` // GOARCH
	Elevated bool   `json:"elevated"`
}

// Profile says what the collector was told to collect.
type Profile struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
	// SignedBy is "embedded" for a profile of the program, else whose key signed
	// it; empty: nobody vouches for it, and the user agreed to it.
	SignedBy string `json:"signed_by,omitempty"`
}

// RawProfile is the name of the profile where there was no collector: a reader
// made the manifest for logs that somebody sent as they are.
const RawProfile = "raw logs"

// Roles of a host.
const (
	RoleProcessServer = "process-server"
	RoleSourceMachine = "source-machine"
	RoleUnknown       = "unknown"
)

// Deployments of a host; the empty string means that none is known.
const (
	DeployConfigurationServer     = "configuration-server"
	DeployConfigurationServerOnly = "configuration-server-only"
	DeployStandalone              = "standalone"
	DeployAzureFailback           = "azure-failback"
	DeployMasterTarget            = "master-target"
	DeployAppliance               = "appliance"
)

// Host describes the machine. It stands in the manifest and, for a bundle that
// was cut off, in facts/host.json.
type Host struct {
	Name             string      `json:"name"`
	OS               string      `json:"os"` // GOOS: linux, windows
	OSVersion        string      `json:"os_version,omitempty"`
	InstallationType string      `json:"installation_type,omitempty"` // Windows: Server, Server Core, Client
	Role             string      `json:"role"`
	Deployment       string      `json:"deployment,omitempty"`
	RoleEvidence     []string    `json:"role_evidence,omitempty"`
	TimeZone         string      `json:"time_zone,omitempty"`
	UTCOffsets       []UTCOffset `json:"utc_offsets,omitempty"`
	// ClockOffsetSeconds is reference time minus host time: positive when the
	// host's clock is behind. Nil when it was not measured.
	ClockOffsetSeconds *float64 `json:"clock_offset_seconds,omitempty"`
	ClockOffsetSource  string   `json:"clock_offset_source,omitempty"`
}

// UTCOffset is the difference of local time from UTC from an instant on, in
// seconds east of Greenwich. Lists are in order of time.
type UTCOffset struct {
	From    time.Time `json:"from"`
	Seconds int       `json:"seconds"`
}

// Window is the span over which metrics were sampled.
type Window struct {
	Start            time.Time `json:"start"`
	End              time.Time `json:"end"`
	IntervalSeconds  float64   `json:"interval_seconds"`
	RequestedSeconds float64   `json:"requested_seconds"`
	ExpectedSamples  int       `json:"expected_samples"` // for the requested span
	Samples          int       `json:"samples"`
}

// Statuses of a source.
const (
	StatusOK       = "ok"
	StatusPartial  = "partial"
	StatusFailed   = "failed"
	StatusTimeout  = "timeout"
	StatusSkipped  = "skipped"
	StatusDenied   = "denied"
	StatusWithheld = "withheld"
)

// Source is one row of what the collector tried. A source that fails is a row,
// never an abort.
type Source struct {
	Name       string `json:"name"` // "services", "metrics", "logs/cxps"
	Status     string `json:"status"`
	Error      string `json:"error,omitempty"`
	DurationMS int64  `json:"duration_ms"`
	TimeoutMS  int64  `json:"timeout_ms,omitempty"`
}

// File is one stored file. SHA256 and Size are of the stored, redacted bytes.
type File struct {
	Path         string     `json:"path"`
	SourcePath   string     `json:"source_path,omitempty"`
	Source       string     `json:"source"`
	Size         int64      `json:"size"`
	SHA256       string     `json:"sha256"`
	MTime        *time.Time `json:"mtime,omitempty"`
	OriginalSize *int64     `json:"original_size,omitempty"`
	// Ranges are the half-open byte ranges of the source file that were read;
	// absent when the whole file was.
	Ranges [][2]int64 `json:"ranges,omitempty"`
	// FirstLine is the source's 1-based number of the first stored line; 0 when
	// it is unknown, which it is for a file whose beginning was not read.
	FirstLine         int64          `json:"first_line,omitempty"`
	Encoding          string         `json:"encoding,omitempty"` // utf-8, utf-16le, utf-16be; empty: not text or not known
	StoredFrom        string         `json:"stored_from,omitempty"`
	StoredSize        int64          `json:"stored_size,omitempty"` // compressed size of the zip entry
	Truncated         bool           `json:"truncated,omitempty"`
	ChangedDuringRead bool           `json:"changed_during_read,omitempty"`
	Redactions        map[string]int `json:"redactions,omitempty"` // rule name to count
	Restarts          [][2]int64     `json:"restarts,omitempty"`   // [uncompressed, compressed] offsets
}

// Privacy says what was removed.
type Privacy struct {
	Mode   string         `json:"mode"` // standard, strict
	Counts map[string]int `json:"counts,omitempty"`
	// EncryptedTo are the public keys of age for which the file was encrypted that
	// the collector wrote.
	EncryptedTo []string `json:"encrypted_to,omitempty"`
}
