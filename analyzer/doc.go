// Package analyzer opens bundles and runs check packs over them.
//
// Open reads a bundle, Analyze gives the report. Both work in the calling
// process and are for trusted input and for tests: a module that spins cannot
// be stopped there. A Pool does the same in worker processes, which it watches,
// kills and replaces; Serve is their side of it.
//
// The same bundle and packs give the same report, byte for byte.
package analyzer
