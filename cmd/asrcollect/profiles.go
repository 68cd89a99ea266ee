package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/asrdiag/asrdiag/collector"
)

// showProfiles lists the profiles, prints one that is built in, or checks a file.
func showProfiles(args []string, s streams) int {
	set := flag.NewFlagSet("profiles", flag.ContinueOnError)
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		if code, done := parse(set, args[1:], s); done {
			return code
		}
		return showProfile(args[0], s)
	}
	if code, done := parse(set, args, s); done {
		return code
	}
	return listProfiles(s)
}

func listProfiles(s streams) int {
	list, err := collector.Profiles()
	if err != nil {
		return fail(s, exitNoBundle, err, "")
	}
	here, err := collector.ProfileFor(context.Background(), "")
	if err != nil {
		return fail(s, exitNoBundle, err, "")
	}
	for _, p := range list {
		mark := " "
		if p.Name == here.Name {
			mark = "*"
		}
		fmt.Fprintf(s.out, "%s %-20s %-8s %s\n", mark, p.Name, p.Version, p.Title)
	}
	fmt.Fprintln(s.out, "* is used on this machine when --profile is not given")
	return exitComplete
}

// showProfile prints the document of a built-in profile, to be copied and
// changed, or says of a file whether it is a profile.
func showProfile(nameOrFile string, s streams) int {
	text, p, err := collector.ProfileText(nameOrFile)
	var oe *collector.OptionError
	switch {
	case errors.As(err, &oe):
		return fail(s, exitUsage, err, oe.Hint)
	case err != nil:
		return fail(s, exitNoBundle, err, "")
	case text != nil:
		_, err = s.out.Write(text)
	default:
		_, err = io.WriteString(s.out, fmt.Sprintf("%s: profile %s %s, no mistakes\n", printable(nameOrFile), p.Name, p.Version))
	}
	if err != nil {
		return fail(s, exitNoBundle, err, "")
	}
	return exitComplete
}
