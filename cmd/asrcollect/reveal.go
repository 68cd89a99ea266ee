package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/asrdiag/asrdiag/collector"
)

// reveal turns pseudonyms back: single ones, or all in a text.
func reveal(args []string, s streams) int {
	var maps list
	set := flag.NewFlagSet("reveal", flag.ContinueOnError)
	set.Var(&maps, "map", "")
	key := set.String("case-key", "", "")
	names, code, done := parseMixed(set, args, s)
	if done {
		return code
	}
	switch {
	case len(maps) == 0 && *key == "":
		return fail(s, exitUsage, errors.New("reveal needs a map or a case key"), "name the map, which is beside the bundle: --map DO-NOT-SEND-...")
	case len(names) == 0:
		return fail(s, exitUsage, errors.New("nothing to reveal is named"), "name a pseudonym, a file, or - for stdin")
	}
	v, err := collector.OpenReveal(maps, *key)
	if err != nil {
		code, hint := explain(err)
		return fail(s, code, err, hint)
	}
	defer v.Close()
	s.warnMaps(v, len(maps) == 0)
	return s.revealAll(v, names)
}

// parseMixed reads flags before, between and behind names.
func parseMixed(set *flag.FlagSet, args []string, s streams) (names []string, code int, done bool) {
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	for {
		err := set.Parse(args)
		switch {
		case errors.Is(err, flag.ErrHelp):
			fmt.Fprint(s.out, usage)
			return nil, exitComplete, true
		case err != nil:
			return nil, fail(s, exitUsage, flagError(err), "see the flags with: asrcollect --help"), true
		case set.NArg() == 0:
			return names, 0, false
		}
		names, args = append(names, set.Arg(0)), set.Args()[1:]
	}
}

// warnMaps says what cannot be turned back with what there is.
func (s streams) warnMaps(v *collector.Reveal, keyAlone bool) {
	if keyAlone {
		say(s.err, "with the key alone only addresses are turned back; names need the map")
	}
	if v.Skipped > 0 {
		say(s.err, "lines of the maps that cannot be read: %d; they are damaged, or of a run that was killed", v.Skipped)
	}
	if len(v.Partial) > 0 {
		say(s.err, "a map does not list all of: %s", strings.Join(v.Partial, ", "))
	}
}

// revealAll goes through pseudonyms and files. The exit code is the worst.
func (s streams) revealAll(v *collector.Reveal, names []string) int {
	worst := exitComplete
	for _, name := range names {
		code := s.revealOne(v, name)
		if worst == exitComplete || code == exitNoBundle {
			worst = code
		}
	}
	return worst
}

func (s streams) revealOne(v *collector.Reveal, name string) int {
	if name == "-" {
		return s.revealText(v, s.in, "stdin")
	}
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return s.revealToken(v, name)
	}
	if err != nil {
		return fail(s, exitNoBundle, err, "name a file that you may read")
	}
	defer f.Close()
	return s.revealText(v, f, name)
}

func (s streams) revealToken(v *collector.Reveal, token string) int {
	value, ok := v.Token(token)
	if !ok {
		return fail(s, exitLacking, fmt.Errorf("%q is no file, and no pseudonym that is known here", token), "the map of the bundle it is from tells it: --map DO-NOT-SEND-...")
	}
	if _, err := fmt.Fprintln(s.out, value); err != nil {
		return fail(s, exitNoBundle, err, "")
	}
	return exitComplete
}

// zipBegin begins a zip, and so a bundle.
const zipBegin = "PK\x03\x04"

func (s streams) revealText(v *collector.Reveal, in io.Reader, name string) int {
	from := bufio.NewReader(in)
	if head, _ := from.Peek(len(zipBegin)); string(head) == zipBegin {
		return fail(s, exitNoBundle, fmt.Errorf("%s is a zip, and no text", name), "unpack it, or name the report that asrdiag made of it")
	}
	out := bufio.NewWriter(s.out)
	did, err := v.Copy(out, from)
	if err = errors.Join(err, out.Flush()); err != nil {
		return fail(s, exitNoBundle, err, "")
	}
	say(s.err, "%s: pseudonyms turned back: %d", name, did.Turned)
	if len(did.Unknown) == 0 {
		return exitComplete
	}
	more := ""
	if did.More > 0 {
		more = fmt.Sprintf(", and others, %d times", did.More)
	}
	say(s.err, "not known here, and left as they are: %s%s", strings.Join(did.Unknown, " "), more)
	return exitLacking
}

// tellMap says at the end of a run where the map is, or why there is none.
func (s streams) tellMap(f *flags, m *collector.MapSummary) {
	switch {
	case f.NoMap && f.CaseKey != "":
		say(s.err, "no map was kept: %s turns addresses back, and nothing does names", f.CaseKey)
	case f.NoMap:
		say(s.err, "no map was kept: nothing turns this bundle's pseudonyms back")
	case f.Out == "-":
		say(s.err, "no map was kept, because the bundle went to stdout; --out FOLDER keeps one")
	case m == nil:
	case m.Path == "":
		say(s.err, "there is no map of the pseudonyms: %s", m.Error)
	default:
		if m.Error != "" {
			say(s.err, "the map of the pseudonyms does not list all: %s", m.Error)
		}
		say(s.err, "DO NOT SEND %s: it turns the bundle's pseudonyms back into names; asrcollect reveal reads it", m.Path)
	}
}
