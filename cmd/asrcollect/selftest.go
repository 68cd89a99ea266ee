package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/collector"
)

// selftestTime is how long a self-test may take.
const selftestTime = time.Minute

// selftest proves on this machine that secrets are removed.
func selftest(args []string, s streams) int {
	set := flag.NewFlagSet("selftest", flag.ContinueOnError)
	asJSON := set.Bool("json", false, "")
	seed := set.Uint64("seed", rand.Uint64N(1e6), "")
	privacy := set.String("privacy", collector.PrivacyStandard, "")
	if code, done := parse(set, args, s); done {
		return code
	}
	if *privacy != collector.PrivacyStandard && *privacy != collector.PrivacyStrict {
		return fail(s, exitUsage, fmt.Errorf("unknown mode of privacy %q", *privacy), "the modes are standard and strict")
	}
	ctx, cancel := context.WithTimeout(context.Background(), selftestTime)
	defer cancel()
	res, err := collector.Selftest(ctx, *seed, *privacy)
	if err != nil {
		return fail(s, exitNoBundle, fmt.Errorf("plant secrets in the temporary folder: %w", err), "name another folder for temporary files, as with TMPDIR or TMP")
	}
	return showSelftest(s, res, *asJSON)
}

// showSelftest prints the table and gives the exit code.
func showSelftest(s streams, res collector.SelftestResult, asJSON bool) int {
	var err error
	if asJSON {
		err = json.NewEncoder(s.out).Encode(res)
	} else {
		w := bufio.NewWriter(s.out)
		selftestTable(w, res)
		err = w.Flush()
	}
	switch {
	case err != nil:
		return fail(s, exitNoBundle, err, "")
	case !res.Passed:
		return fail(s, exitNoBundle, errors.New("what should have been removed was not, or what should have stayed"), "do not send bundles from this machine, and tell support: asrcollect selftest --seed "+fmt.Sprint(res.Seed))
	}
	return exitComplete
}

// most is how many places are told of what is left of a kind.
const most = 3

func selftestTable(w io.Writer, res collector.SelftestResult) {
	fmt.Fprintf(w, "Made-up secrets were planted in logs of five encodings and in facts, in a\ntemporary folder that is gone again. What a bundle would hold was searched.\n\n")
	row := func(kind string, planted, removed, left any) {
		fmt.Fprintf(w, "%-34s%10v%10v%10v\n", kind, planted, removed, left)
	}
	row("kind", "planted", "removed", "left")
	var all collector.SelftestRow
	for _, r := range res.Rows {
		row(r.Kind, r.Planted, r.Removed, r.Left)
		for i, where := range r.Where {
			if i == most {
				fmt.Fprintf(w, "  ! and %d places more: --json has them\n", len(r.Where)-most)
				break
			}
			fmt.Fprintf(w, "  ! left in %s\n", where[strings.LastIndexByte(where, '/')+1:])
		}
		all.Planted, all.Removed, all.Left = all.Planted+r.Planted, all.Removed+r.Removed, all.Left+r.Left
	}
	row("all", all.Planted, all.Removed, all.Left)
	fmt.Fprintf(w, "\nOf %d ordinary lines between them %d were changed.\n", res.Ordinary, res.Changed)
	verdict := "The redactor works on this machine."
	if !res.Passed {
		verdict = "THE REDACTOR DOES NOT WORK HERE."
	}
	fmt.Fprintf(w, "%s Again with the same secrets: --seed %d\n", verdict, res.Seed)
}
