package connections

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/asrdiag/asrdiag/collector/internal/procfs"
)

// table reads the socket tables and finds the owners of the sockets. Walking
// the descriptors of all processes is what costs, so owners are remembered and
// looked for again only when a socket is new.
type table struct {
	wanted func(string) bool
	proc   procfs.Root
	owners map[uint64]int32
	names  map[int32]string
	none   map[uint64]bool // sockets that no process had, in the reading before
	denied error
}

func newTable(wanted func(string) bool) *table {
	return &table{wanted: wanted, proc: "/proc", owners: map[uint64]int32{}, names: map[int32]string{}, none: map[uint64]bool{}}
}

func (t *table) read(ctx context.Context) ([]endpoint, error) {
	socks, err := t.proc.Sockets()
	if err != nil {
		return nil, fmt.Errorf("read socket tables: %w", err)
	}
	if t.unknown(socks) {
		if err := t.findOwners(ctx); err != nil {
			return nil, err
		}
	}
	none := map[uint64]bool{}
	out := make([]endpoint, 0, len(socks))
	for _, s := range socks {
		e := endpoint{protocol: s.Protocol, local: s.Local.String(), state: s.State, pid: t.owners[s.Inode]}
		if s.Remote.Port() != 0 || !s.Remote.Addr().IsUnspecified() {
			e.remote = s.Remote.String()
		}
		e.process = t.names[e.pid]
		if e.pid == 0 {
			none[s.Inode] = true
		}
		out = append(out, e)
	}
	t.none = none
	return out, nil
}

// unknown reports whether a socket is new.
func (t *table) unknown(socks []procfs.Socket) bool {
	for _, s := range socks {
		if _, ok := t.owners[s.Inode]; !ok && s.Inode != 0 && !t.none[s.Inode] {
			return true
		}
	}
	return false
}

// findOwners walks the descriptors of the wanted processes.
func (t *table) findOwners(ctx context.Context) error {
	pids, err := t.proc.PIDs()
	if err != nil {
		return err
	}
	t.owners, t.names = map[uint64]int32{}, map[int32]string{}
	for _, pid := range pids {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, err := t.proc.Stat(pid)
		if err != nil || !t.wanted(s.Name) {
			continue
		}
		t.names[pid] = s.Name
		if err := t.proc.SocketOwners(pid, t.owners); errors.Is(err, fs.ErrPermission) {
			t.denied = fmt.Errorf("the sockets of some processes: %w", fs.ErrPermission)
		}
	}
	return nil
}

// Denied is what the last readings had no right to see.
func (t *Tracker) Denied() error { return t.table.denied }
