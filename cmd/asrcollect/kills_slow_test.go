//go:build linux && slow

package main

// kills is how many moments TestKill tries.
const kills = 50
