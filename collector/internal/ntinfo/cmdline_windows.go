package ntinfo

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// maxCommandLine is more than Windows allows: 32,767 characters.
const maxCommandLine = 128 << 10

// Args is the command line of a process, split. The right to ask about the
// process is enough where the kernel tells the command line (since Windows 8.1);
// where it does not, the process's own memory is read.
func Args(pid int32) ([]string, error) {
	line, err := told(uint32(pid))
	if errors.Is(err, windows.STATUS_INVALID_INFO_CLASS) {
		line, err = found(uint32(pid))
	}
	if err != nil {
		return nil, fmt.Errorf("command line of process %d: %w", pid, err)
	}
	return SplitArgs(line), nil
}

func told(pid uint32) (string, error) {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return "", err
	}
	defer windows.CloseHandle(h)
	size := uint32(2 << 10)
	for {
		buf := make([]byte, size)
		err := windows.NtQueryInformationProcess(h, windows.ProcessCommandLineInformation, unsafe.Pointer(&buf[0]), uint32(len(buf)), &size)
		switch {
		case err == nil:
			return (*windows.NTUnicodeString)(unsafe.Pointer(&buf[0])).String(), nil
		case !errors.Is(err, windows.STATUS_INFO_LENGTH_MISMATCH) || size <= uint32(len(buf)) || size > maxCommandLine:
			return "", err
		}
	}
}

// found follows the process's environment block to the command line.
func found(pid uint32) (string, error) {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_INFORMATION|windows.PROCESS_VM_READ, false, pid)
	if err != nil {
		return "", err
	}
	defer windows.CloseHandle(h)
	var info windows.PROCESS_BASIC_INFORMATION
	var peb windows.PEB
	var params windows.RTL_USER_PROCESS_PARAMETERS
	if err := windows.NtQueryInformationProcess(h, windows.ProcessBasicInformation, unsafe.Pointer(&info), uint32(unsafe.Sizeof(info)), nil); err != nil {
		return "", err
	}
	if err := windows.ReadProcessMemory(h, uintptr(unsafe.Pointer(info.PebBaseAddress)), (*byte)(unsafe.Pointer(&peb)), unsafe.Sizeof(peb), nil); err != nil {
		return "", err
	}
	if err := windows.ReadProcessMemory(h, uintptr(unsafe.Pointer(peb.ProcessParameters)), (*byte)(unsafe.Pointer(&params)), unsafe.Sizeof(params), nil); err != nil {
		return "", err
	}
	wide := make([]uint16, params.CommandLine.Length/2+1)
	err = windows.ReadProcessMemory(h, uintptr(unsafe.Pointer(params.CommandLine.Buffer)), (*byte)(unsafe.Pointer(&wide[0])), uintptr(params.CommandLine.Length), nil)
	return windows.UTF16ToString(wide), err
}
