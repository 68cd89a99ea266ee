//go:build linux && !slow

package main

// kills is how many moments TestKill tries; with the build tag slow it is more.
const kills = 12
