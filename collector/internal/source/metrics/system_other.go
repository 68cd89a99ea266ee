//go:build !windows

package metrics

import (
	"context"
	"errors"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/mem"
	gonet "github.com/shirou/gopsutil/v3/net"

	"github.com/asrdiag/asrdiag/bundles"
)

// readCPU reads the time of all cores together.
func readCPU(ctx context.Context) (cpuTime, error) {
	list, err := cpu.TimesWithContext(ctx, false)
	if err != nil {
		return cpuTime{}, err
	}
	if len(list) != 1 {
		return cpuTime{}, errors.New("no times of all cores")
	}
	return cpuTimeOf(list[0]), nil
}

// cpuTimeOf adds up. A guest's time is in that of the user already.
func cpuTimeOf(t cpu.TimesStat) cpuTime {
	idle := t.Idle + t.Iowait
	return cpuTime{total: t.User + t.System + idle + t.Nice + t.Irq + t.Softirq + t.Steal, idle: idle}
}

func readMemory(ctx context.Context, out *bundles.Sample) {
	m, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return
	}
	memory(out, m.Total, m.Available)
	if m.CommitLimit > 0 {
		out.Commit = ratio(float64(m.CommittedAS), float64(m.CommitLimit))
	}
}

func readNetwork(ctx context.Context) map[string]bundles.NetworkIO {
	list, err := gonet.IOCountersWithContext(ctx, true)
	if err != nil {
		return nil
	}
	out := map[string]bundles.NetworkIO{}
	for _, n := range list {
		if n.Name != "lo" {
			out[n.Name] = bundles.NetworkIO{Receive: n.BytesRecv, Transmit: n.BytesSent}
		}
	}
	return out
}
