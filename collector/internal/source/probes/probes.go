// Package probes tries to connect to targets and says, leg by leg, how far it
// got and from which local endpoint, so that the traces of a probe in a log can
// be told from others.
package probes

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Limits.
const (
	dnsTimeout   = 5 * time.Second
	tcpTimeout   = 5 * time.Second
	maxTargets   = 64
	maxAddresses = 3 // of one name
	parallel     = 8
)

// Target is what to connect to.
type Target struct{ Name, Target, Origin, Error string }

// Targets lists the targets of a profile and of the command line.
func Targets(list []profiles.Probe, vars config.Vars, flags []string) []Target {
	var out []Target
	flagName := ""
	for _, p := range list {
		if p.Flag {
			flagName = p.Name
		}
		switch {
		case p.Target != "":
			out = append(out, Target{Name: p.Name, Target: p.Target, Origin: "profile"})
		case p.FromConfig != nil:
			if t, ok := fromConfig(p, vars); ok {
				out = append(out, t)
			}
		}
	}
	for _, f := range flags {
		out = append(out, Target{Name: flagName, Target: f, Origin: "flag"})
	}
	return out[:min(len(out), maxTargets)]
}

// fromConfig takes host and port from a configuration file. Without the host
// there is no target.
func fromConfig(p profiles.Probe, vars config.Vars) (Target, bool) {
	host, ok := vars.Get(p.FromConfig.Config, p.FromConfig.Host)
	if !ok || host == "" {
		return Target{}, false
	}
	port, ok := vars.Get(p.FromConfig.Config, p.FromConfig.Port)
	if !ok || port == "" {
		port = strconv.Itoa(p.FromConfig.DefaultPort)
	}
	return Target{Name: p.Name, Target: net.JoinHostPort(strings.Trim(host, "[]"), port), Origin: "config:" + p.FromConfig.Config}, true
}

// CheckTarget reports what is wrong with a HOST:PORT.
func CheckTarget(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%q has to be HOST:PORT", s)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("port %q of %q has to be a number from 1 to 65535", port, s)
	}
	if host == "" || strings.ContainsAny(host, "/@ ") {
		return fmt.Errorf("%q has no host name or address", s)
	}
	return nil
}

// Run probes all targets, some at a time; results are in the order of targets.
func Run(ctx context.Context, targets []Target) bundles.Probes {
	f := bundles.Probes{Taken: time.Now().UTC(), Items: make([]bundles.Probe, len(targets))}
	slots := make(chan struct{}, parallel)
	var wg sync.WaitGroup
	for i, t := range targets {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			f.Items[i] = probe(ctx, t)
		})
	}
	wg.Wait()
	return f
}

func probe(ctx context.Context, t Target) bundles.Probe {
	p := bundles.Probe{T: time.Now().UTC(), Name: t.Name, Target: t.Target, Origin: t.Origin, Legs: []bundles.Leg{}}
	if err := CheckTarget(t.Target); err != nil {
		p.Error = err.Error()
		return p
	}
	host, port, _ := net.SplitHostPort(t.Target)
	addrs := []string{host}
	if _, err := netip.ParseAddr(host); err != nil {
		leg := resolve(ctx, host)
		p.Legs = append(p.Legs, leg)
		if leg.Status != "ok" {
			return p
		}
		addrs = leg.Addresses
	}
	for _, a := range addrs[:min(len(addrs), maxAddresses)] {
		leg := connect(ctx, net.JoinHostPort(a, port))
		p.Legs = append(p.Legs, leg)
		if leg.Status == "ok" {
			break
		}
	}
	return p
}

func resolve(ctx context.Context, host string) bundles.Leg {
	ctx, cancel := context.WithTimeout(ctx, dnsTimeout)
	defer cancel()
	begin := time.Now()
	addrs, err := net.DefaultResolver.LookupHost(ctx, host)
	return finish(bundles.Leg{Leg: "dns", Addresses: addrs}, begin, err)
}

func connect(ctx context.Context, target string) bundles.Leg {
	ctx, cancel := context.WithTimeout(ctx, tcpTimeout)
	defer cancel()
	leg := bundles.Leg{Leg: "tcp", Remote: target}
	begin := time.Now()
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", target)
	leg = finish(leg, begin, err)
	if err == nil {
		leg.Local, leg.Remote = c.LocalAddr().String(), c.RemoteAddr().String()
		_ = c.Close() // nothing was written
	}
	return leg
}

func finish(leg bundles.Leg, begin time.Time, err error) bundles.Leg {
	leg.DurationMS = float64(time.Since(begin).Microseconds()) / 1000
	leg.Status = Status(err)
	if err != nil {
		leg.Error = err.Error()
	}
	return leg
}

// windowsRefused, windowsUnreachable and windowsHostUnreachable are Winsock's
// numbers, which package syscall does not map.
const (
	windowsRefused         = syscall.Errno(10061)
	windowsUnreachable     = syscall.Errno(10051)
	windowsHostUnreachable = syscall.Errno(10065)
)

// Status gives the word for how a leg ended.
func Status(err error) string {
	var dns *net.DNSError
	var timeout interface{ Timeout() bool }
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "not_found"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, windowsRefused):
		return "refused"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, windowsUnreachable), errors.Is(err, windowsHostUnreachable):
		return "unreachable"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "failed"
}
