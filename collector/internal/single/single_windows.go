package single

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Lock is held while its process lives, or until Release.
type Lock struct{ mutex windows.Handle }

// Release gives the lock back.
func (l *Lock) Release() {
	if l != nil && l.mutex != 0 {
		_ = windows.CloseHandle(l.mutex)
	}
}

// Take takes the lock of that name. It fails with *Busy. Another error comes
// with a Lock and says why the lock is not safe: the caller may go on.
//
// A mutex in the global namespace lives as long as somebody has it open. It
// does not tell who: that is a process with the name of this program, and when
// there is none, whoever made the mutex is no collection.
func Take(name string) (*Lock, error) {
	path, err := windows.UTF16PtrFromString(`Global\` + name)
	if err != nil {
		return &Lock{}, err
	}
	h, err := windows.CreateMutex(nil, false, path)
	if err == nil {
		return &Lock{h}, nil
	}
	lock := &Lock{h}
	if !errors.Is(err, windows.ERROR_ALREADY_EXISTS) && !errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return lock, err
	}
	pid, found := sibling()
	if found {
		lock.Release()
		return nil, &Busy{PID: pid}
	}
	return lock, errors.New("the lock is held by a program that is not this one")
}

// sibling finds another process that runs this program.
func sibling() (pid int, found bool) {
	exe, err := os.Executable()
	if err != nil {
		return 0, false
	}
	snap, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return 0, true // not known: believe the lock
	}
	defer windows.CloseHandle(snap)
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(snap, &entry); err == nil; err = windows.Process32Next(snap, &entry) {
		if alike(windows.UTF16ToString(entry.ExeFile[:]), filepath.Base(exe)) && int(entry.ProcessID) != os.Getpid() {
			return int(entry.ProcessID), true
		}
	}
	return 0, false
}

// alike reports whether two names are of this program: "asrcollect (1).exe" is
// what a browser makes of a second download.
func alike(name, own string) bool {
	return strings.EqualFold(name, own) || strings.HasPrefix(strings.ToLower(name), "asrcollect")
}
