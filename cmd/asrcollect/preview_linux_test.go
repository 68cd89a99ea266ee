package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
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
	allowed := regexp.MustCompile(regexp.QuoteMeta(dir) + `(/p\.json(\.minisig)?|/needed\.conf)?"`)
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

// TestPreviewWithoutRights says what an ordinary user cannot see.
func TestPreviewWithoutRights(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("skipped: only root can become somebody else")
	}
	dir := t.TempDir()
	raw, err := os.ReadFile(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	doc := fmt.Sprintf(`{"name":"p","version":"1","logs":[{"id":"l","globs":["%[1]s/*.log","%[1]s/closed/*.log"],"why":"w"}],
"files":[{"name":"f","path":"%[1]s/closed/x","why":"w"}],"config":[{"name":"c","paths":["%[1]s/a.log"],"keys":["K"],"why":"w"}]}`, dir)
	if err := errors.Join(os.WriteFile(dir+"/asrcollect", raw, 0o755), os.WriteFile(dir+"/a.log", []byte("x"), 0o600), os.Mkdir(dir+"/closed", 0o700),
		os.WriteFile(dir+"/p.json", []byte(doc), 0o644), os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(dir+"/asrcollect", "preview", "-p", dir+"/p.json")
	cmd.Env = []string{"TMPDIR=/tmp"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text := strings.Join(strings.Fields(string(out)), " ")
	for _, want := range []string{
		"keys: K ! cannot be read: access " + dir + "/a.log: permission denied", "! cannot be seen: lstat " + dir + "/closed/x: permission denied",
		"/closed/*.log ! cannot be", "! cannot be seen: " + dir + "/closed", "files: 1. Caps and rights let 0 bytes", "Not started as root:",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
