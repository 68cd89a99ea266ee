package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// watchEvery is the time between two looks at the memory of a run.
const watchEvery = 4 * time.Millisecond

// cost is what one run took.
type cost struct {
	wall, cpu time.Duration
	resident  int64 // bytes, the sum of the peaks of all its processes; 0 unless watched
	largest   int64 // bytes, the peak of the largest of them
}

// command is something to be run.
type command struct {
	args  []string
	env   []string
	watch bool // memory
	codes []int
}

// run runs it to its end. An exit code that is not expected is an error with the
// last words of the program.
func (c command) run(ctx context.Context) (cost, error) {
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	var errs bytes.Buffer
	cmd.Stderr = &errs // stdout is the null device
	cmd.Env = append(os.Environ(), c.env...)
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	memory := watchMemory(cmd.Process.Pid, c.watch)
	err := cmd.Wait()
	spent := cost{wall: time.Since(started), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	spent.resident, spent.largest = memory()
	if code := cmd.ProcessState.ExitCode(); code >= 0 && slices.Contains(c.codes, code) {
		err = nil
	}
	if err != nil {
		return spent, fmt.Errorf("%s: %v: %s", c, err, lastLine(errs.String()))
	}
	return spent, nil
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// String is the command as it is told to a reader.
func (c command) String() string { return strings.Join(c.args, " ") }

// watchMemory looks at a process and its children until the function that it
// returns is called, which gives the sum and the largest of their peaks.
func watchMemory(pid int, watch bool) func() (sum, largest int64) {
	if !watch {
		return func() (int64, int64) { return 0, 0 }
	}
	peaks := map[int]int64{}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			for _, p := range family(pid) {
				peaks[p] = max(peaks[p], peakResident(p))
			}
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	return func() (sum, largest int64) {
		close(stop)
		<-stopped
		for _, n := range peaks {
			sum, largest = sum+n, max(largest, n)
		}
		return sum, largest
	}
}

// turns runs commands one after another, rounds times, and gives the median cost
// of each: what else the machine does hits all of them.
func turns(ctx context.Context, rounds int, commands ...func(context.Context) (cost, error)) ([]cost, error) {
	spent := make([][]cost, len(commands))
	for range rounds {
		for i, run := range commands {
			c, err := run(ctx)
			if err != nil {
				return nil, err
			}
			spent[i] = append(spent[i], c)
		}
	}
	out := make([]cost, len(commands))
	for i, list := range spent {
		out[i] = medians(list)
	}
	return out, nil
}

// medians takes the median of each member by itself; of memory, the largest.
func medians(list []cost) (m cost) {
	var walls, cpus []time.Duration
	for _, c := range list {
		walls, cpus = append(walls, c.wall), append(cpus, c.cpu)
		m.resident, m.largest = max(m.resident, c.resident), max(m.largest, c.largest)
	}
	slices.Sort(walls)
	slices.Sort(cpus)
	m.wall, m.cpu = walls[len(walls)/2], cpus[len(cpus)/2]
	return m
}
