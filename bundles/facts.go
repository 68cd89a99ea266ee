package bundles

import (
	"encoding/json"
	"time"
)

// Facts are JSON documents facts/<kind>.json. A list fact has Taken and Items;
// an item carries a value or an Error, never both. Times are UTC.

// HostFact is facts/host.json.
type HostFact struct {
	Taken time.Time `json:"taken"`
	Host
	Kernel          string     `json:"kernel,omitempty"`
	Arch            string     `json:"arch,omitempty"`
	BootTime        *time.Time `json:"boot_time,omitempty"`
	CPUModel        string     `json:"cpu_model,omitempty"`
	LogicalCPUs     int        `json:"logical_cpus,omitempty"`
	MemoryBytes     uint64     `json:"memory_bytes,omitempty"`
	SwapBytes       uint64     `json:"swap_bytes,omitempty"`
	Virtualization  string     `json:"virtualization,omitempty"` // vmware, hyperv, azure, kvm, docker ... empty: none seen
	CommitLimit     uint64     `json:"commit_limit_bytes,omitempty"`
	PageFileManaged *bool      `json:"page_file_managed,omitempty"` // Windows: size chosen by the system
}

// States of a service. A service that the profile names and that does not
// exist has StateNotInstalled.
const (
	StateRunning      = "running"
	StateStopped      = "stopped"
	StateStartPending = "start_pending"
	StateStopPending  = "stop_pending"
	StatePaused       = "paused"
	StateFailed       = "failed" // systemd: stopped by an error
	StateExited       = "exited" // systemd: a oneshot unit that did its work and stays active
	StateNotInstalled = "not_installed"
	StateUnknown      = "unknown"
)

// Start types of a service.
const (
	StartAutomatic        = "automatic"
	StartAutomaticDelayed = "automatic_delayed"
	StartManual           = "manual"
	StartDisabled         = "disabled"
	StartBoot             = "boot"
	StartSystem           = "system"
	StartUnknown          = "unknown"
)

// Services is facts/services.json.
type Services struct {
	Taken   time.Time `json:"taken"`
	Manager string    `json:"manager"` // scm, systemd
	Items   []Service `json:"items"`
}

// Service is one service or unit. State is the last reading; Readings has all
// of them in order of time.
type Service struct {
	Name        string           `json:"name"`
	DisplayName string           `json:"display_name,omitempty"`
	State       string           `json:"state,omitempty"`
	StartType   string           `json:"start_type,omitempty"`
	Triggers    int              `json:"triggers,omitempty"` // number of start triggers, Windows
	Account     string           `json:"account,omitempty"`
	Path        string           `json:"path,omitempty"`
	PID         int32            `json:"pid,omitempty"`
	ImageExists *bool            `json:"image_exists,omitempty"`
	ExitCode    *int64           `json:"exit_code,omitempty"`
	Since       *time.Time       `json:"since,omitempty"` // when the present state began
	Readings    []ServiceReading `json:"readings,omitempty"`
	// Raw has the manager's own words, e.g. active_state, sub_state and
	// unit_file_state of systemd.
	Raw   map[string]string `json:"raw,omitempty"`
	Error string            `json:"error,omitempty"`
}

// ServiceReading is the state of a service at one moment.
type ServiceReading struct {
	T     time.Time `json:"t"`
	State string    `json:"state"`
}

// Registry is facts/registry.json: only values that the profile allow-lists.
type Registry struct {
	Taken time.Time     `json:"taken"`
	Items []RegistryKey `json:"items"`
}

// RegistryKey is one key, e.g. `HKLM\SOFTWARE\Microsoft\Azure Site Recovery\ProxySettings`.
type RegistryKey struct {
	Key       string          `json:"key"`
	Exists    bool            `json:"exists"`
	LastWrite *time.Time      `json:"last_write,omitempty"`
	Values    []RegistryValue `json:"values,omitempty"`
	Error     string          `json:"error,omitempty"`
}

// RegistryValue is one value. Data is a JSON string, number or array of
// strings; a secret has no Data, only Present and Length.
type RegistryValue struct {
	Name    string          `json:"name"`
	Type    string          `json:"type,omitempty"` // REG_SZ, REG_DWORD, ...
	Data    json.RawMessage `json:"data,omitempty"`
	Present *bool           `json:"present,omitempty"`
	Length  *int            `json:"length,omitempty"` // bytes
	Error   string          `json:"error,omitempty"`
}

// Config is facts/config.json: allow-listed keys of configuration files.
type Config struct {
	Taken time.Time    `json:"taken"`
	Items []ConfigFile `json:"items"`
}

// ConfigFile is one configuration file, or the settings of a program that a
// closed command printed: the proxy of the Microsoft Azure Backup agent is the
// item named "backup-agent" with File "Get-OBMachineSetting" and the keys
// ProxyServer, ProxyPort and BypassUrls.
type ConfigFile struct {
	File      string        `json:"file"` // source path
	Name      string        `json:"name"` // the profile's name for it: "amethyst"
	Exists    bool          `json:"exists"`
	LastWrite *time.Time    `json:"last_write,omitempty"`
	Values    []ConfigValue `json:"values,omitempty"`
	Error     string        `json:"error,omitempty"`
}

// ConfigValue is one key of a configuration file; Section is empty outside of
// INI sections, and of JSON the names of the objects around it, with dots
// between. Of a key of which only presence was asked for the value is empty,
// Present says whether it has one, and Length of how many bytes.
type ConfigValue struct {
	Section string `json:"section,omitempty"`
	Key     string `json:"key"`
	Value   string `json:"value"`
	Present *bool  `json:"present,omitempty"`
	Length  *int   `json:"length,omitempty"` // bytes
}

// Network is facts/network.json.
type Network struct {
	Taken         time.Time         `json:"taken"`
	Items         []Interface       `json:"items"`
	DefaultRoutes []Route           `json:"default_routes,omitempty"`
	DNSServers    []string          `json:"dns_servers,omitempty"`
	ProxyEnv      map[string]string `json:"proxy_env,omitempty"` // https_proxy ... without credentials
}

// Interface is one network interface.
type Interface struct {
	Name      string   `json:"name"`
	Addresses []string `json:"addresses"` // CIDR
	MAC       string   `json:"mac,omitempty"`
	MTU       int      `json:"mtu,omitempty"`
	Up        bool     `json:"up"`
	Loopback  bool     `json:"loopback,omitempty"`
	DHCP      *bool    `json:"dhcp,omitempty"`
	Team      string   `json:"team,omitempty"` // the team or bond it belongs to
	Error     string   `json:"error,omitempty"`
}

// Route is a default route.
type Route struct {
	Gateway   string `json:"gateway"`
	Interface string `json:"interface"`
}

// Connections is facts/connections.json: the union over the window of the
// connections and listeners of watched processes; Counts has the number of all
// others by state, at the last reading.
type Connections struct {
	Taken    time.Time      `json:"taken"`
	Readings int            `json:"readings"` // how often the table was read
	Items    []Connection   `json:"items"`
	Counts   map[string]int `json:"counts,omitempty"`
}

// Connection is one endpoint pair of a process. States are in the order in
// which they were first seen, in the kernel's words: ESTABLISHED, SYN_SENT, LISTEN.
type Connection struct {
	Protocol  string    `json:"protocol"` // tcp, tcp6, udp, udp6
	Local     string    `json:"local"`    // host:port
	Remote    string    `json:"remote,omitempty"`
	States    []string  `json:"states"`
	PID       int32     `json:"pid,omitempty"`
	Process   string    `json:"process,omitempty"`
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
}

// Processes is facts/processes.json.
type Processes struct {
	Taken time.Time `json:"taken"`
	Items []Process `json:"items"`
}

// Process is one process. CommandLine is present only for watched processes.
type Process struct {
	PID         int32      `json:"pid"`
	PPID        int32      `json:"ppid,omitempty"`
	Name        string     `json:"name"`
	Started     *time.Time `json:"started,omitempty"`
	CPUSeconds  float64    `json:"cpu_seconds"`
	RSSBytes    uint64     `json:"rss_bytes"`
	CommandLine string     `json:"command_line,omitempty"`
	Watched     bool       `json:"watched,omitempty"`
	// Collector marks the collector itself, so that its load can be told apart.
	Collector bool   `json:"collector,omitempty"`
	Error     string `json:"error,omitempty"`
}

// Disks is facts/disks.json.
type Disks struct {
	Taken time.Time `json:"taken"`
	Items []Disk    `json:"items"`
}

// Disk is one mounted volume. AvailableBytes is what an ordinary user may
// still write (df's Avail); FreeBytes includes what is reserved for root.
type Disk struct {
	Mountpoint     string `json:"mountpoint"` // "/", `E:\`
	Device         string `json:"device,omitempty"`
	FSType         string `json:"fstype,omitempty"`
	TotalBytes     uint64 `json:"total_bytes,omitempty"`
	FreeBytes      uint64 `json:"free_bytes,omitempty"`
	AvailableBytes uint64 `json:"available_bytes,omitempty"`
	Error          string `json:"error,omitempty"`
}

// Cache is facts/cache.json: what the folders under the cache root hold, at
// the start and at the end of the window.
type Cache struct {
	Taken    time.Time     `json:"taken"`
	Root     string        `json:"root"`             // as the profile resolves it
	Volume   string        `json:"volume,omitempty"` // mount point of the volume that holds it
	Readings []CacheWalk   `json:"readings,omitempty"`
	Items    []CacheFolder `json:"items"` // of the last reading
	Error    string        `json:"error,omitempty"`
}

// CacheWalk is the sum of one bounded walk.
type CacheWalk struct {
	T            time.Time `json:"t"`
	PendingBytes uint64    `json:"pending_bytes"`
	PendingFiles int       `json:"pending_files"`
	OtherBytes   uint64    `json:"other_bytes"` // everything else under the root
	Complete     bool      `json:"complete"`
}

// CacheFolder is pending data of one host and disk.
type CacheFolder struct {
	Host             string  `json:"host"`
	Disk             string  `json:"disk"`
	Bytes            uint64  `json:"bytes"`
	Files            int     `json:"files"`
	OldestAgeSeconds float64 `json:"oldest_age_seconds"`
	Error            string  `json:"error,omitempty"`
}

// Files is facts/files.json: metadata of every path that the profile names.
type Files struct {
	Taken time.Time  `json:"taken"`
	Items []FileInfo `json:"items"`
}

// FileInfo is one named path.
type FileInfo struct {
	Name       string     `json:"name"` // the profile's name for it: "ps-settings"
	Path       string     `json:"path"`
	Exists     bool       `json:"exists"`
	Dir        bool       `json:"dir,omitempty"`
	Size       int64      `json:"size,omitempty"`
	MTime      *time.Time `json:"mtime,omitempty"`
	LinkTarget string     `json:"link_target,omitempty"`
	// Volume is the mount point of the volume that holds what the path leads
	// to: "/", `E:\`. Only of paths that the profile resolves.
	Volume string `json:"volume,omitempty"`
	Error  string `json:"error,omitempty"`
}

// Probes is facts/probes.json.
type Probes struct {
	Taken time.Time   `json:"taken"`
	Proxy *ProbeProxy `json:"proxy,omitempty"` // absent when no probe asks for one
	Items []Probe     `json:"items"`
}

// ProbeProxy is the proxy that probes were tried through, or the reason why
// there was none.
type ProbeProxy struct {
	Address string   `json:"address,omitempty"` // host:port
	Origin  string   `json:"origin,omitempty"`  // env:NAME, config:NAME, registry:KEY
	Bypass  []string `json:"bypass,omitempty"`  // no_proxy
	// Userinfo says that the address came with credentials. They are neither
	// kept nor sent.
	Userinfo bool   `json:"userinfo,omitempty"`
	Error    string `json:"error,omitempty"`
}

// Ways of a probe.
const (
	ViaDirect = "direct"
	ViaProxy  = "proxy"
)

// Probe is one attempt to reach a target. Legs are in the order tried; behind
// the one where it ended are only skipped ones.
type Probe struct {
	T      time.Time `json:"t"`
	Name   string    `json:"name,omitempty"` // the profile's name: "data-port"
	Target string    `json:"target"`         // host:port; empty when the origin gave none
	Origin string    `json:"origin"`         // profile, flag, registry:..., config:..., log:..., connections:...
	Via    string    `json:"via,omitempty"`  // direct when absent
	Proxy  string    `json:"proxy,omitempty"`
	Legs   []Leg     `json:"legs"`
	Error  string    `json:"error,omitempty"`
}

// Leg is one step of a probe: dns, tcp, proxy, tls, tls-3k, http. There is a
// tcp leg for every address that was tried. Through a proxy dns and tcp are
// those of the proxy.
type Leg struct {
	Leg        string     `json:"leg"`
	Status     string     `json:"status"` // ok, refused, timeout, unreachable, not_found, failed, skipped
	Error      string     `json:"error,omitempty"`
	T          *time.Time `json:"t,omitempty"` // when it began; absent when skipped
	DurationMS float64    `json:"duration_ms"`
	Local      string     `json:"local,omitempty"`
	Remote     string     `json:"remote,omitempty"`
	Host       string     `json:"host,omitempty"`      // dns: the name
	Addresses  []string   `json:"addresses,omitempty"` // dns
	HTTPStatus int        `json:"http_status,omitempty"`
	// AuthSchemes are the ways to prove who one is that an answer 407 or 401
	// offers: Negotiate, NTLM, Basic.
	AuthSchemes []string   `json:"auth_schemes,omitempty"`
	Date        *time.Time `json:"date,omitempty"`        // http: the other side's clock, in whole seconds
	HelloBytes  int        `json:"hello_bytes,omitempty"` // tls, tls-3k: what was sent before the first answer
	TLSVersion  string     `json:"tls_version,omitempty"`
	TLSCipher   string     `json:"tls_cipher,omitempty"`
	ALPN        string     `json:"alpn,omitempty"`
	ClientCert  bool       `json:"client_cert,omitempty"` // the server asked for a certificate; none was sent
	CertSHA256  string     `json:"cert_sha256,omitempty"`
	CertSubject string     `json:"cert_subject,omitempty"`
	CertIssuer  string     `json:"cert_issuer,omitempty"`
	// The times between which the certificate is valid.
	CertNotBefore *time.Time `json:"cert_not_before,omitempty"`
	CertNotAfter  *time.Time `json:"cert_not_after,omitempty"`
	CertNames     []string   `json:"cert_names,omitempty"`        // names and addresses that it is for
	ChainLength   int        `json:"cert_chain_length,omitempty"` // certificates that the server sent
	ChainIssuers  []string   `json:"cert_chain_issuers,omitempty"`
	// CertVerified says whether the machine trusts the certificate for this host
	// at its own clock; nothing depends on it. Absent when it cannot be told.
	CertVerified *bool    `json:"cert_verified,omitempty"`
	CertProblems []string `json:"cert_problems,omitempty"` // self_signed, unknown_issuer, expired, not_yet_valid, name_mismatch, invalid
	CertError    string   `json:"cert_error,omitempty"`
}

// Time is facts/time.json.
type Time struct {
	Taken      time.Time   `json:"taken"`
	Zone       string      `json:"zone,omitempty"` // IANA name, or the Windows name
	UTCOffsets []UTCOffset `json:"utc_offsets,omitempty"`
	// OffsetSeconds is reference time minus host time: positive when the host's
	// clock is behind. Nil when no reference answered.
	OffsetSeconds      *float64 `json:"offset_seconds,omitempty"`
	OffsetErrorSeconds *float64 `json:"offset_error_seconds,omitempty"` // half of the round trip, plus the reference's resolution
	OffsetSource       string   `json:"offset_source,omitempty"`        // sntp:HOST:PORT, https-date:HOST:PORT
	// Synchronized is the kernel's own word (adjtimex); nil when not known.
	Synchronized *bool         `json:"synchronized,omitempty"`
	Attempts     []TimeAttempt `json:"attempts,omitempty"`
	// Items are the time services known to the profile, as in services.json.
	Items []TimeService `json:"items"`
	// Guest names a time source of the hypervisor: vmware-tools, hyperv, azure.
	Guest string `json:"guest,omitempty"`
}

// TimeAttempt is one try to read a reference clock.
type TimeAttempt struct {
	T             time.Time `json:"t"`
	Source        string    `json:"source"` // sntp:HOST:PORT, https-date:HOST:PORT
	Local         string    `json:"local,omitempty"`
	Remote        string    `json:"remote,omitempty"`
	Via           string    `json:"via,omitempty"` // proxy; direct when absent
	OffsetSeconds *float64  `json:"offset_seconds,omitempty"`
	ErrorSeconds  *float64  `json:"error_seconds,omitempty"`
	// Verified says of an HTTPS server whether its certificate is trusted at
	// the time that the server told.
	Verified *bool  `json:"verified,omitempty"`
	Error    string `json:"error,omitempty"`
}

// TimeService is one service that keeps the clock: chronyd, W32Time.
type TimeService struct {
	Name      string   `json:"name"`
	State     string   `json:"state,omitempty"`
	StartType string   `json:"start_type,omitempty"`
	Type      string   `json:"type,omitempty"`    // W32Time: NTP, NT5DS, AllSync, NoSync
	Servers   []string `json:"servers,omitempty"` // configured peers
	Error     string   `json:"error,omitempty"`
}
