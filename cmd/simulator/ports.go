package simulator

import (
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Port is one server on loopback.
type Port struct {
	Name    string
	Kind    string
	Args    []string
	Address string // {net}.HOST, {net}.HOST:PORT or [::1]; without a port one that is free
}

// Kinds of ports.
const (
	kindTLS      = "tls"      // tls CERTIFICATE STATUS [clock+AGE]: a handshake, then this answer
	kindHTTP     = "http"     // http STATUS: the same without TLS
	kindProxy    = "proxy"    // proxy STATUS [SCHEME,...]: 200 connects, 407 names schemes
	kindSilent   = "silent"   // accepts and never answers
	kindClosed   = "closed"   // refuses
	kindFiltered = "filtered" // does not answer at all, as behind a firewall that drops
)

// localV6 is the only address of IPv6; it belongs to all machines, so that each
// gets a port that is free.
const localV6 = "[::1]"

// portLine reads NAME | KIND ARGUMENTS | ADDRESS; the last text about a name
// counts, but an empty address keeps the one that is there. Each machine has a
// part of loopback for itself, {net}, so that all have a port 9443.
func (in *Incident) portLine(l string) error {
	c := append(cells(l), "", "")[:3]
	f := strings.Fields(c[1])
	p := Port{Name: c[0], Address: c[2]}
	i := slices.IndexFunc(in.Ports, func(o Port) bool { return o.Name == p.Name })
	if p.Address == "" && i >= 0 {
		p.Address = in.Ports[i].Address
	}
	if p.Address != localV6 && !strings.HasPrefix(p.Address, "{net}.") {
		return fmt.Errorf("want an address {net}.HOST or {net}.HOST:PORT, or %s", localV6)
	}
	if len(f) > 0 {
		p.Kind, p.Args = f[0], f[1:]
	}
	want, ok := map[string]int{kindTLS: 2, kindHTTP: 1, kindProxy: 1, kindSilent: 0, kindClosed: 0, kindFiltered: 0}[p.Kind]
	if !ok || len(p.Args) < want {
		return fmt.Errorf("want tls CERTIFICATE STATUS, http STATUS, proxy STATUS, silent, closed or filtered")
	}
	if p.Address == localV6 && (p.Kind == kindClosed || p.Kind == kindFiltered) {
		return fmt.Errorf("%s has no port that is %s", localV6, p.Kind)
	}
	if i < 0 {
		in.Ports = append(in.Ports, p)
	} else {
		in.Ports[i] = p
	}
	return nil
}

// Servers are the open ports of one machine.
type Servers struct {
	Vars  Vars // {NAME}, {NAME.host}, {NAME.port}
	certs map[string]*certificate
	close []func() error
}

// Listen opens all ports. A number that only root may have becomes a free one
// for others. Certificates are made when a port names them; their clock is now.
// They get the part of loopback and the certificates of a former machine of the
// same case; nil: there is none.
func Listen(ports []Port, former *Servers, now time.Time) (*Servers, error) {
	network := fmt.Sprintf("127.%d.%d", 64+rand.IntN(128), rand.IntN(256))
	certs := map[string]*certificate{}
	if former != nil {
		network, certs = former.Vars["net"], former.certs
	}
	s := &Servers{Vars: Vars{"net": network}, certs: certs}
	for _, c := range certs {
		cn := c.parsed.Subject.CommonName
		s.Vars[cn], s.Vars[cn+".thumbprint"] = c.pem, thumbprint(c.pair.Certificate[0])
	}
	if err := s.known(ports, now); err != nil {
		return nil, err
	}
	for _, p := range ports {
		if p.Address = s.Vars.Expand(p.Address); p.Address == localV6 || !strings.Contains(p.Address, ":") {
			p.Address += ":0"
		}
		addr, err := s.open(p, now)
		if errors.Is(err, os.ErrPermission) {
			p.Address, _, _ = strings.Cut(p.Address, ":")
			p.Address += ":0"
			addr, err = s.open(p, now)
		}
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("port %s: %w", p.Name, err)
		}
		host, port, _ := net.SplitHostPort(addr)
		s.Vars[p.Name], s.Vars[p.Name+".host"], s.Vars[p.Name+".port"] = addr, host, port
	}
	return s, nil
}

// known makes the certificate of ps.crt, which lies on the disk even when no port
// has it.
func (s *Servers) known(ports []Port, now time.Time) error {
	for _, p := range ports {
		if p.Kind == kindTLS && strings.HasPrefix(p.Args[0], "ps.crt") {
			return nil
		}
	}
	_, err := s.certificate("ps.crt", now)
	return err
}

// Close closes every port and its connections.
func (s *Servers) Close() {
	for _, c := range s.close {
		_ = c() // nothing depends on it
	}
}

func (s *Servers) open(p Port, now time.Time) (string, error) {
	switch p.Kind {
	case kindClosed:
		return s.raw(reserve(p.Address))
	case kindFiltered:
		return s.raw(drop(p.Address))
	}
	l, err := net.Listen("tcp", p.Address)
	if err != nil {
		return "", err
	}
	s.close = append(s.close, l.Close)
	h, err := s.handler(p, now)
	if err != nil {
		return "", err
	}
	go serve(l, h)
	return l.Addr().String(), nil
}

func (s *Servers) raw(addr string, end func() error, err error) (string, error) {
	if err == nil {
		s.close = append(s.close, end)
	}
	return addr, err
}

// handler is what one connection gets.
func (s *Servers) handler(p Port, now time.Time) (func(net.Conn), error) {
	if p.Kind == kindSilent {
		return quiet, nil
	}
	a, err := newAnswer(p)
	if err != nil {
		return nil, err
	}
	if p.Kind != kindTLS {
		return a.speak, nil
	}
	cert, err := s.certificate(p.Args[0], now)
	if err != nil {
		return nil, err
	}
	conf := &tls.Config{Certificates: []tls.Certificate{cert.pair}}
	return func(c net.Conn) { a.speak(tls.Server(c, conf)) }, nil
}

// newAnswer reads the arguments behind the kind and its certificate.
func newAnswer(p Port) (a answerer, err error) {
	args := p.Args
	if p.Kind == kindTLS {
		args = args[1:]
	}
	a.proxy = p.Kind == kindProxy
	if a.status, err = strconv.Atoi(args[0]); err != nil {
		return a, fmt.Errorf("status %q: %w", args[0], err)
	}
	for _, arg := range args[1:] {
		if age, ok := strings.CutPrefix(arg, "clock"); ok {
			if a.clock, err = parseAge(strings.TrimPrefix(age, "+")); err != nil {
				return a, err
			}
			continue
		}
		a.schemes = append(a.schemes, strings.Split(arg, ",")...)
	}
	return a, nil
}
