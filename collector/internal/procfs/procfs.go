// Package procfs parses the texts of Linux's /proc and some of /etc. The parsers are pure; Root
// reads the files, so that a test can point it at a captured tree.
//
// gopsutil reads three to six files for what is in one (/proc/<pid>/stat), and
// for connections the socket tables once a process. Here each is read once,
// because this runs with every sample.
package procfs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Root is where procfs is mounted: "/proc".
type Root string

// ticks is how many clock ticks a second has in /proc: the kernel's USER_HZ,
// which is 100 on every architecture that Go runs on.
const ticks = 100

// Path is a path below the root.
func (r Root) Path(elem ...string) string {
	return filepath.Join(append([]string{string(r)}, elem...)...)
}

// Stat is /proc/<pid>/stat. Name is cut at 15 characters by the kernel.
type Stat struct {
	PID, PPID  int32
	Name       string
	CPUSeconds float64 // user and system
	// StartSeconds is after the machine's boot.
	StartSeconds float64
	RSSBytes     uint64
}

// ParseStat parses /proc/<pid>/stat. The name is between the first and the last
// parenthesis: it may hold blanks and parentheses itself.
func ParseStat(raw []byte, pageSize int) (Stat, error) {
	open, end := bytes.IndexByte(raw, '('), bytes.LastIndexByte(raw, ')')
	if open < 1 || end < open {
		return Stat{}, errors.New("process stat has no name")
	}
	pid, err := strconv.ParseInt(strings.TrimSpace(string(raw[:open])), 10, 32)
	if err != nil {
		return Stat{}, fmt.Errorf("process stat: %w", err)
	}
	f := strings.Fields(string(raw[end+1:]))
	if len(f) < 22 {
		return Stat{}, fmt.Errorf("process stat has %d fields, want 22", len(f))
	}
	num := func(i int) uint64 { // fields count from 3, after the name
		v, perr := strconv.ParseInt(f[i-3], 10, 64)
		if perr != nil && err == nil {
			err = fmt.Errorf("process stat, field %d: %w", i, perr)
		}
		return uint64(max(v, 0))
	}
	s := Stat{PID: int32(pid), Name: string(raw[open+1 : end]), PPID: int32(num(4)), RSSBytes: num(24) * uint64(pageSize)}
	s.CPUSeconds = float64(num(14)+num(15)) / ticks
	s.StartSeconds = float64(num(22)) / ticks
	return s, err
}

// PIDs lists the processes.
func (r Root) PIDs() ([]int32, error) {
	d, err := os.Open(string(r))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	var out []int32
	for _, n := range names {
		if pid, perr := strconv.ParseInt(n, 10, 32); perr == nil {
			out = append(out, int32(pid))
		}
	}
	return out, err
}

// FullName is the base name of the program if the kernel's name is its begin.
func FullName(name string, args []string) string {
	if len(args) == 0 {
		return name
	}
	if base := filepath.Base(args[0]); strings.HasPrefix(base, name) {
		return base
	}
	return name
}

// Args reads the command line of a process; nil when it has none or is gone.
func (r Root) Args(pid int32) []string {
	raw, err := os.ReadFile(r.Path(strconv.Itoa(int(pid)), "cmdline"))
	if err != nil || len(raw) == 0 {
		return nil
	}
	return strings.Split(strings.TrimRight(string(raw), "\x00"), "\x00")
}

// IO is /proc/<pid>/io: bytes that reached the disk layer.
type IO struct{ Read, Write uint64 }

// IO reads /proc/<pid>/io. Without rights it fails with fs.ErrPermission.
func (r Root) IO(pid int32) (IO, error) {
	raw, err := os.ReadFile(r.Path(strconv.Itoa(int(pid)), "io"))
	if err != nil {
		return IO{}, err
	}
	return ParseIO(raw)
}

// ParseIO parses /proc/<pid>/io.
func ParseIO(raw []byte) (IO, error) {
	var out IO
	seen := 0
	for l := range strings.Lines(string(raw)) {
		key, val, _ := strings.Cut(strings.TrimSpace(l), ": ")
		n, err := strconv.ParseUint(val, 10, 64)
		switch key {
		case "read_bytes":
			out.Read = n
		case "write_bytes":
			out.Write = n
		default:
			continue
		}
		if err != nil {
			return IO{}, fmt.Errorf("process io: %w", err)
		}
		seen++
	}
	if seen != 2 {
		return IO{}, errors.New("process io has no byte counts")
	}
	return out, nil
}

// Boot reads from /proc/stat when the machine was started. gopsutil would read the
// environment of process 1 for it.
func (r Root) Boot() (time.Time, error) {
	raw, err := os.ReadFile(r.Path("stat"))
	if err != nil {
		return time.Time{}, err
	}
	return ParseBoot(string(raw))
}

// ParseBoot finds btime in /proc/stat, in seconds since 1970.
func ParseBoot(text string) (time.Time, error) {
	for l := range strings.Lines(text) {
		if n, ok := strings.CutPrefix(l, "btime "); ok {
			sec, err := strconv.ParseInt(strings.TrimSpace(n), 10, 64)
			return time.Unix(sec, 0).UTC(), err
		}
	}
	return time.Time{}, errors.New("stat has no btime")
}

// MajorFaults reads from /proc/vmstat how many pages had to be read from disk
// since boot. gopsutil has the number too, but multiplied by 4096.
func (r Root) MajorFaults() (uint64, error) {
	raw, err := os.ReadFile(r.Path("vmstat"))
	if err != nil {
		return 0, err
	}
	return ParseMajorFaults(string(raw))
}

// ParseMajorFaults finds pgmajfault in /proc/vmstat.
func ParseMajorFaults(text string) (uint64, error) {
	for l := range strings.Lines(text) {
		if n, ok := strings.CutPrefix(l, "pgmajfault "); ok {
			return strconv.ParseUint(strings.TrimSpace(n), 10, 64)
		}
	}
	return 0, errors.New("vmstat has no pgmajfault")
}
