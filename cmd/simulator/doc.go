// Package simulator arranges process servers and source machines that are none,
// and lets the real asrcollect collect from them: services that run, registry
// values, folders with configuration and logs whose times are relative to now,
// and servers on loopback. Windows is a prefix of Wine, Linux a tree of folders in
// namespaces of its own.
//
// What is arranged is a text, an archive of the txtar form: a healthy machine in
// deployments, and one incident a file in incidents, which names the deployment
// that it is laid over and what must be seen in the bundle. docs/simulator.md
// tells the form.
//
// The order of work: Load reads an incident with its deployment, Arrange makes its
// machine and opens its ports, Machine.Collect runs the program, what the system
// cannot have is put into the bundle, and Machine.Check reads back what came of
// it. RunAll does all that for many incidents at a time.
package simulator
