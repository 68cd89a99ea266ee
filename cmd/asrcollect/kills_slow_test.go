//go:build linux && slow

package main

// kills is how many moments TestKill tries.
const kills = 50

// leastHits is how often TestKillLeavesNoSecret has to meet each phase.
const leastHits = 5

// secretKills is how many runs TestKillLeavesNoSecret kills.
const secretKills = 50
