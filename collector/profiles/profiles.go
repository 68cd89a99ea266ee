// Package profiles has the profiles: JSON documents that say what to collect
// from a machine and why. What they name is all that a collector reads; the
// code around them knows no product.
//
// A profile is data from a file that a support engineer may have edited, so it
// is decoded strictly: an unknown member is an error that names it.
package profiles

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
)

// MaxBytes is the largest profile that is read.
const MaxBytes = 1 << 20

// Generic is the name of the profile that fits any machine.
const Generic = "generic"

// Profile is what to collect.
type Profile struct {
	Name        string      `json:"name"`            // lower-case words with hyphens
	Version     string      `json:"version"`         // semantic version
	Title       string      `json:"title,omitempty"` // one line for the list of profiles
	OS          []string    `json:"os,omitempty"`
	Roles       []Role      `json:"roles,omitempty"` // the first whose conditions all hold
	Paths       []Path      `json:"paths,omitempty"`
	Services    []Service   `json:"services,omitempty"`
	Processes   Processes   `json:"processes,omitzero"`
	Connections Connections `json:"connections,omitzero"`
	Registry    []Registry  `json:"registry,omitempty"`
	Config      []Config    `json:"config,omitempty"`
	Files       []File      `json:"files,omitempty"`
	Logs        []Log       `json:"logs,omitempty"`
	Probes      []Probe     `json:"probes,omitempty"`
	Proxy       []Proxy     `json:"proxy,omitempty"` // the first that is set
	Commands    []Command   `json:"commands,omitempty"`
	Time        Time        `json:"time,omitzero"`
	// EncryptTo are public keys of age for which the bundle is encrypted, and Case
	// the number of the support case, where the command line says neither.
	EncryptTo []string `json:"encrypt_to,omitempty"`
	Case      string   `json:"case,omitempty"`

	Cache        *Cache        `json:"cache,omitempty"`
	Events       []Event       `json:"events,omitempty"`
	Certificates []Certificate `json:"certificates,omitempty"`
	Software     *Software     `json:"software,omitempty"`
	Antivirus    *Antivirus    `json:"antivirus,omitempty"`
	Firewall     *Firewall     `json:"firewall,omitempty"`

	// SHA256 is of the document.
	SHA256 string `json:"-"`
}

// Role names a role and the conditions that show it.
type Role struct {
	Role       string      `json:"role"`
	Deployment string      `json:"deployment,omitempty"`
	All        []Condition `json:"all"`
	Why        string      `json:"why"`
}

// Condition holds when what it names exists and, with Equals, has that value.
// Exactly one of File, Service, Config and Registry is set; Config is the name
// of a configuration file of the profile, Key one of its keys; Registry is a
// key, Value one of its values.
type Condition struct {
	File     string  `json:"file,omitempty"`
	Service  string  `json:"service,omitempty"`
	Config   string  `json:"config,omitempty"`
	Key      string  `json:"key,omitempty"`
	Registry string  `json:"registry,omitempty"`
	Value    string  `json:"value,omitempty"`
	Equals   *string `json:"equals,omitempty"`
	Not      bool    `json:"not,omitempty"`
}

// What a named path stands for.
const (
	ResolveLinks  = "links"  // the path behind symbolic links and junctions
	ResolveVolume = "volume" // the mount point of the volume that holds that
)

// Path is a path that other items name as ${NAME}. It may refer to paths above
// it, to keys of configuration files as ${config:key} and to values of the
// registry as ${HKLM\key:value}. The volume of the one named
// "cache" takes no bundle while another can.
type Path struct {
	Name    string `json:"name"`
	Path    string `json:"path"`
	Resolve string `json:"resolve,omitempty"` // empty: as it is written
	Why     string `json:"why"`
}

// Registry is a key of the Windows registry and the values that are read.
type Registry struct {
	Key    string   `json:"key"` // `HKLM\SOFTWARE\...`
	Values []string `json:"values,omitempty"`
	// Presence are values of which only existence and length are kept.
	Presence []string `json:"presence,omitempty"`
	Why      string   `json:"why"`
}

// Service is a service or unit to read: the one of a name, "*" every one, or
// those whose program lies below a folder, whatever their names.
type Service struct {
	Name   string `json:"name,omitempty"`
	Folder string `json:"folder,omitempty"` // of Windows, perhaps with %NAME%
	OS     string `json:"os,omitempty"`     // empty: any
	Why    string `json:"why"`
}

// ServicesOf are the services to read on an operating system.
func (p *Profile) ServicesOf(goos string) []Service {
	var out []Service
	for _, s := range p.Services {
		if s.OS == "" || s.OS == goos {
			out = append(out, s)
		}
	}
	return out
}

// Processes to watch: command line, CPU and I/O with every sample.
type Processes struct {
	Watch []string `json:"watch,omitempty"` // names; case does not count
	Why   string   `json:"why,omitempty"`
}

// Connections to keep in full, by process; "*" is every process.
type Connections struct {
	Processes []string `json:"processes,omitempty"`
	Why       string   `json:"why,omitempty"`
}

// Config is a configuration file and the keys that are read from it.
type Config struct {
	Name string `json:"name"`
	// Paths are tried in order. ${name:key} stands for a key of a configuration
	// file above.
	Paths []string `json:"paths"`
	// Keys are "key", or "section:key" of INI and JSON files.
	Keys []string `json:"keys,omitempty"`
	// Presence are keys of which only existence and length are kept.
	Presence []string `json:"presence,omitempty"`
	Why      string   `json:"why"`
}

// File is a path whose metadata is read, or a glob for several.
type File struct {
	Name string `json:"name"`
	Path string `json:"path,omitempty"`
	Glob string `json:"glob,omitempty"`
	Max  int    `json:"max,omitempty"` // of a glob: the newest; 0: DefaultListed
	Why  string `json:"why"`
}

// DefaultListed is how many files of a glob are listed when the profile does
// not say, and maxListed the most that it may say.
const (
	DefaultListed = 100
	maxListed     = 1000
)

// Log is one source of logs, logs/<id>.
type Log struct {
	ID      string   `json:"id"`
	Globs   []string `json:"globs"`              // absolute; *, ? and ** (any number of folders)
	MaxFile Size     `json:"max_file,omitempty"` // the tail of a larger file is kept
	Max     Size     `json:"max_total,omitempty"`
	When    string   `json:"when,omitempty"` // "first": before the window, for logs that live for minutes
	Age     string   `json:"age,omitempty"`  // "any": old ones too, whatever the run's limit is
	Why     string   `json:"why"`
}

// Caps of a log that does not say.
const (
	DefaultMaxFile  = 32 << 20
	DefaultMaxTotal = 128 << 20
)

// Caps are the caps of a log in bytes, those that it leaves out too.
func (l Log) Caps() (file, total int64) {
	file, total = int64(l.MaxFile), int64(l.Max)
	if total == 0 {
		total = max(DefaultMaxTotal, file)
	}
	if file == 0 {
		file = min(DefaultMaxFile, total)
	}
	return file, total
}

// Sources of what programs print, logs/<id>; no log has them.
const (
	CommandsID = "commands"
	ClientID   = "cxpsclient-run" // of the product's client, which has a flag of its own
)

// AgeAny marks logs that are taken however old they are.
const AgeAny = "any"

// WhenFirst marks logs that are read before the window.
const WhenFirst = "first"

// Legs of a probe beyond dns and tcp.
const (
	LegTLS  = "tls"    // a handshake with a ClientHello of ordinary size
	LegTLS3 = "tls-3k" // one with a ClientHello of 3 KB, as new browsers send
	LegHTTP = "http"   // a request over TLS, or plain where no TLS leg is asked for
)

// Probe is a target to connect to. It has one of Target and the From members,
// or only Flag.
type Probe struct {
	Name            string           `json:"name"`
	Target          string           `json:"target,omitempty"` // host:port, each perhaps a reference
	FromConfig      *FromConfig      `json:"from_config,omitempty"`
	FromRegistry    *FromRegistry    `json:"from_registry,omitempty"`
	FromLog         *FromLog         `json:"from_log,omitempty"`
	FromConnections *FromConnections `json:"from_connections,omitempty"`
	Legs            []string         `json:"legs,omitempty"` // beyond dns and tcp
	Path            string           `json:"path,omitempty"` // of the http leg; "/" when empty
	// Proxy asks for the way through the proxy, where one is set, as well.
	Proxy bool `json:"proxy,omitempty"`
	// Flag gives this probe's name and legs to targets of the command line.
	Flag bool `json:"flag,omitempty"`
	// If is a condition without which the probe is not tried.
	If  *Condition `json:"if,omitempty"`
	Why string     `json:"why"`
}

// FromConfig says which keys of a configuration file have host and port. The
// host may be a URL. With Suffix it is the last element of an identifier such
// as /subscriptions/../vaults/NAME, and this behind it.
type FromConfig struct {
	Config      string `json:"config"`
	Host        string `json:"host"`
	Suffix      string `json:"suffix,omitempty"`
	Port        string `json:"port,omitempty"`
	DefaultPort int    `json:"default_port,omitempty"`
}

// FromRegistry says which values of a registry key have host and port. The host
// may be a URL.
type FromRegistry struct {
	Key         string `json:"key"`
	Host        string `json:"host"`
	Port        string `json:"port,omitempty"`
	DefaultPort int    `json:"default_port,omitempty"`
}

// FromLog mines targets from the newest lines of a log of the profile. The
// expression has a group named host and may have one named port (443 else).
type FromLog struct {
	Input  string `json:"input"` // the id of the log
	Regexp string `json:"regexp"`
	Max    int    `json:"max"`
}

// FromConnections takes the remote ends of a process's connections.
type FromConnections struct {
	Process string `json:"process"`
	Max     int    `json:"max"`
}

// Proxy is one place where the proxy may be set: exactly one member beside Why.
type Proxy struct {
	FromEnv      string        `json:"from_env,omitempty"` // https_proxy
	FromConfig   *FromConfig   `json:"from_config,omitempty"`
	FromRegistry *FromRegistry `json:"from_registry,omitempty"`
	Why          string        `json:"why"`
}

// Command is a program of the collector's closed list, run when the user agrees.
type Command struct {
	Name string `json:"name"`
	// Probe is the probe of the profile whose target is that of the program;
	// only programs that have one name it, and they have to.
	Probe string `json:"probe,omitempty"`
	Why   string `json:"why"`
}

// Time names the clocks to compare with and the services that keep the clock.
type Time struct {
	SNTP     []string `json:"sntp,omitempty"`  // host or host:port
	HTTPS    []string `json:"https,omitempty"` // host or host:port; asked when no SNTP server answers
	Services []string `json:"services,omitempty"`
	Why      string   `json:"why,omitempty"`
}

// document is an embedded profile as it was written.
type document struct {
	name string
	text []byte
}

// Builtin lists the embedded profiles by name. They are decoded once: nobody
// changes them.
func Builtin() ([]*Profile, error) {
	list, err := builtin()
	return slices.Clone(list), err
}

var builtin = sync.OnceValues(decodeBuiltin)

func decodeBuiltin() ([]*Profile, error) {
	docs, err := documents()
	if err != nil {
		return nil, err
	}
	var out []*Profile
	for _, d := range docs {
		p, err := Decode(d.text)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// Named returns an embedded profile; it fails with os.ErrNotExist.
func Named(name string) (*Profile, error) {
	raw, err := Text(name)
	if err != nil {
		return nil, err
	}
	return Decode(raw)
}

// Text returns the document of an embedded profile as it was written; it fails
// with os.ErrNotExist.
func Text(name string) ([]byte, error) {
	docs, err := documents()
	if err != nil {
		return nil, err
	}
	for _, d := range docs {
		if d.name == name {
			return d.text, nil
		}
	}
	return nil, fmt.Errorf("no profile is named %q: %w", name, os.ErrNotExist)
}

// Find returns the embedded profile of that name, or reads the file. Of a file it
// gives the text as well, for those who want to know who signed it.
func Find(nameOrFile string) (p *Profile, text []byte, err error) {
	p, err = Named(nameOrFile)
	if err == nil || !errors.Is(err, os.ErrNotExist) {
		return p, nil, err
	}
	if !strings.ContainsAny(nameOrFile, `/\.`) {
		return nil, nil, err
	}
	if fi, err := os.Stat(nameOrFile); err == nil && !fi.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("profile %q is not a regular file", nameOrFile)
	}
	f, err := os.Open(nameOrFile)
	if err != nil {
		return nil, nil, fmt.Errorf("read profile: %w", err)
	}
	defer f.Close()
	text, err = io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read profile: %w", err)
	}
	p, err = Decode(text)
	if err != nil {
		return nil, nil, fmt.Errorf("profile %q: %w", nameOrFile, err)
	}
	if err := p.endings(); err != nil {
		return nil, nil, fmt.Errorf("profile %q: %w", nameOrFile, err)
	}
	return p, text, nil
}

// Fits reports whether a profile is meant for an operating system.
func (p *Profile) Fits(goos string) bool { return len(p.OS) == 0 || slices.Contains(p.OS, goos) }

// Watches reports whether a process is watched.
func (p *Profile) Watches(name string) bool { return matches(p.Processes.Watch, name) }

// Connects reports whether the connections of a process are kept in full.
func (p *Profile) Connects(name string) bool {
	return matches(p.Connections.Processes, name) || matches(p.Processes.Watch, name)
}

func matches(list []string, name string) bool {
	name = strings.ToLower(name)
	for _, pat := range list {
		if ok, err := path.Match(strings.ToLower(pat), name); err == nil && ok {
			return true
		}
	}
	return false
}
