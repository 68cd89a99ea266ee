package probes

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/httphead"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// request makes the leg http: one GET, over TLS where a leg of TLS is asked for.
// Any answer will do.
func (l *ladder) request() {
	ctx, cancel := context.WithTimeout(l.ctx, l.limits.http)
	defer cancel()
	leg, begin := start(profiles.LegHTTP)
	c, err := l.open(ctx)
	if err != nil {
		l.finish(leg, begin, err)
		return
	}
	leg.Local, leg.Remote = c.LocalAddr().String(), c.RemoteAddr().String()
	if l.secure() {
		var asked bool
		conn, err := l.greet(ctx, &leg, c, l.config(&asked, "http/1.1"))
		leg.HelloBytes = 0
		if err != nil {
			leg.Error = "the TLS handshake for it: " + leg.Error
			l.legs = append(l.legs, leg)
			return
		}
		c = conn
	}
	defer closeConn(c)
	l.ask(ctx, leg, begin, c)
}

// ask sends the request and ends the leg.
func (l *ladder) ask(ctx context.Context, leg bundles.Leg, begin time.Time, c net.Conn) {
	err := deadline(ctx, c)
	var h httphead.Head
	if err == nil {
		h, err = httphead.Ask(c, httphead.Request{Method: "GET", Target: l.target.Path, Host: l.hostField()})
	}
	if h.Status != 0 {
		err = nil // the status is what was asked for
	}
	leg.HTTPStatus, leg.AuthSchemes = h.Status, schemes(h)
	if at, err := h.Date(); err == nil {
		leg.Date = &at
	}
	l.finish(leg, begin, err)
}

// secure reports whether the target speaks TLS.
func (l *ladder) secure() bool {
	return slices.Contains(l.target.Legs, profiles.LegTLS) || slices.Contains(l.target.Legs, profiles.LegTLS3)
}

// hostField is the target as the field Host has it.
func (l *ladder) hostField() string {
	host, usual := withoutZone(l.target.host), 80
	if l.secure() {
		usual = 443
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		host = "[" + host + "]"
	}
	if l.target.port == usual {
		return host
	}
	return host + ":" + strconv.Itoa(l.target.port)
}
