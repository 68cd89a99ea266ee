//go:build linux || windows

// Command actor is every program of the simulated server but asrcollect: the
// services, the children that they start, and programs that print what they are
// told to, such as w32tm. It is copied to the place of each.
//
// As a service it does what the instructions say for its name; as a program that
// a service has started, what they say for the name of its file. On Windows,
// "actor ready" starts the services that should run and waits until they do, and
// under a name such as w32tm it prints the answer for its arguments. On Linux,
// "actor init" is the first process of the machine, which makes the tree of
// folders its root, starts the services, and then asrcollect.
package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// Instructions are for all programs of one machine.
type Instructions struct {
	Host    string              // name of the machine; empty: as it is
	Running []string            // services to start, and to wait for
	Stopped []string            // services to wait for until they are stopped
	Actions map[string][]Action // by lower-case name of the service or program
	Answers []Answer
	Linux   Linux
	// Starting are services to start that never get further than that.
	Starting []string
}

// Linux is what the first process of a machine with Linux has to do.
type Linux struct {
	Bus   string            // folder with the socket of the message bus; empty: none
	Units map[string]string // command lines of the services that were started, by name
	Once  []string          // those of them that end when they have done their work
}

// Action is what a service does.
type Action struct{ Verb, Object string }

// Answer is what a program prints for arguments that begin so.
type Answer struct{ Program, Args, Output string }

// Variables of the environment that tell a program what it is.
const (
	asChild   = "SIMULATED_CHILD"   // a service has started it
	asService = "SIMULATED_SERVICE" // on Linux: the name of the service that it is
)

func read(name string) (*Instructions, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	in := &Instructions{}
	return in, json.Unmarshal(raw, in)
}

// program is the name that it was started by.
func program() string { return strings.TrimSuffix(strings.ToLower(filepath.Base(os.Args[0])), ".exe") }
