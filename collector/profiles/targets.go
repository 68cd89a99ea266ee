package profiles

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// legs that a probe may ask for, in the order in which they are tried.
var legs = []string{LegTLS, LegTLS3, LegHTTP}

var (
	proxyVarRE = regex.MustCompile(`(?i)^[a-z_]{0,40}_proxy$`)
	suffixRE   = regex.MustCompile(`^(\.[a-z0-9-]{1,63}){2,8}$`)
	urlPathRE  = regex.MustCompile(`^/[!-~]{0,1000}$`)
)

func (v *validator) probes() {
	flagged, others := 0, 0
	for i, pr := range v.p.Probes {
		at := fmt.Sprintf("probes[%d]", i)
		v.label("probes", at+".name", pr.Name, pr.Why)
		sources := count(pr.Target != "", pr.FromConfig != nil, pr.FromRegistry != nil, pr.FromLog != nil, pr.FromConnections != nil)
		v.check(sources == 1 || sources == 0 && pr.Flag, at, "has to have exactly one of target, from_config, from_registry, from_log and from_connections, or only flag")
		v.check(pr.Target == "" || hostPort(refRE.ReplaceAllLiteralString(pr.Target, "1"), false), at+".target", "%.120q has to be host:port", pr.Target)
		v.refs(at+".target", pr.Target)
		v.check(whole(pr.Target), at+".target", "%.120q: a reference has to be the whole host or the whole port", pr.Target)
		if pr.Target != "" && elsewhere(pr.Target) {
			others++
		}
		v.check(others <= maxElsewhere, at+".target", "%.120q is one too many: %d targets may be others than this machine, what a setting names, and public servers on 443", pr.Target, maxElsewhere)
		v.legs(at, pr)
		v.setting(at, pr.FromConfig, pr.FromRegistry, true)
		v.mined(at, pr)
		if pr.If != nil {
			v.condition(at+".if", *pr.If)
		}
		if pr.Flag {
			flagged++
		}
		v.check(!pr.Flag || flagged == 1, at+".flag", "only one probe can stand for the targets of the command line")
	}
}

func (v *validator) legs(at string, pr Probe) {
	last := -1
	for i, l := range pr.Legs {
		rank := slices.Index(legs, l)
		in := fmt.Sprintf("%s.legs[%d]", at, i)
		if v.check(rank >= 0, in, "%.120q is not one of %s; dns and tcp are always tried", l, strings.Join(legs, ", ")) {
			v.check(rank > last, in, "%q has to be there once and in the order %s", l, strings.Join(legs, ", "))
			last = rank
		}
	}
	v.check(pr.Path == "" || slices.Contains(pr.Legs, LegHTTP), at+".path", "needs the leg %s", LegHTTP)
	v.check(pr.Path == "" || urlPathRE.MatchString(pr.Path), at+".path", "%.120q has to begin with / and to be plain", pr.Path)
}

// setting checks where host and port are read. A probe needs a port.
func (v *validator) setting(at string, c *FromConfig, r *FromRegistry, port bool) {
	if c != nil {
		in := at + ".from_config"
		v.configKey(in+".config", c.Config, in+".host", c.Host)
		if c.Port != "" {
			v.configKey(in+".config", c.Config, in+".port", c.Port)
		}
		v.check(c.Suffix == "" || suffixRE.MatchString(c.Suffix), in+".suffix", "%.120q has to be the end of a name, as .vault.example.net", c.Suffix)
		v.port(in, c.Port, c.DefaultPort, port)
	}
	if r != nil {
		in := at + ".from_registry"
		v.registryValue(in+".key", r.Key, in+".host", r.Host, false)
		if r.Port != "" {
			v.registryValue(in+".key", r.Key, in+".port", r.Port, false)
		}
		v.port(in, r.Port, r.DefaultPort, port)
	}
}

func (v *validator) port(at, name string, standard int, needed bool) {
	v.check(!needed || name != "" || standard != 0, at+".port", "is missing, and default_port as well")
	v.check(standard >= 0 && standard <= 65535, at+".default_port", "%d is not a port", standard)
}

func (v *validator) mined(at string, pr Probe) {
	if l := pr.FromLog; l != nil {
		in := at + ".from_log"
		v.check(slices.ContainsFunc(v.p.Logs, func(log Log) bool { return log.ID == l.Input }), in+".input", "%.120q is not the id of a log", l.Input)
		v.check(l.Max >= 1 && l.Max <= maxMined, in+".max", "%d is not from 1 to %d", l.Max, maxMined)
		v.expression(in+".regexp", l.Regexp)
	}
	if c := pr.FromConnections; c != nil {
		in := at + ".from_connections"
		v.pattern(in+".process", c.Process)
		kept := v.p.Connects(c.Process) || slices.Contains(v.p.Processes.Watch, c.Process) || slices.Contains(v.p.Connections.Processes, c.Process)
		v.check(c.Process == "" || kept, in+".process", "%.120q is neither in connections.processes nor watched", c.Process)
		v.check(c.Max >= 1 && c.Max <= maxMined, in+".max", "%d is not from 1 to %d", c.Max, maxMined)
	}
}

func (v *validator) expression(at, text string) {
	if !v.check(len(text) <= maxPattern, at, "is longer than %d bytes", maxPattern) {
		return
	}
	if !v.check(repeats(text) <= maxRepeats, at, "repeats more than %d times in all", maxRepeats) {
		return
	}
	re, err := regex.Compile(text)
	if !v.check(err == nil, at, "%v", err) {
		return
	}
	v.check(count(slices.Contains(re.SubexpNames(), "host")) == 1, at, "has no group named host: (?P<host>...)")
	for i, name := range re.SubexpNames() {
		v.check(name == "" || name == "host" || name == "port", at, "group %.40q is neither host nor port", name)
		v.check(name == "" || slices.Index(re.SubexpNames(), name) == i, at, "group %.40q is there twice", name)
	}
}

func (v *validator) proxies() {
	for i, pr := range v.p.Proxy {
		at := fmt.Sprintf("proxy[%d]", i)
		v.check(count(pr.FromEnv != "", pr.FromConfig != nil, pr.FromRegistry != nil) == 1, at, "has to have exactly one of from_env, from_config and from_registry")
		v.check(pr.FromEnv == "" || proxyVarRE.MatchString(pr.FromEnv), at+".from_env", "%.120q is not the name of a proxy variable as https_proxy", pr.FromEnv)
		v.setting(at, pr.FromConfig, pr.FromRegistry, false)
		v.why(at+".from", pr.Why)
	}
}

// endings checks what a profile of a file puts behind values that it reads: only
// what a built-in profile does as well, since a name tells its owner that it was
// asked for.
func (p *Profile) endings() error {
	list, err := Builtin()
	if err != nil {
		return err
	}
	for i, pr := range p.Probes {
		known := pr.FromConfig == nil || pr.FromConfig.Suffix == "" || slices.ContainsFunc(list, func(b *Profile) bool {
			return slices.ContainsFunc(b.Probes, func(o Probe) bool { return o.FromConfig != nil && o.FromConfig.Suffix == pr.FromConfig.Suffix })
		})
		if !known {
			return fmt.Errorf("probes[%d].from_config.suffix: %.120q is that of no built-in profile: whoever owns it would be told the value", i, pr.FromConfig.Suffix)
		}
	}
	return nil
}

// maxElsewhere is how many targets a profile may name that are neither this
// machine, nor named by a setting, nor public servers on 443: more would be a
// search of somebody's network.
const maxElsewhere = 8

// whole reports whether a value stands for the whole host or the whole port, so
// that none becomes a part of a name that somebody else is asked for.
func whole(target string) bool {
	host, port := split(target)
	return (host == "$" || !strings.Contains(host, "$")) && (port == "$" || !strings.Contains(port, "$"))
}

// split gives host and port, $ being a reference.
func split(target string) (host, port string) {
	plain := refRE.ReplaceAllLiteralString(target, "$")
	i := strings.LastIndexByte(plain, ':')
	return strings.Trim(plain[:max(i, 0)], "[]"), plain[i+1:]
}

// elsewhere reports whether a target counts for maxElsewhere.
func elsewhere(target string) bool {
	host, port := split(target)
	a, err := netip.ParseAddr(host)
	switch {
	case host == "$", host == "localhost", err == nil && a.IsLoopback():
		return false
	case port != "443":
		return true
	case err == nil:
		return !a.IsGlobalUnicast() || a.IsPrivate() || a.Zone() != ""
	}
	return !strings.Contains(strings.Trim(host, "."), ".")
}

// clockPort reports whether a clock is asked where clocks are.
func clockPort(at, usual string) bool {
	host, port, err := net.SplitHostPort(at)
	if err != nil || port == usual {
		return true
	}
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// maxRepeats is how often the parts of an expression may be repeated by number,
// multiplied: more makes it slow on every line.
const maxRepeats = 200

var repeatRE = regex.MustCompile(`\{([0-9]{1,9}),?([0-9]{1,9})?\}`)

// repeats multiplies the numbers of repetition of an expression.
func repeats(text string) int {
	product := 1
	for _, m := range repeatRE.FindAllStringSubmatch(text) {
		low, _ := strconv.Atoi(m[1])
		high, _ := strconv.Atoi(m[2])
		product = min(product*max(1, min(max(low, high), maxRepeats+1)), maxRepeats+1)
	}
	return product
}

// hostPort looks at host:port or, where the port is optional, host.
func hostPort(s string, optional bool) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil && optional && !strings.ContainsAny(s, "[]:") {
		host, port, err = s, "1", nil
	}
	n, nerr := strconv.Atoi(port)
	return err == nil && nerr == nil && n >= 1 && n <= 65535 && host != "" && len(host) <= 253 && !strings.ContainsAny(host, "/\\@ *?#%\"'<>")
}
