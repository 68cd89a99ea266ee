//go:build !windows

package commands

import (
	"os/exec"
	"syscall"
)

// tree is a program and what it started: a process group.
type tree struct{ cmd *exec.Cmd }

func newTree(cmd *exec.Cmd) *tree {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return &tree{cmd}
}

func (t *tree) started(*exec.Cmd) {}

func (t *tree) kill() error { return syscall.Kill(-t.cmd.Process.Pid, syscall.SIGKILL) }

func (t *tree) close() {}

// environment is all that programs get of it.
func environment() []string { return []string{"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"} }

func folder() string { return "/" }

// The folders are those of Windows.
func systemFolder() string { return "" }

func agentFolder() string { return "" }

func backupFolder() string { return "" }
