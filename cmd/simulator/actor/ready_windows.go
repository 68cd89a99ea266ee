package main

import (
	"errors"
	"fmt"
	"os"
	"time"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// ready brings the machine into the state that it should have.
func ready(in *Instructions) int {
	if err := errors.Join(linkSystem(), rename(in.Host), settle(in)); err != nil {
		fmt.Fprintln(os.Stderr, "actor: error:", err)
		return 1
	}
	return 0
}

// linkSystem makes the registry of SYSTEM another name of the default user's, as
// Windows has it and Wine does not.
func linkSystem() error {
	path, err := windows.UTF16PtrFromString("S-1-5-18")
	if err != nil {
		return err
	}
	const volatile, link = 1, 2
	var key windows.Handle
	create := windows.NewLazySystemDLL("advapi32.dll").NewProc("RegCreateKeyExW")
	code, _, _ := create.Call(uintptr(windows.HKEY_USERS), uintptr(unsafe.Pointer(path)), 0, 0, volatile|link,
		windows.KEY_WRITE|windows.KEY_CREATE_LINK, 0, uintptr(unsafe.Pointer(&key)), 0)
	if code == uintptr(windows.ERROR_ALREADY_EXISTS) {
		return nil
	}
	if code != 0 {
		return fmt.Errorf("link the registry of SYSTEM: %w", windows.Errno(code))
	}
	defer windows.RegCloseKey(key)
	to := utf16.Encode([]rune(`\Registry\User\.Default`))
	name, err := windows.UTF16PtrFromString("SymbolicLinkValue")
	if err != nil {
		return err
	}
	set := windows.NewLazySystemDLL("advapi32.dll").NewProc("RegSetValueExW")
	if code, _, _ = set.Call(uintptr(key), uintptr(unsafe.Pointer(name)), 0, windows.REG_LINK, uintptr(unsafe.Pointer(&to[0])), uintptr(2*len(to))); code != 0 {
		return fmt.Errorf("link the registry of SYSTEM: %w", windows.Errno(code))
	}
	return nil
}

// rename gives the machine its name. Wine takes that of the system at every
// start of the session.
func rename(host string) error {
	if host == "" {
		return nil
	}
	for _, k := range []struct{ path, value string }{
		{`System\CurrentControlSet\Services\Tcpip\Parameters`, "Hostname"},
		{`System\CurrentControlSet\Control\ComputerName\ComputerName`, "ComputerName"},
		{`System\CurrentControlSet\Control\ComputerName\ActiveComputerName`, "ComputerName"},
	} {
		key, _, err := registry.CreateKey(registry.LOCAL_MACHINE, k.path, registry.SET_VALUE)
		if err != nil {
			return err
		}
		err = key.SetStringValue(k.value, host)
		key.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func settle(in *Instructions) error {
	m, err := mgr.Connect()
	if err != nil {
		return err
	}
	defer m.Disconnect()
	until := time.Now().Add(deadline)
	for _, name := range in.Running {
		if err := await(m, name, svc.Running, until); err != nil {
			return err
		}
	}
	for _, name := range in.Starting {
		if err := await(m, name, svc.StartPending, until); err != nil {
			return err
		}
	}
	for _, name := range in.Stopped {
		if err := await(m, name, svc.Stopped, until); err != nil {
			return err
		}
	}
	return nil
}

// await waits until a service has a state, and starts it when that is running
// and nobody else does.
func await(m *mgr.Mgr, name string, state svc.State, until time.Time) error {
	s, err := m.OpenService(name)
	if err != nil {
		return fmt.Errorf("open service %q: %w", name, err)
	}
	defer s.Close()
	for {
		st, err := s.Query()
		switch {
		case err != nil:
			return fmt.Errorf("query service %q: %w", name, err)
		case st.State == state:
			return nil
		case time.Now().After(until):
			return fmt.Errorf("service %q is in state %d, not %d", name, st.State, state)
		case st.State == svc.Stopped:
			if err := s.Start(); err != nil && !errors.Is(err, windows.ERROR_SERVICE_ALREADY_RUNNING) {
				return fmt.Errorf("start service %q: %w", name, err)
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
}
