package commands

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/collector/internal/programs"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// script makes a program of shell lines.
func script(t *testing.T, lines string) programs.Program {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+lines+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return programs.Program{Name: "x", OS: "linux", Files: []string{"/none", file}, Timeout: 20 * time.Second, MaxOut: 100}
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
		out, err := Run(context.Background(), File(p), p)
		if got := errText(err); string(out.Text) != want.text || got != want.err || out.Truncated != want.truncated {
			t.Errorf("%s: printed %.200q, truncated %v, error %.200q", lines, out.Text, out.Truncated, got)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestRunKillsTree ends a program that hangs, with its children.
func TestRunKillsTree(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	p := script(t, "sleep 600 & echo $! >"+pids+"; echo begun; wait")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if raw, _ := os.ReadFile(pids); len(raw) > 0 {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	out, err := Run(ctx, File(p), p)
	if !errors.Is(err, context.Canceled) || string(out.Text) != "begun\n" {
		t.Errorf("printed %q, error %v", out.Text, err)
	}
	raw, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if !gone(pid) {
		t.Errorf("process %d still runs", pid)
	}
}

// gone waits until a process is gone, or dead and not yet waited for.
func gone(pid int) bool {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil || strings.Contains(string(raw), ") Z ") || syscall.Kill(pid, 0) != nil {
			return true
		}
	}
	return false
}

func TestRunTimeout(t *testing.T) {
	p := script(t, "echo begun; sleep 600")
	p.Timeout = 300 * time.Millisecond
	out, err := Run(context.Background(), File(p), p)
	if errText(err) != "it did not end within 300ms" || string(out.Text) != "begun\n" {
		t.Errorf("printed %q, error %v", out.Text, err)
	}
}

func collect(t *testing.T, list []programs.Program) (*bundles.Bundle, error) {
	t.Helper()
	var buf bytes.Buffer
	w, err := bundlezip.NewWriter(&buf, bundles.Header{ID: "x", Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	s := store.New(w, redact.New(), store.Limits{})
	cerr := Collect(context.Background(), s.Sink(), list, slog.New(slog.DiscardHandler))
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
	return b, cerr
}

func TestCollect(t *testing.T) {
	good, bad, none := script(t, "echo password=hunter2"), script(t, "exit 4"), programs.Program{Name: "none", Files: []string{"/none"}}
	bad.Name = "bad"
	b, err := collect(t, []programs.Program{good, bad, none})
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
	_, err = collect(t, []programs.Program{none})
	if p := (*source.Problem)(nil); !errors.As(err, &p) || p.Status != bundles.StatusSkipped {
		t.Errorf("without any program: %v", err)
	}
	if _, err = collect(t, []programs.Program{bad}); err == nil || errors.As(err, new(*source.Problem)) {
		t.Errorf("when all fail: %v", err)
	}
}
