//go:build linux && !slow

package main

// kills is how many moments TestKill tries; with the build tag slow it is more.
const kills = 12

// leastHits is how often TestKillLeavesNoSecret has to meet each phase.
const leastHits = 0

// secretKills is how many runs TestKillLeavesNoSecret kills.
const secretKills = 8
