package profiles

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// Cache is the folder that holds data on its way.
type Cache struct {
	Root string `json:"root"`
	// Folders are below Root, with / between their elements; {host} and {disk}
	// stand for any name: {host}/{disk}/diffs.
	Folders []string `json:"folders"`
	Why     string   `json:"why"`
}

// What stands for any name in a folder of the cache.
const (
	CacheHost = "{host}"
	CacheDisk = "{disk}"
)

// Event chooses records of the Windows event log.
type Event struct {
	Channel  string `json:"channel"` // System, Application
	Provider string `json:"provider"`
	IDs      []int  `json:"ids"`
	Days     int    `json:"days,omitempty"` // 0: DefaultDays
	Max      int    `json:"max,omitempty"`  // the newest; 0: DefaultEvents
	Why      string `json:"why"`
}

// Bounds of events.
const (
	DefaultDays   = 7
	DefaultEvents = 500
	MaxEvents     = 5000 // of a bundle
	maxDays       = 30
	maxIDs        = 16 // the system's own limit is a little over 20
)

// Certificate is a certificate whose public part is read: of a file, or those
// of a store of the machine that have a subject or a thumbprint.
type Certificate struct {
	Name  string `json:"name"`
	File  string `json:"file,omitempty"`
	Store string `json:"store,omitempty"` // MY, ROOT
	// Subject is a pattern, Thumbprint 40 hexadecimal digits or a reference.
	Subject    string `json:"subject,omitempty"`
	Thumbprint string `json:"thumbprint,omitempty"`
	Why        string `json:"why"`
}

// Software is a list of programs, features and updates to look for.
type Software struct {
	Names    []string `json:"names,omitempty"`    // patterns of installed programs
	Features []string `json:"features,omitempty"` // patterns of features of the server
	Updates  bool     `json:"updates,omitempty"`  // of the system
	Why      string   `json:"why"`
}

// Antivirus asks for scanners and for what they leave alone.
type Antivirus struct {
	Folders []string `json:"folders"`
	Why     string   `json:"why"`
}

// Firewall asks for the settings of the firewall and the rules of some ports.
type Firewall struct {
	Ports []string `json:"ports"` // numbers or references
	Why   string   `json:"why"`
}

// Like reports whether a text fits a pattern with * and ?. Case does not count.
func Like(pattern, text string) bool {
	p, s := []rune(strings.ToLower(pattern)), []rune(strings.ToLower(text))
	i, j, star, back := 0, 0, -1, 0
	for j < len(s) {
		switch {
		case i < len(p) && p[i] == '*':
			star, back = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == s[j]):
			i, j = i+1, j+1
		case star >= 0:
			back++
			i, j = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(string(p[i:]), "*") == ""
}

// LikeAny reports whether a text fits one of several patterns.
func LikeAny(patterns []string, text string) bool {
	for _, p := range patterns {
		if Like(p, text) {
			return true
		}
	}
	return false
}

var (
	channelRE = regex.MustCompile(`^[A-Za-z0-9.][A-Za-z0-9 ()/_.-]{0,127}$`)
	storeRE   = regex.MustCompile(`^[A-Za-z][A-Za-z0-9 ]{0,63}$`)
	thumbRE   = regex.MustCompile(`^([0-9A-Fa-f]{40}|\$\{[^{}]+\})$`)
	portRE    = regex.MustCompile(`^([0-9]{1,5}|\$\{[^{}]+\})$`)
)

func (v *validator) inventory() {
	v.cache()
	v.events()
	v.certificates()
	v.software()
	p := v.p
	if a := p.Antivirus; a != nil {
		v.why("antivirus.folders", a.Why)
		v.most("antivirus.folders", len(a.Folders), maxInside)
		for i, f := range a.Folders {
			v.path(fmt.Sprintf("antivirus.folders[%d]", i), f, false)
		}
	}
	if f := p.Firewall; f != nil {
		v.why("firewall.ports", f.Why)
		v.most("firewall.ports", len(f.Ports), maxInside)
		for i, port := range f.Ports {
			v.firewallPort(fmt.Sprintf("firewall.ports[%d]", i), port)
		}
	}
}

func (v *validator) firewallPort(at, port string) {
	n, err := strconv.Atoi(port)
	v.check(portRE.MatchString(port) && (err != nil || n >= 1 && n <= 65535), at, "%.120q is neither a port nor a reference", port)
	v.refs(at, port)
}

func (v *validator) refs(at, text string) {
	for _, ref := range Refs(text) {
		v.reference(at, ref)
	}
}

func (v *validator) cache() {
	c := v.p.Cache
	if c == nil {
		return
	}
	v.why("cache.root", c.Why)
	v.path("cache.root", c.Root, false)
	v.check(len(c.Folders) > 0, "cache.folders", "is empty")
	v.most("cache.folders", len(c.Folders), maxInside)
	for i, f := range c.Folders {
		ok := !Upward(f) && !strings.Contains(f, "//") && !strings.ContainsAny(f, `*?\`) && !strings.HasPrefix(f, "/")
		rest := f
		for _, name := range []string{CacheHost, CacheDisk} {
			ok = ok && strings.Count("/"+f+"/", "/"+name+"/") == 1
			rest = strings.Replace(rest, name, "", 1)
		}
		ok = ok && strings.Index(f, CacheHost) < strings.Index(f, CacheDisk) && !strings.ContainsAny(rest, "{}")
		v.check(ok, fmt.Sprintf("cache.folders[%d]", i), "%.120q has to be a path below the root with %s and then %s as elements", f, CacheHost, CacheDisk)
	}
}

func (v *validator) events() {
	for i, e := range v.p.Events {
		at := fmt.Sprintf("events[%d]", i)
		v.check(channelRE.MatchString(e.Channel), at+".channel", "%.120q is not the name of a channel", e.Channel)
		v.check(!privateChannel(e.Channel), at+".channel", "%q says who logs on, or what is typed, and is never read", e.Channel)
		v.check(channelRE.MatchString(e.Provider), at+".provider", "%.120q is not the name of a provider", e.Provider)
		v.why(at+".channel", e.Why)
		v.check(len(e.IDs) > 0, at+".ids", "is empty: records are read by number only")
		v.most(at+".ids", len(e.IDs), maxIDs)
		for j, id := range e.IDs {
			in := fmt.Sprintf("%s.ids[%d]", at, j)
			v.check(id >= 0 && id <= 65535, in, "%d is not from 0 to 65535", id)
			v.unique("events", in, e.Channel+", "+e.Provider+" "+strconv.Itoa(id))
		}
		v.check(e.Days >= 0 && e.Days <= maxDays, at+".days", "%d is not from 1 to %d", e.Days, maxDays)
		v.check(e.Max >= 0 && e.Max <= MaxEvents, at+".max", "%d is not from 1 to %d", e.Max, MaxEvents)
	}
}

// privateChannel reports whether a log has what people do: their logons, the
// commands that they type.
func privateChannel(name string) bool {
	name = strings.ToLower(name)
	return name == "security" || strings.Contains(name, "powershell") || strings.Contains(name, "sysmon") || strings.Contains(name, "terminalservices")
}

func (v *validator) certificates() {
	for i, c := range v.p.Certificates {
		at := fmt.Sprintf("certificates[%d]", i)
		v.label("certificates", at+".name", c.Name, c.Why)
		if !v.check(count(c.File != "", c.Store != "") == 1, at, "has to have exactly one of file and store") {
			continue
		}
		if c.File != "" {
			v.path(at+".file", c.File, false)
			v.check(!NeverRead(c.File) && !inPrivate(c.File), at+".file", "%.300q holds a key and is never read", c.File)
			v.check(c.Subject == "" && c.Thumbprint == "", at+".file", "stands without subject and thumbprint")
			continue
		}
		v.check(storeRE.MatchString(c.Store), at+".store", "%.120q is not the name of a store", c.Store)
		v.check(count(c.Subject != "", c.Thumbprint != "") == 1, at+".store", "needs either a subject or a thumbprint")
		v.check(strings.Trim(c.Subject, "*? ") != "" || c.Subject == "", at+".subject", "%.120q has to name something", c.Subject)
		v.check(c.Thumbprint == "" || thumbRE.MatchString(c.Thumbprint), at+".thumbprint", "%.120q is neither 40 hexadecimal digits nor a reference", c.Thumbprint)
		v.refs(at+".thumbprint", c.Thumbprint)
	}
}

func (v *validator) software() {
	s := v.p.Software
	if s == nil {
		return
	}
	v.why("software.names", s.Why)
	for member, list := range map[string][]string{"software.names": s.Names, "software.features": s.Features} {
		v.most(member, len(list), maxInside)
		for i, n := range list {
			v.check(strings.Trim(n, "*? ") != "", fmt.Sprintf("%s[%d]", member, i), "%.120q has to name something: the rest is counted", n)
		}
	}
}
