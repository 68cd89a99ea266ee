package procfs

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// Socket is one row of /proc/net/tcp, tcp6, udp or udp6.
type Socket struct {
	Protocol      string
	Local, Remote netip.AddrPort
	State         string // the kernel's word
	Inode         uint64 // 0: no process has it (TIME_WAIT)
}

// stateName gives the kernel's word for the number in /proc/net.
func stateName(n uint64) string {
	names := [...]string{"", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV"}
	if n == 0 || n >= uint64(len(names)) {
		return "UNKNOWN"
	}
	return names[n]
}

// Sockets reads the four socket tables. A missing table (no IPv6) is none.
func (r Root) Sockets() ([]Socket, error) {
	var out []Socket
	for _, proto := range []string{"tcp", "tcp6", "udp", "udp6"} {
		raw, err := os.ReadFile(r.Path("net", proto))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		rows, err := ParseSockets(proto, string(raw))
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// ParseSockets parses one socket table.
func ParseSockets(proto, text string) ([]Socket, error) {
	var out []Socket
	header := true
	for l := range strings.Lines(text) {
		if header {
			header = false
			continue
		}
		f := strings.Fields(l)
		if len(f) == 0 {
			continue
		}
		if len(f) < 10 {
			return nil, fmt.Errorf("%s table: %d fields in %q", proto, len(f), l)
		}
		s, err := parseSocket(proto, f)
		if err != nil {
			return nil, fmt.Errorf("%s table: %w", proto, err)
		}
		out = append(out, s)
	}
	return out, nil
}

func parseSocket(proto string, f []string) (Socket, error) {
	local, err := parseAddr(f[1])
	if err != nil {
		return Socket{}, err
	}
	remote, err := parseAddr(f[2])
	if err != nil {
		return Socket{}, err
	}
	state, err := strconv.ParseUint(f[3], 16, 8)
	if err != nil {
		return Socket{}, fmt.Errorf("state %q: %w", f[3], err)
	}
	inode, err := strconv.ParseUint(f[9], 10, 64)
	if err != nil {
		return Socket{}, fmt.Errorf("inode %q: %w", f[9], err)
	}
	return Socket{Protocol: proto, Local: local, Remote: remote, State: stateName(state), Inode: inode}, nil
}

// parseAddr parses "0100007F:0016": words of four bytes in the byte order of
// the machine, which is little endian wherever this runs. An IPv4 address in
// an IPv6 socket is given as IPv4.
func parseAddr(s string) (netip.AddrPort, error) {
	host, port, ok := strings.Cut(s, ":")
	raw, err := hex.DecodeString(host)
	if !ok || err != nil || len(raw) != 4 && len(raw) != 16 {
		return netip.AddrPort{}, fmt.Errorf("address %q", s)
	}
	for i := 0; i < len(raw); i += 4 {
		binary.BigEndian.PutUint32(raw[i:], binary.LittleEndian.Uint32(raw[i:]))
	}
	p, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("port of %q: %w", s, err)
	}
	addr, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr.Unmap(), uint16(p)), nil
}

// Route is a default route.
type Route struct{ Gateway, Interface string }

// ParseRoutes4 finds the default routes in /proc/net/route.
func ParseRoutes4(text string) []Route {
	var out []Route
	for l := range strings.Lines(text) {
		f := strings.Fields(l)
		if len(f) < 8 || f[1] != "00000000" || f[7] != "00000000" {
			continue
		}
		flags, err := strconv.ParseUint(f[3], 16, 16)
		gw, aerr := parseAddr(f[2] + ":0")
		if err != nil || aerr != nil || flags&1 == 0 { // RTF_UP
			continue
		}
		out = append(out, Route{Gateway: gw.Addr().String(), Interface: f[0]})
	}
	return out
}

// ParseRoutes6 finds the default routes in /proc/net/ipv6_route.
func ParseRoutes6(text string) []Route {
	var out []Route
	for l := range strings.Lines(text) {
		f := strings.Fields(l)
		if len(f) < 10 || strings.Trim(f[0], "0") != "" || f[1] != "00" || f[9] == "lo" {
			continue
		}
		raw, err := hex.DecodeString(f[4])
		addr, ok := netip.AddrFromSlice(raw)
		if err != nil || !ok {
			continue
		}
		out = append(out, Route{Gateway: addr.String(), Interface: f[9]})
	}
	return out
}

// ParseResolvers finds the name servers of resolv.conf.
func ParseResolvers(text string) []string {
	var out []string
	for l := range strings.Lines(text) {
		f := strings.Fields(l)
		if len(f) >= 2 && f[0] == "nameserver" {
			out = append(out, f[1])
		}
	}
	return out
}
