package connections

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/asrdiag/asrdiag/collector/internal/ntinfo"
)

// table reads the socket tables: a call for each of the four kinds, and one for
// the names of all processes.
type table struct {
	tcp, udp *windows.LazyProc
	lacking  error
}

func newTable(func(string) bool) *table {
	dll := windows.NewLazySystemDLL("iphlpapi.dll")
	return &table{tcp: dll.NewProc("GetExtendedTcpTable"), udp: dll.NewProc("GetExtendedUdpTable")}
}

// Classes of the tables that have all sockets with the ids of their processes.
const (
	tcpOwnerPIDAll = 5
	udpOwnerPID    = 1
)

func (t *table) read(context.Context) ([]endpoint, error) {
	procs, _, err := ntinfo.Snapshot()
	if err != nil {
		return nil, err
	}
	names := make(map[int32]string, len(procs))
	for _, p := range procs {
		names[p.PID] = p.Name
	}
	var out []endpoint
	t.lacking = nil
	for _, kind := range []struct {
		l      layout
		proc   *windows.LazyProc
		family uintptr
		class  uintptr
	}{
		{tcp4, t.tcp, windows.AF_INET, tcpOwnerPIDAll},
		{tcp6, t.tcp, windows.AF_INET6, tcpOwnerPIDAll},
		{udp4, t.udp, windows.AF_INET, udpOwnerPID},
		{udp6, t.udp, windows.AF_INET6, udpOwnerPID},
	} {
		buf, err := load(kind.proc, kind.family, kind.class)
		if err != nil {
			t.lacking = errors.Join(t.lacking, fmt.Errorf("socket table %s: %w", kind.l.protocol, err))
			continue
		}
		out = append(out, kind.l.parse(buf, names)...)
	}
	if len(out) == 0 && t.lacking != nil {
		return nil, t.lacking
	}
	return out, nil
}

// load reads one table. A family that the machine does not have is empty.
func load(proc *windows.LazyProc, family, class uintptr) ([]byte, error) {
	if err := proc.Find(); err != nil {
		return nil, err
	}
	size := uint32(32 << 10)
	for range 8 { // sockets come while the buffer is made
		buf := make([]byte, size)
		code, _, _ := proc.Call(uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&size)), 0, family, class, 0)
		switch err := windows.Errno(code); err {
		case windows.ERROR_SUCCESS:
			return buf[:min(int(size), len(buf))], nil
		case windows.ERROR_INSUFFICIENT_BUFFER:
			size += 8 << 10
		case windows.ERROR_NOT_SUPPORTED:
			return nil, nil
		default:
			return nil, err
		}
	}
	return nil, windows.ERROR_INSUFFICIENT_BUFFER
}

// Denied is what the last reading had not.
func (t *Tracker) Denied() error { return t.table.lacking }
