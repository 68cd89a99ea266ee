package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/asrdiag/asrdiag/cmd/wine"
)

// wineLogs are what Wine's service manager, its services and the event log trace
// while services start, fail and stop; nil without Wine.
func wineLogs(t *testing.T) []byte {
	t.Helper()
	if _, err := os.Stat(wine.Program); err != nil {
		return nil
	}
	p, err := wine.Make(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p.Env = append(p.Env, "WINEDEBUG=+service,+svchost,+advapi,+eventlog,+err,+fixme,+timestamp,+pid")
	path := filepath.Join(t.TempDir(), "trace")
	trace, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer trace.Close()
	for _, args := range [][]string{
		{"cmd", "/c", "exit"},
		{"net", "start"},
		{"net", "start", "nosuchservice"},
		{"net", "start", "Spooler"},
		{"net", "stop", "Spooler"},
		{"sc", "create", "broken", "binPath=", `C:\windows\nosuch.exe`},
		{"sc", "start", "broken"},
		{"sc", "delete", "broken"},
		{"wevtutil", "el"},
		{"reg", "query", `HKLM\System\CurrentControlSet\Services`},
	} {
		cmd := p.Command(t.Context(), wine.Program, args...)
		cmd.Stderr = trace // services keep it open, which a file bears
		_ = cmd.Run()      // some are meant to fail
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(out, []byte("\n")); n < 100 {
		t.Fatalf("Wine's services traced %d lines", n)
	}
	return bytes.ReplaceAll(out[:min(len(out), 2<<20)], []byte{0}, nil)
}
