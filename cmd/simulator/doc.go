// Package simulator arranges a process server that is not one, in a prefix of
// Wine, and lets the real asrcollect.exe collect from it: services that run,
// registry values, folders with configuration and logs whose times are relative
// to now, and servers on loopback.
//
// What is arranged is a text, an archive of the txtar form: a healthy server in
// deployments, and one incident a file in incidents, which names the deployment
// that it is laid over and what must be seen in the bundle. docs/simulator.md
// tells the form.
//
// The order of work: Load reads an incident with its deployment, Arrange puts it
// into a prefix and opens its ports, Machine.Collect runs the program, and
// Machine.Check reads back what came of it.
package simulator
