// Package disks lists the mounted volumes and their usage. A volume whose
// server is gone can hang for ever, so each is asked in a goroutine of its own
// that is left behind at the deadline, and is not asked again until it answers.
package disks

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// usageTimeout is how long one volume may take to tell its usage.
const usageTimeout = 2 * time.Second

// volume is a mounted volume.
type volume struct{ mountpoint, device, fstype string }

// usage is what statfs or its like says, in bytes.
type usage struct{ total, free, available uint64 }

// Reader reads volumes. It is safe for concurrent use.
type Reader struct {
	mu   sync.Mutex
	busy map[string]bool // volumes that have not answered yet
}

// Read lists the volumes with their usage.
func (r *Reader) Read(ctx context.Context) (bundles.Disks, error) {
	f := bundles.Disks{Taken: time.Now().UTC(), Items: []bundles.Disk{}}
	vols, err := volumes(ctx)
	if err != nil {
		return f, fmt.Errorf("list volumes: %w", err)
	}
	for _, v := range vols {
		d := bundles.Disk{Mountpoint: v.mountpoint, Device: v.device, FSType: v.fstype}
		u, err := r.usage(ctx, v.mountpoint)
		if err != nil {
			d.Error = err.Error()
		}
		d.TotalBytes, d.FreeBytes, d.AvailableBytes = u.total, u.free, u.available
		if err == nil && u.total == 0 {
			continue // nothing is stored there
		}
		f.Items = append(f.Items, d)
	}
	return f, nil
}

// Utilization reads the share of every volume that answers which an ordinary
// user cannot write to any more: what is used and what is reserved for root.
func (r *Reader) Utilization(ctx context.Context) map[string]float64 {
	f, err := r.Read(ctx)
	if err != nil {
		return nil
	}
	out := map[string]float64{}
	for _, d := range f.Items {
		if d.Error == "" {
			share := 1 - float64(min(d.AvailableBytes, d.TotalBytes))/float64(d.TotalBytes)
			out[d.Mountpoint] = math.Round(share*1e6) / 1e6
		}
	}
	return out
}

func (r *Reader) usage(ctx context.Context, mountpoint string) (usage, error) {
	if !r.claim(mountpoint) {
		return usage{}, fmt.Errorf("the volume does not answer")
	}
	type answer struct {
		u   usage
		err error
	}
	done := make(chan answer, 1)
	go func() {
		u, err := statfs(mountpoint)
		r.release(mountpoint)
		done <- answer{u, err}
	}()
	wait := time.NewTimer(usageTimeout)
	defer wait.Stop()
	select {
	case a := <-done:
		return a.u, a.err
	case <-wait.C:
		return usage{}, fmt.Errorf("the volume does not answer within %v", usageTimeout)
	case <-ctx.Done():
		return usage{}, ctx.Err()
	}
}

func (r *Reader) claim(mountpoint string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy == nil {
		r.busy = map[string]bool{}
	}
	if r.busy[mountpoint] {
		return false
	}
	r.busy[mountpoint] = true
	return true
}

func (r *Reader) release(mountpoint string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, mountpoint)
}
