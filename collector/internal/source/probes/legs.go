package probes

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/httphead"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Names of legs that every probe has.
const (
	legDNS   = "dns"
	legTCP   = "tcp"
	legProxy = "proxy"
)

// ladder is one probe: the legs so far, and the way that they found.
type ladder struct {
	*Prober
	ctx    context.Context
	target Target
	legs   []bundles.Leg
	// open connects anew on the way that was found; nil: there is none.
	open func(ctx context.Context) (net.Conn, error)
}

// direct resolves the target and connects to it.
func (l *ladder) direct() {
	at, ok := l.connect(l.target.host, l.target.port, l.target.public)
	if ok {
		l.open = func(ctx context.Context) (net.Conn, error) { return l.dial(ctx, at) }
	}
	l.above()
}

// throughProxy resolves the proxy, connects to it and asks for the target.
func (l *ladder) throughProxy() {
	at, ok := l.connect(l.proxy.host, l.proxy.port, false)
	if !ok {
		l.skip(legProxy)
		l.above()
		return
	}
	target, err := l.targetForProxy()
	if err != nil {
		l.legs = append(l.legs, bundles.Leg{Leg: legProxy, Status: statusSkipped, Error: err.Error()})
		l.above()
		return
	}
	if l.connectRequest(at, target) {
		l.open = func(ctx context.Context) (net.Conn, error) { return through(ctx, l.dial, at, target) }
	}
	l.above()
}

// targetForProxy is what the proxy is asked for: the name, but for a name out of
// a log its address, after that was looked at.
func (l *ladder) targetForProxy() (string, error) {
	t := l.target
	if _, err := netip.ParseAddr(t.host); err == nil || !t.public {
		return joinTarget(withoutZone(t.host), t.port), nil
	}
	ctx, cancel := context.WithTimeout(l.ctx, l.limits.dns)
	defer cancel()
	found, err := l.lookup(ctx, t.host)
	if err != nil {
		return "", errors.New("a name out of a log is tried by its address, and it has none here")
	}
	if err := allPublic(found); err != nil {
		return "", err
	}
	return joinTarget(choose(found)[0].String(), t.port), nil
}

// connectRequest makes the leg proxy.
func (l *ladder) connectRequest(at, target string) bool {
	ctx, cancel := context.WithTimeout(l.ctx, l.limits.proxy)
	defer cancel()
	leg, begin := start(legProxy)
	c, err := l.dial(ctx, at)
	if err != nil {
		l.finish(leg, begin, err)
		return false
	}
	defer closeConn(c)
	leg.Local, leg.Remote = c.LocalAddr().String(), c.RemoteAddr().String()
	h, err := tunnel(ctx, c, target)
	leg.HTTPStatus, leg.AuthSchemes = h.Status, schemes(h)
	return l.finish(leg, begin, err)
}

// tunnel asks a proxy to connect. Credentials are never sent.
func tunnel(ctx context.Context, c net.Conn, target string) (httphead.Head, error) {
	if err := deadline(ctx, c); err != nil {
		return httphead.Head{}, err
	}
	h, err := httphead.Ask(c, httphead.Request{Method: "CONNECT", Target: target, Host: target})
	if h.Status != 0 && h.Status/100 != 2 {
		return h, refusal(h, schemes(h))
	}
	return h, err
}

// Tunnel connects to a target HOST:PORT through a proxy, unless no_proxy has
// the target.
func Tunnel(ctx context.Context, p Proxy, target string) (net.Conn, error) {
	at, err := parsePlace(target)
	if err != nil {
		return nil, err
	}
	if entry := p.bypasses(at.host, at.port); entry != "" {
		return nil, errors.New("no_proxy has " + entry)
	}
	return through(ctx, dial, p.Fact.Address, target)
}

// through connects to a proxy and, through it, to a target.
func through(ctx context.Context, dial dialer, at, target string) (net.Conn, error) {
	c, err := dial(ctx, at)
	if err != nil {
		return nil, err
	}
	if _, err := tunnel(ctx, c, target); err != nil {
		closeConn(c)
		return nil, err
	}
	return c, nil
}

// dialer connects to an address.
type dialer func(ctx context.Context, address string) (net.Conn, error)

func dial(ctx context.Context, address string) (net.Conn, error) {
	d := net.Dialer{KeepAlive: -1, FallbackDelay: -1}
	return d.DialContext(ctx, "tcp", address)
}

func deadline(ctx context.Context, c net.Conn) error {
	at, ok := ctx.Deadline()
	if !ok {
		return errors.New("a probe has no deadline")
	}
	return c.SetDeadline(at)
}

// connect makes the legs dns and tcp. It returns the first address, in the order
// of the legs, that takes connections.
func (l *ladder) connect(host string, port int, onlyPublic bool) (string, bool) {
	addrs := []netip.Addr{}
	if a, err := netip.ParseAddr(host); err == nil {
		addrs = append(addrs, a)
	} else {
		found, ok := l.resolve(host)
		if !ok {
			l.skip(legTCP)
			return "", false
		}
		addrs = choose(found)
	}
	if onlyPublic {
		if err := allPublic(addrs); err != nil {
			l.legs = append(l.legs, bundles.Leg{Leg: legTCP, Status: statusSkipped, Error: err.Error()})
			return "", false
		}
	}
	legs := make([]bundles.Leg, len(addrs))
	var wg sync.WaitGroup
	for i, a := range addrs {
		wg.Go(func() { legs[i] = l.reach(joinTarget(a.String(), port)) })
	}
	wg.Wait()
	l.legs = append(l.legs, legs...)
	i := slices.IndexFunc(legs, func(leg bundles.Leg) bool { return leg.Status == statusOK })
	if i < 0 {
		return "", false
	}
	return joinTarget(addrs[i].String(), port), true
}

// allPublic keeps what comes out of a log from leading into the own network, by
// an address or by a name that resolves to one. What was looked at here is what
// is connected to.
func allPublic(addrs []netip.Addr) error {
	for _, a := range addrs {
		if !public(a) {
			return errors.New("not tried: a name out of a log or a connection must have public addresses only")
		}
	}
	return nil
}

func (l *ladder) resolve(host string) ([]netip.Addr, bool) {
	ctx, cancel := context.WithTimeout(l.ctx, l.limits.dns)
	defer cancel()
	leg, begin := start(legDNS)
	leg.Host = host
	found, err := l.lookup(ctx, host)
	if err == nil && len(found) == 0 {
		err = &net.DNSError{Name: host, Err: "no address", IsNotFound: true}
	}
	for i := range found {
		found[i] = found[i].Unmap()
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Less(found[j]) }) // IPv4 first
	found = slices.Compact(found)
	for _, a := range found[:min(len(found), maxFound)] {
		leg.Addresses = append(leg.Addresses, a.String())
	}
	return found, l.finish(leg, begin, err)
}

// choose picks the addresses to try, in turn of both kinds when there are many,
// and in the order given.
func choose(sorted []netip.Addr) []netip.Addr {
	six := slices.IndexFunc(sorted, netip.Addr.Is6)
	if len(sorted) <= maxAddresses || six < 0 {
		return sorted[:min(len(sorted), maxAddresses)]
	}
	n6 := min(len(sorted)-six, max(maxAddresses/2, maxAddresses-six))
	return append(slices.Clone(sorted[:min(six, maxAddresses-n6)]), sorted[six:six+n6]...)
}

// reach connects and sends nothing.
func (l *ladder) reach(address string) bundles.Leg {
	ctx, cancel := context.WithTimeout(l.ctx, l.limits.tcp)
	defer cancel()
	leg, begin := start(legTCP)
	leg.Remote = address
	c, err := l.dial(ctx, address)
	if err == nil {
		leg.Local, leg.Remote = c.LocalAddr().String(), c.RemoteAddr().String()
		defer c.Close()
	}
	return ended(leg, begin, err, inWords)
}

// above makes the legs on top of the way that was found.
func (l *ladder) above() {
	blocked := l.open == nil
	for _, name := range l.target.Legs {
		switch {
		case blocked:
			l.skip(name)
		case name == profiles.LegHTTP:
			l.request()
		default:
			// Without the handshake nothing above it can be had. When only the
			// large hello is lost, the request, which sends the small one, tells
			// so.
			ok := l.handshake(name)
			blocked = !ok && (name == profiles.LegTLS || !slices.Contains(l.target.Legs, profiles.LegTLS))
		}
	}
}

func (l *ladder) skip(leg string) {
	l.legs = append(l.legs, bundles.Leg{Leg: leg, Status: statusSkipped, Error: "a step before it did not get through"})
}

// start begins a leg.
func start(name string) (bundles.Leg, time.Time) {
	now := time.Now()
	at := now.UTC().Truncate(time.Microsecond)
	return bundles.Leg{Leg: name, T: &at}, now
}

// finish ends a leg and reports whether it got through.
func (l *ladder) finish(leg bundles.Leg, begin time.Time, err error) bool {
	l.legs = append(l.legs, ended(leg, begin, err, inWords))
	return err == nil
}

func ended(leg bundles.Leg, begin time.Time, err error, words func(error) string) bundles.Leg {
	leg.DurationMS = float64(time.Since(begin).Microseconds()) / 1000
	leg.Status = Status(err)
	if err != nil {
		leg.Error = words(err)
	}
	return leg
}

// Leaving politely: the other side sees an end and not a reset, as far as that
// costs little.
const (
	leaveTime  = 300 * time.Millisecond
	leaveBytes = 64 << 10
)

// closeConn says that nothing follows, takes what is still under way, and
// closes.
func closeConn(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(leaveTime))
	for {
		if h, ok := c.(interface{ CloseWrite() error }); ok {
			_ = h.CloseWrite()
		}
		inner, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		c = inner.NetConn()
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(c, leaveBytes))
	_ = c.Close()
}
