package procfs

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Mount is one row of /proc/self/mountinfo.
type Mount struct {
	Device     string // "major:minor"
	Root       string // path inside of the file system
	Mountpoint string
	FSType     string
	Source     string // "/dev/sda1", "overlay"
}

// ParseMounts parses mountinfo, in its order.
func ParseMounts(text string) ([]Mount, error) {
	var out []Mount
	for l := range strings.Lines(text) {
		left, right, ok := strings.Cut(strings.TrimSuffix(l, "\n"), " - ")
		a, b := strings.Fields(left), strings.Fields(right)
		if !ok || len(a) < 6 || len(b) < 2 {
			return nil, fmt.Errorf("mountinfo row %q", l)
		}
		out = append(out, Mount{Device: a[2], Root: unescape(a[3]), Mountpoint: unescape(a[4]), FSType: b[0], Source: unescape(b[1])})
	}
	return out, nil
}

// unescape resolves \040 and the like.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Volumes leaves the mounts that are volumes: file systems that hold data, each
// once, at its shortest mount point, as df does. gopsutil's list cannot serve:
// without "all" it leaves out overlay and zfs, with it everything is there.
func Volumes(mounts []Mount) []Mount {
	best := map[string]Mount{}
	for _, m := range mounts {
		if pseudo(m) {
			continue
		}
		if have, ok := best[m.Device]; !ok || len(m.Mountpoint) < len(have.Mountpoint) {
			best[m.Device] = m
		}
	}
	hidden := lastMounted(mounts)
	var out []Mount
	for _, m := range best {
		if hidden[m.Mountpoint] == m.Device {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b Mount) int { return strings.Compare(a.Mountpoint, b.Mountpoint) })
	return out
}

// MountpointOf finds the mount that a path without links lies in. Of several
// that contain it the last one hides the others.
func MountpointOf(mounts []Mount, path string) (string, error) {
	found := ""
	for _, m := range mounts {
		dir := strings.TrimSuffix(m.Mountpoint, "/")
		if path == dir || strings.HasPrefix(path, dir+"/") {
			found = m.Mountpoint
		}
	}
	if found == "" {
		return "", errors.New("no mounted volume holds it")
	}
	return found, nil
}

// lastMounted tells the device that is seen at each mount point: a later mount
// hides an earlier one.
func lastMounted(mounts []Mount) map[string]string {
	out := map[string]string{}
	for _, m := range mounts {
		out[m.Mountpoint] = m.Device
	}
	return out
}

// pseudo reports whether a mount holds no data of its own. A tmpfs does when it
// is not one of the system's own.
func pseudo(m Mount) bool {
	switch m.FSType {
	case "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "pstore", "bpf", "tracefs", "debugfs", "securityfs", "configfs", "fusectl",
		"mqueue", "hugetlbfs", "autofs", "binfmt_misc", "rpc_pipefs", "nsfs", "efivarfs", "selinuxfs", "ramfs", "squashfs", "fuse.gvfsd-fuse",
		"fuse.portal", "fuse.lxcfs", "nfsd", "iso9660", "erofs":
		return true
	case "tmpfs":
		for _, dir := range []string{"/dev", "/sys", "/proc", "/run", "/var/run"} {
			if m.Mountpoint == dir || strings.HasPrefix(m.Mountpoint, dir+"/") {
				return true
			}
		}
	}
	return false
}
