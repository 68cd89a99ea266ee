package services

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/ntinfo"
	"github.com/asrdiag/asrdiag/collector/internal/pending"
)

// scm asks the service control manager. Its calls wait for as long as the
// manager likes, so they are made by a goroutine that can be left behind.
type scm struct {
	opt        Options
	line       pending.Line
	db         scmDatabase
	systemRoot string
	names      []string // that the options stand for; nil: not known yet
}

// Open opens the service control manager with no more than the right to list.
func Open(ctx context.Context, opt Options) (Manager, error) {
	s := &scm{opt: opt}
	var h windows.Handle
	err := s.line.Ask(ctx, func() (err error) {
		h, err = windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT|windows.SC_MANAGER_ENUMERATE_SERVICE)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the service control manager: %w", err)
	}
	s.db = database(h)
	s.systemRoot, _ = windows.GetSystemWindowsDirectory()
	return s, nil
}

func (s *scm) Name() string { return "scm" }

// Close gives the manager back, unless it still owes an answer.
func (s *scm) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return s.line.Ask(ctx, func() error {
		if h, ok := s.db.(database); ok {
			return windows.CloseServiceHandle(windows.Handle(h))
		}
		return nil
	})
}

func (s *scm) Read(ctx context.Context) ([]bundles.Service, error) {
	var out []bundles.Service
	err := s.line.Ask(ctx, func() (err error) { out, err = s.read(ctx); return err })
	if err != nil {
		return nil, fmt.Errorf("the service control manager: %w", err)
	}
	return out, nil
}

func (s *scm) read(ctx context.Context) ([]bundles.Service, error) {
	m := machine{s.exists, startTimes()}
	if s.names == nil || s.opt.all() {
		names, err := scmNames(s.db, s.opt, s.programs)
		if err != nil {
			return nil, err
		}
		s.names = names
	}
	out := make([]bundles.Service, 0, len(s.names))
	for _, n := range s.names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out = append(out, readService(s.db, n, m))
	}
	return out, nil
}

// startTimes answers from one list of all processes, which is read when the
// first answer is asked for.
func startTimes() func(pid uint32) *time.Time {
	known := sync.OnceValue(func() map[uint32]time.Time {
		out := map[uint32]time.Time{}
		list, _, err := ntinfo.Snapshot()
		for _, p := range list {
			if err == nil && !p.Started.IsZero() {
				out[uint32(p.PID)] = p.Started
			}
		}
		return out
	})
	return func(pid uint32) *time.Time {
		t, ok := known()[pid]
		if !ok {
			return nil
		}
		return &t
	}
}

func (s *scm) exists(line string) *bool { return imageExists(expand(line), s.systemRoot, os.Stat) }

// programs are the files that a command line may mean.
func (s *scm) programs(line string) []string { return imagePaths(expand(line), s.systemRoot) }

func expand(line string) string {
	if expanded, err := registry.ExpandString(line); err == nil {
		return expanded
	}
	return line
}

// database is an open service control manager.
type database windows.Handle

func (d database) list() ([]string, error) {
	var buf []byte
	for {
		var need, count uint32
		var p *byte
		if len(buf) > 0 {
			p = &buf[0]
		}
		err := windows.EnumServicesStatusEx(windows.Handle(d), windows.SC_ENUM_PROCESS_INFO, windows.SERVICE_WIN32, windows.SERVICE_STATE_ALL, p, uint32(len(buf)), &need, &count, nil, nil)
		if errors.Is(err, windows.ERROR_MORE_DATA) && need > 0 {
			buf = make([]byte, len(buf)+int(need))
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list services: %w", err)
		}
		out := make([]string, 0, count)
		for i := range count { // of an empty list p is nil
			r := (*windows.ENUM_SERVICE_STATUS_PROCESS)(unsafe.Add(unsafe.Pointer(p), uintptr(i)*unsafe.Sizeof(windows.ENUM_SERVICE_STATUS_PROCESS{})))
			out = append(out, windows.UTF16PtrToString(r.ServiceName))
		}
		return out, nil
	}
}

func (d database) open(name string) (scmService, error) {
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	h, err := windows.OpenService(windows.Handle(d), wide, windows.SERVICE_QUERY_STATUS|windows.SERVICE_QUERY_CONFIG)
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) { // the state matters most
		h, err = windows.OpenService(windows.Handle(d), wide, windows.SERVICE_QUERY_STATUS)
	}
	switch {
	case errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST), errors.Is(err, windows.ERROR_INVALID_NAME):
		return nil, errNotInstalled
	case err != nil:
		return nil, err
	}
	return service{h, name}, nil
}

// service is an open service.
type service struct {
	h    windows.Handle
	name string
}

func (s service) close() { _ = windows.CloseServiceHandle(s.h) }

func (s service) status() (scmStatus, error) {
	var st windows.SERVICE_STATUS_PROCESS
	var need uint32
	if err := windows.QueryServiceStatusEx(s.h, windows.SC_STATUS_PROCESS_INFO, (*byte)(unsafe.Pointer(&st)), uint32(unsafe.Sizeof(st)), &need); err != nil {
		return scmStatus{}, fmt.Errorf("query status: %w", err)
	}
	return scmStatus{st.CurrentState, st.ProcessId, st.Win32ExitCode, st.ServiceSpecificExitCode, st.CheckPoint, st.WaitHint, st.ServiceType&windows.SERVICE_WIN32_OWN_PROCESS != 0}, nil
}

func (s service) config() (scmConfig, error) {
	buf := make([]byte, 8192) // the most that the call ever needs
	c := (*windows.QUERY_SERVICE_CONFIG)(unsafe.Pointer(&buf[0]))
	var need uint32
	if err := windows.QueryServiceConfig(s.h, c, uint32(len(buf)), &need); err != nil {
		return scmConfig{}, fmt.Errorf("query configuration: %w", err)
	}
	return scmConfig{
		windows.UTF16PtrToString(c.DisplayName), windows.UTF16PtrToString(c.ServiceStartName), windows.UTF16PtrToString(c.BinaryPathName), c.StartType,
	}, nil
}

func (s service) delayed() (bool, error) {
	buf, err := s.query(windows.SERVICE_CONFIG_DELAYED_AUTO_START_INFO)
	if errors.Is(err, windows.ERROR_INVALID_LEVEL) {
		return s.registeredDelay()
	}
	return err == nil && (*windows.SERVICE_DELAYED_AUTO_START_INFO)(unsafe.Pointer(&buf[0])).IsDelayedAutoStartUp != 0, err
}

func (s service) triggers() (int, error) {
	buf, err := s.query(windows.SERVICE_CONFIG_TRIGGER_INFO)
	if errors.Is(err, windows.ERROR_INVALID_LEVEL) {
		return s.registeredTriggers()
	}
	if err != nil {
		return 0, err
	}
	return startTriggers(buf, uint64(uintptr(unsafe.Pointer(&buf[0])))), nil
}

// query asks for a level of configuration; 8 KiB is the most that one has.
func (s service) query(level uint32) ([]byte, error) {
	buf := make([]byte, 8192)
	var need uint32
	err := windows.QueryServiceConfig2(s.h, level, &buf[0], uint32(len(buf)), &need)
	return buf, err
}

const servicesKey = `SYSTEM\CurrentControlSet\Services\`

// registeredDelay reads the flag where the manager keeps it.
func (s service) registeredDelay() (bool, error) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, servicesKey+s.name, registry.QUERY_VALUE)
	if err != nil {
		return false, err
	}
	defer k.Close()
	v, _, err := k.GetIntegerValue("DelayedAutostart")
	if errors.Is(err, registry.ErrNotExist) {
		return false, nil
	}
	return v != 0, err
}

// registeredTriggers counts the start triggers where the manager keeps them: in
// keys that are numbered from 0.
func (s service) registeredTriggers() (int, error) {
	n := 0
	for i := range 64 {
		k, err := registry.OpenKey(registry.LOCAL_MACHINE, fmt.Sprintf(`%s%s\TriggerInfo\%d`, servicesKey, s.name, i), registry.QUERY_VALUE)
		if errors.Is(err, registry.ErrNotExist) {
			break
		}
		if err != nil {
			return n, err
		}
		if action, _, err := k.GetIntegerValue("Action"); err == nil && action == 1 {
			n++
		}
		k.Close()
	}
	return n, nil
}
