package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// sampling measures a collection while nothing but samples is taken: from some
// seconds after its start to some before the end of its window.
func sampling(b *bench) ([]row, error) {
	window, interval, margin := 70*time.Second, 5*time.Second, 5*time.Second
	if b.quick {
		window, interval, margin = 3*time.Second, time.Second, 500*time.Millisecond
	}
	profile, err := b.profile("none.json", filepath.Join(b.dir, "none"))
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(b.ctx, b.program("asrcollect"), "--duration", window.String(), "--interval", interval.String(),
		"--profile", profile, "--yes", "--no-probes", "--quiet", "--out", b.dir)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	begin, err := cpuAfter(cmd.Process.Pid, margin)
	end := begin
	span := window - 2*margin
	if err == nil {
		end, err = cpuAfter(cmd.Process.Pid, span)
	}
	if err != nil {
		_ = cmd.Process.Kill()
	}
	_ = cmd.Wait() // without logs it may say that it lacks something
	if err != nil {
		return nil, err
	}
	if bundles, _ := filepath.Glob(filepath.Join(b.dir, "*.zip")); len(bundles) != 1 {
		return nil, fmt.Errorf("%d bundles came of it, not 1", len(bundles))
	} else if err := os.Remove(bundles[0]); err != nil {
		return nil, err
	}
	share := float64(end-begin) / float64(span)
	return []row{{
		what: "asrcollect: CPU while sampling every 5 s", measured: fmt.Sprintf("%.2f %% of a core, over %v", share*100, span), bound: "1 %",
		command: fmt.Sprintf("asrcollect --duration %v --interval %v", window, interval), value: share, limit: 0.01,
	}}, nil
}

// cpuAfter waits and gives the CPU time of a running process.
func cpuAfter(pid int, wait time.Duration) (time.Duration, error) {
	time.Sleep(wait)
	return cpuSoFar(pid)
}
