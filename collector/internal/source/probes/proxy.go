package probes

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/httphead"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Proxy is the proxy that a profile's places set.
type Proxy struct {
	// Fact says which it is, or why there is none. Nil: the profile names no
	// place.
	Fact *bundles.ProbeProxy
	host string
	port int
}

// Usable reports whether there is a proxy to go through.
func (p Proxy) Usable() bool { return p.host != "" }

// FindProxy takes the first place that has one.
func FindProxy(list []profiles.Proxy, src Sources) Proxy {
	var looked []string
	for _, l := range list {
		where, value, port, bypass := proxyValue(l, src)
		if looked = appendOnce(looked, where); strings.TrimSpace(value) == "" {
			continue
		}
		return newProxy(where, value, port, bypass)
	}
	if len(list) == 0 {
		return Proxy{}
	}
	return Proxy{Fact: &bundles.ProbeProxy{Error: "no proxy is set: looked at " + strings.Join(looked, ", ")}}
}

// proxyValue reads one place. The port is empty when the place has none for it.
func proxyValue(l profiles.Proxy, src Sources) (where, value, port, bypass string) {
	switch {
	case l.FromEnv != "":
		return "env:" + l.FromEnv, getenv(src, l.FromEnv), "", getenv(src, "no_proxy")
	case l.FromConfig != nil:
		f := *l.FromConfig
		value, _ = src.Vars.Get(f.Config, f.Host)
		bypass, _ = src.Vars.Get(f.Config, "no_proxy")
		port, _ = src.Vars.Get(f.Config, f.Port)
		return "config:" + f.Config, value, portOr(port, f.DefaultPort), bypass
	case l.FromRegistry != nil:
		f := *l.FromRegistry
		if src.Registry != nil {
			value, _ = src.Registry(f.Key, f.Host)
			port, _ = src.Registry(f.Key, f.Port)
		}
		return "registry:" + f.Key, value, portOr(port, f.DefaultPort), ""
	}
	return "", "", "", ""
}

func portOr(port string, fallback int) string {
	if port == "" && fallback > 0 {
		return strconv.Itoa(fallback)
	}
	return port
}

// getenv reads a variable in the two ways it is written.
func getenv(src Sources, name string) string {
	get := src.Getenv
	if get == nil {
		get = os.Getenv
	}
	if v := get(strings.ToLower(name)); v != "" {
		return v
	}
	return get(strings.ToUpper(name))
}

func newProxy(where, value, port, bypass string) Proxy {
	f := &bundles.ProbeProxy{Origin: where}
	at, err := parsePlace(value)
	switch {
	case err != nil:
		f.Error = "the proxy's address " + err.Error()
	case at.scheme != "" && at.scheme != "http":
		f.Error = fmt.Sprintf("the proxy is given with %.20q; only http:// proxies are tried", at.scheme+"://")
	case at.port == 0 && port != "":
		if at.port, err = parsePort(port); err != nil {
			f.Error = "the proxy " + err.Error()
		}
	case at.port == 0:
		at.port = 80
	}
	f.Userinfo = at.userinfo
	if f.Error != "" {
		return Proxy{Fact: f}
	}
	f.Address = joinTarget(at.host, at.port)
	for b := range strings.FieldsFuncSeq(bypass, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		f.Bypass = append(f.Bypass, b)
	}
	return Proxy{Fact: f, host: at.host, port: at.port}
}

// bypasses gives the entry of no_proxy that has a target; empty without one. An
// entry is *, a name with all names below it, an address or a prefix, each with
// or without a port.
func (p Proxy) bypasses(host string, port int) string {
	addr, _ := netip.ParseAddr(withoutZone(host))
	host = strings.ToLower(host)
	for _, entry := range p.Fact.Bypass {
		e := strings.ToLower(entry)
		if e == "*" {
			return entry
		}
		if prefix, err := netip.ParsePrefix(e); err == nil {
			if addr.IsValid() && prefix.Contains(addr) {
				return entry
			}
			continue
		}
		name, n, err := splitPort(e)
		if err != nil || n != 0 && n != port {
			continue
		}
		name = strings.TrimPrefix(strings.TrimPrefix(name, "*"), ".")
		if a, err := netip.ParseAddr(name); err == nil && a.Unmap() == addr || name != "" && (host == name || strings.HasSuffix(host, "."+name)) {
			return entry
		}
	}
	return ""
}

// schemes lists the ways to prove who one is that an answer offers, without
// what comes with them.
func schemes(h httphead.Head) []string {
	var out []string
	for _, name := range []string{"Proxy-Authenticate", "Www-Authenticate"} {
		for _, field := range h.Values(name) {
			for _, s := range challenges(field) {
				if len(out) < maxSchemes {
					out = appendOnce(out, s)
				}
			}
		}
	}
	return out
}

const maxSchemes = 8

// challenges finds the words of a field that begin a challenge: those at its
// start or behind a comma that no "=" follows.
func challenges(field string) []string {
	var out []string
	for part := range splitQuoted(field) {
		part = strings.TrimSpace(part)
		end := strings.IndexFunc(part, func(r rune) bool { return !isToken(r) })
		if end < 0 {
			end = len(part)
		}
		word, rest := part[:end], strings.TrimLeft(part[end:], " \t")
		if word != "" && len(word) <= 32 && (rest == "" || rest[0] != '=' && part[end] != '=') && (rest == "" || part[end] == ' ' || part[end] == '\t') {
			out = append(out, word)
		}
	}
	return out
}

func isToken(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}

// splitQuoted cuts at commas outside of quotes.
func splitQuoted(s string) func(func(string) bool) {
	return func(yield func(string) bool) {
		quoted, from := false, 0
		for i := range len(s) {
			switch {
			case s[i] == '"' && (i == 0 || s[i-1] != '\\'):
				quoted = !quoted
			case s[i] == ',' && !quoted:
				if !yield(s[from:i]) {
					return
				}
				from = i + 1
			}
		}
		yield(s[from:])
	}
}

// refusal words an answer to CONNECT that is no success.
func refusal(h httphead.Head, offered []string) error {
	switch {
	case h.Status == 407 && len(offered) > 0:
		return fmt.Errorf("the proxy asks for credentials (407): %s; none were sent", strings.Join(offered, ", "))
	case h.Status == 407:
		return errors.New("the proxy asks for credentials (407); none were sent")
	case h.Status == 403:
		return errors.New("the proxy forbids this target (403)")
	case h.Status >= 500:
		return fmt.Errorf("the proxy does not reach the target (%d)", h.Status)
	}
	return fmt.Errorf("the proxy answers %d in place of a connection", h.Status)
}
