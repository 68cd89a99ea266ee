// Package wasmhost runs check modules: WASI preview 1 commands that may read a
// few files and print JSON lines, and nothing else.
//
// A module is hostile until it has shown otherwise. It sees no environment, no
// clock, no network and no file but those of its Tree; its memory, output, open
// files and findings are bounded, and what it prints is believed only line by
// line. What no bound in this process can stop is a module that spins without
// calling the host: callers run this package in a process that they can kill
// (see analyzer.Pool).
//
// The same module, request and files give the same answers, bytes included.
package wasmhost
