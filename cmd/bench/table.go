package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// row is one line of the table.
type row struct {
	what     string
	measured string
	peer     string // what it is compared with, and what that took
	ratio    string
	bound    string
	command  string
	// value and limit are what is compared; limit 0 is no bound.
	value, limit float64
	// later marks a bound of work that is not done yet. It is told, and nothing
	// fails for it.
	later   bool
	problem string // why it was not measured
}

// state is the last column.
func (r row) state() string {
	switch {
	case r.problem != "" && r.later:
		return "not measured yet: " + r.problem
	case r.problem != "":
		return "not measured: " + r.problem
	case r.limit == 0:
		return "for information"
	case r.value <= r.limit:
		return "met"
	case r.later:
		return "missed, binds later"
	}
	return "MISSED"
}

func (r row) missed() bool {
	return !r.later && (r.problem != "" || r.limit != 0 && r.value > r.limit)
}

func missed(rows []row) bool {
	for _, r := range rows {
		if r.missed() {
			return true
		}
	}
	return false
}

func (r row) cells() []string {
	return []string{r.what, r.measured, r.peer, r.ratio, r.bound, r.state()}
}

var columns = []string{"what", "measured", "peer", "ratio", "bound", "met?"}

func printTable(out io.Writer, rows []row) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(columns, "\t"))
	for _, r := range rows {
		fmt.Fprintln(w, strings.Join(r.cells(), "\t"))
	}
	w.Flush()
}

// markdown is the page of the results.
func markdown(rows []row, m machine) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmarks\n\nWritten by `make bench` on %s.\n\n%s\n", m.date, m)
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(columns)
	line([]string{"---", "---", "---", "---", "---", "---"})
	for _, r := range rows {
		line(r.cells())
	}
	b.WriteString(method)
	line([]string{"what", "command"})
	line([]string{"---", "---"})
	for _, r := range rows {
		if r.command != "" {
			line([]string{r.what, "`" + r.command + "`"})
		}
	}
	return []byte(b.String())
}

// method tells how to read the table.
const method = `
Medians of runs in which a case and its peer took turns; ratios are of medians of one
run. CPU is user and system time of a process and those that it started and waited for
(asrdiag and its worker). Resident is the sum of the peaks of both. Inputs are made of
a fixed seed: lines like those of the agents, numbers that differ from line to line,
one in 2,000 with a secret. "Binds later" are bounds of work that is not finished.
"Packs compiled" is a second run on the same user's cache.

`
