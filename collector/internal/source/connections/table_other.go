//go:build !linux && !windows

package connections

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"

	gonet "github.com/shirou/gopsutil/v3/net"
	"github.com/shirou/gopsutil/v3/process"
)

// table reads the socket table through gopsutil; on Windows that is one call
// of the system for each protocol.
type table struct{ names map[int32]string }

func newTable(func(string) bool) *table { return &table{names: map[int32]string{}} }

func (t *table) read(ctx context.Context) ([]endpoint, error) {
	conns, err := gonet.ConnectionsWithoutUidsWithContext(ctx, "inet")
	if err != nil {
		return nil, fmt.Errorf("read socket table: %w", err)
	}
	var out []endpoint
	for _, c := range conns {
		e := endpoint{protocol: protocol(c.Type, c.Laddr.IP), local: join(c.Laddr), state: c.Status, pid: c.Pid}
		if c.Raddr.IP != "" && c.Raddr.Port != 0 {
			e.remote = join(c.Raddr)
		}
		if e.state == "" || e.state == "NONE" {
			e.state = "CLOSE" // the kernel's word for a UDP socket without peer
		}
		e.process = t.name(ctx, c.Pid)
		out = append(out, e)
	}
	return out, nil
}

// name remembers the names of processes for as long as they are asked for.
func (t *table) name(ctx context.Context, pid int32) string {
	if n, ok := t.names[pid]; ok || pid == 0 {
		return n
	}
	p, err := process.NewProcessWithContext(ctx, pid)
	if err != nil {
		return ""
	}
	n, _ := p.NameWithContext(ctx)
	t.names[pid] = n
	return n
}

func protocol(kind uint32, ip string) string {
	p := "tcp"
	if kind == syscall.SOCK_DGRAM {
		p = "udp"
	}
	if strings.Contains(ip, ":") {
		p += "6"
	}
	return p
}

func join(a gonet.Addr) string { return net.JoinHostPort(a.IP, strconv.Itoa(int(a.Port))) }

// Denied is what the last readings had no right to see.
func (t *Tracker) Denied() error { return nil }
