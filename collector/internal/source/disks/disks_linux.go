package disks

import (
	"context"

	"golang.org/x/sys/unix"

	"github.com/asrdiag/asrdiag/collector/internal/procfs"
)

func volumes(context.Context) ([]volume, error) {
	mounts, err := procfs.Root("/proc").Mounts()
	if err != nil {
		return nil, err
	}
	var out []volume
	for _, m := range procfs.Volumes(mounts) {
		out = append(out, volume{m.Mountpoint, m.Source, m.FSType})
	}
	return out, nil
}

func statfs(mountpoint string) (usage, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(mountpoint, &st); err != nil {
		return usage{}, err
	}
	size := uint64(st.Frsize)
	if size == 0 {
		size = uint64(st.Bsize)
	}
	return usage{total: st.Blocks * size, free: st.Bfree * size, available: st.Bavail * size}, nil
}
