package main

// Steps that show whether a remedy worked, by what has to flow again.
const (
	workedUploads = "It worked when svagents logs no such line for 15 minutes, and the vault shows a newer crash-consistent recovery point for this machine."
	workedServer  = "It worked when svagents logs no failed request for 30 minutes; it registers every 15 minutes."
	workedAgent   = "It worked when the vault shows a newer crash-consistent recovery point for this machine: Replicated items."
)
