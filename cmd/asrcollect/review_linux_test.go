package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// reviewed is a profile with one log that has secrets.
func reviewed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	log := "2026-03-01 10:00:00 start\n2026-03-01 10:00:01 connect password=Hunter2secret port=9443\nGET https://h/?sv=1&sig=aBcDeFgHiJkL123&sp=r 403\n"
	if err := os.WriteFile(dir+"/a.log", []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	doc := `{"name":"x","version":"1","title":"t","logs":[{"id":"a","globs":["` + dir + `/*.log"],"why":"w"}]}`
	if err := os.WriteFile(dir+"/p.json", []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir + "/p.json"
}

const question = "keep this bundle?"

// dialogue runs the program on a terminal and types each answer when a question
// stands there; an answer that is a signal is sent. It returns what was shown and
// the exit code.
func dialogue(t *testing.T, answers []any, args ...string) (string, int) {
	t.Helper()
	own, program := terminal(t)
	cmd := exec.Command(binary(t), args...)
	cmd.Stdin, cmd.Stderr = program, program
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	program.Close()
	end := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer end.Stop()
	var shown bytes.Buffer
	vouched := false
	for buf, asked := make([]byte, 4096), 0; ; {
		n, err := own.Read(buf)
		shown.Write(buf[:n])
		if !vouched && strings.Contains(shown.String(), "use it?") { // the profile is nobody's
			vouched = true
			if _, err := own.WriteString("y\n"); err != nil {
				t.Fatal(err)
			}
		}
		for ; asked < len(answers) && strings.Count(shown.String(), question) > asked && strings.HasSuffix(shown.String(), "\n"); asked++ {
			var err error
			if sig, ok := answers[asked].(os.Signal); ok {
				err = cmd.Process.Signal(sig)
			} else {
				_, err = own.WriteString(answers[asked].(string))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err != nil { // the program's side is closed
			break
		}
	}
	if err := cmd.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return shown.String(), cmd.ProcessState.ExitCode()
}

// TestReview: only a yes keeps the bundle, and what is shown has no secret.
func TestReview(t *testing.T) {
	profile := reviewed(t)
	for name, c := range map[string]struct {
		answers []any
		code    int
	}{
		"yes":              {[]any{"y\n"}, exitComplete},
		"no":               {[]any{"n\n"}, exitNoBundle},
		"why, more, yes":   {[]any{"why?\n", "\n", "yes\n"}, exitComplete},
		"Ctrl-C":           {[]any{os.Interrupt}, exitNoBundle},
		"end of the keys":  {[]any{"\x04"}, exitNoBundle},
		"termination":      {[]any{syscall.SIGTERM}, exitNoBundle},
		"why, termination": {[]any{"why?\n", syscall.SIGTERM}, exitNoBundle},
	} {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			shown, code := dialogue(t, c.answers, "-d", "200ms", "--interval", "100ms", "--no-probes", "--min-free", "1MiB", "-p", profile, "-o", out, "--review", "--case-key", t.TempDir()+"/k")
			if code != c.code {
				t.Fatalf("exit code %d, want %d\n%s", code, c.code, shown)
			}
			for _, want := range []string{"a.log", "password 1, sas 1", "| 2026-03-01 10:00:01 connect password=[REDACTED:password]", "sig=[REDACTED:sas]&sp=r 403"} {
				if !strings.Contains(shown, want) {
					t.Errorf("no %q in\n%s", want, shown)
				}
			}
			if strings.Contains(shown, "Hunter2") || strings.Contains(shown, "aBcDeFg") {
				t.Errorf("a secret is shown:\n%s", shown)
			}
			left := visible(out)
			if (len(left) > 0) != (code == exitComplete) {
				t.Errorf("left %v", left)
			}
			if code != exitComplete && !strings.Contains(shown, "nothing was kept") {
				t.Errorf("does not say that nothing was kept:\n%s", shown)
			}
			if code == exitComplete {
				manifestIn(t, out)
			}
		})
	}
}
