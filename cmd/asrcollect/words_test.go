package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/collector"
)

func TestSay(t *testing.T) {
	for in, want := range map[string]string{
		"error: short":                "asrcollect: error: short\n",
		"a  path":                     "asrcollect: a  path\n",
		"one\ntwo":                    "asrcollect: one\nasrcollect:   two\n",
		strings.Repeat("word ", 14):   "asrcollect: " + strings.TrimSpace(strings.Repeat("word ", 13)) + "\nasrcollect:   word \n",
		"x \x1b[31m \u202e \xff y":    "asrcollect: x ?[31m ? ? y\n",
		"/" + strings.Repeat("p", 90): "asrcollect: /" + strings.Repeat("p", 90) + "\n",
	} {
		var out bytes.Buffer
		say(&out, "%s", in)
		if out.String() != want {
			t.Errorf("say(%q) writes %q, want %q", in, out.String(), want)
		}
	}
}

func TestFlagError(t *testing.T) {
	for args, want := range map[string]string{
		"-d soon":       `-d: "soon" is not a time: write 90s, 15m or 2h`,
		"--max-size x":  `--max-size: "x" is not a size: write 100MiB or 2GiB`,
		"--nonesuch":    "unknown flag --nonesuch",
		"-z":            "unknown flag -z",
		"--out":         "--out needs a value",
		"--quiet=maybe": `--quiet: "maybe" is not a value for it`,
		"--no-probes=7": `--no-probes: "7" is not a value for it`,
	} {
		_, set := newFlags()
		set.SetOutput(new(bytes.Buffer))
		set.Usage = func() {}
		err := set.Parse(strings.Fields(args))
		if err == nil || flagError(err).Error() != want {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
	if plain := errors.New("other"); flagError(plain) != plain {
		t.Error("an error of another kind is changed")
	}
}

// TestProgressWidth holds every text of the progress line against a terminal of
// 80 columns: with the ^C that a terminal adds it must stay in its line.
func TestProgressWidth(t *testing.T) {
	for then, want := range map[bool]string{true: "left, then logs. Ctrl-C = finish now", false: "left. Ctrl-C = finish now"} {
		l := &progressLine{key: "Ctrl-C", now: collector.Progress{Phase: "averaging CPU, memory, disk", Until: time.Now().Add(7 * 24 * time.Hour), Then: then}}
		if text := l.text(80 - len("^C")); utf8.RuneCountInString(text) > 80-len("^C") || !strings.HasSuffix(text, want) || strings.HasPrefix(text, "all collected") == then {
			t.Errorf("the progress line is %q", text)
		}
		if text := l.text(39); text != "10080:00 left. Ctrl-C = finish now" {
			t.Errorf("in 40 columns it is %q", text)
		}
		if text := l.text(10); text != "10080:00 l" {
			t.Errorf("in 11 columns it is %q", text)
		}
	}
}

// TestUsageWidth holds the help text against a terminal of 80 columns.
func TestUsageWidth(t *testing.T) {
	for i, l := range strings.Split(usage, "\n") {
		if n := utf8.RuneCountInString(l); n > 80 || strings.HasSuffix(l, " ") {
			t.Errorf("line %d has %d columns: %q", i+1, n, l)
		}
	}
	for _, want := range []string{collector.FormatDuration(collector.Overtime), "0  the bundle", "1  there is no", "2  mistake", "3  the bundle lacks"} {
		if !strings.Contains(usage, want) {
			t.Errorf("the help text does not say %q", want)
		}
	}
}

// TestSpaceHint holds that nobody is told to keep 100 MiB free where there is
// less.
func TestSpaceHint(t *testing.T) {
	for free, want := range map[int64]bool{2 << 20: false, 100 << 20: false, 1 << 30: true} {
		if hint := spaceHint(free); strings.Contains(hint, "--min-free") != want || !strings.Contains(hint, "--out") {
			t.Errorf("with %d bytes free: %q", free, hint)
		}
	}
}
