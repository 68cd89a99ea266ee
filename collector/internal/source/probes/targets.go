package probes

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// maxTargets is how many targets are tried, however many a profile gives.
const maxTargets = 64

// Target is what to connect to.
type Target struct {
	Name, Target, Origin string   // as in bundles.Probe
	Legs                 []string // beyond dns and tcp, in their order
	Path                 string   // of the http leg
	Proxy                bool     // through the proxy as well
	Error                string   // why there is none

	host string
	port int
	// public forbids all but addresses of the internet: what a log or a socket
	// table names may come from outside.
	public bool
}

// Lookup gives a value of the registry.
type Lookup func(key, name string) (string, bool)

// Sources are where targets and the proxy come from.
type Sources struct {
	Vars     config.Vars
	Registry Lookup // nil: there is none
	Getenv   func(string) string
	// Lines gives texts from the ends of the newest files of a log, newest file
	// first.
	Lines       func(ctx context.Context, log string) ([]string, error)
	Connections []bundles.Connection
	Flags       []string // HOST:PORT
}

// Targets lists the targets of a profile and of the command line: those that are
// set, then those that are mined. Each is there once. A member of the profile
// that gives none is there with the reason.
func Targets(ctx context.Context, list []profiles.Probe, src Sources) []Target {
	b := builder{src: src, hosts: map[string]bool{}, ports: map[int]bool{443: true}, seen: map[string]int{}}
	var flagged profiles.Probe
	for _, p := range list {
		if p.Flag {
			flagged = p
		}
		b.configured(p)
	}
	for _, f := range src.Flags {
		b.add(newTarget(flagged, "flag"), f, nil)
	}
	for _, p := range list {
		b.mined(ctx, p)
	}
	if b.left > 0 {
		b.out = append(b.out, Target{Origin: "profile", Error: fmt.Sprintf("%d more targets are not tried: %d are the most", b.left, maxTargets)})
	}
	return b.out
}

func newTarget(p profiles.Probe, origin string) Target {
	t := Target{Name: p.Name, Origin: origin, Path: p.Path, Proxy: p.Proxy}
	for _, leg := range []string{profiles.LegTLS, profiles.LegTLS3, profiles.LegHTTP} {
		if slices.Contains(p.Legs, leg) {
			t.Legs = append(t.Legs, leg)
		}
	}
	if t.Path == "" {
		t.Path = "/"
	}
	return t
}

// builder collects targets.
type builder struct {
	src   Sources
	hosts map[string]bool // that the profile's settings name
	ports map[int]bool
	seen  map[string]int
	out   []Target
	count int // of those without an error
	left  int
}

// configured adds the targets that are set somewhere.
func (b *builder) configured(p profiles.Probe) {
	switch {
	case p.Target != "":
		target, err := literal(p.Target, b.src)
		b.set(newTarget(p, "profile"), target, err)
	case p.FromConfig != nil:
		// A list in a JSON file is one value, with commas.
		value, _ := b.src.Vars.Get(p.FromConfig.Config, p.FromConfig.Host)
		for _, one := range strings.Split(value, ",") {
			target, err := fromConfig(*p.FromConfig, b.src, one)
			b.set(newTarget(p, "config:"+p.FromConfig.Config), target, err)
		}
	case p.FromRegistry != nil:
		target, err := fromRegistry(*p.FromRegistry, b.src)
		b.set(newTarget(p, "registry:"+p.FromRegistry.Key), target, err)
	}
}

// set adds a target whose host counts as a configured server.
func (b *builder) set(t Target, target string, err error) {
	if at, err := parsePlace(target); err == nil && at.port > 0 {
		b.hosts[strings.ToLower(at.host)], b.ports[at.port] = true, true
	}
	b.add(t, target, err)
}

// add adds a target, or to a former one of the same host and port what this one
// asks for beyond it.
func (b *builder) add(t Target, target string, err error) {
	at, perr := parsePlace(target)
	if err = errors.Join(err, perr); err == nil && at.port == 0 {
		err = errors.New("has no port")
	}
	if t.Error == "" && err != nil {
		t.Error = firstLine(err)
	}
	if t.Error != "" {
		b.out = append(b.out, t)
		return
	}
	t.Target, t.host, t.port = joinTarget(at.host, at.port), at.host, at.port
	key := strings.ToLower(t.Target)
	i, known := b.seen[key]
	switch {
	case known:
		b.out[i].join(t)
	case b.count >= maxTargets:
		b.left++
	default:
		b.seen[key], b.count = len(b.out), b.count+1
		b.out = append(b.out, t)
	}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// join takes over what another probe of the same target asks for.
func (t *Target) join(o Target) {
	var legs []string
	for _, leg := range []string{profiles.LegTLS, profiles.LegTLS3, profiles.LegHTTP} {
		if slices.Contains(t.Legs, leg) || slices.Contains(o.Legs, leg) {
			legs = append(legs, leg)
		}
	}
	if t.Name == "" {
		t.Name = o.Name
	}
	if t.Path == "/" {
		t.Path = o.Path
	}
	t.Legs, t.Proxy, t.public = legs, t.Proxy || o.Proxy, t.public && o.public
}

// literal puts in place of references what they stand for: a host or a port.
func literal(target string, src Sources) (string, error) {
	for _, ref := range profiles.Refs(target) {
		name, key, _ := strings.Cut(ref, ":")
		value, ok := src.Vars.Get(name, key)
		value = strings.TrimSpace(value)
		switch {
		case !ok || value == "":
			return "", fmt.Errorf("${%s} is not known here", ref)
		case strings.ContainsAny(value, ":/\\@ ${}"):
			return "", fmt.Errorf("${%s} is neither a host nor a port", ref)
		}
		target = strings.Replace(target, "${"+ref+"}", value, 1)
	}
	return target, nil
}

// fromConfig takes host and port from a configuration file. The host's value, or one
// of several, is given.
func fromConfig(f profiles.FromConfig, src Sources, host string) (string, error) {
	if src.Vars[f.Config] == nil {
		return "", fmt.Errorf("configuration %s was not found or could not be read", f.Config)
	}
	return hostAndPort(f.Config, f.Host, f.Port, f.DefaultPort, func(key string) (string, bool) {
		value, ok := src.Vars.Get(f.Config, key)
		if key == f.Host {
			value = strings.TrimSpace(host)
			if f.Suffix != "" && value != "" {
				value = strings.TrimRight(value, "/")
				value = value[strings.LastIndexByte(value, '/')+1:] + f.Suffix
			}
		}
		return value, ok
	})
}

// fromRegistry takes host and port from values of a registry key.
func fromRegistry(f profiles.FromRegistry, src Sources) (string, error) {
	if src.Registry == nil {
		return "", errors.New("the registry was not read")
	}
	return hostAndPort(f.Key, f.Host, f.Port, f.DefaultPort, func(name string) (string, bool) { return src.Registry(f.Key, name) })
}

// hostAndPort puts a target together: the port of the host's own value counts
// first, then that of the other value, then the one that a URL means.
func hostAndPort(where, host, port string, fallback int, get func(string) (string, bool)) (string, error) {
	text, ok := get(host)
	if !ok || strings.TrimSpace(text) == "" {
		return "", fmt.Errorf("%s has no value %s", where, host)
	}
	at, err := parsePlace(text)
	if err != nil {
		return "", fmt.Errorf("the value %s of %s %w", host, where, err)
	}
	if number, ok := get(port); ok && port != "" && number != "" && at.port == 0 {
		if at.port, err = parsePort(number); err != nil {
			return "", fmt.Errorf("the value %s of %s is no port from 1 to 65535", port, where)
		}
	}
	switch {
	case at.port > 0:
	case at.scheme == "https":
		at.port = 443
	case at.scheme == "http":
		at.port = 80
	default:
		at.port = fallback
	}
	if at.port < 1 || at.port > 65535 {
		return "", fmt.Errorf("%s has no port for the value %s", where, host)
	}
	return joinTarget(at.host, at.port), nil
}

// remoteOf is the remote end of a connection to a server; of listeners and UDP
// there is none.
func remoteOf(c bundles.Connection) (string, bool) {
	if !strings.HasPrefix(c.Protocol, "tcp") || c.Remote == "" {
		return "", false
	}
	host, port, err := net.SplitHostPort(c.Remote)
	if err != nil || port == "0" {
		return "", false
	}
	a, err := netip.ParseAddr(host)
	return c.Remote, err == nil && !a.IsUnspecified()
}
