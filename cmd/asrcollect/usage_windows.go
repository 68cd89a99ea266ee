package main

// Examples of the help text for Windows, whose PowerShell breaks what it pipes.
const (
	somePrograms  = "w32tm and PowerShell"
	someElsewhere = `asrcollect -q -o \\tsclient\C         onto the disk of who looks on from afar`
)
