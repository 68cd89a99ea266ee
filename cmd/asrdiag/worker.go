package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/analyzer"
)

// workerArg is the hidden argument of a worker process.
const workerArg = "__worker"

// workerCommand is the worker's side: it answers on stdout what the parent asks
// on stdin, until stdin ends.
func (a *app) workerCommand() *cobra.Command {
	return command(&cobra.Command{
		Use:    workerArg,
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			// A terminal interrupts the parent too, which decides what to do.
			signal.Ignore(os.Interrupt)
			signal.Reset(syscall.SIGTERM, syscall.SIGHUP)
			return analyzer.Serve(c.Context(), a.stdin, a.stdout, a.packs)
		},
	})
}

// maxJobs bounds the workers that start without --jobs: each may take hundreds
// of megabytes.
const maxJobs = 4

// pool starts worker processes as they are needed.
func (a *app) pool(jobs int) (*analyzer.Pool, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the program itself: %w", err)
	}
	if jobs < 1 {
		jobs = min(runtime.NumCPU(), maxJobs)
	}
	ids, err := a.openIdentities()
	if err != nil {
		return nil, err
	}
	return analyzer.NewPool(analyzer.PoolConfig{
		Command: []string{exe, workerArg}, Jobs: jobs, Version: version, Build: a.buildLabel(), Identities: ids,
	}), nil
}
