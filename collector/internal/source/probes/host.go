package probes

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

// place is where a value of a configuration leads.
type place struct {
	host   string // a name in ASCII or an address, without brackets
	port   int    // 0: the value has none
	scheme string // of a URL
	// userinfo says that the value had credentials; they are dropped.
	userinfo bool
}

var (
	errHost = errors.New("is no host name or address")
	errPort = errors.New("has a port that is no number from 1 to 65535")
)

// maxValue is the longest value that is looked at.
const maxValue = 2048

// parsePlace reads a host, host:port or URL. The errors do not repeat the value:
// it may have a secret.
func parsePlace(s string) (place, error) {
	s = strings.TrimSpace(s)
	if len(s) > maxValue {
		return place{}, errHost
	}
	var p place
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		p.scheme, s = strings.ToLower(scheme), rest
		if i := strings.IndexAny(s, `/?#\`); i >= 0 {
			s = s[:i]
		}
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		p.userinfo, s = true, s[i+1:]
	}
	host, port, err := splitPort(strings.TrimSuffix(s, "/"))
	if err != nil {
		return place{}, err
	}
	p.port = port
	p.host, err = cleanHost(host)
	return p, err
}

// splitPort takes a port off. An IPv6 address needs no brackets without one.
func splitPort(s string) (string, int, error) {
	if _, err := netip.ParseAddr(s); err == nil {
		return s, 0, nil
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); ok && strings.Contains(inner, ":") {
			return inner, 0, nil
		}
	}
	if !strings.Contains(s, ":") {
		return s, 0, nil
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, errHost
	}
	n, err := parsePort(port)
	return host, n, err
}

func parsePort(s string) (int, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 16)
	if err != nil || n == 0 {
		return 0, errPort
	}
	return int(n), nil
}

// cleanHost gives the form in which a host may be asked for: an address, or a
// name of letters, digits, hyphens and underscores. A name in another script
// becomes ASCII (xn--).
func cleanHost(s string) (string, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		if zone := a.Zone(); zone != "" && (!a.IsLinkLocalUnicast() && !a.IsLinkLocalMulticast() || !isLabel(strings.ReplaceAll(zone, ".", "-"))) {
			return "", errHost
		}
		return a.Unmap().String(), nil
	}
	s = strings.TrimSuffix(s, ".")
	if s == "" || !utf8.ValidString(s) {
		return "", errHost
	}
	labels := strings.Split(s, ".")
	for i, l := range labels {
		a, err := asciiLabel(l)
		if err != nil {
			return "", err
		}
		labels[i] = a
	}
	s = strings.Join(labels, ".")
	if len(s) > 253 || isNumber(labels[len(labels)-1]) {
		return "", errHost
	}
	return s, nil
}

// isNumber finds the last label of what some resolvers take for an address:
// 127.1, 0x7f000001, 2130706433.
func isNumber(label string) bool {
	_, err := strconv.ParseUint(label, 0, 64)
	return err == nil || strings.Trim(label, "0123456789") == ""
}

func isLabel(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-'
}

// joinTarget writes host:port.
func joinTarget(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

// withoutZone is the host as a server knows it.
func withoutZone(host string) string {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.WithZone("").String()
	}
	return host
}

// CheckTarget reports what is wrong with a HOST:PORT.
func CheckTarget(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%.80q has to be HOST:PORT", s)
	}
	if _, err := parsePort(port); err != nil {
		return fmt.Errorf("port %.20q of %.80q has to be a number from 1 to 65535", port, s)
	}
	if _, err := cleanHost(host); err != nil {
		return fmt.Errorf("%.80q has no host name or address", s)
	}
	return nil
}

// public reports whether an address is one of the internet at large: not of this
// machine, of a private network, or of a range with a meaning of its own.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" || !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range special() {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// special are global unicast addresses that lead somewhere else: shared and
// documentation ranges, benchmarks, protocol assignments, the wire server of
// Azure, and IPv6 forms that carry an IPv4 address.
func special() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
		"3fff::/20", "5f00::/16", "fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}
