package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// machine is what a reader needs to compare with another page: nothing that
// names this machine.
type machine struct {
	date     string
	cpu, os  string
	cores    int
	load     string // of the last 15 minutes, as the machine counts it; empty: not known
	versions []string
}

func describeMachine(bin string) machine {
	m := machine{
		date: time.Now().UTC().Format(time.DateOnly), cores: runtime.NumCPU(), os: runtime.GOOS + "/" + runtime.GOARCH,
		cpu: field("/proc/cpuinfo", "model name", ":"),
	}
	if name := field("/etc/os-release", "PRETTY_NAME", "="); name != "" {
		m.os = strings.Trim(name, `"`) + ", " + m.os
	}
	if raw, err := os.ReadFile("/proc/loadavg"); err == nil {
		if words := strings.Fields(string(raw)); len(words) > 2 {
			m.load = words[2]
		}
	}
	for _, command := range [][]string{{built(bin, "asrdiag"), "version"}, {"zip", "-v"}, {"unzip", "-v"}, {"rg", "--version"}} {
		if v := versionOf(command); v != "" {
			m.versions = append(m.versions, v)
		}
	}
	m.versions = append(m.versions, runtime.Version())
	return m
}

func (m machine) String() string {
	text := fmt.Sprintf("%d cores, %s; %s. %s.\n", m.cores, m.cpu, m.os, strings.Join(m.versions, "; "))
	if m.load != "" {
		text += "Load of the last 15 minutes, of which the benchmark is 1 or 2: " + m.load + ".\n"
	}
	return text
}

// field finds the first line of a file that begins with a name.
func field(file, name, separator string) string {
	raw, _ := os.ReadFile(file)
	for line := range strings.Lines(string(raw)) {
		if key, value, ok := strings.Cut(line, separator); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// versionOf is the first line with a number that a program says of itself.
func versionOf(command []string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, command[0], command[1:]...).Output()
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(out)) {
		if strings.ContainsAny(line, "0123456789") && !strings.Contains(line, "Copyright") {
			name, _, _ := strings.Cut(strings.TrimSpace(line), ", by")
			name, _, _ = strings.Cut(name, " of ")
			return strings.TrimPrefix(name, "This is ")
		}
	}
	return ""
}
