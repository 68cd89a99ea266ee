package main

import (
	"context"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/collector"
)

// programsPatience is how long the answer about programs is waited for.
const programsPatience = 30 * time.Second

// asks reports whether the user is asked about programs: not where the command
// line has an answer already.
func (f *flags) asks() bool { return !f.Commands && !f.yes && !f.quiet }

// askPrograms asks once whether the programs that the profile names may run.
// Whoever does not answer says no.
func (s streams) askPrograms(f *flags, patience time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), rightsPatience)
	defer cancel()
	list, err := collector.Programs(ctx, f.Options)
	if err != nil || len(list) == 0 {
		return // the run tells what is wrong
	}
	s.keys.drain() // what was typed before is no answer
	for _, l := range programsLines(list, patience) {
		say(s.err, "%s", l)
	}
	f.Asked = true
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case answer, ok := <-s.keys.read():
		f.Commands = ok && isYes(answer)
	case <-wait.C:
	}
	if !f.Commands {
		say(s.err, "no program is started; --commands lets them run another time")
	}
}

// isYes reports whether an answer is a clear yes.
func isYes(answer string) bool {
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

// longestLine is how much of a program's command line is shown, in bytes.
const longestLine = 160

// programsLines say which programs would be started, and what for.
func programsLines(list []collector.Program, patience time.Duration) []string {
	out := []string{"some answers are known only to other programs, which read and change nothing:"}
	for _, p := range list {
		line := p.Line
		if len(line) > longestLine {
			line = line[:longestLine] + " ... (asrcollect preview has all of it)"
		}
		out = append(out, line+"\nfor "+p.Why)
	}
	return append(out, "each is ended when it takes too long; software that watches this machine may report that they were started",
		"start them? y and Enter is yes; Enter, or "+collector.FormatDuration(patience)+" of silence, is no")
}
