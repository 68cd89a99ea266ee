package main

import (
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
)

type service struct{ in *Instructions }

// Execute does what the instructions say, until the service is stopped.
func (s *service) Execute(args []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
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

func act(a Action) error {
	switch a.Verb {
	case "connects":
		go connect(a.Object)
	case "grows":
		go grow(a.Object, 0)
	case "rotates":
		go grow(a.Object, 3)
	case "starts":
		exe, rest, _ := strings.Cut(a.Object, ".exe")
		cmd := exec.Command(exe+".exe", strings.Fields(rest)...)
		cmd.Env = append(os.Environ(), child)
		return cmd.Start()
	case "holds":
		path, err := windows.UTF16PtrFromString(a.Object)
		if err != nil {
			return err
		}
		// The handle lives as long as the process.
		_, err = windows.CreateFile(path, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_EXISTING, 0, 0)
		return err
	}
	return nil
}

// connect keeps one connection, and tries again when it cannot be had.
func connect(target string) {
	for {
		c, err := net.Dial("tcp", target)
		if err == nil {
			var one [1]byte
			for err == nil {
				_, err = c.Read(one[:])
			}
			c.Close()
		}
		time.Sleep(time.Second)
	}
}

// grow adds a line every second to a file that others may read and rename. With
// keep it renames it to PATH.1 after so many lines.
func grow(path string, keep int) {
	for n := 0; ; n++ {
		if keep > 0 && n > 0 && n%keep == 0 {
			_ = os.Remove(path + ".1") // not there the first time
			_ = os.Rename(path, path+".1")
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
		if err == nil {
			_, _ = f.WriteString(time.Now().Format("2006-Jan-02 15:04:05") + "\tINFO\tstill here " + strconv.Itoa(n) + "\r\n")
			f.Close()
		}
		time.Sleep(time.Second)
	}
}
