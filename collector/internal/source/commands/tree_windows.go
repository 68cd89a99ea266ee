package commands

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// tree is a program and what it started: a job, which ends with its handle.
type tree struct {
	cmd *exec.Cmd
	job windows.Handle
}

func newTree(cmd *exec.Cmd) *tree {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NO_WINDOW}
	t := &tree{cmd: cmd}
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return t
	}
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	if _, err := windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info))); err != nil {
		windows.CloseHandle(job)
		return t
	}
	t.job = job
	return t
}

// started puts the program into the job. What it has started before then is not
// in it; programs of the list do not start others at once.
func (t *tree) started(cmd *exec.Cmd) {
	if t.job == 0 {
		return
	}
	h, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(cmd.Process.Pid))
	if err != nil {
		return
	}
	defer windows.CloseHandle(h)
	_ = windows.AssignProcessToJobObject(t.job, h) // kill ends the process itself all the same
}

func (t *tree) kill() error {
	if t.job != 0 {
		_ = windows.TerminateJobObject(t.job, 1)
	}
	return t.cmd.Process.Kill()
}

func (t *tree) close() {
	if t.job != 0 {
		windows.CloseHandle(t.job)
	}
}

// environment is all that programs get of it: the folders of the system, as it
// says itself where they are.
func environment() []string {
	dir, err := windows.GetSystemWindowsDirectory()
	if err != nil {
		return []string{}
	}
	out := []string{"SystemRoot=" + dir, "windir=" + dir, "SystemDrive=" + dir[:2], "PATH=" + systemFolder(), "TEMP=" + os.TempDir(), "TMP=" + os.TempDir()}
	for _, f := range []struct {
		name string
		id   *windows.KNOWNFOLDERID
	}{{"ProgramFiles", windows.FOLDERID_ProgramFiles}, {"ProgramFiles(x86)", windows.FOLDERID_ProgramFilesX86}, {"CommonProgramFiles", windows.FOLDERID_ProgramFilesCommon}, {"ProgramData", windows.FOLDERID_ProgramData}} {
		if dir, err := windows.KnownFolderPath(f.id, 0); err == nil { // modules of PowerShell look below them
			out = append(out, f.name+"="+dir)
		}
	}
	return out
}

func folder() string { return systemFolder() }

// systemFolder is asked for: the environment can be anything.
func systemFolder() string {
	dir, err := windows.GetSystemDirectory()
	if err != nil {
		return `C:\Windows\System32\`
	}
	return dir + `\`
}

// agentFolder is where the setup of the product has noted its agent.
func agentFolder() string {
	return noted(`SOFTWARE\Wow6432Node\InMage Systems\Installed Products\5`, "InstallDirectory")
}

// backupFolder is where the setup of the backup agent has noted it.
func backupFolder() string {
	return noted(`SOFTWARE\Microsoft\Windows Azure Backup\Setup`, "InstallPath")
}

// noted reads a folder on a drive of this machine from a key that only an
// administrator can write. It ends with a backslash; empty: there is none.
func noted(key, value string) string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return ""
	}
	defer k.Close()
	dir, _, err := k.GetStringValue(value)
	if err != nil || len(dir) < 4 || dir[1:3] != `:\` || strings.Contains(dir, `..`) {
		return ""
	}
	return strings.TrimRight(dir, `\`) + `\`
}
