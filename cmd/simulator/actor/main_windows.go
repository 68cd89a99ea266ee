package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
)

// place is the file with the instructions.
const place = `C:\simulator\instructions.json`

func main() { os.Exit(run()) }

func run() int {
	in, err := read(place)
	if err != nil {
		fmt.Fprintln(os.Stderr, "actor: error:", err)
		return 1
	}
	switch name := program(); {
	case os.Getenv(asChild) != "":
		for _, a := range in.Actions[name] {
			if err := act(a); err != nil {
				return 1
			}
		}
		windows.SleepEx(windows.INFINITE, false)
		return 0
	case name == "actor" && len(os.Args) == 2 && os.Args[1] == "ready":
		return ready(in)
	case slices.Contains(answering, name):
		return answer(name, in.Answers)
	}
	return serve(in)
}

// answering are the programs that print something. Every other one is a
// service, which cannot be asked for: Wine's answer is always no.
var answering = []string{"w32tm", "netsh", "powershell", "cxpsclient"}

// serve runs as the service whose name the service manager passes.
func serve(in *Instructions) int {
	if err := svc.Run("", &service{in}); err != nil {
		return 1
	}
	return 0
}

// answer prints what the program whose name it has would print. It prints
// nothing for arguments that nobody has thought of.
func answer(name string, list []Answer) int {
	args := strings.Join(os.Args[1:], " ")
	for _, a := range list {
		if strings.EqualFold(a.Program, name) && strings.Contains(strings.ToLower(args), strings.ToLower(a.Args)) {
			fmt.Print(strings.ReplaceAll(a.Output, "\n", "\r\n"))
			return 0
		}
	}
	return 0
}

// deadline is how long services may take to start.
const deadline = 60 * time.Second
