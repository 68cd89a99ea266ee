package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// place is the file with the instructions.
const place = "/simulator/instructions.json"

func main() { os.Exit(run()) }

func run() int {
	if len(os.Args) == 3 && os.Args[1] == "init" {
		code, err := machine(os.Args[2])
		if err != nil {
			fmt.Fprintln(os.Stderr, "actor: error:", err)
			return 1
		}
		return code
	}
	in, err := read(place)
	if err != nil {
		return 1
	}
	return serve(in, os.Getenv(asService))
}

// serve does what the instructions say for a service or, without its name, for
// a program that one has started.
func serve(in *Instructions, service string) int {
	name := service
	if os.Getenv(asChild) != "" {
		name = program()
	}
	for _, a := range in.Actions[strings.ToLower(name)] {
		if a.Verb == "exits" {
			code, _ := strconv.Atoi(a.Object) // the simulator has looked at it
			return code
		}
		if err := act(a); err != nil {
			return 1
		}
	}
	if os.Getenv(asChild) == "" && slices.Contains(in.Linux.Once, service) {
		return 0
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
	return 0
}

// hold has a file open. Linux shares it with everybody.
func hold(name string) error {
	_, err := os.Open(name)
	return err
}

func command(line string) *exec.Cmd {
	f := strings.Fields(line)
	cmd := exec.Command(f[0], f[1:]...)
	cmd.Dir = filepath.Dir(f[0])
	return cmd
}
