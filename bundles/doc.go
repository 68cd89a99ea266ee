// Package bundles holds the data types of an ASR support bundle and a typed
// reader for it.
//
// A bundle is a file tree: bundle.json, facts, metric samples, logs, the
// collector's own log and, last, manifest.json. The reader works on any fs.FS,
// so the same code reads the zip at the support engineer's desk, the mount
// inside a check module and a txtar archive in a test.
//
// The format is normative in docs/bundle-format.md. Within version 1 members
// are only added; a reader ignores members that it does not know.
//
// The package uses the standard library only and makes no operating system
// calls, because check modules link it.
package bundles
