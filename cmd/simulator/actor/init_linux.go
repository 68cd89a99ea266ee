package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Descriptors that the simulator hands to the first process.
const (
	readyFile   = 3 // gets the ids of the services' processes, as JSON, when all run
	commandFile = 4 // gives the command lines of asrcollect, as JSON
)

// machine is the first process of a machine: it and its children see root as
// the whole tree, and no processes but their own.
func machine(root string) (code int, err error) {
	syscall.CloseOnExec(readyFile)
	syscall.CloseOnExec(commandFile)
	in, err := enter(root)
	if err != nil {
		return 0, err
	}
	pids, err := startUnits(in)
	if err != nil {
		return 0, err
	}
	if err := json.NewEncoder(os.NewFile(readyFile, "ready")).Encode(pids); err != nil {
		return 0, err
	}
	var lines [][]string
	if err := json.NewDecoder(os.NewFile(commandFile, "command")).Decode(&lines); err != nil {
		return 0, err
	}
	return 0, collect(lines)
}

// collect runs asrcollect once for each command line, side by side. All get what
// interrupts this process. Their exit codes go to stdout at the end.
func collect(lines [][]string) error {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	var all []*exec.Cmd
	for i, args := range lines {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.Env = append(os.Environ(), fmt.Sprintf("ASRCOLLECT_LOCK=%s-%d", os.Getenv("ASRCOLLECT_LOCK"), i))
		if err := cmd.Start(); err != nil {
			return err
		}
		all = append(all, cmd)
	}
	go func() {
		for s := range interrupts {
			for _, cmd := range all {
				_ = cmd.Process.Signal(s) // it may have ended
			}
		}
	}()
	for _, cmd := range all {
		var exit *exec.ExitError
		if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
			return err
		}
	}
	for _, cmd := range all {
		fmt.Println(cmd.ProcessState.ExitCode())
	}
	return nil
}

// startUnits starts the services and gives the ids of those that go on.
func startUnits(in *Instructions) (map[string]int, error) {
	pids := map[string]int{}
	for _, name := range in.Running {
		cmd := command(in.Linux.Units[name])
		cmd.Env = append(os.Environ(), asService+"="+name)
		if slices.Contains(in.Linux.Once, name) {
			if err := cmd.Run(); err != nil {
				return nil, fmt.Errorf("service %q: %w", name, err)
			}
			continue
		}
		if err := cmd.Start(); err != nil {
			return nil, fmt.Errorf("service %q: %w", name, err)
		}
		pids[name] = cmd.Process.Pid
		go func() { _ = cmd.Wait() }()
	}
	return pids, nil
}

// enter makes root the tree of this process.
func enter(root string) (*Instructions, error) {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return nil, fmt.Errorf("keep mounts private: %w", err)
	}
	bind := func(from, to string) error {
		if err := syscall.Mount(from, to, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind %s: %w", from, err)
		}
		return nil
	}
	if err := bind(root, root); err != nil {
		return nil, err
	}
	in, err := read(root + place)
	if err != nil {
		return nil, err
	}
	at := func(name string) string { return filepath.Join(root, name) }
	if err := os.MkdirAll(at("proc"), 0o755); err != nil {
		return nil, err
	}
	if err := syscall.Mount("proc", at("proc"), "proc", 0, ""); err != nil {
		return nil, fmt.Errorf("mount /proc: %w", err)
	}
	for _, dir := range []string{"sys/class", "sys/devices", "sys/block", "sys/dev"} {
		if err := errors.Join(os.MkdirAll(at(dir), 0o755), bind("/"+dir, at(dir))); err != nil {
			return nil, err
		}
	}
	for _, dev := range []string{"dev/null", "dev/zero", "dev/urandom", "dev/random"} {
		if err := errors.Join(os.MkdirAll(at("dev"), 0o755), touch(at(dev)), bind("/"+dev, at(dev))); err != nil {
			return nil, err
		}
	}
	if in.Linux.Bus != "" {
		if err := errors.Join(os.MkdirAll(at("var/run/dbus"), 0o755), bind(in.Linux.Bus, at("var/run/dbus"))); err != nil {
			return nil, err
		}
	}
	return in, errors.Join(pivot(root), syscall.Sethostname([]byte(in.Host)))
}

func touch(name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return f.Close()
}

// pivot swaps the root, so that what is mounted is told as on a machine of its
// own.
func pivot(root string) error {
	old := filepath.Join(root, "simulator", "outside")
	if err := os.MkdirAll(old, 0o755); err != nil {
		return err
	}
	if err := syscall.PivotRoot(root, old); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	inside := strings.TrimPrefix(old, root)
	return errors.Join(syscall.Unmount(inside, syscall.MNT_DETACH), os.Remove(inside))
}
