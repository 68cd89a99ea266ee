// Command bench measures the built programs beside the best that else does the
// same, and says whether the bounds that the project has set itself are met. It
// prints one table and can write it as a page.
//
//	bench -bin bin -md docs/benchmarks.md
//
// Inputs come from a fixed seed and lie in a temporary folder. A case and its peer
// take turns, and medians are compared, so that what else the machine does hits
// both. What a run costs, and how that is read:
//
//   - CPU is user and system time of a process and of those that it waited for:
//     asrdiag waits for its worker.
//   - Resident is the sum of the peaks (VmHWM) of a process and its children, read
//     every few milliseconds: an upper bound of what they had at one time. It is
//     not ru_maxrss, which starts at the size of the parent.
//
// Exit codes: 0 all bounds that bind are met, 1 one is missed or could not be
// measured, 2 usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errs io.Writer) int {
	if len(args) > 0 && args[0] == peerArg {
		return peer(args[1:], errs)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(errs)
	bin := flags.String("bin", "bin", "folder of the built programs")
	sample := flags.String("sample", "bundles/testdata/healthy.zip", "bundle whose facts the inputs have")
	module := flags.String("literals", "./cmd/bench/literals", "folder of the pack that looks for literals")
	page := flags.String("md", "", "write the table to this file, too")
	quick := flags.Bool("quick", false, "small inputs, one run each: whether it works, not how fast")
	slow := flags.Bool("slow", false, "1,000 bundles instead of 70: takes five minutes more")
	only := flags.String("only", "", "measure only the cases whose names match this expression")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil || flags.NArg() > 0:
		return 2
	}
	pattern, err := regexp.Compile(*only)
	if err != nil {
		fmt.Fprintln(errs, "bench: error:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	rows, err := measure(ctx, config{bin: *bin, sample: *sample, literals: *module, quick: *quick, slow: *slow, only: pattern, log: errs})
	if err != nil {
		fmt.Fprintln(errs, "bench: error:", err)
		return 1
	}
	printTable(out, rows)
	if *page != "" && (*quick || *only != "") {
		fmt.Fprintln(errs, "bench: the page is of a whole run, so it is not written")
	} else if *page != "" {
		if err := os.WriteFile(*page, markdown(rows, describeMachine(*bin)), 0o644); err != nil {
			fmt.Fprintln(errs, "bench: error:", err)
			return 1
		}
	}
	if missed(rows) && !*quick {
		return 1
	}
	return 0
}

// measure runs the cases. Their folder is gone when it returns.
func measure(ctx context.Context, c config) ([]row, error) {
	dir, err := os.MkdirTemp("", "asrdiag-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	b, err := newBench(ctx, c, dir)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, k := range cases() {
		if !c.only.MatchString(k.name) {
			continue
		}
		fmt.Fprintln(c.log, "bench:", k.name)
		found, err := k.run(b)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			found = []row{{what: k.name, problem: err.Error()}}
		}
		rows = append(rows, found...)
	}
	return rows, nil
}
