package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// terminal opens a pseudo-terminal: its own side and the program's.
func terminal(t *testing.T) (own, program *os.File) {
	t.Helper()
	own, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminal can be made here: %v", err)
	}
	t.Cleanup(func() { own.Close() })
	if err := unix.IoctlSetPointerInt(int(own.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Skipf("no terminal can be made here: %v", err)
	}
	n, err := unix.IoctlGetUint32(int(own.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile("/dev/pts/"+strconv.Itoa(int(n)), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminal can be made here: %v", err)
	}
	t.Cleanup(func() { program.Close() })
	return own, program
}

// onTerminal runs the program with a terminal and types the answer when it is
// asked. It returns all that the terminal shows.
func onTerminal(t *testing.T, answer string, args ...string) string {
	t.Helper()
	own, program := terminal(t)
	cmd := exec.Command(binary(t), args...)
	cmd.Stdin, cmd.Stderr = program, program
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	program.Close()
	end := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer end.Stop()
	var shown bytes.Buffer
	for buf := make([]byte, 4096); ; {
		n, err := own.Read(buf)
		shown.Write(buf[:n])
		if answer != "" && strings.Contains(shown.String(), "start them?") {
			if _, err := own.WriteString(answer); err != nil {
				t.Fatal(err)
			}
			answer = ""
		}
		if err != nil { // the program's side is closed
			break
		}
	}
	if err := cmd.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return shown.String()
}

func manifestIn(t *testing.T, dir string) bundles.Manifest {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*.zip"))
	if err != nil || len(list) != 1 {
		t.Fatalf("bundles: %q, %v", list, err)
	}
	r, err := bundlezip.Open(list[0])
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := bundles.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	return b.Manifest
}

// TestQuestion: the real program on a terminal asks once, does what it is told,
// and the manifest says who said so.
func TestQuestion(t *testing.T) {
	profile := signed(t, installed(t))
	for name, c := range map[string]struct {
		answer, flag, consent, status string
		asked                         bool
	}{
		"yes":       {answer: "y\n", consent: `{"commands":"prompt"}`, status: bundles.StatusOK, asked: true},
		"no":        {answer: "\n", consent: `{"commands":"declined"}`, status: bundles.StatusSkipped, asked: true},
		"by a flag": {flag: "--commands", consent: `{"commands":"flag"}`, status: bundles.StatusOK},
		"--yes":     {flag: "--yes", consent: "null", status: bundles.StatusSkipped},
		"--quiet":   {flag: "--quiet", consent: "null", status: bundles.StatusSkipped},
	} {
		out := t.TempDir()
		args := []string{"-d", "200ms", "--interval", "100ms", "--no-probes", "--min-free", "1MiB", "-p", profile, "-o", out}
		if c.flag != "" {
			args = append(args, c.flag)
		}
		shown := onTerminal(t, c.answer, args...)
		m := manifestIn(t, out)
		consent, err := json.Marshal(m.Consent)
		if err != nil || string(consent) != c.consent {
			t.Errorf("%s: consent %s, %v, want %s", name, consent, err, c.consent)
		}
		if asked := strings.Count(shown, "start them?"); asked > 1 || (asked == 1) != c.asked {
			t.Errorf("%s: asked %d times\n%s", name, asked, shown)
		}
		for _, s := range m.Sources {
			if s.Name == "logs/commands" && s.Status != c.status {
				t.Errorf("%s: row %+v", name, s)
			}
		}
	}
}

// TestQuestionNowhere: without a terminal nobody is asked.
func TestQuestionNowhere(t *testing.T) {
	out := t.TempDir()
	cmd := exec.Command(binary(t), "-d", "200ms", "--interval", "100ms", "--no-probes", "--min-free", "1MiB", "-p", signed(t, installed(t)), "-o", out)
	cmd.Stdin = strings.NewReader("y\n")
	raw, err := cmd.CombinedOutput()
	if err != nil || bytes.Contains(raw, []byte("start them?")) {
		t.Errorf("%v\n%s", err, raw)
	}
	if c := manifestIn(t, out).Consent; c != nil {
		t.Errorf("consent %+v", c)
	}
}

// signed signs a profile of a test with the key that its programs trust.
func signed(t *testing.T, profile string) string {
	t.Helper()
	if err := sign(profile, "for the tests", true); err != nil {
		t.Fatal(err)
	}
	return profile
}
