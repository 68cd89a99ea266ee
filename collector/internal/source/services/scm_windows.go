package services

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/asrdiag/asrdiag/bundles"
)

type scm struct {
	opt Options
	h   windows.Handle
}

// Open opens the service control manager with no more than the right to list.
func Open(_ context.Context, opt Options) (Manager, error) {
	h, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT|windows.SC_MANAGER_ENUMERATE_SERVICE)
	if err != nil {
		return nil, fmt.Errorf("open the service control manager: %w", err)
	}
	return &scm{opt, h}, nil
}

func (s *scm) Name() string { return "scm" }

func (s *scm) Close() error { return windows.CloseServiceHandle(s.h) }

func (s *scm) Read(ctx context.Context) ([]bundles.Service, error) {
	names := s.opt.named()
	if s.opt.all() {
		all, err := s.list()
		if err != nil {
			return nil, err
		}
		names = append(names, all...)
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	names = slices.CompactFunc(names, strings.EqualFold)
	var out []bundles.Service
	for _, n := range names {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		out = append(out, s.service(n))
	}
	return out, nil
}

// list names every Win32 service.
func (s *scm) list() ([]string, error) {
	var buf []byte
	for {
		var need, count uint32
		var p *byte
		if len(buf) > 0 {
			p = &buf[0]
		}
		err := windows.EnumServicesStatusEx(s.h, windows.SC_ENUM_PROCESS_INFO, windows.SERVICE_WIN32, windows.SERVICE_STATE_ALL, p, uint32(len(buf)), &need, &count, nil, nil)
		if errors.Is(err, windows.ERROR_MORE_DATA) && need > 0 {
			buf = make([]byte, len(buf)+int(need))
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list services: %w", err)
		}
		if count == 0 {
			return nil, nil
		}
		var out []string
		for _, r := range unsafe.Slice((*windows.ENUM_SERVICE_STATUS_PROCESS)(unsafe.Pointer(p)), count) {
			out = append(out, windows.UTF16PtrToString(r.ServiceName))
		}
		return out, nil
	}
}

// service reads one service with the rights to query only.
func (s *scm) service(name string) bundles.Service {
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return bundles.Service{Name: name, Error: err.Error()}
	}
	h, err := windows.OpenService(s.h, wide, windows.SERVICE_QUERY_STATUS|windows.SERVICE_QUERY_CONFIG)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return bundles.Service{Name: name, State: bundles.StateNotInstalled}
	}
	if err != nil {
		return bundles.Service{Name: name, Error: err.Error()}
	}
	defer windows.CloseServiceHandle(h)
	out := bundles.Service{Name: name}
	if err := errors.Join(status(h, &out), configuration(h, &out)); err != nil {
		return bundles.Service{Name: name, Error: err.Error()}
	}
	return out
}

func status(h windows.Handle, out *bundles.Service) error {
	var st windows.SERVICE_STATUS_PROCESS
	var need uint32
	if err := windows.QueryServiceStatusEx(h, windows.SC_STATUS_PROCESS_INFO, (*byte)(unsafe.Pointer(&st)), uint32(unsafe.Sizeof(st)), &need); err != nil {
		return fmt.Errorf("query status: %w", err)
	}
	out.State, out.PID = stateOf(st.CurrentState), int32(st.ProcessId)
	if st.CurrentState == windows.SERVICE_STOPPED {
		code := int64(st.Win32ExitCode)
		out.ExitCode = &code
	}
	return nil
}

func configuration(h windows.Handle, out *bundles.Service) error {
	buf := make([]byte, 8192) // the most that the call ever needs
	c := (*windows.QUERY_SERVICE_CONFIG)(unsafe.Pointer(&buf[0]))
	var need uint32
	if err := windows.QueryServiceConfig(h, c, uint32(len(buf)), &need); err != nil {
		return fmt.Errorf("query configuration: %w", err)
	}
	out.DisplayName = windows.UTF16PtrToString(c.DisplayName)
	out.Account = windows.UTF16PtrToString(c.ServiceStartName)
	out.Path = windows.UTF16PtrToString(c.BinaryPathName)
	out.StartType = startOf(c.StartType)
	if out.StartType == bundles.StartAutomatic && delayed(h) {
		out.StartType = bundles.StartAutomaticDelayed
	}
	return nil
}

func delayed(h windows.Handle) bool {
	var d windows.SERVICE_DELAYED_AUTO_START_INFO
	var need uint32
	err := windows.QueryServiceConfig2(h, windows.SERVICE_CONFIG_DELAYED_AUTO_START_INFO, (*byte)(unsafe.Pointer(&d)), uint32(unsafe.Sizeof(d)), &need)
	return err == nil && d.IsDelayedAutoStartUp != 0
}

func stateOf(s uint32) string {
	switch s {
	case windows.SERVICE_STOPPED:
		return bundles.StateStopped
	case windows.SERVICE_START_PENDING, windows.SERVICE_CONTINUE_PENDING:
		return bundles.StateStartPending
	case windows.SERVICE_STOP_PENDING:
		return bundles.StateStopPending
	case windows.SERVICE_RUNNING:
		return bundles.StateRunning
	case windows.SERVICE_PAUSE_PENDING, windows.SERVICE_PAUSED:
		return bundles.StatePaused
	}
	return bundles.StateUnknown
}

func startOf(s uint32) string {
	switch s {
	case windows.SERVICE_BOOT_START:
		return bundles.StartBoot
	case windows.SERVICE_SYSTEM_START:
		return bundles.StartSystem
	case windows.SERVICE_AUTO_START:
		return bundles.StartAutomatic
	case windows.SERVICE_DEMAND_START:
		return bundles.StartManual
	case windows.SERVICE_DISABLED:
		return bundles.StartDisabled
	}
	return bundles.StartUnknown
}
