package commands

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
	"github.com/asrdiag/asrdiag/collector/internal/programs"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// script makes a program of shell lines.
func script(t *testing.T, lines string) Job {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+lines+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return Job{Program: programs.Program{Name: "x", OS: "linux", Files: []string{"/none", file}, Timeout: 20 * time.Second, MaxOut: 100}}
}

func TestRun(t *testing.T) {
	for lines, want := range map[string]struct {
		text, err string
		truncated bool
	}{
		"echo out; echo err >&2":                      {text: "out\n"},
		"echo out; echo 'it  is\nbroken' >&2; exit 3": {text: "out\n", err: "exit code 3: it is broken"},
		"exit 0":                                            {err: "it printed nothing"},
		"echo; echo no such level >&2":                      {text: "\n", err: "it printed nothing: no such level"},
		"head -c 100000 /dev/zero | tr '\\0' x":             {text: strings.Repeat("x", 100), truncated: true},
		`echo "$HOME$USER$SECRET,$LC_ALL"; pwd; wc -c`:      {text: ",C\n/\n0\n"},
		"sleep 60 & echo started":                           {text: "started\n"},
		"kill -9 $$":                                        {err: "exit code -1"},
		"head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1": {err: "exit code 1: " + strings.Repeat("x", maxErrors)},
	} {
		t.Setenv("SECRET", "x")
		p := script(t, lines)
		out, err := Run(context.Background(), File(p.Program), p)
		if got := errText(err); string(out.Text) != want.text || got != want.err || out.Truncated != want.truncated {
			t.Errorf("%s: printed %.200q, truncated %v, error %.200q", lines, out.Text, out.Truncated, got)
		}
	}
}

func TestRunTimeout(t *testing.T) {
	p := script(t, "echo begun; sleep 600")
	p.Timeout = 300 * time.Millisecond
	out, err := Run(context.Background(), File(p.Program), p)
	if errText(err) != "it did not end within 300ms" || string(out.Text) != "begun\n" {
		t.Errorf("printed %q, error %v", out.Text, err)
	}
}

func collect(t *testing.T, list []Job) (*bundles.Bundle, []bundles.ConfigFile, error) {
	t.Helper()
	var buf bytes.Buffer
	w, err := zipwriter.NewWriter(&buf, bundles.Header{ID: "x", Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	s := store.New(w, redact.New(redact.Options{}), store.Limits{})
	told, cerr := Collect(context.Background(), s.Sink(), "commands", list, runlog.New(io.Discard))
	if err := w.Finish(bundles.Manifest{}); err != nil {
		t.Fatal(err)
	}
	r, err := bundlezip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundles.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	return b, told, cerr
}

func TestCollect(t *testing.T) {
	good, bad, none := script(t, "echo password=hunter2"), script(t, "exit 4"), Job{Program: programs.Program{Name: "none", Files: []string{"/none"}}}
	bad.Name = "bad"
	b, _, err := collect(t, []Job{good, bad, none})
	if p := (*source.Problem)(nil); !errors.As(err, &p) || p.Status != bundles.StatusPartial || err.Error() != "bad: exit code 4" {
		t.Errorf("error = %v", err)
	}
	f, err := b.FS.Open("logs/commands/x.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil || string(text) != "password="+redact.Mark(redact.RulePassword)+"\n" {
		t.Errorf("stored %q, %v", text, err)
	}
	row := b.Manifest.Files[0]
	if row.Source != "logs/commands" || row.SourcePath != good.Files[1] || row.Encoding != "utf-8" || row.Truncated {
		t.Errorf("row = %+v", row)
	}
	if _, err := fs.Stat(b.FS, "logs/commands/bad.txt"); err == nil {
		t.Error("a program that printed nothing has a file")
	}
	_, _, err = collect(t, []Job{none})
	if p := (*source.Problem)(nil); !errors.As(err, &p) || p.Status != bundles.StatusSkipped {
		t.Errorf("without any program: %v", err)
	}
	if _, _, err = collect(t, []Job{bad}); err == nil || errors.As(err, new(*source.Problem)) {
		t.Errorf("when all fail: %v", err)
	}
}

// TestCollectSetting: of a program whose output is not kept, the setting is.
func TestCollectSetting(t *testing.T) {
	backup := func(lines string) Job {
		j := script(t, lines)
		j.Name, j.Setting, j.Unkept = "backup-agent-proxy", settingBackup, true
		return j
	}
	b, told, err := collect(t, []Job{backup("echo 'ProxyServer : http://p'; echo 'EncryptionKey : s3cr3t'")})
	want := []bundles.ConfigFile{{Name: "backup-agent", File: "Get-OBMachineSetting", Exists: true, Values: []bundles.ConfigValue{{Key: "ProxyServer", Value: "http://p"}}}}
	if diff := cmp.Diff(want, told); err != nil || diff != "" {
		t.Errorf("error %v\n%s", err, diff)
	}
	if len(b.Manifest.Files) != 0 {
		t.Errorf("files = %+v", b.Manifest.Files)
	}
	for lines, want := range map[string]string{
		"exit 0":                       "it printed nothing",
		"echo no module >&2; exit 1":   "exit code 1: no module",
		"echo 'WorkHours : 9'; exit 0": "its answer names no proxy server, not even an empty one",
	} {
		_, told, err := collect(t, []Job{backup(lines)})
		if len(told) != 1 || told[0].Exists || told[0].Error != want || errText(err) != "backup-agent-proxy: "+want {
			t.Errorf("%s: settings %+v, error %v", lines, told, err)
		}
	}
}

// TestTarget: the client gets its target as arguments, and is not started
// without one.
func TestTarget(t *testing.T) {
	j := script(t, `echo "$@" -P /usr/local/private/connection.passphrase; echo "-P \"C:\\ProgramData\\private x\" -T 3"`)
	j.Client, j.MaxOut = true, 1000
	j.Args, j.Host, j.Port = []string{"-i", programs.HostArg, "-l", programs.PortArg, "-y", "30"}, "10.0.0.4", "9443"
	b, _, err := collect(t, []Job{j})
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(b.FS, "logs/commands/x.txt")
	if err != nil || !strings.HasPrefix(string(text), "-i 10.0.0.4 -l 9443 -y 30 -P ") || strings.Contains(string(text), "private") || !strings.HasSuffix(string(text), "] -T 3\n") {
		t.Errorf("printed %q, %v", text, err)
	}
	if got := b.Manifest.Files[0].SourcePath; !strings.HasSuffix(got, "/program -i 10.0.0.4 -l 9443 -y 30") {
		t.Errorf("command line %q", got)
	}
	j.NoTarget = "nobody knows"
	if _, _, err := collect(t, []Job{j}); errText(err) != "x: it was not started: nobody knows" {
		t.Errorf("without a target: %v", err)
	}
}

// TestClientFails: that the client cannot send is what was asked for, and nothing
// that the bundle lacks; that it says nothing is.
func TestClientFails(t *testing.T) {
	for lines, want := range map[string]struct{ status, err string }{
		"echo run 1: failed; exit 1": {bundles.StatusOK, "x: exit code 1"},
		"exit 1":                     {"", "x: exit code 1"},
		"exit 0":                     {"", "x: it printed nothing"},
	} {
		j := script(t, lines)
		j.Client = true
		_, _, err := collect(t, []Job{j})
		status := ""
		if p := (*source.Problem)(nil); errors.As(err, &p) {
			status = p.Status
		}
		if status != want.status || errText(err) != want.err {
			t.Errorf("%s: status %q, error %v", lines, status, err)
		}
	}
}
