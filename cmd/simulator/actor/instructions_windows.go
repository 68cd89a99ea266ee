// Command actor is every program of the simulated server but asrcollect: the
// services, the children that they start, and programs that print what they are
// told to, such as w32tm. It is copied to the place of each.
//
// As a service it does what the instructions say for its name; as "actor ready"
// it starts the services that should run and waits until they do; under any
// other name it prints the answer for its arguments, or waits to be ended when
// it was started by a service.
package main

// Place is the file with the instructions.
const place = `C:\simulator\instructions.json`

// Instructions are for all programs of one prefix.
type Instructions struct {
	Host    string              // name of the machine; empty: as it is
	Running []string            // services to start, and to wait for
	Stopped []string            // services to wait for until they are stopped
	Actions map[string][]Action // by lower-case name of the service
	Answers []Answer
}

// Action is what a service does.
type Action struct{ Verb, Object string }

// Answer is what a program prints for arguments that begin so.
type Answer struct{ Program, Args, Output string }

// child is the argument that marks a program that waits to be ended.
const child = "SIMULATED_CHILD=1"
