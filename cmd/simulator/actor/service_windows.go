package main

import (
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
)

type service struct{ in *Instructions }

// Execute does what the instructions say, until the service is stopped.
func (s *service) Execute(args []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	if slices.ContainsFunc(s.in.Starting, func(name string) bool { return strings.EqualFold(name, args[0]) }) {
		status <- svc.Status{State: svc.StartPending, CheckPoint: 1, WaitHint: 60_000}
		for range requests { // as if it waited for something
		}
	}
	status <- svc.Status{State: svc.StartPending}
	for _, a := range s.in.Actions[strings.ToLower(args[0])] {
		if a.Verb == "exits" {
			code, _ := strconv.ParseUint(a.Object, 10, 32) // Parse has looked at it
			return false, uint32(code)
		}
		if err := act(a); err != nil {
			return true, 1
		}
	}
	status <- svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	for r := range requests {
		switch r.Cmd {
		case svc.Interrogate:
			status <- r.CurrentStatus
		case svc.Stop, svc.Shutdown:
			status <- svc.Status{State: svc.StopPending}
			return false, 0
		}
	}
	return false, 0
}

// hold has a file open and shares it with nobody; the handle lives as long as
// the process.
func hold(name string) error {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	_, err = windows.CreateFile(path, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_EXISTING, 0, 0)
	return err
}

// command is a program with its arguments, as an action starts it.
func command(line string) *exec.Cmd {
	exe, rest, _ := strings.Cut(line, ".exe")
	return exec.Command(exe+".exe", strings.Fields(rest)...)
}
