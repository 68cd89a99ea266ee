package connections

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

// layout says where the members of a row of Windows' socket tables are: every
// table is a count and then its rows, all members of 32 bits but IPv6 addresses.
// A member that a kind does not have is at -1.
type layout struct {
	protocol             string
	size                 int // of a row
	state, pid           int
	local, localPort     int
	remote, remotePort   int
	localScope, remScope int
	six                  bool
}

var (
	tcp4 = layout{protocol: "tcp", size: 24, state: 0, local: 4, localPort: 8, remote: 12, remotePort: 16, pid: 20}
	tcp6 = layout{protocol: "tcp6", size: 56, local: 0, localScope: 16, localPort: 20, remote: 24, remScope: 40, remotePort: 44, state: 48, pid: 52, six: true}
	udp4 = layout{protocol: "udp", size: 12, local: 0, localPort: 4, pid: 8, state: -1, remote: -1}
	udp6 = layout{protocol: "udp6", size: 28, local: 0, localScope: 16, localPort: 20, pid: 24, state: -1, remote: -1, six: true}
)

// windowsStates are the words of the Linux kernel for the states that Windows
// numbers from 1, so that bundles of both speak alike.
var windowsStates = [...]string{"", "CLOSE", "LISTEN", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT", "DELETE_TCB"}

// parse reads a table. names are those of the processes by id. Rows that are cut
// off are left out.
func (l layout) parse(buf []byte, names map[int32]string) []endpoint {
	if len(buf) < 4 {
		return nil
	}
	rows := buf[4:]
	n := min(int(binary.LittleEndian.Uint32(buf)), len(rows)/l.size)
	out := make([]endpoint, 0, n)
	for i := range n {
		out = append(out, l.row(rows[i*l.size:(i+1)*l.size], names))
	}
	return out
}

func (l layout) row(row []byte, names map[int32]string) endpoint {
	e := endpoint{protocol: l.protocol, pid: int32(binary.LittleEndian.Uint32(row[l.pid:])), state: "CLOSE"} // a UDP socket without a peer
	e.process = names[e.pid]
	e.local = l.address(row, l.local, l.localPort, l.localScope).String()
	if l.state < 0 {
		return e
	}
	e.state = stateName(binary.LittleEndian.Uint32(row[l.state:]))
	// The remote end of a listener means nothing; its port may be any number.
	if r := l.address(row, l.remote, l.remotePort, l.remScope); e.state != "LISTEN" && (r.Port() != 0 || !r.Addr().IsUnspecified()) {
		e.remote = r.String()
	}
	return e
}

func stateName(n uint32) string {
	if n == 0 || n >= uint32(len(windowsStates)) {
		return "STATE_" + strconv.FormatUint(uint64(n), 10)
	}
	return windowsStates[n]
}

// address reads an end. Ports are in network order in the lower half.
func (l layout) address(row []byte, at, port, scope int) netip.AddrPort {
	p := binary.BigEndian.Uint16(row[port:])
	if !l.six {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(row[at:])), p)
	}
	a := netip.AddrFrom16([16]byte(row[at:]))
	if zone := binary.LittleEndian.Uint32(row[scope:]); zone != 0 && a.IsLinkLocalUnicast() {
		a = a.WithZone(strconv.FormatUint(uint64(zone), 10))
	}
	return netip.AddrPortFrom(a, p)
}
