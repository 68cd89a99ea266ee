package main

import "github.com/asrdiag/asrdiag/bundles"

// size is a row of the vendor's tables: what a machine must have, and what it then
// bears. Each source machine is taken to have three disks of 100 GB.
type size struct {
	cpus     int
	memory   float64 // GiB
	cache    float64 // GiB
	machines int
	change   float64 // GB a day
}

// sizesOf gives the table of a deployment, smallest row first. The vendor prints
// the largest row alone for an appliance; the one below is that of a configuration
// server with its process server.
func sizesOf(deployment string) []size {
	switch deployment {
	case bundles.DeployConfigurationServer:
		return []size{{8, 16, 300, 100, 500}, {12, 18, 600, 150, 1000}, {16, 32, 1000, 200, 2000}}
	case bundles.DeployAppliance:
		return []size{{8, 16, 600, 150, 1000}, {16, 32, 1000, 200, 2000}}
	}
	return []size{{4, 8, 300, 85, 250}, {8, 12, 600, 150, 1000}, {12, 24, 1000, 225, 2000}}
}

// sizeTolerance is by how much a machine may fall short of a row, or its load
// exceed it: sizes are told in round numbers, and a disk of 300 GB has 279 GiB.
const sizeTolerance = 0.10

// bears reports whether a machine has what a row asks for.
func (s size) bears(cpus int, memory, cache float64) bool {
	least := 1 - sizeTolerance
	return float64(cpus) >= least*float64(s.cpus) && memory >= least*s.memory && cache >= least*s.cache
}

// exceeds reports whether a load is more than a limit of a row.
func exceeds(load, limit float64) bool { return load > (1+sizeTolerance)*limit }
