//go:build !linux

package main

// keepMemory is for systems that keep images of programs that crash. Go asks
// Windows for none.
func keepMemory() {}
