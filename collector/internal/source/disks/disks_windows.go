package disks

import (
	"context"

	"github.com/shirou/gopsutil/v3/disk"
	"golang.org/x/sys/windows"
)

func volumes(ctx context.Context) ([]volume, error) {
	parts, err := disk.PartitionsWithContext(ctx, false)
	if err != nil && len(parts) == 0 {
		return nil, err
	}
	var out []volume
	for _, p := range parts {
		out = append(out, volume{p.Mountpoint + `\`, p.Device, p.Fstype})
	}
	return out, nil
}

func statfs(mountpoint string) (usage, error) {
	name, err := windows.UTF16PtrFromString(mountpoint)
	if err != nil {
		return usage{}, err
	}
	var u usage
	err = windows.GetDiskFreeSpaceEx(name, &u.available, &u.total, &u.free)
	return u, err
}
