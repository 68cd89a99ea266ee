package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/collector"
)

// installed is a command of the profile format that is there on this system.
func installed(t *testing.T) string {
	t.Helper()
	name := map[string]string{"linux": "ip-route", "windows": "netsh-winhttp-proxy"}[runtime.GOOS]
	p := programsProfile(t, name)
	if list, err := collector.Programs(t.Context(), collector.Options{Profile: p}); err != nil || len(list) != 1 {
		t.Skipf("%s is not installed: %v", name, err)
	}
	return p
}

func programsProfile(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "asrcollect-programs-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // Wine cannot remove all of it
	p := filepath.Join(dir, "p.json")
	doc := fmt.Sprintf(`{"name":"p","version":"1.0.0","commands":[{"name":%q,"why":"the reason"}]}`, name)
	if err := os.WriteFile(p, []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAskPrograms(t *testing.T) {
	profile := installed(t)
	for name, c := range map[string]struct {
		typed string
		want  bool
	}{
		"yes":             {"y\n", true},
		"yes, long":       {" YES \r\n", true},
		"Enter alone":     {"\n", false},
		"no":              {"n\n", false},
		"something else":  {"why?\n", false},
		"nobody answers":  {"", false},
		"the end of keys": {"\x00", false},
	} {
		in, keys := io.Pipe()
		out := &asked{want: "start them?", at: make(chan bool)}
		s := streams{err: out, keys: newKeyboard(in)}
		f, _ := newFlags()
		f.Profile = profile
		go func() {
			<-out.at // what was typed before it does not count
			if c.typed == "\x00" {
				keys.Close()
				return
			}
			if c.typed != "" {
				_, _ = io.WriteString(keys, c.typed)
			}
		}()
		patience := 10 * time.Second
		if c.typed == "" {
			patience = 10 * time.Millisecond
		}
		s.askPrograms(f, patience)
		if f.Commands != c.want || !f.Asked {
			t.Errorf("%s: commands %v, asked %v", name, f.Commands, f.Asked)
		}
		if text := out.text.String(); !strings.Contains(text, "for the reason") || strings.Contains(text, "no program is started") == c.want {
			t.Errorf("%s: says %q", name, text)
		}
		keys.Close()
	}
}

// asked is a terminal that tells when a question stands on it.
type asked struct {
	text bytes.Buffer
	want string
	at   chan bool
	done bool
}

func (a *asked) Write(p []byte) (int, error) {
	a.text.Write(p)
	if !a.done && strings.Contains(a.text.String(), a.want) {
		a.done = true
		close(a.at)
	}
	return len(p), nil
}

// TestAskNothing: without programs there is nothing to ask, and a flag is an
// answer.
func TestAskNothing(t *testing.T) {
	var out bytes.Buffer
	s := streams{err: &out, keys: newKeyboard(strings.NewReader("y\n"))}
	f, _ := newFlags()
	f.Profile = programsProfile(t, map[string]string{"linux": "w32tm-status", "windows": "ip-route"}[runtime.GOOS])
	s.askPrograms(f, time.Minute)
	if f.Asked || f.Commands || out.Len() > 0 {
		t.Errorf("asked %v, commands %v, says %q", f.Asked, f.Commands, &out)
	}
	for _, c := range []struct {
		args string
		want bool
	}{{"-q", true}, {"--commands", false}, {"--yes", false}, {"--quiet", false}} {
		f, set := newFlags()
		if err := set.Parse([]string{c.args}); err != nil || f.asks() != c.want {
			t.Errorf("%s: asks %v, %v", c.args, f.asks(), err)
		}
	}
}

func TestProgramsLines(t *testing.T) {
	got := strings.Join(programsLines([]collector.Program{{Name: "a", Line: strings.Repeat("x", 300), Why: "w"}}, 30*time.Second), "\n")
	if strings.Contains(got, strings.Repeat("x", longestLine+1)) || !strings.Contains(got, "for w\n") || !strings.Contains(got, "30s of silence, is no") {
		t.Error(got)
	}
}
