package bundles

import (
	"encoding/json"
	"time"
)

// EventsPath is where the records of the system's event log are, one JSON
// object a line, oldest first.
const EventsPath = "facts/events.ndjson"

// Event is one record of the event log. Parameters are its data: an object
// where they have names, else a list of strings.
type Event struct {
	T          time.Time       `json:"t"`
	Channel    string          `json:"channel,omitempty"`
	Provider   string          `json:"provider"`
	ID         int             `json:"id"`
	Level      int             `json:"level,omitempty"` // 1 critical, 2 error, 3 warning, 4 information
	Parameters json.RawMessage `json:"parameters,omitempty"`
}

// Certificates is facts/certificates.json: the public part of the certificates
// that the profile names.
type Certificates struct {
	Taken time.Time     `json:"taken"`
	Items []Certificate `json:"items"`
}

// Certificate is one certificate. An item that found none has Exists false.
type Certificate struct {
	Name          string     `json:"name"`  // the profile's name for it: "ps"
	Place         string     `json:"place"` // the file, or store:MY of the machine
	Exists        bool       `json:"exists"`
	Subject       string     `json:"subject,omitempty"`
	Issuer        string     `json:"issuer,omitempty"`
	Thumbprint    string     `json:"thumbprint,omitempty"` // SHA-1, lower-case hexadecimal, as Windows names certificates
	SHA256        string     `json:"sha256,omitempty"`
	NotBefore     *time.Time `json:"not_before,omitempty"`
	NotAfter      *time.Time `json:"not_after,omitempty"`
	HasPrivateKey *bool      `json:"has_private_key,omitempty"` // nobody looked at the key
	Error         string     `json:"error,omitempty"`
}

// Software is facts/software.json: installed programs, features of the server
// and updates, as the registry lists them. Others and OtherFeatures count what
// the profile does not name.
type Software struct {
	Taken         time.Time `json:"taken"`
	Items         []Product `json:"items"`
	Others        int       `json:"others"`
	Features      []string  `json:"features,omitempty"` // installed ones: Web-Server
	OtherFeatures int       `json:"other_features,omitempty"`
	Updates       []Update  `json:"updates,omitempty"` // newest first
}

// Product is one installed program.
type Product struct {
	Name      string `json:"name"`
	Version   string `json:"version,omitempty"`
	Publisher string `json:"publisher,omitempty"`
	Installed string `json:"installed,omitempty"` // as its installer wrote it, mostly YYYYMMDD
	Bits      int    `json:"bits,omitempty"`      // of the view of the registry: 32, 64
}

// Update is an installed update of the system.
type Update struct {
	Name      string     `json:"name"` // KB5031364, RollupFix 20348.2031.1.11
	Installed *time.Time `json:"installed,omitempty"`
}

// Stores of settings that are read beside each other.
const (
	StoreLocal  = "local"
	StorePolicy = "policy" // Group Policy
	StoreMDM    = "mdm"    // mobile device management
)

// Antivirus is facts/antivirus.json.
type Antivirus struct {
	Taken time.Time `json:"taken"`
	Items []Scanner `json:"items"`
	// Folders are those that scanners have to leave alone, as the profile names
	// them.
	Folders    []string        `json:"folders,omitempty"`
	Defender   *Defender       `json:"defender,omitempty"`
	Exclusions []ExclusionList `json:"exclusions,omitempty"` // of Microsoft Defender
}

// Scanner is a file system filter of the group of virus scanners.
type Scanner struct {
	Name        string `json:"name"`
	DisplayName string `json:"display_name,omitempty"`
	State       string `json:"state,omitempty"` // as of a service
	StartType   string `json:"start_type,omitempty"`
	Altitude    string `json:"altitude,omitempty"`
	Error       string `json:"error,omitempty"`
}

// Defender is the state of Microsoft Defender. What is absent is not set.
type Defender struct {
	State    string            `json:"state"` // of its service
	Version  string            `json:"version,omitempty"`
	Settings []DefenderSetting `json:"settings,omitempty"`
}

// DefenderSetting is one setting of a store: DisableRealtimeMonitoring,
// ForceDefenderPassiveMode, HideExclusionsFromLocalAdmins.
type DefenderSetting struct {
	Store string `json:"store"`
	Name  string `json:"name"`
	Value uint64 `json:"value"`
	Error string `json:"error,omitempty"`
}

// ExclusionList is one list of exclusions in one store. Values are those that
// concern the profile's folders and processes, or may; Others counts the rest.
type ExclusionList struct {
	Store  string   `json:"store"`
	Kind   string   `json:"kind"` // paths, processes, extensions
	Exists bool     `json:"exists"`
	Values []string `json:"values,omitempty"`
	Others int      `json:"others,omitempty"`
	Error  string   `json:"error,omitempty"`
}

// Firewall is facts/firewall.json. Items are the active inbound rules that
// concern the ports; Others counts the other active inbound rules.
type Firewall struct {
	Taken    time.Time         `json:"taken"`
	Ports    []int             `json:"ports"`
	Items    []FirewallRule    `json:"items"`
	Others   int               `json:"others"`
	Profiles []FirewallProfile `json:"profiles,omitempty"`
	Networks []FirewallNetwork `json:"networks,omitempty"` // newest first
}

// FirewallProfile is one profile in one store. What is absent is not set there.
type FirewallProfile struct {
	Store          string `json:"store"`
	Profile        string `json:"profile"` // domain, private, public
	Enabled        *bool  `json:"enabled,omitempty"`
	DefaultInbound string `json:"default_inbound,omitempty"` // allow, block
	// MergeLocal says whether local rules count beside those of the store.
	MergeLocal *bool  `json:"merge_local,omitempty"`
	Error      string `json:"error,omitempty"`
}

// FirewallRule is one inbound rule. Empty lists are any.
type FirewallRule struct {
	Store    string   `json:"store"`
	ID       string   `json:"id"`
	Name     string   `json:"name,omitempty"`
	Action   string   `json:"action,omitempty"`   // allow, block
	Profiles []string `json:"profiles,omitempty"` // domain, private, public
	Protocol int      `json:"protocol,omitempty"` // 6 is TCP; absent: any
	Ports    []string `json:"ports,omitempty"`    // 9443, 9000-9500
	Program  string   `json:"program,omitempty"`
	Service  string   `json:"service,omitempty"`
	Remote   []string `json:"remote,omitempty"` // addresses, LocalSubnet
	Local    []string `json:"local,omitempty"`
	Error    string   `json:"error,omitempty"`
}

// FirewallNetwork is the category of a network that the machine was connected
// to, which chooses the profile.
type FirewallNetwork struct {
	Profile   string     `json:"profile"`             // domain, private, public
	Connected *time.Time `json:"connected,omitempty"` // the last time
}
