package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

// previewFolder has what a run would read, connect to and start: logs, a FIFO
// that would hang whoever opens it, and a configuration file.
func previewFolder(t *testing.T) (dir, profile string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{
		"a.log": "to 10.0.0.1:443\n", "b.log": "password=x\n", "needed.conf": "HOST=10.255.255.1\n", "unneeded.conf": "K=v\n", "named": "x",
		"p.json": fmt.Sprintf(`{"name":"p","version":"1","processes":{},"connections":{"processes":["*"],"why":"w"},
"services":[{"name":"ssh","why":"w"}],
"time":{"sntp":["127.0.0.1:1"],"https":["127.0.0.1:2"],"services":["chronyd"],"why":"w"},
"paths":[{"name":"here","path":"%[1]s","resolve":"volume","why":"w"}],
"config":[{"name":"needed","paths":["%[1]s/needed.conf"],"keys":["HOST"],"why":"w"},{"name":"unneeded","paths":["%[1]s/unneeded.conf"],"keys":["K"],"why":"w"}],
"files":[{"name":"named","path":"%[1]s/named","why":"w"}],
"logs":[{"id":"l","globs":["%[1]s/*"],"why":"w"}],
"probes":[{"name":"t","target":"127.0.0.1:3","legs":["tls","http"],"why":"w"},{"name":"c","from_config":{"config":"needed","host":"HOST","default_port":4},"why":"w"},
 {"name":"m","from_log":{"input":"l","regexp":"to (?P<host>[0-9.]+)","max":2},"why":"w"}],
"commands":[{"name":"ip-route","why":"w"},{"name":"timedatectl","why":"w"}]}`, dir),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(dir+"/fifo.log", 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, dir + "/p.json"
}

// TestPreviewOpensNothing watches the system calls of a preview: no log, no
// FIFO, no file but the settings that references need, no socket, no program.
func TestPreviewOpensNothing(t *testing.T) {
	strace := program.Path(t, "strace")
	exe := binary(t)
	dir, profile := previewFolder(t)
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command(strace, "-f", "-o", trace, "-e", "trace=open,openat,openat2,connect,socket,sendto,sendmsg,execve,execveat,clone,clone3,fork,vfork,kill,unlink,rename,mkdir",
		exe, "preview", "--profile", profile, "--commands", "--log-age", "0")
	out, err := cmd.CombinedOutput()
	if err != nil && strings.Contains(string(out), "ptrace") {
		program.Missing(t, "strace may not trace here: %s", out)
	}
	if err != nil || !strings.Contains(string(out), "a.log") && !strings.Contains(string(out), dir+"/*") {
		t.Fatalf("%v\n%s", err, out)
	}
	raw, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	allowed := regexp.MustCompile(regexp.QuoteMeta(dir) + `(/p\.json|/needed\.conf)?"`)
	for line := range strings.Lines(string(raw)) {
		call, rest, _ := strings.Cut(line[strings.IndexByte(line, ' ')+1:], "(")
		switch call = strings.TrimSpace(call); call {
		case "open", "openat", "openat2":
			if strings.Contains(rest, dir) && !allowed.MatchString(rest) || strings.Contains(rest, "O_CREAT") || strings.Contains(rest, "O_WRONLY") || strings.Contains(rest, "O_RDWR") {
				t.Errorf("a preview opens: %s", line)
			}
		case "execve", "execveat":
			if !strings.Contains(rest, exe) {
				t.Errorf("a preview starts: %s", line)
			}
		case "connect", "socket", "sendto", "sendmsg", "fork", "vfork", "unlink", "rename", "mkdir":
			t.Errorf("a preview calls: %s", line)
		case "clone", "clone3":
			if !strings.Contains(rest, "CLONE_THREAD") {
				t.Errorf("a preview makes a process: %s", line)
			}
		}
	}
	if n := bytes.Count(raw, []byte("needed.conf\"")); n == 0 {
		t.Errorf("the trace does not show what was opened:\n%s", raw)
	}
}

// TestPreviewLeavesTimes: reading would change the time of the last access.
func TestPreviewLeavesTimes(t *testing.T) {
	exe := binary(t)
	dir, profile := previewFolder(t)
	old := time.Now().Add(-48 * time.Hour).Truncate(time.Second)
	watched := []string{"a.log", "b.log", "named", "unneeded.conf"}
	for _, name := range watched {
		if err := os.Chtimes(filepath.Join(dir, name), old, old.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(exe, "preview", "-p", profile).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range watched {
		var st unix.Stat_t
		if err := unix.Stat(filepath.Join(dir, name), &st); err != nil || time.Unix(st.Atim.Unix()).Unix() != old.Unix() {
			t.Errorf("%s was last read at %v, %v", name, time.Unix(st.Atim.Unix()), err)
		}
	}
}
