package main

import (
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// Beginnings of the origin of a probe.
const (
	originRegistry    = "registry:"
	originConfig      = "config:"
	originConnections = "connections:"
	originLog         = "log:"
	originProfile     = "profile"
	originFlag        = "flag"
)

// route is how this server goes to Azure: through its proxy, or directly.
type route struct {
	p        *check.Pass
	own      proxy // Site Recovery's
	whyOwn   string
	attempts []attempt
	probes   *bundles.Probes
	conns    *bundles.Connections
	reg      *bundles.Registry
}

func routeOf(p *check.Pass) route {
	r := route{p: p, probes: optional[bundles.Probes](p, "probes"), conns: optional[bundles.Connections](p, "connections"), reg: optional[bundles.Registry](p, "registry")}
	r.attempts = attemptsOf(r.probes)
	if r.reg != nil {
		r.own, r.whyOwn = registryProxy(*r.reg, p)
	} else {
		r.whyOwn, _ = p.Missing("facts/**/registry.json")
	}
	if own, ok := applianceProxy(p); ok {
		r.own, r.whyOwn = own, ""
	}
	return r
}

// proxyTried reports whether the collector had a proxy to go through.
func (r route) proxyTried() bool {
	return r.probes != nil && r.probes.Proxy != nil && r.probes.Proxy.Address != ""
}

// unknownWay reports whether it is not known if there is a proxy: the settings
// could not be read, and the collector did not look for one either.
func (r route) unknownWay() bool {
	_, read := r.p.Unread("registry")
	looked := r.probes != nil && r.probes.Proxy != nil
	return !r.own.known && !looked && (!read || r.reg != nil)
}

// proxied reports whether traffic to a host goes through a proxy.
func (r route) proxied(host string) bool {
	return (r.own.set() || r.proxyTried()) && !bypasses(r.own.bypass, host)
}

// counts reports whether an attempt went the way that the server's own traffic
// goes. What the backup agent itself has a direct connection to goes directly.
func (r route) counts(a attempt) bool {
	switch {
	case r.isProxy(a.host, a.port):
		return false
	case strings.HasPrefix(a.Origin, originConnections):
		return !a.viaProxy()
	}
	return a.viaProxy() == r.proxied(a.host)
}

// isProxy reports whether a target is the proxy itself.
func (r route) isProxy(host, port string) bool {
	if r.proxyTried() && strings.EqualFold(r.probes.Proxy.Address, host+":"+port) {
		return true
	}
	same, _ := sameHost(r.own.host, host, r.probes)
	return r.own.set() && same && port == r.own.port
}

// bypasses reports whether a host goes past the proxy: by its name, by a part
// with *, by its domain, or as a name without dots.
func bypasses(list []string, host string) bool {
	return slices.ContainsFunc(list, func(entry string) bool {
		entry = strings.TrimPrefix(strings.TrimPrefix(entry, "https://"), "http://")
		switch before, after, star := strings.Cut(entry, "*"); {
		case entry == "<local>":
			return !strings.Contains(host, ".")
		case star:
			return len(host) >= len(before)+len(after) && strings.HasPrefix(host, before) && strings.HasSuffix(host, after)
		case strings.HasPrefix(entry, "."):
			return strings.HasSuffix(host, entry)
		}
		return host == entry
	})
}

// login is what is known of credentials for the proxy: an answer 407 to the
// collector, which has none, says nothing when the agent has them.
type login struct {
	given   bool // a user or a password is set
	agentIn bool // the backup agent is connected to the proxy
}

func (r route) login() login {
	_, key := keyAt(r.reg, proxyKey)
	l := login{given: slices.ContainsFunc(key.Values, isCredential) || agentHasLogin(r.p)}
	if r.conns == nil {
		return l
	}
	for _, c := range r.conns.Items {
		host, port, _ := cutPort(c.Remote)
		if strings.EqualFold(c.Process, engineProcess) && slices.Contains(c.States, "ESTABLISHED") && r.isProxy(strings.Trim(host, "[]"), port) {
			l.agentIn = true
		}
	}
	return l
}

// isCredential reports whether a value of the registry is a user or a password
// for the proxy, of which mostly only the presence is kept.
func isCredential(v bundles.RegistryValue) bool {
	if !isLoginName(v.Name) {
		return false
	}
	present := v.Present != nil && *v.Present && (v.Length == nil || *v.Length > 0)
	return present || len(v.Data) > 0 && string(v.Data) != `""`
}

func isLoginName(name string) bool {
	return strings.EqualFold(name, "ProxyUserName") || strings.EqualFold(name, "ProxyPassword")
}

// agentHasLogin finds credentials in the backup agent's own settings.
func agentHasLogin(p *check.Pass) bool {
	cfg := optional[bundles.Config](p, "config")
	return cfg != nil && slices.ContainsFunc(cfg.Items, func(f bundles.ConfigFile) bool {
		return strings.EqualFold(f.Name, "backup-agent") && slices.ContainsFunc(f.Values, func(v bundles.ConfigValue) bool {
			return isLoginName(v.Key) && v.Present != nil && *v.Present
		})
	})
}

// refusedLogin reports whether an attempt ended with a proxy that wants
// credentials.
func (a attempt) refusedLogin() bool {
	return a.broken >= 0 && a.Legs[a.broken].HTTPStatus == statusProxyAuth && (a.viaProxy() || a.Legs[a.broken].Leg == legProxy)
}
