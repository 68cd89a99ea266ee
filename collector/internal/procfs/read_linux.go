package procfs

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// Mounts reads /proc/self/mountinfo.
func (r Root) Mounts() ([]Mount, error) {
	raw, err := os.ReadFile(r.Path("self", "mountinfo"))
	if err != nil {
		return nil, err
	}
	return ParseMounts(string(raw))
}

// SocketOwners maps the inodes of the sockets of a process to its id in owners.
// It fails with fs.ErrPermission for a process of another user.
func (r Root) SocketOwners(pid int32, owners map[uint64]int32) error {
	dir := r.Path(strconv.Itoa(int(pid)), "fd")
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	for _, n := range names {
		link, lerr := os.Readlink(dir + "/" + n)
		if errors.Is(lerr, fs.ErrPermission) {
			return lerr
		}
		if lerr != nil {
			continue // closed meanwhile
		}
		if inode, ok := socketInode(link); ok {
			owners[inode] = pid
		}
	}
	return err
}

// socketInode parses "socket:[12345]".
func socketInode(link string) (uint64, bool) {
	num, ok := strings.CutPrefix(link, "socket:[")
	if !ok {
		return 0, false
	}
	inode, err := strconv.ParseUint(strings.TrimSuffix(num, "]"), 10, 64)
	return inode, err == nil
}

// DefaultRoutes reads the default routes of IPv4 and IPv6.
func (r Root) DefaultRoutes() ([]Route, error) {
	v4, err := os.ReadFile(r.Path("net", "route"))
	if err != nil {
		return nil, err
	}
	v6, err := os.ReadFile(r.Path("net", "ipv6_route"))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	return append(ParseRoutes4(string(v4)), ParseRoutes6(string(v6))...), nil
}

// Stat reads /proc/<pid>/stat. Name is completed from the command line when the
// kernel cut it.
func (r Root) Stat(pid int32) (Stat, error) {
	raw, err := os.ReadFile(r.Path(strconv.Itoa(int(pid)), "stat"))
	if err != nil {
		return Stat{}, err
	}
	s, err := ParseStat(raw, os.Getpagesize())
	if err == nil && len(s.Name) == 15 {
		s.Name = FullName(s.Name, r.Args(pid))
	}
	return s, err
}
