package ntinfo

import (
	"os"
	"slices"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// TestSnapshot finds this process in the kernel's list, with the CPU time that
// it has used and no other's.
func TestSnapshot(t *testing.T) {
	spent := func() float64 {
		var create, exit, kernel, user windows.Filetime
		if err := windows.GetProcessTimes(windows.CurrentProcess(), &create, &exit, &kernel, &user); err != nil {
			t.Fatal(err)
		}
		ticks := func(f windows.Filetime) uint64 { return uint64(f.HighDateTime)<<32 | uint64(f.LowDateTime) }
		return float64(ticks(kernel)+ticks(user)) / 1e7
	}
	for begin := spent(); spent() < begin+0.2; {
	}
	before := spent()
	list, ready, err := Snapshot()
	if err != nil || ready < -1 {
		t.Fatalf("%d ready, %v", ready, err)
	}
	i := slices.IndexFunc(list, func(p Process) bool { return p.PID == int32(os.Getpid()) })
	if i < 0 {
		t.Fatalf("this process is not in %+v", list)
	}
	p := list[i]
	if p.CPUSeconds < before-0.05 || p.CPUSeconds > spent()+0.05 || p.RSS < 1<<20 || time.Since(p.Started) > time.Hour || time.Since(p.Started) < 0 {
		t.Errorf("this process: %+v after %v s of CPU", p, before)
	}
	if p.Name != "ntinfo.test.exe" {
		t.Errorf("its name is %q", p.Name)
	}
	for _, p := range list {
		if p.Name == "services.exe" && p.CPUSeconds >= before {
			t.Errorf("services.exe has used %v s of CPU, which is this process's", p.CPUSeconds)
		}
	}
}

func TestArgs(t *testing.T) {
	args, err := Args(int32(os.Getpid()))
	if err != nil || !slices.Equal(args[1:], os.Args[1:]) {
		t.Errorf("Args = %q, %v; want %q", args, err, os.Args)
	}
	if _, err := Args(1 << 30); err == nil {
		t.Error("a process that is not there has a command line")
	}
}

// TestLayout compares the places in a record with those that x/sys declares.
func TestLayout(t *testing.T) {
	var p windows.SYSTEM_PROCESS_INFORMATION
	for name, at := range map[string][2]uintptr{
		"threads": {atThreads, unsafe.Offsetof(p.NumberOfThreads)}, "created": {atCreated, unsafe.Offsetof(p.CreateTime)},
		"user": {atUser, unsafe.Offsetof(p.UserTime)}, "kernel": {atKernel, unsafe.Offsetof(p.KernelTime)},
		"name": {atNameLength, unsafe.Offsetof(p.ImageName)}, "pid": {atPID, unsafe.Offsetof(p.UniqueProcessID)},
		"parent": {atParent, unsafe.Offsetof(p.InheritedFromUniqueProcessID)}, "working set": {atWorkingSet, unsafe.Offsetof(p.WorkingSetSize)},
		"operations": {atIO, unsafe.Offsetof(p.ReadOperationCount)}, "size": {processSize, unsafe.Sizeof(p)},
	} {
		if at[0] != at[1] {
			t.Errorf("%s is at %d, x/sys says %d", name, at[0], at[1])
		}
	}
}

func TestReadMemory(t *testing.T) {
	m, err := ReadMemory()
	if err != nil || m.Physical < 256<<20 || m.CommitLimit < m.Physical/2 || m.Commit == 0 || m.Commit > m.CommitLimit {
		t.Errorf("%+v, %v", m, err)
	}
}
